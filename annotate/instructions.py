"""The instructions that annotators read first: the scheme's definitions and guidelines."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from ..configs.files import read_text
from ..configs.languages import language_of, words_of
from ..configs.scheme import DEFAULT, Choice, Scheme, load_scheme

# Markdown in configs/ that explains the default scheme, in both languages.
GUIDELINES = {
    language: Path(__file__).parents[1] / "configs" / f"guidelines.{language}.md" for language in ("ar", "en")
}


def guideline_files(scheme: Scheme) -> Mapping[str, Path]:
    """The files of the scheme's guidelines, by language. The default scheme has some; others may have none."""
    own = scheme.guideline_files()
    return own or (GUIDELINES if scheme.identity[:2] == load_scheme(DEFAULT).identity[:2] else {})


def instructions_html(scheme: Scheme) -> str:
    """The scheme's labels and stances with their one-line definitions, and its guidelines if it has some."""
    layers = (
        f"<h3>{escape(heading)}</h3><ul>{''.join(_definition(choice, scheme) for choice in choices.values())}</ul>"
        for heading, choices in _layers(scheme).items()
    )
    side = "right" if scheme.direction == "rtl" else "left"
    definitions = (
        f'<div dir="{scheme.direction}" style="text-align: {side}">'
        f"<h2>{escape(scheme.text(scheme.title))}</h2>{''.join(layers)}</div>"
    )
    files = guideline_files(scheme)
    return definitions + (f"<hr>{_html(_read(files), scheme)}" if files else "")


def guidelines_html(scheme: Scheme) -> str:
    """The scheme's guidelines as HTML, each language in its direction; without guidelines, their skeleton.

    Label Studio removes styles from instructions, but keeps `dir`.
    """
    return _html(_guidelines(scheme), scheme)


def _guidelines(scheme: Scheme) -> dict[str, str]:
    """Markdown by language."""
    return _read(guideline_files(scheme)) or {scheme.language: guidelines_skeleton(scheme)}


def guidelines_page(scheme: Scheme) -> str:
    """The guidelines as a web page of their own, for the screen and for paper."""
    from markupsafe import Markup

    from ..configs.pages.look import page

    texts = [
        {
            "language": language,
            "name": language_of(language).name,
            "direction": _direction(language, scheme),
            "html": Markup(_rendered(text)),  # noqa: S704 - the Markdown's own HTML is escaped
        }
        for language, text in _guidelines(scheme).items()
    ]
    return page(
        "guidelines.html",
        "annotate guidelines",
        title=scheme.text(scheme.title),
        scheme=scheme.id,
        texts=texts,
        language=scheme.language,
        opens=scheme.language,
    )


def guidelines_skeleton(scheme: Scheme) -> str:
    """Markdown to begin guidelines with: each label and stance with its key and definition, and room for examples."""
    words = words_of(scheme.language)
    columns = [words["what"], words["key"], words["example"]]
    lines = [f"# {_plain(scheme.text(scheme.title))}"]
    for heading, choices in _layers(scheme).items():
        lines += ["", f"## {heading}", "", f"|  | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
        for name, choice in choices.items():
            cells = [
                f"{scheme.text(choice)} ({name})",
                scheme.text(choice.definition),
                (choice.hotkey or "").upper(),
                f"[{words['to_fill_in']}]",
            ]
            lines.append(f"| {' | '.join(map(_plain, cells))} |")
    return "\n".join(lines) + "\n"


def _layers(scheme: Scheme) -> dict[str, Mapping[str, Choice]]:
    """The labels and stances on each part of the screen, by its heading."""
    words = words_of(scheme.language)
    spans = "labels" if scheme.entities and scheme.claim else "entities" if scheme.entities else "claims"
    parts: dict[str, Mapping[str, Choice]] = {
        words[spans]: scheme.labels,
        words["claim_stances"]: scheme.claim_stances,
        words["article_stances"]: scheme.article_stances,
    }
    return {heading: choices for heading, choices in parts.items() if choices}


def _definition(choice: Choice, scheme: Scheme) -> str:
    return f"<li><b>{escape(scheme.text(choice))}</b>: {escape(scheme.text(choice.definition))}</li>"


def _plain(text: str) -> str:
    """Text in a cell of a Markdown table."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")


def _read(files: Mapping[str, Path]) -> dict[str, str]:
    return {language: read_text(path) for language, path in files.items()}


def _html(texts: Mapping[str, str], scheme: Scheme) -> str:
    """Markdown by language, each in its direction."""
    return "<hr>\n".join(
        f'<div dir="{_direction(language, scheme)}" lang="{language}">\n{_rendered(text)}</div>\n'
        for language, text in texts.items()
    )


def _direction(language: str, scheme: Scheme) -> str:
    return scheme.direction if language == scheme.language else language_of(language).direction


def _rendered(text: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("js-default").render(text))
