"""`mihakk eval serve`: suggestions for tasks over HTTP, asked as Label Studio asks, and by the adapter for such backends."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from marked import SCHEME, gold, gold_document
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.placing.policy import DEFAULT
from mihakk.annotate.preannotation import is_blind
from mihakk.annotate.task import make_task
from mihakk.configs.errors import InputError, UnavailableError
from mihakk.eval.adapters.python import PythonExtractor
from mihakk.eval.adapters.spec import Opened, open_extractor
from mihakk.eval.running.extractor import CallError
from mihakk.eval.running.in_memory import predictions
from mihakk.eval.serving import server as serving_module
from mihakk.eval.serving.backend import Backend
from mihakk.eval.serving.open import labels_for, opened_for
from mihakk.eval.serving.server import BackendServer, serving
from mihakk.export.dataset import write_gold

TOKEN = "0123456789abcdef0123456789abcdef01234567"
TEXT = "زار وائل 👩\u200d🚀 دمشق"  # وائل 4–8, دمشق 13–17
ANSWER = {
    "entities": [{"text": "وائل", "label": "PERS"}, {"text": "دمشق", "label": "GPE", "score": 0.5}],
    "stances": {"c1": "agree"},
}


def task(name: str = "خبر", text: str = TEXT, **data: Any) -> dict[str, Any]:
    made = make_task(Article(name, text), [EventClaim("c1", "ادعاء")], SCHEME)
    return {"id": 7, "data": {**made["data"], **data}}


def backend(callee: Callable[..., Any], batch: int = 1, **more: Any) -> tuple[Backend, list[str]]:
    said: list[str] = []
    opened = Opened(PythonExtractor(callee, batch=batch), batch, 0)
    return Backend(opened, "model#1", SCHEME, DEFAULT, said.append, **more), said


@contextmanager
def running(made: Backend) -> Iterator[BackendServer]:
    with serving(made, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(
    server: BackendServer, method: str, path: str, content: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    body = content if content is None or isinstance(content, bytes) else json.dumps(content).encode()
    given = {"Content-Type": "application/json", **(headers or {})} if body is not None else dict(headers or {})
    connection.request(method, path, body, given)
    response = connection.getresponse()
    read = response.read()
    connection.close()
    return response.status, json.loads(read)


# --- what is suggested ---


def test_an_answer_becomes_regions_at_its_places() -> None:
    made, said = backend(lambda document: ANSWER)
    (found,) = made.results([task()])
    assert isinstance(found, dict)
    assert (found["model_version"], found["score"]) == ("model#1", 0.5)
    assert [
        (
            r["from_name"],
            r["value"].get("start"),
            r["value"].get("end"),
            r["value"].get("labels") or r["value"]["choices"],
        )
        for r in found["result"]
    ] == [
        ("span", 4, 8, ["PERS"]),
        ("span", 13, 17, ["GPE"]),
        ("claim_stance_0", None, None, ["agree"]),
    ]
    assert said == []


def test_the_extractor_is_given_what_it_is_given_in_a_run() -> None:
    seen: list[Any] = []
    made, _ = backend(lambda document: seen.append(document) or [])
    made.results([task(outlet="وكالة", url="https://x.example", preannotated_by="z")])
    assert seen == [
        {
            "id": "خبر",
            "text": TEXT,
            "title": "",
            "outlet": "وكالة",
            "published": None,
            "event_id": None,
            "claims": [{"id": "c1", "text": "ادعاء"}],
        }
    ]


def test_one_task_that_fails_costs_itself_only_and_is_asked_again() -> None:
    def extract(document: Mapping[str, Any]) -> Any:
        return (
            {"bad": {}["مفتاح"]}
            if document["id"] == "سيئ"
            else [{"start": 0, "end": 99, "label": "GPE"}]
            if document["id"] == "خارج"
            else []
        )

    made, said = backend(extract)
    found = made.results(
        [task("a"), task("سيئ"), task("خارج"), {"data": {}}, "x", task("b", scheme="other@1.0"), task("c")]
    )
    assert [isinstance(each, dict) for each in found] == [True, False, False, False, False, False, True]
    assert found[1:6] == [[]] * 5, "an empty result would be kept as the answer for good"
    assert "KeyError: 'مفتاح'" in said[3]
    assert "document خارج: " in said[4]
    assert said[:2] == ["a task has no doc_id and text; was it made by `mihakk annotate tasks`?", "a task has no data"]
    assert said[2] == f"task b: was made with the scheme other@1.0, not {SCHEME.id}; give that scheme with --scheme"


def test_a_batch_that_fails_is_asked_one_by_one() -> None:
    def batch(documents: list[Any]) -> Any:
        if any(document["id"] == "سيئ" for document in documents):
            raise CallError("no", "no")
        return [[] for _ in documents]

    made, _ = backend(batch, batch=3)
    assert [bool(each) for each in made.results([task("a"), task("سيئ"), task("b")])] == [True, False, True]


def test_the_blind_share_is_that_of_annotate_tasks() -> None:
    made, _ = backend(lambda document: [], blind=0.5, seed=7)
    names = [f"doc{n}" for n in range(40)]
    found = made.results([task(name) for name in names])
    assert [not each for each in found] == [is_blind(name, 0.5, 7) for name in names]
    assert {bool(each) for each in found} == {True, False}


def test_what_is_not_reached_in_time_is_asked_again() -> None:
    asked: list[str] = []
    made, said = backend(lambda document: asked.append(document["id"]) or [])
    assert made.results([task("a"), task("b")], seconds=0) == [[], []]
    assert (asked, said) == ([], ["2 of 2 tasks were not reached in 0 seconds"])


def test_what_took_too_long_for_label_studio_is_there_when_it_asks_again() -> None:
    asked: list[str] = []

    def extract(document: Mapping[str, Any]) -> Any:
        asked.append(document["text"])
        return {"entities": [{"text": {}[0], "label": "x"}]} if document["id"] == "سيئ" else ANSWER

    made, _ = backend(extract)
    first = made.results([task("a"), task("سيئ")])
    assert made.results([task("a"), task("سيئ"), task("b", text=TEXT + ".")])[:2] == first
    # Of a, once; of the one that failed, each time; a task of the same id and another text is another task.
    assert asked == [TEXT, TEXT, TEXT, TEXT + "."]
    made.results([task("a", text=TEXT + "!")])
    assert asked[-1] == TEXT + "!"


def test_what_has_no_place_in_the_scheme_is_left_out_and_told() -> None:
    answer = {
        "entities": [
            {"start": 4, "end": 17, "label": "ORG"},
            {"start": 13, "end": 17, "label": "GPE"},
            {"text": "حلب", "label": "GPE"},
        ],
        "claims": [{"start": 0, "end": 3, "sources": [{"start": 13, "end": 17, "label": "GPE"}]}],
    }
    made, said = backend(lambda document: answer)
    (found,) = made.results([task()])
    assert isinstance(found, dict)
    assert [(r["value"]["labels"], r["value"]["start"]) for r in found["result"]] == [(["ORG"], 4), (["CLAIM"], 0)]
    assert said == [
        "document خبر: “حلب” does not occur in the text (so often); left out",
        f"document خبر: entities that overlap others: 1; {SCHEME.id} is flat; left out",
    ]


# --- the protocol ---


def test_label_studios_calls_are_answered_and_the_token_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    made, said = backend(lambda document: ANSWER)
    with running(made) as server:
        assert ask(server, "GET", "/health") == (200, {"status": "UP", "model_class": "model#1"})
        setup = {"project": "1.2", "schema": "<View/>", "hostname": "http://localhost", "access_token": TOKEN}
        assert ask(server, "POST", "/setup", setup) == (200, {"model_version": "model#1"})
        assert ask(server, "POST", "/webhook", {"action": "X", "token": TOKEN}) == (201, {})
        sent = {"tasks": [task(), task("b")], "project": "1.2", "label_config": "<View/>", "params": {"login": TOKEN}}
        status, answer = ask(server, "POST", "/predict", sent)
        assert (status, len(answer["results"]), answer["model_version"]) == (200, 2, "model#1")
        names = [name for obj in (server, server.backend) for name in vars(obj)]
        assert TOKEN not in json.dumps([str(getattr(server, name, "")) for name in names])
    assert TOKEN not in "".join(capfd.readouterr()) + "".join(said)


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        ("GET", "/", None, {"Host": "evil.example:80"}, 403),
        ("POST", "/predict", {"tasks": []}, {"Host": "evil.example"}, 403),
        ("GET", "/nothing", None, {}, 404),
        ("POST", "/nothing", {}, {}, 404),
        ("POST", "/predict", {"tasks": []}, {"Content-Type": "text/plain"}, 415),
        ("POST", "/predict", {"tasks": []}, {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ("POST", "/predict", b"{", {}, 400),
        ("POST", "/predict", [1], {}, 400),
        ("POST", "/predict", {"tasks": 1}, {}, 400),
        ("POST", "/predict", b"[" * 100_000, {}, 400),
        ("POST", "/predict", b"", {"Content-Length": "99999999999999999999"}, 413),
        ("POST", "/predict", b"", {"Content-Length": "-1"}, 411),
        ("POST", "/predict", b"", {"Content-Length": "٣"}, 411),
    ],
)
def test_what_is_no_call_of_label_studio_is_refused(
    method: str, path: str, content: Any, headers: dict[str, str], status: int
) -> None:
    made, _ = backend(lambda document: [])
    encoded = {key: value.encode().decode("latin-1") for key, value in headers.items()}
    with running(made) as server:
        found, said = ask(server, method, path, content, encoded)
        assert (found, list(said)) == (status, ["error"])
        assert ask(server, "GET", "/health")[0] == 200


def test_a_client_that_hangs_up_or_says_nothing_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module._Handler, "timeout", 0.2)
    made, _ = backend(lambda document: [])
    with running(made) as server:
        with socket.create_connection(("127.0.0.1", server.server_port)) as silent:
            silent.sendall(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % server.server_port)
            assert ask(server, "GET", "/health")[0] == 200
        with socket.create_connection(("127.0.0.1", server.server_port)) as rude:
            rude.sendall(b"\0\0\0\0\r\n\r\n")
        assert ask(server, "GET", "/health")[0] == 200


def test_it_listens_on_this_machine_only_and_a_taken_port_is_told() -> None:
    made, _ = backend(lambda document: [])
    with running(made) as server:
        assert server.server_address[0] == "127.0.0.1"
        with (
            pytest.raises(InputError, match=f"port {server.server_port}: cannot be used"),
            serving(made, server.server_port),
        ):
            pass


# --- and back: a backend as an extractor ---

TRAINING = [gold_document(f"t{n}", "زار [وائل|PERS] [دمشق|GPE]", {"c1": "agree"}) for n in range(3)]
GOLD = gold(
    TRAINING, test=[gold_document(f"d{n}", f"{n} قال [وائل|PERS] في [دمشق|GPE]", {"c1": "agree"}) for n in range(4)]
)


def test_a_served_extractor_gives_the_same_predictions(tmp_path: Path) -> None:
    with opened_for("baseline:gazetteer", {}, GOLD) as (opened, version):
        made = Backend(opened, version, SCHEME, DEFAULT, lambda line: pytest.fail(line))
        with running(made) as server:
            direct = predictions(GOLD, GOLD.split("test"), "baseline:gazetteer")
            served = predictions(GOLD, GOLD.split("test"), f"ls-ml:{server.url}")
            extractor = open_extractor(f"ls-ml:{server.url}/", {}, GOLD).extractor
            assert extractor.identity() == {"model_version": version}
            extractor.close()

    def core(rows: list[dict[str, Any]]) -> list[Any]:
        return [
            (row["id"], sorted((e["start"], e["end"], e["label"]) for e in row["entities"]), row["stances"])
            for row in rows
        ]

    assert core(served) == core(direct)
    assert any(entities for _, entities, _ in core(direct))


def test_a_backend_that_fails_is_told(tmp_path: Path) -> None:
    from json_service import running as json_service

    with json_service() as service:
        base = service.url.rpartition("/")[0]
        extractor = open_extractor(f"ls-ml:{base}", {}, GOLD).extractor
        for script, said in (
            ((200, {}, {"results": []}), "gave no list of 1 results"),
            ((200, {}, {"results": [[]]}), "the backend gave no prediction for it"),
            ((200, {}, {"results": [{"score": 1}]}), "the backend gave no prediction for it"),
            ((200, {}, []), "gave no list of 1 results"),
        ):
            service.script = [script]
            with pytest.raises(CallError, match=said):
                extractor.extract([{"id": "a", "text": "نص", "claims": []}])
        prediction = {"model_version": "v", "result": []}
        service.script = [(200, {}, {"results": [[prediction]]})]
        assert extractor.extract([{"id": "a", "text": "نص", "claims": []}]) == [{"result": []}]
        assert service.seen[-1][1]["tasks"][0]["data"]["doc_id"] == "a"
        assert "access_token" not in service.seen[-1][1]
        service.script = [(500, {}, "no model")]
        with pytest.raises(UnavailableError, match="does not answer as a Label Studio backend: HTTP 500"):
            extractor.identity()
        extractor.close()


def test_another_model_has_another_name_for_annotators() -> None:
    def version(gold_: Any, **settings: str) -> str:
        with opened_for("baseline:crf", settings, gold_) as (_, name):
            return name

    first = version(GOLD)
    assert first.startswith("baseline:crf#")
    assert version(GOLD) == first
    assert version(gold(TRAINING[:2], test=GOLD.split("test"))) != first


def test_the_scheme_of_the_gold_set_is_the_schemes(tmp_path: Path) -> None:
    (tmp_path / "gold").mkdir()
    write_gold(GOLD, tmp_path / "gold")
    assert labels_for(tmp_path / "gold", None).labels.id == SCHEME.id
    assert labels_for(None, None).labels.id == SCHEME.id


def test_the_command_serves_until_it_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def extract(document): return [{'start': 0, 'end': 3, 'label': 'GPE'}]")
    call = [sys.executable, "-m", "mihakk", "eval", "serve", "own:extract", "--port", "0"]
    with subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        first = process.stdout.readline()
        address = first.partition(" is at http://")[2].partition(";")[0]
        assert "mihakk annotate serve tasks.json --backend http://" in process.stdout.readline()
        connection = http.client.HTTPConnection(address, timeout=30)
        connection.request("POST", "/predict", json.dumps({"tasks": [task()]}), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, process.stderr.read()
    assert [r["value"]["start"] for r in answer["results"][0]["result"]] == [0]
    assert answer["model_version"].startswith("own:extract#")


def test_one_task_at_a_time_unless_more_are_asked_for() -> None:
    """The first call waits until a second one has come in; with one at a time that never happens."""

    def most_at_once(concurrency: int) -> int:
        at_work, most, lock = 0, 0, threading.Lock()
        both = threading.Barrier(2)

        def extract(document: Mapping[str, Any]) -> Any:
            nonlocal at_work, most
            with lock:
                at_work += 1
                most = max(most, at_work)
            if concurrency > 1:
                both.wait(30)
            with lock:
                at_work -= 1
            return []

        extract.thread_safe = True
        made, _ = backend(extract, concurrency=concurrency)
        threads = [threading.Thread(target=made.results, args=([task(name)],)) for name in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return most

    assert [most_at_once(1), most_at_once(2)] == [1, 2]
