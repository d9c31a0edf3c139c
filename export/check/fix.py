"""Mends a raw export where that is safe: trims boundaries and merges exact duplicates. Nothing else is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from ...annotate.boundary import trimmed, without_white_space
from ...annotate.interface import ABOUT, STANCE
from ...annotate.result import RELATION, ResultReader, kind_of
from ...annotate.task import dump_tasks
from ...configs.files import whole_file
from ...configs.scheme import CLAIM, Scheme
from ..finished import finished_annotations
from ..raw import no_task
from .check import RECORD, is_fixable, read_as_far_as_possible
from .findings import Work


class Fix(NamedTuple):
    """A change to a region. `record` goes into the region's meta: what was done, and the values before."""

    work: Work
    region: str
    record: Mapping[str, Any]

    def listed(self) -> dict[str, Any]:
        """The change for JSON."""
        work = self.work
        return {
            "task": work.task,
            "article": work.article,
            "annotation": work.annotation,
            "annotator": work.annotator,
            "region": self.region,
            **self.record,
        }


def fix_tasks(tasks: Iterable[object], scheme: Scheme, fixes: list[Fix]) -> Iterator[object]:
    """The mended items of a raw export; each change is added to `fixes`. The given items stay unchanged.

    Regions of finished annotations lose white space, punctuation and invisible characters at their boundaries, as
    `annotate.boundary.trimmed` defines it. A region that repeats an earlier region is merged into it. Cases that cannot
    be mended safely stay: spans of punctuation only, texts that changed, regions with two labels.
    """
    identity = scheme.identity
    for item in tasks:
        if no_task(item):
            yield item
            continue
        task = cast(dict[str, Any], item)
        read = read_as_far_as_possible(task["data"], identity)
        if read.text is None:
            yield item
            continue
        here = Work(task.get("id"), task.get("project"), read.article)
        counting = {
            id(counted.annotation): counted.annotator for counted in finished_annotations(task, read.article or "", [])
        }
        annotations: list[Any] = []
        for annotation in task["annotations"]:
            result: object = annotation.get("result")
            if id(annotation) in counting and isinstance(result, list):
                work = here._replace(annotation=annotation.get("id"), annotator=counting[id(annotation)])
                mended = _Annotation(cast(list[Any], result), read.text, scheme, work)
                mended.trim()
                mended.merge()
                if mended.fixes:
                    fixes += mended.fixes
                    annotation = {**annotation, "result": mended.result}
            annotations.append(annotation)
        changed = any(new is not old for new, old in zip(annotations, task["annotations"], strict=True))
        yield {**task, "annotations": annotations} if changed else item


def write_fixed(tasks: Iterable[object], scheme: Scheme, output: Path) -> list[Fix]:
    """Writes the mended export, one task on each line. Returns the changes."""
    fixes: list[Fix] = []
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(dump_tasks(cast(Iterable[Any], fix_tasks(tasks, scheme, fixes))))
    return fixes


class _Annotation:
    """The results of one annotation during mending. A result is replaced, never changed in place."""

    def __init__(self, result: list[Any], text: str, scheme: Scheme, work: Work) -> None:
        self.result = list(result)
        self.fixes: list[Fix] = []
        self._text, self._scheme, self._work = text, scheme, work
        self._reader = self._read()

    def _read(self) -> ResultReader:
        reader = ResultReader(self._text, (), self._scheme)
        reader.read(self.result)
        return reader

    def trim(self) -> None:
        moved: dict[str, tuple[int, int]] = {}
        for key, region in self._reader.regions.items():
            start, end = trimmed(self._text, region.start, region.end)
            if start == end:  # a person must decide; without white space the export can at least be read
                start, end = without_white_space(self._text, region.start, region.end)
            if (start, end) != region[:2] and start < end and is_fixable(self._reader, key, self.result[region.at]):
                moved[key] = (start, end)
                was = {"start": region.start, "end": region.end, "text": self._text[region.start : region.end]}
                self._note(key, region.at, {"fix": "trimmed", "was": was})
                self.result[region.at] = _moved(self.result[region.at], start, end, self._text)
        if moved:
            for at, item in enumerate(self.result):
                if isinstance(item, dict) and kind_of(cast(dict[str, Any], item)) in (STANCE, ABOUT):
                    place = moved.get(str(cast(dict[str, Any], item).get("id")))
                    if place:
                        self.result[at] = _moved(cast(dict[str, Any], item), *place, self._text)
            self._reader = self._read()

    def merge(self) -> None:
        reader = self._reader
        merged: dict[str, str] = {}
        for key, first in reader.duplicates().items():
            both = (reader.regions[region].at for region in (key, first))
            if all(
                is_fixable(reader, region, self.result[at]) for region, at in zip((key, first), both, strict=True)
            ) and reader.notes.get(key) in (None, reader.notes.get(first)):
                merged[key] = first
                self._note(first, reader.regions[first].at, {"fix": "merged", "was": {"region": key}})
        if not merged:
            return
        gone = {reader.regions[key].at for key in merged}
        claims = {key for key in merged if reader.regions[key].label == CLAIM}
        ids = {key: self.result[region.at].get("id") for key, region in reader.regions.items()}
        drawn = {_ends(item) for item in self.result if _is_kind(item, RELATION)}
        kept: list[Any] = []
        for at, item in enumerate(self.result):
            if at in gone or (_is_kind(item, STANCE, ABOUT) and str(item.get("id")) in claims):
                continue
            if _is_kind(item, RELATION) and {*_ends(item)} & merged.keys():
                first, second = (merged.get(key, key) for key in _ends(item))
                if (first, second) in drawn:
                    continue
                drawn.add((first, second))
                item = {
                    **item,
                    "from_id": ids.get(first, item.get("from_id")),
                    "to_id": ids.get(second, item.get("to_id")),
                }
            kept.append(item)
        self.result = kept

    def _note(self, key: str, at: int, record: dict[str, Any]) -> None:
        item = self.result[at]
        meta = cast(dict[str, Any], item.get("meta") or {})
        self.result[at] = {**item, "meta": {**meta, RECORD: [*meta.get(RECORD, []), record]}}
        self.fixes.append(Fix(self._work, key, record))


def _is_kind(item: object, *kinds: str) -> bool:
    return isinstance(item, dict) and kind_of(cast(dict[str, Any], item)) in kinds


def _ends(relation: Mapping[str, Any]) -> tuple[str, str]:
    return str(relation.get("from_id")), str(relation.get("to_id"))


def _moved(item: dict[str, Any], start: int, end: int, text: str) -> dict[str, Any]:
    """The result with its new offsets. Only keys for its place that it already had are set."""
    value = item.get("value")
    if not isinstance(value, dict):
        return item
    # Label Studio writes a line break in a region's text as a backslash and an n.
    words = text[start:end].replace("\r", "\\n").replace("\n", "\\n")
    new: dict[str, Any] = {"start": start, "end": end, "text": words}
    return {**item, "value": {**value, **{key: new[key] for key in new if key in value}}}
