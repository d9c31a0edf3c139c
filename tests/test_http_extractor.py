"""Services as extractors, against a real HTTP server on this machine."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from json_service import Service, running
from marked import gold, gold_document
from mihakk.configs.errors import InputError, UnavailableError
from mihakk.eval.adapters.spec import open_extractor
from mihakk.eval.running import calls
from mihakk.eval.running.calls import Outcome, outcomes
from mihakk.eval.running.extractor import CallError
from mihakk.eval.running.journal import Journal

GOLD = gold((), test=[gold_document("a", "نص")])
SECRET = "sk-سر-0123456789".encode("ascii", "ignore").decode()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(calls, "FIRST_WAIT", 0.0)
    with running() as server:
        yield server


def ask(service: Service, size: int = 1, **settings: str) -> list[Outcome]:
    """The outcomes of as many documents, in one call."""
    opened = open_extractor(service.url, settings, GOLD)
    batch = [lambda: [{"id": str(n), "text": "دمشق 👩\u200d🚀"} for n in range(size)]]
    (found,) = outcomes(opened.extractor, batch, retries=opened.retries)
    opened.extractor.close()
    return found


SPANS = {"entities": [{"start": 0, "end": 4, "label": "GPE"}]}


def test_a_document_is_sent_as_it_is_and_the_answer_taken(service: Service) -> None:
    service.script = [(200, {}, SPANS)]
    (found,) = ask(service)
    assert (found.answer, found.error, found.attempts) == (SPANS, None, 1)
    assert [body for _, body in service.seen] == [{"id": "0", "text": "دمشق 👩\u200d🚀"}]


def test_a_batch_is_one_request(service: Service) -> None:
    service.script = [(200, {}, [SPANS, {}, SPANS])]
    assert [outcome.answer for outcome in ask(service, 3, batch="3")] == [SPANS, {}, SPANS]
    assert [len(body["documents"]) for _, body in service.seen] == [3]


@pytest.mark.parametrize(
    "before",
    [
        [(429, {"retry-after": "0"}, "slow down")],
        [(503, {}, b"busy")] * 3,
        [(200, {}, None)],
        [(500, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, {})],
    ],
)
def test_what_passes_is_tried_again(service: Service, before: list[Any]) -> None:
    service.script = [*before, (200, {}, SPANS)]
    (found,) = ask(service)
    assert (found.answer, found.attempts) == (SPANS, len(before) + 1)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ((404, {}, b"nothing here"), "HTTP 404", "HTTP 404: nothing here"),
        ((302, {"location": "http://192.0.2.1/"}, b""), "HTTP 302", "HTTP 302"),
        ((200, {}, b"<html>\n<body>"), "no JSON", "answer is not JSON: <html> <body>"),
        ((200, {}, {"error": "no model"}), "error", "no model"),
    ],
)
def test_what_stays_wrong_is_told_at_once(service: Service, said: Any, kind: str, words: str) -> None:
    service.script = [said]
    (found,) = ask(service)
    assert (found.kind, found.attempts, words in (found.error or "")) == (kind, 1, True)


def test_a_service_that_is_not_there_is_named_without_its_path() -> None:
    with running() as server:
        address = server.url.removesuffix("/extract")
    opened = open_extractor(f"{address}/extract/{SECRET}", {"retries": "0"}, GOLD)
    ((found,),) = outcomes(opened.extractor, [lambda: [{"id": "0", "text": "نص"}]], retries=0)
    opened.extractor.close()
    assert (found.error or "").startswith(f"{address} cannot be reached (")
    assert (found.error or "").endswith("; is the service running there?")


def test_a_service_that_hangs_is_given_up(service: Service) -> None:
    service.script = [(200, {}, "hold")]
    (found,) = ask(service, timeout="0.2", retries="1")
    assert (found.error, found.kind, found.attempts) == ("no answer within 0.2 seconds", "time-out", 2)


def test_a_key_reaches_the_service_and_nothing_else(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_HEADER", f"Bearer {SECRET}")
    settings = {"header_env.Authorization": "MY_HEADER"}
    # The service repeats it in an error, and in an answer.
    service.script = [(401, {}, f"no such key {SECRET}".encode()), (200, {}, {"echo": SECRET})]
    opened = open_extractor(service.url, settings, GOLD)
    journal = Journal.start(tmp_path / "run", {"settings": settings}, fresh=False, secrets=opened.extractor.secrets)
    for _ in range(2):
        for (outcome,) in outcomes(opened.extractor, [lambda: [{"id": "a"}]]):
            assert SECRET not in (outcome.error or "")
            journal.add(outcome.row())
    opened.extractor.close()
    assert [headers["Authorization"] for headers, _ in service.seen] == [f"Bearer {SECRET}"] * 2
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "run").iterdir())
    journal.close()
    assert ("[secret]" in written, SECRET in written) == (True, False)


@pytest.mark.parametrize(
    ("url", "settings", "said"),
    [
        ("http://me:pass-word@127.0.0.1/", {}, "has a password, which others could see"),
        ("http:///x", {}, "is not an address such as"),
        ("http://127.0.0.1/", {"header_env.X": "NOT_THERE"}, "the environment has no NOT_THERE"),
        (
            "http://127.0.0.1/",
            {"key": "x"},
            "there is no such setting; known are batch, header_env.NAME, retries, timeout",
        ),
    ],
)
def test_a_wrong_address_or_setting_is_told_before_any_call(url: str, settings: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        open_extractor(url, settings, GOLD)
    assert said in str(error.value)
    assert not re.search("pass-word", str(error.value))


def test_an_answer_that_comes_byte_by_byte_ends_with_the_time(service: Service) -> None:
    service.script = [(200, {}, "drip")]
    (found,) = ask(service, timeout="0.3", retries="0")
    service.hold.set()
    assert (found.kind, found.error) == ("time-out", "no whole answer within 0.3 seconds")


@pytest.mark.parametrize("concurrency", [1, 3])
def test_headers_that_come_byte_by_byte_end_with_the_time(service: Service, concurrency: int) -> None:
    """Also on a connection that was good before; other threads' requests go on."""
    service.script = [(200, {}, {"entities": []}), (200, {}, "drip in headers")]
    begin = time.monotonic()
    opened = open_extractor(service.url, {"timeout": "0.4", "retries": "0"}, GOLD)
    with ThreadPoolExecutor(concurrency) as threads:
        found = list(threads.map(lambda _: _answer_of(opened.extractor), range(4)))
    opened.extractor.close()
    service.hold.set()
    assert found.count("no answer within 0.4 seconds") == 3
    assert time.monotonic() - begin < 4 * 0.4 + 2


