"""Commands as extractors: real children in Perl, which Debian always has, in Node where it is, and in Python."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from marked import gold, gold_document
from mihakk.configs.errors import InputError
from mihakk.eval.adapters.settings import Settings
from mihakk.eval.adapters.spec import open_extractor
from mihakk.eval.running.extractor import CallError, Document

DOCUMENT = {"id": "خبر", "text": "زار وائل 👩\u200d🚀 بدمشق"}

# Perl counts code points once it knows that the input is UTF-8; Node counts UTF-16 units.
PERL = r"""
use strict; use warnings; use JSON::PP; $| = 1;
my $json = JSON::PP->new->utf8;
while (my $line = <STDIN>) {
    my $text = $json->decode($line)->{text}; my @found;
    while ($text =~ /\x{62f}\x{645}\x{634}\x{642}/g) { push @found, {start => $-[0], end => $+[0], label => "GPE"}; }
    print $json->encode({entities => \@found}), "\n";
}
"""
NODE = r"""
const lines = require("readline").createInterface({input: process.stdin});
lines.on("line", line => {
  const found = [...JSON.parse(line).text.matchAll(/دمشق/g)];
  console.log(JSON.stringify(found.map(m => ({start: m.index, end: m.index + 4, label: "GPE"}))));
});
"""


def command(folder: Path, code: str, program: str = sys.executable, settings: Settings | None = None):
    path = folder / "child"
    path.write_text(code, encoding="utf-8")
    return open_extractor(
        f"command:{program} {path}", settings or {}, gold((), test=[gold_document("a", "نص")])
    ).extractor


@pytest.mark.parametrize(("program", "code", "unit"), [("perl", PERL, "utf-32-le"), ("node", NODE, "utf-16-le")])
def test_a_child_in_another_language_counts_in_its_own_units(
    tmp_path: Path, program: str, code: str, unit: str
) -> None:
    if not shutil.which(program):
        pytest.skip(f"no {program} here")
    extractor = command(tmp_path, code, program)
    answers = extractor.extract([DOCUMENT, {"id": "b", "text": "نص"}, DOCUMENT])
    extractor.close()
    found = [answer["entities"] if isinstance(answer, dict) else answer for answer in answers]
    before = DOCUMENT["text"].partition("دمشق")[0]
    start = len(before.encode(unit)) // (4 if unit == "utf-32-le" else 2)
    one = [{"start": start, "end": start + 4, "label": "GPE"}]
    assert found == [one, [], one]


CHILD = """
import json, os, sys
print("a line for people", file=sys.stderr, flush=True)
for line in sys.stdin:
    document = json.loads(line)
    WHAT
    print(json.dumps({"id": document["id"], "entities": []}), flush=True)
"""


@pytest.mark.parametrize(
    ("what", "kind", "said"),
    [
        ("sys.exit(3)", "ended with code 3", "the command ended with code 3; it said: a line for people"),
        ("os.kill(os.getpid(), 9)", "ended with code -9", "the command ended with code -9"),
        ("print('Loading', flush=True); continue", "no JSON", "the command wrote something that is not JSON: Loading"),
        ("document = {'id': 'آخر'}", "out of order", "answered out of order, with document 'آخر'"),
        ("print(json.dumps({'error': 'لا\\nنموذج'}), flush=True); continue", "error", "لا نموذج"),
        ("os.close(1); os.read(0, 1)", "ended with code None", "the command ended with code None"),
        ("import threading; threading.Event().wait()", "time-out", "no answer within 1 seconds"),
    ],
)
def test_a_child_that_fails_is_told_and_replaced(tmp_path: Path, what: str, kind: str, said: str) -> None:
    bad = f"if document['id'] == 'سيئ': {what}" if ";" not in what else f"if document['id'] == 'سيئ':\n        {what}"
    settings = {"timeout": "1"} if kind == "time-out" else {}
    extractor = command(tmp_path, CHILD.replace("WHAT", bad), settings=settings)
    good: Document = {"id": "جيد"}
    if kind != "time-out":  # a slow machine may need the second to start Python
        assert extractor.extract([good]) == [{"id": "جيد", "entities": []}]
    with pytest.raises(CallError) as error:
        extractor.extract([{"id": "سيئ"}])
    assert (error.value.kind, said in str(error.value)) == (kind, True), str(error.value)
    if kind != "time-out":
        assert extractor.extract([good]) == [{"id": "جيد", "entities": []}]
    extractor.close()


def test_a_long_text_and_a_loud_child_do_not_block_each_other(tmp_path: Path) -> None:
    extractor = command(tmp_path, CHILD.replace("WHAT", "print('x' * 300_000, file=sys.stderr, flush=True)"))
    documents = [{"id": str(n), "text": "د" * 300_000} for n in range(3)]
    assert [answer["id"] for answer in extractor.extract(documents)] == ["0", "1", "2"]  # type: ignore[index]
    extractor.close()


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    """The grandchild has the writing end of a pipe; reading ends when it is gone."""
    import os

    os.mkfifo(tmp_path / "pipe")
    read = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(read, True)
    waits = f"pipe = open({str(tmp_path / 'pipe')!r}, 'wb'); pipe.write(b'1'); pipe.flush(); input()"
    starts = f"import subprocess, sys\nr, w = __import__('os').pipe()\nsubprocess.Popen([sys.executable, '-c', {waits!r}], stdin=r)\n"
    extractor = command(tmp_path, starts + CHILD.replace("WHAT", "pass"))
    extractor.extract([{"id": "a"}])
    with os.fdopen(read, "rb", buffering=0) as pipe:
        while not pipe.read(1):  # until it has opened its end
            pass
        extractor.close()
        assert pipe.read(1) == b""


@pytest.mark.parametrize(
    ("spec", "settings", "said"),
    [
        ("command:", {}, "needs a command line"),
        ("command:nothing-of-this-name x", {}, "there is no program nothing-of-this-name"),
        ("command:perl 'x", {}, "cannot be split into words"),
        (
            "command:perl x",
            {"tempo": "1"},
            "extractor command: --set tempo: there is no such setting; known are batch, retries, timeout",
        ),
        ("command:perl x", {"timeout": "soon"}, "--set timeout=soon: must be a number"),
    ],
)
def test_a_wrong_command_is_told_before_any_call(spec: str, settings: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        open_extractor(spec, settings, gold((), test=[gold_document("a", "نص")]))
    assert said in str(error.value)


def test_the_code_of_a_command_is_that_of_its_files(tmp_path: Path) -> None:
    first = command(tmp_path, PERL, "perl").identity()
    assert command(tmp_path, PERL, "perl").identity() == first
    assert command(tmp_path, PERL + "# more", "perl").identity() != first
    assert json.dumps(first)


def test_a_child_that_does_not_read_costs_no_more_than_its_time(tmp_path: Path) -> None:
    """A pipe holds 64 KiB: to write more, somebody has to read."""
    extractor = command(tmp_path, "import time; time.sleep(600)", settings={"timeout": "0.5"})
    with pytest.raises(CallError, match="no answer within"):
        extractor.extract([{"id": "a", "text": "ن" * 200_000}])
    extractor.close()


def test_a_child_that_writes_without_end_is_stopped(tmp_path: Path) -> None:
    endless = "import sys\nwhile True: sys.stdout.write('{}\\n' * 1000)"
    extractor = command(tmp_path, endless)
    extractor.extract([DOCUMENT])
    (process,) = extractor._all  # pyright: ignore
    assert process._process.wait(30) == -9  # nobody asks it a second time
    assert process._lines.qsize() < 5000
    extractor.close()
