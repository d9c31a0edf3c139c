"""Language models as extractors, against a real HTTP server that speaks OpenAI's chat protocol as a script says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from json_service import Service, running
from marked import SCHEME, gold, gold_document
from mihakk.annotate.predictions import parse_prediction
from mihakk.configs.errors import InputError
from mihakk.configs.labels import CorpusLabels
from mihakk.eval.adapters import chat
from mihakk.eval.adapters.spec import Opened, open_extractor
from mihakk.eval.gold.records import Gold
from mihakk.eval.running import calls
from mihakk.eval.running.calls import Outcome, outcomes
from mihakk.export.dataset import write_gold

KEY = "sk-0123456789-secret"
TEXT = "زار وائل دمشق، وقال إن [الطريق مقطوع|CLAIM:support]"
DOCUMENT = gold_document("خبر", TEXT.replace("وائل", "[وائل|PERS]"), {"c1": "agree"})
GOLD = gold((), test=[DOCUMENT])
GIVEN = {"id": "خبر", "text": DOCUMENT.article.text, "title": None, "claims": [{"id": "c1", "text": "ادعاء c1"}]}
ANSWER = {"entities": [{"text": "وائل", "label": "PERS"}], "stances": {"c1": "agree"}}


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(calls, "FIRST_WAIT", 0.0)
    with running() as server:
        yield server


def base(service: Service) -> str:
    return f"http://127.0.0.1:{service.server_port}/v1"


def completion(content: Any, finish: str = "stop", **message: Any) -> tuple[int, dict[str, str], Any]:
    said = content if content is None or isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return (
        200,
        {},
        {
            "choices": [{"message": {"role": "assistant", "content": said, **message}, "finish_reason": finish}],
            "usage": {"prompt_tokens": 700, "completion_tokens": 30},
        },
    )


def opened(service: Service, gold: Gold = GOLD, /, **settings: str) -> Opened:
    return open_extractor(f"llm:qwen3@{base(service)}", settings, gold)


def ask(made: Opened) -> Outcome:
    (found,) = outcomes(made.extractor, [lambda: [dict(GIVEN)]], retries=made.retries)
    made.extractor.close()
    return found[0]


def test_a_model_is_asked_once_about_a_document_and_its_tokens_are_counted(service: Service) -> None:
    service.script = [completion(ANSWER)]
    found = ask(opened(service))
    assert (found.answer, found.tokens_in, found.tokens_out, found.attempts) == (ANSWER, 700, 30, 1)
    ((headers, body),) = service.seen
    assert service.paths == ["/v1/chat/completions"]
    assert (body["model"], body["temperature"], "authorization" in {name.lower() for name in headers}) == (
        "qwen3",
        0.0,
        False,
    )


def test_the_prompt_has_labels_with_their_definitions_claims_and_the_text(service: Service) -> None:
    service.script = [completion(ANSWER)]
    ask(opened(service))
    (message,) = service.seen[0][1]["messages"]
    said = message["content"]
    assert message["role"] == "user"
    for label, choice in SCHEME.entities.items():
        assert f"- {label}: {choice.definition.of('en')}" in said
    for stance in (*SCHEME.claim_stances, *SCHEME.article_stances):
        assert f"- {stance}: " in said
    assert "- c1: ادعاء c1" in said
    assert said.endswith(DOCUMENT.article.text), "nothing stands behind the text"


def test_the_answers_schema_allows_what_the_gold_set_has_and_no_more(service: Service) -> None:
    service.script = [completion(ANSWER)]
    ask(opened(service))
    form = service.seen[0][1]["response_format"]
    assert form["type"] == "json_schema"
    schema = form["json_schema"]["schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    good = {**ANSWER, "claims": [{"text": "الطريق", "stance": "support", "sources": []}]}
    jsonschema.validate(good, schema)
    for bad in (
        {**good, "entities": [{"text": "وائل", "label": "PERSON"}]},
        {**good, "stances": {}},
        {**good, "stances": {"c2": "agree"}},
        {**good, "note": ""},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)


def test_layers_that_the_gold_set_has_nothing_of_are_not_asked_for(service: Service) -> None:
    service.script = [completion({"entities": []})]
    labels = CorpusLabels("corpus", "corpus@1.0", ("PERS", "GPE"), (), (), has_claims=False)
    corpus = Gold("corpus", "1.0", labels, {"test": (gold_document("خبر", "زار [وائل|PERS] دمشق"),)})
    ask(opened(service, corpus))
    body = service.seen[0][1]
    assert [*body["response_format"]["json_schema"]["schema"]["properties"]] == ["entities"]
    assert "- PERS\n- GPE" in body["messages"][0]["content"]
    assert "claims" not in body["messages"][0]["content"]


def test_what_claims_are_about_is_asked_where_the_gold_set_says_it(service: Service) -> None:
    said = DOCUMENT.annotation
    about = replace(DOCUMENT, annotation=replace(said, claims=(replace(said.claims[0], about="c1"),)))
    service.script = [completion({"claims": [{"text": "الطريق", "stance": "deny", "sources": [], "about": ""}]})]
    for each, asks in ((GOLD, False), (gold((), test=[about]), True)):
        found = ask(opened(service, each))
        body = service.seen[-1][1]
        claim = body["response_format"]["json_schema"]["schema"]["properties"]["claims"]["items"]
        assert ("about" in claim["required"], '"about" is the id' in body["messages"][0]["content"]) == (asks, asks)
    jsonschema.validate(found.answer["claims"][0], claim)
    jsonschema.validate({**found.answer["claims"][0], "about": "c1"}, claim)
    text = DOCUMENT.article.text
    assert parse_prediction(found.answer, text, ["c1"], SCHEME).claims[0].about is None, "an empty text is none"


def test_under_a_mapping_the_models_labels_are_those_of_the_mapping(service: Service) -> None:
    service.script = [completion({"entities": []})]
    wojood = CorpusLabels("wojood", "wojood", ("PERS", "WEBSITE"), (), ())
    made = open_extractor(f"llm:qwen3@{base(service)}", {}, GOLD, 1, wojood)
    ask(made)
    body = service.seen[0][1]
    said = body["messages"][0]["content"]
    assert "- PERS\n- WEBSITE\n" in said, "without the definitions of another scheme"
    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["entities"]["items"]["properties"]["label"]["enum"] == ["PERS", "WEBSITE"]


@pytest.mark.parametrize(
    "said",
    [
        json.dumps(ANSWER),
        f"```json\n{json.dumps(ANSWER)}\n```",
        f"Here it is:\n```\n{json.dumps(ANSWER)}\n```\nAnything else?",
        f"<think>{{not this}}</think>\n{json.dumps(ANSWER)}",
        f"The answer is {json.dumps(ANSWER)}.",
        json.dumps({**ANSWER, "reasoning": "لأن"}),
    ],
)
def test_the_json_is_found_in_whatever_stands_around_it(service: Service, said: str) -> None:
    service.script = [completion(said)]
    assert ask(opened(service)).answer == ANSWER


def test_an_answer_as_the_call_of_a_tool_is_read(service: Service) -> None:
    call = {"function": {"name": "answer", "arguments": json.dumps(ANSWER)}}
    service.script = [completion(None, "tool_calls", tool_calls=[call])]
    assert ask(opened(service)).answer == ANSWER


@pytest.mark.parametrize(
    ("script", "kind", "said"),
    [
        (completion('{"entities": [{"te', "length"), "cut off", "give --set max_tokens=N"),
        (completion(None, refusal="لا\nأستطيع"), "refusal", "the model refused: لا أستطيع"),
        (completion(""), "nothing", "the model said nothing"),
        (completion("[" * 100_000), "no JSON", "the model's answer is not JSON: [[["),
        ((200, {}, b"[" * 100_000), "no JSON", "the service's answer is not JSON"),
        (completion("I cannot find any."), "no JSON", "the model's answer is not JSON: I cannot find any."),
        ((200, {}, {"entities": []}), "no chat", "is not an answer in the chat protocol"),
        ((200, {}, [1]), "no chat", "is not an answer in the chat protocol"),
        ((404, {}, {"error": "no such model"}), "HTTP 404", "no such model"),
    ],
)
def test_an_answer_that_is_none_costs_its_document(service: Service, script: Any, kind: str, said: str) -> None:
    service.script = [script]
    found = ask(opened(service))
    assert (found.kind, found.attempts, said in (found.error or "")) == (kind, 1, True), found.error


def test_a_busy_service_is_asked_again(service: Service) -> None:
    service.script = [(429, {"retry-after": "0"}, {}), (503, {}, {}), completion(ANSWER)]
    assert (ask(opened(service)).attempts, len(service.seen)) == (3, 3)


def test_what_a_service_does_not_know_is_left_out_from_then_on(service: Service) -> None:
    service.script = [
        (400, {}, {"error": "response_format is not supported"}),
        (400, {}, {"error": {"message": "Unsupported value: 'temperature'"}}),
        completion(ANSWER),
    ]
    made = opened(service)
    for _ in range(2):
        (found,) = outcomes(made.extractor, [lambda: [dict(GIVEN)]])
        assert found[0].answer == ANSWER
    assert [{"response_format", "temperature"} & body.keys() for _, body in service.seen] == [
        {"response_format", "temperature"},
        {"temperature"},
        set(),
        set(),
    ]


# --- keys ---


def test_the_key_of_the_environment_goes_only_to_the_address_it_was_set_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("MY_KEY", "another")
    service.script = [completion(ANSWER)]
    ask(opened(service))  # OPENAI_BASE_URL is OpenAI's, and this is not
    monkeypatch.setenv("OPENAI_BASE_URL", base(service) + "/")
    ask(opened(service))
    ask(open_extractor("llm:qwen3", {}, GOLD))
    ask(opened(service, key_env="MY_KEY"))
    sent = [headers.get("Authorization") for headers, _ in service.seen]
    assert sent == [None, f"Bearer {KEY}", f"Bearer {KEY}", "Bearer another"]


def test_a_key_stands_nowhere(service: Service, tmp_path: Path) -> None:
    """Not in arguments, output, journal or predictions, though the service repeats it in an error and in an answer."""
    (tmp_path / "gold").mkdir()
    documents = [gold_document(f"d{n}", "زار [وائل|PERS] دمشق") for n in range(5)]
    write_gold(gold((), test=documents), tmp_path / "gold")
    said = completion({"entities": [{"text": KEY, "label": "PERS"}]})
    service.script = [said, said, (401, {}, {"error": f"wrong key {KEY}"}), completion({"entities": []})]
    command = ["eval", "predict", "gold", "--extractor", f"llm:m@{base(service)}", "--set", "key_env=MY_KEY"]
    done = subprocess.run(
        [sys.executable, "-m", "mihakk", *command, "-o", "p.jsonl"],
        cwd=tmp_path,
        env=os.environ | {"MY_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert [headers["Authorization"] for headers, _ in service.seen] == [f"Bearer {KEY}"] * 5
    written = [path.read_text() for path in (tmp_path / "p.jsonl", *(tmp_path / "p.jsonl.run").iterdir())]
    assert "[secret]" in "".join(written)
    assert KEY not in "".join([*written, done.stdout, done.stderr])


# --- prompts ---


def test_a_prompt_of_ones_own_has_the_same_words(service: Service, tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("{{ labels | join(' ') }}\n{% for c in claims %}{{ c.id }}{% endfor %}\n{{ text[:3] }}", "utf-8")
    service.script = [completion(ANSWER)]
    made = opened(service, prompt=str(prompt))
    first = made.extractor.identity()
    ask(made)
    assert service.seen[0][1]["messages"][0]["content"] == f"{' '.join(SCHEME.entities)}\nc1\nزار"
    prompt.write_text("{{ text }}", "utf-8")
    assert opened(service, prompt=str(prompt)).extractor.identity() != first, "another prompt is another run"


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ labels.clear() }}",
        "{{ cycler.__init__.__globals__.os.popen('true') }}",
        "{% for n in range(10 ** 9) %}{% endfor %}",
        "{{ nothing }}",
        "{% include '/etc/passwd' %}",
        "{{ 1 / 0 }}",
    ],
)
def test_a_prompt_runs_no_code(service: Service, tmp_path: Path, attack: str) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text(attack, "utf-8")
    found = ask(opened(service, prompt=str(prompt)))
    assert (found.kind, service.seen) == ("prompt", [])


def test_a_prompt_that_is_no_template_is_refused_with_its_line(service: Service, tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("first\n{% if %}", "utf-8")
    with pytest.raises(InputError, match=r"prompt\.txt:2: is not a Jinja2 template"):
        opened(service, prompt=str(prompt))


def test_an_article_that_looks_like_a_template_stays_a_text(service: Service) -> None:
    service.script = [completion(ANSWER)]
    made = opened(service)
    text = "زار {{ 7 * 7 }} {% raw %} <b>"
    (found,) = outcomes(made.extractor, [lambda: [{**GIVEN, "text": text}]])
    assert found[0].error is None
    assert service.seen[0][1]["messages"][0]["content"].endswith(text)


@pytest.mark.parametrize(
    ("spec", "settings", "said"),
    [
        ("llm:", {}, "needs a model, such as llm:qwen3@http"),
        ("llm:gpt", {}, "the environment has no OPENAI_API_KEY"),
        ("llm:m@http://me:word@127.0.0.1/v1", {}, "has a password, which others could see"),
        ("llm:m@http://127.0.0.1/v1", {"key_env": "NOT_THERE"}, "the environment has no NOT_THERE"),
        ("llm:m@http://127.0.0.1/v1", {"prompt": "nowhere.txt"}, "nowhere.txt: cannot be read"),
        ("llm:m@http://127.0.0.1/v1", {"key": "x"}, "there is no such setting; known are batch, key_env, max_tokens"),
    ],
)
def test_what_is_wrong_is_told_before_any_call(spec: str, settings: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        open_extractor(spec, settings, GOLD)
    assert said in str(error.value)


def test_a_models_name_may_have_an_at_sign() -> None:
    assert chat._divided("org/m@v2@http://127.0.0.1/v1") == ("org/m@v2", "http://127.0.0.1/v1")
    assert chat._divided("org/m@v2") == ("org/m@v2", None)