def _answer_of(extractor: Any) -> object:
    try:
        return extractor.extract([{"id": "a", "text": "x", "claims": []}])
    except CallError as error:
        return str(error)


@pytest.mark.parametrize("kind", ["", "ls-ml:", "llm:x@"])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("key=hidden", "key"),
        ("api-key=hidden", "api-key"),
        ("v=1&accessToken=hidden", "accessToken"),
        ("X-Amz-Signature=hidden", "X-Amz-Signature"),
        ("APIKEY=hidden", "APIKEY"),
    ],
)
def test_a_secret_in_the_address_is_refused_and_not_shown(kind: str, query: str, name: str) -> None:
    """The manifest of the run and each row's `model` name the address."""
    with pytest.raises(InputError) as refused:
        open_extractor(f"{kind}http://127.0.0.1:9/x?{query}", {}, GOLD)
    assert f"has a secret ({name})" in str(refused.value)
    assert "header_env" in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("query", ["model=a", "max_tokens=5", "keywords=x", "author=y", "api-version=2024-10-21"])
def test_other_parameters_of_an_address_are_taken(query: str) -> None:
    open_extractor(f"http://127.0.0.1:9/x?{query}", {}, GOLD).extractor.close()


@pytest.mark.parametrize("kind", ["", "ls-ml:", "llm:x@"])
@pytest.mark.parametrize("address", ["http://[::1", "http://127.0.0.1:99999", "http://127.0.0.1:x/"])
def test_what_is_no_address_is_told(kind: str, address: str) -> None:
    with pytest.raises(InputError, match="is not an address such as"):
        open_extractor(f"{kind}{address}", {}, GOLD)


def test_what_is_no_address_shows_no_password() -> None:
    with pytest.raises(InputError) as refused:
        open_extractor("http://me:hidden@[", {}, GOLD)
    assert "hidden" not in str(refused.value)


def test_a_backend_that_answers_too_deeply_at_the_start_is_told(service: Service) -> None:
    service.script = [(200, {}, b"[" * 100_000 + b"]" * 100_000)]
    opened = open_extractor(f"ls-ml:{service.url}", {}, GOLD)
    with pytest.raises(UnavailableError, match="does not answer as a Label Studio backend"):
        opened.extractor.identity()
    opened.extractor.close()
