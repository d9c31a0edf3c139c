"""One extractor, five ways to reach it, one score to the last digit: the CRF on the Wojood sample and on made texts."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import mention_lists as lists
import mihakk
import pytest
from mihakk.annotate.document import Annotation, Article, Span
from mihakk.annotate.placing.policy import DEFAULT
from mihakk.configs.labels import CorpusLabels
from mihakk.eval.adapters.python import imported
from mihakk.eval.baselines.crf import Crf
from mihakk.eval.baselines.saved import write_baseline
from mihakk.eval.gold.records import Gold, GoldDocument
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.serving.backend import Backend
from mihakk.eval.serving.open import opened_for
from mihakk.eval.serving.server import serving
from mihakk.export.dataset import write_gold

# A module with the saved model, which the other ways use as a team would use its own.
MODULE = """
import json, sys
from pathlib import Path
from mihakk.annotate.arabic import tokens
from mihakk.eval.baselines.saved import read_baseline

crf, _ = read_baseline(Path(__file__).parent / "crf")

def extract(document):
    return crf(document)["entities"]

def tagged(document):
    text, spans = document["text"], extract(document)
    cut = list(tokens(text, (at for span in spans for at in (span["start"], span["end"]))))
    tags = ["O"] * len(cut)
    for span in spans:
        inside = [n for n, token in enumerate(cut) if span["start"] <= token.start and token.end <= span["end"]]
        for n in inside:
            tags[n] = ("B-" if n == inside[0] else "I-") + span["label"]
    return {"tokens": [text[start:end] for start, end in cut], "tags": tags}

if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps({"entities": extract(json.loads(line))}), flush=True)
"""


def wojood() -> list[lists.Text]:
    if not lists.SHARED.is_dir():
        pytest.skip("the shared corpora are not at hand")
    return lists.wojood()


def made() -> list[lists.Text]:
    return [text for seed in range(12) for text in lists.made(seed)]


@pytest.fixture(params=[wojood, made], ids=["wojood", "made"])
def folder(request: pytest.FixtureRequest, written_modules: Path) -> Path:
    """A gold set, 60 % of it for training and the last 20 % for the test, and a CRF that learnt from it."""
    texts = request.param()
    documents = [
        GoldDocument(
            Article(f"d{n:03}", text.text, event_id=f"e{n}"),
            (),
            Annotation(
                f"d{n:03}",
                "gold",
                tuple(sorted({Span(*span) for span in text.spans}, key=lambda s: (s.start, s.end, s.label))),
            ),
        )
        for n, text in enumerate(texts)
    ]
    labels = tuple(sorted({span.label for document in documents for span in document.annotation.entities}))
    at = [len(documents) * share // 10 for share in (6, 8)]
    parts = dict(
        zip(
            ("train", "validation", "test"),
            (documents[: at[0]], documents[at[0] : at[1]], documents[at[1] :]),
            strict=True,
        )
    )
    gold = Gold("sample", "1.0", CorpusLabels("sample", "sample@1.0", labels, (), (), has_claims=False), parts)
    (written_modules / "gold").mkdir()
    write_gold(gold, written_modules / "gold")
    write_baseline(Crf.learn(gold.split("train")), "crf", gold.title, written_modules / "crf")
    (written_modules / "written_crf.py").write_text(MODULE, encoding="utf-8")
    return written_modules


@pytest.fixture
def service(folder: Path) -> Iterator[str]:
    extract = imported("written_crf:extract")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["content-length"])))
            content = json.dumps({"entities": extract(document)}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_the_score_is_the_same_to_the_last_digit(folder: Path, service: str) -> None:
    gold = read_gold(folder / "gold")

    def score(spec: str) -> Any:
        rows = mihakk.predict(gold, spec)
        return mihakk.evaluate(gold, rows).as_json()["tasks"]["entities"]

    direct = score("baseline:crf")
    f1 = direct["strict"]["micro"]["f1"]
    assert f1 > 0.5, "a score that could differ"
    ways = {
        "python": "written_crf:extract",
        "command": f"command:{sys.executable} written_crf.py",
        "http": service,
        "tags": "written_crf:tagged",
        "saved": "saved:crf",
    }
    for way, spec in ways.items():
        assert score(spec) == direct, way
    said: list[str] = []
    with (
        opened_for("saved:crf", {}, gold) as (opened, version),
        serving(Backend(opened, version, gold.labels, DEFAULT, said.append), 0) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        served = score(f"ls-ml:{server.url}")
        server.shutdown()
        thread.join()
    assert (served, said) == (direct, [])
