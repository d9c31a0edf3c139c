"""Changes to valid files, as they come of mistakes, of other programs and of malice: by the structure of each format."""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import yaml

# What steers a terminal, ends a line, is half a character or no text at all; and Arabic with all its marks.
HOSTILE = (
    "",
    " ",
    "\x1b]0;PWNED\x07\x1b[31m\x1b[2J",
    "\u202eمقلوب\u2066\u2028",
    "\x9b31m\x85",
    "أ\nmihakk: done",
    "\t\r\x00",
    "=HYPERLINK(1)",
    "\ud800",
    "../../etc",
    "مُحَمَّدٌ\u200c ـــ ٣",
    "😀" * 3,
    "\ufeffx",
    "{{ 7*7 }}<script>",
    "%s %d {0} {x}",
    "x" * 3000,
    "9" * 5000,
    "null",
    "-1",
    "a/b@c#d|e",
)
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf"), 3.0)


def value(random: Random) -> Any:
    """Some value of JSON."""
    return random.choice(
        [
            None,
            True,
            False,
            [],
            {},
            [[]],
            [None],
            {"": None},
            {"start": 0},
            *NUMBERS,
            *HOSTILE,
            ["c1"],
            [0, 1],
            nested(40),
        ]
    )


def nested(depth: int) -> Any:
    made: Any = 1
    for n in range(depth):
        made = [made] if n % 2 else {"a": made}
    return made


def places(node: Any, most: int = 3000) -> list[tuple[Any, Any]]:
    """Containers with a key or index: all places in a value."""
    found: list[tuple[Any, Any]] = []
    left = [node]
    while left and len(found) < most:
        now = left.pop()
        keys = list(now) if isinstance(now, dict) else list(range(len(now))) if isinstance(now, list) else []
        for key in keys:
            found.append((now, key))
            if isinstance(now[key], (dict, list)):
                left.append(now[key])
    return found


def on_a_walk(root: Any, random: Random) -> tuple[Any, Any]:
    """A place that is as likely high up as far down: most places are leaves."""
    while True:
        key = random.choice(list(root) if isinstance(root, dict) else range(len(root)))
        below = root[key]
        if not (isinstance(below, (dict, list)) and below) or random.random() < 0.25:
            return root, key
        root = below


def changed(root: Any, random: Random) -> Any:
    """The value with a place in it deleted, replaced, doubled, swapped with another, renamed or of another type."""
    found = places(root)
    if not found or random.random() < 0.03:
        return value(random)
    parent, key = random.choice(found) if random.random() < 0.5 else on_a_walk(root, random)
    old = parent[key]
    match random.randrange(9):
        case 0:
            del parent[key]
        case 1 | 2:
            parent[key] = value(random)
        case 3:
            parent[key] = as_other_type(old, random)
        case 4:
            other, at = random.choice(found)
            if at in other if isinstance(other, dict) else at < len(other):
                parent[key] = copy.deepcopy(other[at])
        case 5:
            if isinstance(parent, list):
                parent.insert(random.randrange(len(parent) + 1), copy.deepcopy(old))
            else:
                parent[f"{key}2"] = copy.deepcopy(old)
        case 6:
            if isinstance(parent, dict):
                parent[random.choice(HOSTILE)] = parent.pop(key)
            else:
                random.shuffle(parent)
        case 7:
            if isinstance(old, str):
                at = random.randrange(len(old) + 1)
                parent[key] = old[:at] + random.choice(HOSTILE) + old[at:]
            elif isinstance(old, (int, float)):
                parent[key] = old + random.choice([1, -1, 0.5, 1000, -1000])
            else:
                parent[key] = value(random)
        case _:
            parent[key] = nested(random.choice([3, 60, 3000])) if random.random() < 0.3 else random.choice(NUMBERS)
    return root


def as_other_type(old: Any, random: Random) -> Any:
    return random.choice(
        [str(old)[:50], [old], {"value": old}, {"id": old}, float(old) if type(old) is int else 1, bool(old), None]
    )


def as_json(root: Any, random: Random, indent: int | None = None) -> str:
    """JSON of any depth, with Arabic escaped or not; numbers too long are as Python has them."""
    try:
        return json.dumps(root, ensure_ascii=random.random() < 0.5, indent=indent)
    except (RecursionError, ValueError):
        return "[" * 5000 + "]" * 5000


def in_json(data: bytes, random: Random) -> bytes:
    root = json.loads(data)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        root = changed(root, random)
    text = as_json(root, random)
    if random.random() < 0.05:  # a key twice
        text = re.sub(r'("[^"]+": )', r"\1null, \1", text, count=1)
    return text.encode("utf-8", "surrogatepass")


def in_json_lines(data: bytes, random: Random) -> bytes:
    lines = [line for line in data.split(b"\n") if line]
    at = random.randrange(len(lines))
    match random.randrange(8):
        case 0:
            lines.insert(at, lines[random.randrange(len(lines))])
        case 1:
            del lines[at]
        case 2:
            lines[at] = random.choice([b"", b"{", b"null", b"[]", b"1", b"\xff", b'{"id"', b"NaN", b"  "])
        case _:
            lines[at] = in_json(lines[at], random)
    return b"\n".join(lines) + random.choice([b"\n", b""])


