"""Times what runs of extractors cost beside the extractor itself, as ratios in one run; README.md says more."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mihakk.annotate.document import Annotation, Article
from mihakk.configs.labels import CorpusLabels
from mihakk.eval.adapters.python import PythonExtractor
from mihakk.eval.adapters.spec import open_extractor
from mihakk.eval.gold.records import Gold, GoldDocument
from mihakk.eval.running.calls import outcomes
from mihakk.eval.running.extractor import given_document
from mihakk.eval.running.journal import Journal
from mihakk.eval.running.run import Finished, Reading, call
from mihakk.eval.running.written import write_rows

LABELS = CorpusLabels("made", "made@1.0", ("PERS",), (), (), has_claims=False)
ANSWER = {"entities": [{"start": 4, "end": 8, "label": "PERS"}]}
CHILD = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"entities": [{"start": 4, "end": 8, "label": "PERS"}]}), flush=True)
"""


def documents(count: int) -> list[GoldDocument]:
    text = "زار وائل دمشق ثم عاد مساء. " * 40
    return [GoldDocument(Article(f"d{n}", text), (), Annotation(f"d{n}", "gold")) for n in range(count)]


def timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def bare(docs: list[GoldDocument], path: Path) -> None:
    """What everybody writes: a loop, a line a document, flushed so that a kill costs one document."""
    with path.open("w", encoding="utf-8") as file:
        for document in docs:
            given = given_document(document)
            file.write(json.dumps({"id": given["id"], **ANSWER}, ensure_ascii=False) + "\n")
            file.flush()


def whole(docs: list[GoldDocument], folder: Path) -> None:
    """The same as `eval predict`, from the journal to the finished file."""
    extractor = PythonExtractor(lambda document: ANSWER)
    journal = Journal.start(folder / "run", {}, fresh=True)
    reading = Reading(LABELS, model="m")
    call(extractor, docs, journal, reading)
    write_rows(folder / "p.jsonl", Finished(journal, docs, reading))
    journal.close()


class _Slow(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(0.3)
        content = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def slow_service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        server.request_queue_size = 64
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def asked(spec: str, docs: list[GoldDocument], concurrency: int = 1) -> float:
    """Seconds of calls; what is opened once is not counted."""
    opened = open_extractor(spec, {}, Gold("made", "1.0", LABELS, {"test": docs}), concurrency)
    batches = [lambda each=each: [given_document(each)] for each in docs]
    list(outcomes(opened.extractor, batches[:1]))
    took = timed(lambda: list(outcomes(opened.extractor, batches, concurrency=concurrency)))
    opened.extractor.close()
    return took


def journal_of(count: int, folder: Path) -> tuple[float, float]:
    """Seconds to read a journal's lines as JSON, and to go on from it when all documents have answers."""
    docs = documents(count)
    journal = Journal.start(folder / "run", {}, fresh=True)
    for document in docs:
        journal.add({"id": document.article.id, "answer": ANSWER, "seconds": 0.1, "attempts": 1})
    journal.close()

    def read() -> None:
        with (folder / "run" / "answers.jsonl").open("rb") as file:
            for line in file:
                json.loads(line)

    def resume() -> None:
        again = Journal.start(folder / "run", {}, fresh=False)
        extractor = PythonExtractor(lambda document: ANSWER)
        assert call(extractor, docs, again, Reading(LABELS)) == 0
        again.close()

    return min(timed(read) for _ in range(3)), min(timed(resume) for _ in range(3))


def peak(docs: list[GoldDocument], folder: Path) -> int:
    tracemalloc.start()
    whole(docs, folder)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def ratios() -> Iterator[tuple[str, float, str]]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        docs = documents(10_000)
        runs = [
            (timed(lambda: bare(docs, folder / "bare.jsonl")), timed(lambda: whole(docs, folder))) for _ in range(3)
        ]
        least, most = (min(run[n] for run in runs) for n in (0, 1))
        yield "a run without an extractor's own time / a bare loop", most / least, "design: at most 1.3"
        yield "microseconds a document that a run costs", 1e6 * most / len(docs), ""
        tenth = peak(docs[:1000], folder)
        yield "memory of 10,000 documents / of 1,000", peak(docs, folder) / tenth, "answers are not held"
        with slow_service() as url:
            few = documents(64)
            yield "sequential / 16 at a time, a service of 0.3 s", asked(url, few) / asked(url, few, 16), "at least 12"
        child = folder / "child.py"
        child.write_text(CHILD)
        call_: list[str] = [sys.executable, str(child)]
        sent = json.dumps(given_document(docs[0])).encode() + b"\n"

        def each() -> None:
            for _ in range(20):
                subprocess.run(call_, input=sent, capture_output=True, check=True)

        a_process = timed(each) / 20
        lines = asked(f"command:{sys.executable} {child}", docs[:1000]) / 1000
        yield "a process a document / JSON lines", a_process / lines, "at least 50"
        read, resumed = journal_of(100_000, folder)
        yield "going on from 100,000 answers / reading them", resumed / read, "below 2"


if __name__ == "__main__":
    for name, value, wanted in ratios():
        print(f"{value:8.2f}  {name}" + (f"  ({wanted})" if wanted else ""))
