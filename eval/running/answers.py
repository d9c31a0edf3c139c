"""Turns an extractor's answer, which may have several forms, into a predictions row (docs/formats.md).

A form is recognised by its keys alone, never by trial. Words without offsets are not placed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard, cast

from ...annotate.prediction_spans import TOKEN_KEYS
from ...annotate.predictions import KEYS, MORE
from ...configs.errors import InputError
from .web_annotations import item_of_annotation

_Json = Mapping[str, Any]

# Names that other tools use for the same value. The first of each is the name in a predictions row.
_OFFSETS = (
    ("start", "end"),
    ("start_char", "end_char"),
    ("start_pos", "end_pos"),
    ("start_offset", "end_offset"),
    ("begin", "end"),
)
_LABELS = ("label", "entity_group", "extraction_class", "entity", "type", "label_", "class", "tag")
_WORDS = ("text", "word", "extraction_text", "surface", "name")
_SCORES = ("score", "confidence", "probability")
_TAGS = ("tags", "tag", "entity")
# Keys under which tools put their list of spans.
_LISTS = ("entities", "ents", "extractions", "spans")
_RESULTS = ("result", "results")
_ANNOTATIONS = "items"

FORMS = (
    "spans (start, end, label), words (text, label) or {label: [text]}, tokens and tags, "
    "Label Studio's result, or web annotations"
)


def row_of(answer: object, text: str, claims: Sequence[str]) -> dict[str, Any]:
    """The answer in the form of a predictions row, without an id. `claims` are the ids of the event's claims.

    Raises InputError if it has none of the forms, or has two of them.
    """
    if _are_objects(answer):
        return _row_of_list(answer, text, claims)
    if answer is None:
        raise InputError("is nothing (None): the extractor returned no answer; if it finds nothing, it must return []")
    if not _is_object(answer):
        raise InputError(f"is {_shown(answer)}; an answer has {FORMS}")
    if "error" in answer and not answer.keys() & {*KEYS, *TOKEN_KEYS} - {"id"}:
        raise InputError(f"says that it failed: {_shown(answer['error'])}")
    _one_form(answer)
    for key in _RESULTS:
        if key in answer:
            return _row_of_regions(_results(answer[key]), claims)
    if _ANNOTATIONS in answer:
        return _row_of_list(answer[_ANNOTATIONS], text, claims)
    lists = [key for key in _LISTS if key in answer]
    row = {key: value for key, value in answer.items() if key not in lists}
    if lists and lists != ["entities"]:  # from another tool, with other keys
        row = {key: row[key] for key in ("claims", "stances", "text") if key in row}
    if lists:
        value = answer[lists[0]]
        row["entities"] = _grouped(value) if _is_groups(value) else _items(value, text)
    elif answer and not answer.keys() & {*KEYS, *MORE, *TOKEN_KEYS} and _is_groups(answer):
        return {"entities": _grouped(answer)}
    return row


def _row_of_regions(regions: Sequence[_Json], claims: Sequence[str]) -> dict[str, Any]:
    from .regions import row_of_regions  # it imports pydantic, which few answers need

    return row_of_regions(regions, claims)


def _row_of_list(items: object, text: str, claims: Sequence[str]) -> dict[str, Any]:
    if not _are_objects(items):
        raise InputError(f"is {_shown(items)}; an answer has {FORMS}")
    forms = {_form(item): n for n, item in enumerate(items)}
    if len(forms) > 1 and not forms.keys() <= {"spans", "words"}:
        raise InputError(f"has two forms: {' and '.join(f'{form} (item {n})' for form, n in forms.items())}")
    if "tokens and tags" in forms:
        tags = [next(item[key] for key in _TAGS if key in item) for item in items]
        return {
            "tokens": [item["token"] if "token" in item else item["word"] for item in items],
            "tags": [" ".join(tag) if isinstance(tag, list) else tag for tag in tags],
        }
    if "regions" in forms:
        return _row_of_regions(items, claims)
    return {"entities": _items(items, text)}


def _form(item: _Json) -> str:
    """The form that an item of a list belongs to."""
    if "from_name" in item or "to_id" in item:
        return "regions"
    if "target" in item:
        return "web annotations"
    if _start_of(item) is not None or "char_interval" in item:
        return "spans"
    if "token" in item or ("word" in item and ("tag" in item or "tags" in item)):
        return "tokens and tags"
    return "words"


def _items(value: object, text: str) -> object:
    """The items of a list, with the names of a predictions row. A value that is not a list is left for the reader."""
    if not _are_objects(value):
        return value
    return [item_of_annotation(item, text) if "target" in item else _item(item) for item in value]


def _item(item: _Json) -> dict[str, Any]:
    """A span or mention, with the names of a predictions row. An item that already has these names stays as it is."""
    names = _start_of(item)
    has_own_names = (names is None or names == _OFFSETS[0]) and "label" in item and "word" not in item
    if has_own_names and "offset" not in item:
        return dict(item)
    found: dict[str, Any] = {}
    interval = item.get("char_interval")
    if _is_object(interval):
        found = {"start": interval.get("start_pos"), "end": interval.get("end_pos")}
    elif "offset" in item and "length" in item:
        start, length = item["offset"], item["length"]
        is_sum = type(start) is int and type(length) is int
        found = {"start": start, "end": start + length if is_sum else length}
    elif names:
        found = {"start": item[names[0]], "end": item.get(names[1])}
    if found.get("start") is None and found.get("end") is None:
        found = {"text": next((item[key] for key in _WORDS if key in item), None)}
    elif isinstance(item.get("text"), str):
        # `word` and similar keys may be normalised, and are not needed beside offsets.
        found["text"] = item["text"]
    found["label"] = _label(item)
    score = next((item[key] for key in _SCORES if isinstance(item.get(key), int | float)), None)
    return found if score is None else found | {"score": score}


def _label(item: _Json) -> object:
    labels = item.get("labels")  # in flair: [{"value": ..., "confidence": ...}]
    if _are_objects(labels) and labels:
        return labels[0].get("value")
    return next((item[key] for key in _LABELS if item.get(key) is not None), None)


def _start_of(item: _Json) -> tuple[str, str] | None:
    """The keys of an item's offsets."""
    if "offset" in item and "length" in item:
        return "offset", "length"
    return next((names for names in _OFFSETS if item.get(names[0]) is not None), None)