def in_yaml(data: bytes, random: Random) -> bytes:
    if random.random() < 0.3:
        return in_lines(data, random)
    root = changed(yaml.safe_load(data), random)
    try:
        return yaml.safe_dump(root, allow_unicode=random.random() < 0.5).encode("utf-8", "surrogatepass")
    except (yaml.YAMLError, RecursionError):
        return as_json(root, random).encode("utf-8", "surrogatepass")


def in_lines(data: bytes, random: Random) -> bytes:
    """Lines doubled, deleted, swapped, or with a column changed: pages, columns of tags, brat, CSV, YAML, HTML."""
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    match random.randrange(7):
        case 0:
            lines.insert(at, lines[random.randrange(len(lines))])
        case 1:
            del lines[at]
        case 2:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = b" " * random.randrange(4) + lines[at]
        case 4:
            separator = random.choice([b"\t", b" ", b",", b":", b"<"])
            columns = lines[at].split(separator)
            columns[random.randrange(len(columns))] = random.choice(HOSTILE).encode("utf-8", "surrogatepass")
            lines[at] = separator.join(columns)
        case 5:
            separator = random.choice([b"\t", b" ", b","])
            columns = lines[at].split(separator)
            random.shuffle(columns)
            lines[at] = separator.join(columns[: random.randrange(len(columns) + 1)])
        case _:
            number = random.choice(["-1", "9" * 30, "0", "1.5", "٣"]).encode()
            lines[at] = re.sub(rb"\d+", number, lines[at], count=random.choice([0, 1]))
    return b"\n".join(lines)


def in_parquet(data: bytes, random: Random) -> bytes:
    """Rows or columns changed, types with them; or the bytes, where that gives no table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table: Any = pq.read_table(io.BytesIO(data))
        match random.randrange(6):
            case 0 if table.num_columns:
                table = table.drop_columns([random.choice(table.column_names)])
            case 1 if table.num_columns:
                old = random.choice(table.column_names)
                table = table.rename_columns([random.choice(HOSTILE) if n == old else n for n in table.column_names])
            case 2:
                table = table.slice(0, random.randrange(table.num_rows + 1))
            case 3 if table.num_columns:
                at = random.randrange(table.num_columns)
                nulls = pa.nulls(
                    table.num_rows, random.choice([pa.null(), pa.string(), pa.int8(), pa.list_(pa.string())])
                )
                table = table.set_column(at, table.column_names[at], nulls)
            case 4:
                table = table.replace_schema_metadata(
                    random.choice([None, {b"huggingface": b"{"}, {b"huggingface": b"[]"}])
                )
            case _:
                rows = table.to_pylist()
                kept = table.schema if random.random() < 0.5 else None
                changed(rows, random)
                table = pa.Table.from_pylist(
                    [row if isinstance(row, dict) else {"id": row} for row in rows], schema=kept
                )
        out = io.BytesIO()
        pq.write_table(table, out)
        return out.getvalue()
    except Exception:  # what Arrow cannot hold or read is no table
        return in_bytes(data, random)


def in_bytes(data: bytes, random: Random) -> bytes:
    """Bytes cut, doubled, put in or changed; another encoding."""
    at, length = random.randrange(len(data) + 1), random.choice([1, 3, 100, 5000])
    match random.randrange(9):
        case 0:
            return data[:at]
        case 1:
            return b""
        case 2:
            return data[:at] + random.choice(HOSTILE).encode("utf-8", "surrogatepass") + data[at:]
        case 3:
            return data[:at] + random.randbytes(min(length, 100)) + data[at + length :]
        case 4:
            return data[:at] + data[at : at + length] * random.choice([2, 50]) + data[at + length :]
        case 5:
            encoding = random.choice(["utf-16", "utf-16-le", "cp1256", "utf-8-sig", "utf-32", "iso8859-6"])
            return data.decode("utf-8", "replace").encode(encoding, "replace")
        case 6:
            return data.replace(b"\n", random.choice([b"\r\n", b"\r", b"\x0b", b"\n\n"]))
        case 7:
            return data[:at] + data[at + length :]
        case _:
            return random.choice([b"\n", b"\0" * 50, b"[]", b"{}", b"null", b"\xff\xfe", b"PAR1", b"[[[", b'""', b" "])


BY_KIND: dict[str, Callable[[bytes, Random], bytes]] = {
    ".json": in_json,
    ".jsonl": in_json_lines,
    ".yaml": in_yaml,
    ".parquet": in_parquet,
}


def mutated(path: Path, random: Random, others: list[Path]) -> bytes:
    """The file's content with something wrong with it, in its own structure three times of four."""
    data = path.read_bytes()
    if random.random() < 0.05:
        return random.choice(others).read_bytes()  # a file of another kind under its name
    if data and random.random() < 0.75:
        try:
            return BY_KIND.get(path.suffix, in_lines)(data, random)
        except (ValueError, yaml.YAMLError, IndexError, KeyError, RecursionError, OverflowError):
            pass  # it was changed before, and is of its kind no more
    return in_bytes(data, random)
