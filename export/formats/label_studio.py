"""Reads an existing Label Studio project as gold: its results get the names that Mihakk's readers know."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ...annotate.boundary import without_white_space
from ...annotate.document import Annotation, Article, EventClaim
from ...annotate.interface import CLAIM_STANCE, CLAIM_TEXT, SPAN, STANCE, TEXT
from ...annotate.result import RELATION, ResultReader
from ...configs import CLAIM
from ...configs.errors import InputError, within
from ...configs.files import counting_number, read_text
from ...configs.labels import CorpusLabels, LabelSet
from ...eval.gold.records import GoldDocument, SetAside
from ..finished import FinishedTask, annotator_of, finished_annotations, model_shown
from ..merge import merge
from ..raw import raw_tasks, read_raw
from ..source import fetch, is_address
from .corpus import Findings
from .labeling_config import OtherInterface, read_interface, words_at

_ID_KEYS = ("doc_id", "id", "article_id", "document_id", "ref_id")
_FACTS = ("title", "outlet", "agency", "published", "url", "event_id", "source")
_NO_PLACE = "a gold set has no place for it"


def corpus_files(
    corpus: Sequence[str], form: str, interface: Path | None, token_file: Path | None, folder: Path
) -> tuple[list[Path], OtherInterface | None]:
    """The files to read, and their labeling interface.

    A project given by its address is fetched into `folder`, with its interface if none is given. Raises InputError for
    an address with another format, and for projects with different interfaces.
    """
    paths: list[Path] = []
    read = None if interface is None else read_interface(read_text(interface), str(interface))
    first = None
    for source in corpus:
        if not is_address(source):
            paths.append(Path(source))
            continue
        if form != "label-studio":
            raise InputError(f"{source}: an address can only be read --as label-studio")
        path = folder / f"fetched-{len(paths) + 1}.json"
        project, _ = fetch(source, None, token_file, path)
        paths.append(path.rename(folder / f"project-{project.id}.json"))
        if interface is None:
            if first not in (None, project.interface):
                raise InputError(f"{source}: has another interface than the first project; read each alone")
            first = project.interface
            read = read_interface(first, f"{source}: the labeling interface")
    return paths, read


def labels_in(interface: OtherInterface | None, name: str, version: str, stances: LabelSet) -> CorpusLabels | None:
    """The labels and stances of the interface, in its order; None if its labels are in the data of the tasks.

    If it has no stances, those of `stances` are used.
    """
    if interface is None:
        return None
    labels = dict.fromkeys(interface.label(name) for name in interface.labels.values())
    labels.pop(CLAIM, None)
    if not labels:
        return None
    return CorpusLabels(
        name,
        f"{name}@{version}",
        tuple(labels),
        interface.claim_stances or tuple(stances.claim_stances),
        interface.answers or tuple(stances.article_stances),
    )


def read_label_studio(
    path: Path, known: Collection[str] | None, findings: Findings, *, interface: OtherInterface
) -> Iterator[GoldDocument]:
    """The documents of a project's export.

    If several people annotated a document, marks by more than half of them are gold. Results that gold cannot hold are
    set aside, and so is a document that nobody finished. Regions with white space at a boundary are trimmed, and
    reported under `repaired`. `known` are the allowed entity labels, None for any.
    """
    trimmed = 0
    for task in raw_tasks(read_raw(path), str(path)):
        where = f"{path}: task {task.get('id')}"
        data = cast(dict[str, Any], task["data"])
        try:
            article, claims = _article(task, interface, path), _claims(data, interface)
        except InputError as error:
            findings.problems += within(where, error.problems)
            continue
        annotations: list[Annotation] = []
        starred: list[str] = []
        for work in finished_annotations(task, article.id, findings.set_aside):
            results = _Results(interface, article.text, [claim.id for claim in claims])
            translated = results.translated(work.annotation.get("result") or [])
            found = {item["value"]["labels"][0] for item in translated if item["type"] == "labels"} - {CLAIM}
            labels = CorpusLabels(
                "", str(path), tuple(known or sorted(found)), interface.claim_stances, interface.answers
            )
            reader = ResultReader(article.text, results.claim_ids, labels)
            reader.read(translated)
            here = f"{where}, annotation {work.annotation.get('id')}, {work.annotator}"
            if reader.problems:
                findings.problems += within(here, (problem.shown() for problem in reader.problems))
                continue
            annotations.append(reader.annotation(article, work.annotator))
            starred += [work.annotator] if work.annotation.get("ground_truth") else []
            trimmed += results.trimmed
            findings.set_aside += (
                SetAside(article.id, (work.annotator,), *aside) for aside in (*results.set_aside, *reader.set_aside)
            )
        if not annotations:
            names = tuple(dict.fromkeys(map(annotator_of, task["annotations"])))
            findings.set_aside.append(SetAside(article.id, names, "article", "nobody finished it"))
            continue
        annotations.sort(key=lambda work: work.annotator)
        finished = FinishedTask(article, claims, tuple(annotations), model_shown(task), frozenset(starred))
        merged = merge(finished, claim_stances=bool(interface.claim_stances))
        findings.set_aside += merged.set_aside
        if merged.document:
            yield merged.document
    if trimmed:
        findings.repaired.append(f"{path}: regions trimmed of white space at a boundary: {trimmed}")
    findings.files.append({"path": path.name})


def _article(task: Mapping[str, Any], interface: OtherInterface, path: Path) -> Article:
    """The article in a task's data. Its id is from the data, or else the task's number."""
    data = cast(dict[str, Any], task["data"])
    text = words_at(data, interface.key)
    if not isinstance(text, str):
        key = ".".join(interface.key)
        raise InputError(
            f"its data has no text under {key}, where the interface has it; does it belong to another project?"
        )
    ids = (str(data[key]) for key in _ID_KEYS if isinstance(data.get(key), str | int))
    usable = (key for key in ids if key and key.isprintable() and " " not in key)
    name = next(usable, f"task-{task.get('id')}")
    facts = {key: data[key] for key in _FACTS if isinstance(data.get(key), str) and data[key]}
    try:
        return Article(name, text, **facts)
    except InputError:
        # A date in another form is no reason to refuse the text.
        facts.pop("published", None)
        return Article(name, text, **facts)


def _claims(data: Mapping[str, Any], interface: OtherInterface) -> tuple[EventClaim, ...]:
    """The claims that an article takes a stance on: those in the data and, by name, the choices about a document."""
    claims: dict[str, EventClaim] = {}
    # Lists come first: an answer has a position in its list.
    for choice in sorted(interface.choices, key=lambda choice: choice.claims is None):
        if choice.claims is None:
            claims.setdefault(choice.name, EventClaim(choice.name, choice.name))
            continue
        for n, item in enumerate(_list(data.get(choice.claims))):
            fields = cast(dict[str, Any], item) if isinstance(item, dict) else {}
            key = str(fields.get("id") or f"c{n + 1}")
            claims.setdefault(key, EventClaim(key, str(fields.get(choice.field or "text", item))))
    return tuple(claims.values())


def _list(value: object) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


@dataclass(slots=True)
class _Results:
    """The results of an annotation under the names of Mihakk's interface; all others go into `set_aside`."""

    interface: OtherInterface
    text: str
    claim_ids: list[str]
    trimmed: int = 0
    set_aside: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def translated(self, result: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        seen: set[tuple[object, str]] = set()
        for item in _list(result):
            fields = cast(dict[str, Any], item) if isinstance(item, dict) else {}
            for own in self._of(fields):
                control = str(own.get("from_name"))
                key = (None if control.startswith(CLAIM_STANCE) else own.get("id"), control)
                if own["type"] != RELATION and key in seen:
                    self._aside(fields, "there is another of its kind already")
                    continue
                seen.add(key)
                found.append(own)
        return found

    def _of(self, item: dict[str, Any]) -> Iterator[dict[str, Any]]:
        control = str(item.get("from_name"))
        value = cast(dict[str, Any], item["value"]) if isinstance(item.get("value"), dict) else {}
        if item.get("type") == RELATION:
            yield {key: item.get(key) for key in ("type", "from_id", "to_id")}
        elif control in self.interface.spans and item.get("type") == "labels":
            yield from self._region(item, value)
        elif control == self.interface.stance and isinstance(item.get("id"), str) and "start" in value:
            if chosen := self._chosen(item, value, self.interface.stances):
                yield {"id": item["id"], "type": "choices", "from_name": STANCE, "value": {"choices": [chosen]}}
        else:
            yield from self._answer(item, control, value)

    def _region(self, item: dict[str, Any], value: dict[str, Any]) -> Iterator[dict[str, Any]]:
        start, end = value.get("start"), value.get("end")
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(self.text):
            self._aside(item, "its offsets are not in the text")
            return
        given, (start, end) = (start, end), without_white_space(self.text, start, end)
        if start == end:
            self._aside(item, "holds only white space")
            return
        self.trimmed += given != (start, end)
        labels = [label for label in _list(value.get("labels")) if isinstance(label, str) and label]
        if not labels:
            self._aside(item, "has no label")
        for n, label in enumerate(dict.fromkeys(map(self.interface.label, labels))):
            key = str(item.get("id"))
            made = {"start": start, "end": end, "labels": [label]}
            yield {
                "id": key if n == 0 else f"{key} ({n + 1})",
                "type": "labels",
                "from_name": SPAN,
                "to_name": TEXT,
                "value": made,
                "meta": item.get("meta"),
            }

    def _answer(self, item: dict[str, Any], control: str, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for choice in self.interface.choices:
            found = choice.control.fullmatch(control)
            if not found or item.get("type") != "choices" or "start" in value:
                continue
            name = counting_number(found[1]) if found.re.groups else self.claim_ids.index(control)
            if name is None or name >= len(self.claim_ids):
                self._aside(item, "answers a claim that the task does not have")
            elif chosen := self._chosen(item, value, choice.names):
                named = {"from_name": f"{CLAIM_STANCE}{name}", "to_name": f"{CLAIM_TEXT}{name}"}
                yield {"id": str(item.get("id")), "type": "choices", **named, "value": {"choices": [chosen]}}
            return
        self._aside(item, _NO_PLACE)

    def _chosen(self, item: dict[str, Any], value: dict[str, Any], names: Mapping[str, str]) -> str | None:
        """The name of the chosen option, if there is exactly one."""
        chosen = [choice for choice in _list(value.get("choices")) if isinstance(choice, str)]
        if len(chosen) == 1 and chosen[0] in names:
            return names[chosen[0]]
        self._aside(item, "gold has one choice of those that the interface has")
        return None

    def _aside(self, item: dict[str, Any], reason: str) -> None:
        shown = json.dumps(item.get("value"), ensure_ascii=False)
        shown_item = f"result of type {item.get('type')} from the control {item.get('from_name')}: {shown:.200}"
        self.set_aside.append((shown_item, reason))
