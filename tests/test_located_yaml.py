"""YAML files that stand for more than they hold are refused, at once and with the line."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mihakk.annotate.events import Registry
from mihakk.annotate.pages.outlet import load_outlets
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme

# Ten lines for 9 ** 9 items, which are 387 million.
BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))


@pytest.mark.parametrize("read", [load_scheme, Registry, load_outlets])
@pytest.mark.parametrize(
    ("text", "line", "alias"),
    [
        (BOMB, 2, "a0"),
        ("a: &a [*a]", 1, "a"),
        ("events: &same\n- id: حدث\nmore:\n  <<: *same\n", 4, "same"),
        ("a: &a x\n? *a\n: y", 2, "a"),
    ],
)
def test_an_alias_is_refused_with_its_line(
    tmp_path: Path, read: Callable[[Path], object], text: str, line: int, alias: str
) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.problems == (
        f"{path}:{line}: *{alias} refers to another place, which is not supported; write the value out here",
    )
    assert time.monotonic() - began < 5