def _one_form(answer: _Json) -> None:
    found = {
        "entities": [key for key in _LISTS if key in answer],
        # spaCy also has tokens beside its spans.
        "tokens and tags": [key for key in ("tags",) if key in answer],
        "Label Studio's result": [key for key in _RESULTS if key in answer],
        "web annotations": [key for key in (_ANNOTATIONS,) if key in answer],
    }
    given = [key for keys in found.values() for key in keys]
    if len(given) > 1:
        raise InputError(f"has two forms: {' and '.join(given)}; give one of them")


def _results(value: object) -> Sequence[_Json]:
    """The regions of a prediction, also from the answer of a Label Studio backend: [{"result": [...]}]."""
    if _are_objects(value):
        if len(value) == 1 and "result" in value[0]:
            return _results(value[0]["result"])
        if all("from_name" in item or "to_id" in item for item in value):
            return value
    raise InputError(f"its result is {_shown(value)}; it must be a list of Label Studio's regions")


def _is_groups(value: object) -> TypeGuard[_Json]:
    """Whether this is an object of labels, each with its list of words."""
    return _is_object(value) and all(
        isinstance(words, list) and all(isinstance(each, str) for each in cast("list[object]", words))
        for words in value.values()
    )


def _grouped(groups: _Json) -> list[dict[str, Any]]:
    return [{"text": words, "label": label} for label, group in groups.items() for words in group]


def _is_object(value: object) -> TypeGuard[_Json]:
    return isinstance(value, dict)


def _are_objects(value: object) -> TypeGuard[Sequence[_Json]]:
    return isinstance(value, list) and all(isinstance(item, dict) for item in cast("list[object]", value))


def _shown(value: object) -> str:
    return f"{type(value).__name__} {value!r:.60}" if value is not None else "nothing (None)"
