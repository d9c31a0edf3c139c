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
    """The scheme's guidelines by language: its own, or those of the default scheme if it is that; else none."""
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
    return _html(_read(guideline_files(scheme)) or {scheme.language: guidelines_skeleton(scheme)}, scheme)


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
    """What there is to choose on each part of the screen, by its heading."""
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
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("js-default")
    parts: list[str] = []
    for language, text in texts.items():
        direction = scheme.direction if language == scheme.language else language_of(language).direction
        parts.append(f'<div dir="{direction}" lang="{language}">\n{markdown.render(text)}</div>\n')
    return "<hr>\n".join(parts)
