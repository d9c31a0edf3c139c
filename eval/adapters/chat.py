"""A language model as an extractor: any service with OpenAI's chat protocol, on this machine or elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...annotate.label_studio.address import same_server
from ...configs.errors import InputError
from ...configs.files import read_text
from ...configs.labels import CLAIMS, ENTITIES, EVERY_LAYER, STANCES, layers
from ..gold.records import ALL, Gold
from ..gold.scheme import scheme_of
from ..running.extractor import CallError, Document, Reply
from .service import Service, check_address, value_of

if TYPE_CHECKING:
    from .spec import Job

_OPENAI = "https://api.openai.com/v1"
_PROMPT = Path(__file__).with_name("prompt.jinja2")
_FENCED = re.compile(r"```[a-z]*\n(.*?)```", re.DOTALL)
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
# Parameters that are left out for a service that does not know them.
_DISPENSABLE = ("response_format", "temperature")


def chat_extractor(
    rest: str,
    job: Job,
    *,
    key_env: str | None = None,
    prompt: str | None = None,
    max_tokens: int | None = None,
    temperature: float = 0.0,
    timeout: float = 300.0,
) -> ChatExtractor:
    """MODEL@ADDRESS, or MODEL at OPENAI_BASE_URL or at OpenAI. `prompt` is a Jinja2 file that replaces the prompt.

    OPENAI_API_KEY is sent only to the address it was set for. `key_env` names another variable with a key.
    """
    model, address = _divided(rest)
    known = os.environ.get("OPENAI_BASE_URL") or _OPENAI
    url = (address or known).rstrip("/")
    who = f"llm:{model}"
    check_address(url, who)
    key: str | None = None
    if key_env:
        key = value_of(key_env, who, "key_env")
    elif same_server(url, known.rstrip("/")):
        key = os.environ.get("OPENAI_API_KEY")
        if not key and not address and known == _OPENAI:
            raise InputError(
                f"extractor {who}: the environment has no OPENAI_API_KEY; set it, or name another service: "
                f"llm:{model}@http://127.0.0.1:8000/v1"
            )
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    template = Path(prompt) if prompt else _PROMPT
    body: dict[str, Any] = {"model": model, "temperature": temperature}
    if max_tokens:
        body["max_tokens"] = max_tokens
    return ChatExtractor(url, Service(url, headers, timeout), body, template, job)


def _divided(rest: str) -> tuple[str, str | None]:
    """Model and address; the name of a model may contain an @ too."""
    model, at, address = rest.rpartition("@http")
    model, address = (model, f"http{address}") if at else (rest, None)
    if not model:
        raise InputError(f"extractor llm:{rest}: needs a model, such as llm:qwen3@http://127.0.0.1:8000/v1")
    return model, address


class ChatExtractor:
    """Each document is one conversation: the prompt, and the model's answer as JSON."""

    parallel = True

    def __init__(self, url: str, service: Service, body: Mapping[str, Any], template: Path, job: Job) -> None:
        self._url, self._service, self._body = url, service, dict(body)
        self.secrets = service.secrets
        self._refused: set[str] = set()
        self._schema = _answer_schema(job)
        self._words = _words(job)
        self._source = read_text(template)
        self._render = _template(self._source, template)

    def extract(self, documents: Sequence[Document]) -> Sequence[object]:
        return [self._answer(document) for document in documents]

    def _answer(self, document: Document) -> Reply:
        messages = [{"role": "user", "content": self._render({**self._words, **document})}]
        claims = [claim["id"] for claim in document["claims"]]
        named = {"name": "answer", "strict": True, "schema": self._schema(claims)}
        form = {"type": "json_schema", "json_schema": named}
        answer = self._asked({**self._body, "messages": messages, "response_format": form})
        try:
            choice = answer["choices"][0]
            message = cast("dict[str, Any]", choice["message"])
            calls = message.get("tool_calls") or []
            answer_text = message.get("content") or (calls[0]["function"]["arguments"] if calls else "")
            usage = cast("dict[str, Any]", answer.get("usage") or {})
            tokens = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            shown = self._service.clean(json.dumps(answer, ensure_ascii=False))
            raise CallError(f"is not an answer in the chat protocol: {shown:.80}", "no chat") from None
        if refusal := message.get("refusal"):
            raise CallError(f"the model refused: {self._service.clean(str(refusal)):.200}", "refusal")
        if choice.get("finish_reason") == "length":
            raise CallError("the answer was cut off; give --set max_tokens=N, or a model with more room", "cut off")
        if not isinstance(answer_text, str) or not answer_text.strip():
            raise CallError("the model said nothing", "nothing")
        return Reply(_read(answer_text), *tokens)

    def _asked(self, body: dict[str, Any]) -> Any:
        """The service's answer. If the service refuses a parameter by name, it is left out from then on."""
        while True:
            sent = {key: value for key, value in body.items() if key not in self._refused}
            try:
                return self._service.post(f"{self._url}/chat/completions", sent)
            except CallError as error:
                refused = next((key for key in _DISPENSABLE if key in sent and key in str(error)), None)
                if error.kind not in ("HTTP 400", "HTTP 422") or refused is None:
                    raise
                self._refused.add(refused)

    def identity(self) -> Mapping[str, str]:
        return {"address": self._url, "prompt": hashlib.sha256(self._source.encode()).hexdigest()[:16]}

    def close(self) -> None:
        self._service.close()


# --- the question


def _template(source: str, path: Path) -> Callable[[Mapping[str, Any]], str]:
    """Renders a template in Jinja2's sandbox: prompts are passed around, and must not run code."""
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    try:
        template = environment.from_string(source)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise InputError(f"{path}{f':{line}' if line else ''}: is not a Jinja2 template ({error})") from None

    def render(values: Mapping[str, Any]) -> str:
        try:
            return template.render(values)
        except Exception as error:  # any computation in a template may fail
            raise CallError(f"the prompt {path} cannot be filled in: {error}", "prompt") from None

    return render


def _words(job: Job) -> dict[str, Any]:
    """The labels for a prompt, each with its definition (empty if it has none)."""
    # In a mapping, the same name may have another meaning.
    scheme = None if job.mapped else scheme_of(job.gold)
    labels = job.labels

    def defined(names: Sequence[str], choices: Mapping[str, Any]) -> dict[str, str]:
        return {name: choices[name].definition.of("en") if name in choices else "" for name in names}

    there = _layers(job.gold)
    stances = labels.article_stances if STANCES in there else ()
    return {
        "labels": defined([*labels.entity_labels], scheme.entities if scheme else {}),
        "claim_stances": defined([*labels.claim_stances], scheme.claim_stances if scheme else {}),
        "article_stances": defined([*stances], scheme.article_stances if scheme else {}),
        "has_claims": CLAIMS in there,
        "asks_about": _asks_about(job.gold),
        "nesting": labels.nesting,
    }


def _asks_about(gold: Gold) -> bool:
    """Whether claims of the gold set name the event's claim that they are about."""
    return any(claim.about for document in gold.split(ALL) for claim in document.annotation.claims)


def _layers(gold: Gold) -> Sequence[str]:
    """The layers of the labels that at least one document of the gold set uses."""
    documents = gold.split(ALL)
    if not documents:  # without documents, nothing is known of the layers
        return layers(gold.labels)
    there = {
        ENTITIES: any(document.annotation.entities for document in documents),
        CLAIMS: any(document.annotation.claims for document in documents),
        STANCES: any(document.annotation.stances for document in documents),
    }
    return [layer for layer in layers(gold.labels) if there[layer]]


def _answer_schema(job: Job) -> Callable[[Sequence[str]], dict[str, Any]]:
    """The JSON Schema of an answer, by the ids of a document's claims."""
    labels = job.labels
    text = {"type": "string"}
    entity = _object({"text": text, "label": _one_of(labels.entity_labels)})
    claim: dict[str, Any] = {"text": text}
    if labels.claim_stances:
        claim["stance"] = _one_of(labels.claim_stances)
    if labels.entity_labels:
        claim["sources"] = {"type": "array", "items": entity}
    there, asks_about = _layers(job.gold), _asks_about(job.gold)

    def schema(claims: Sequence[str]) -> dict[str, Any]:
        about = {"about": _one_of((*claims, ""))} if asks_about and claims else {}
        lists = {ENTITIES: entity, CLAIMS: _object({**claim, **about})}
        parts: dict[str, Any] = {layer: {"type": "array", "items": lists[layer]} for layer in there if layer in lists}
        if STANCES in there and claims:
            parts[STANCES] = _object({claim: _one_of(labels.article_stances) for claim in claims})
        return _object(parts)

    return schema


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [*names]}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [*properties],
        "additionalProperties": False,
    }


# --- the answer


def _read(text: str) -> object:
    """The JSON in an answer: alone, between fences, or with words around it."""
    text = _THOUGHT.sub("", text, count=1).strip()
    fenced = _FENCED.findall(text)
    first, last = text.find("{"), text.rfind("}")
    for candidate in (text, *fenced[-1:], text[first : last + 1] if first >= 0 else ""):
        try:
            answer: Any = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(answer, dict):
            answer = cast("dict[str, Any]", answer)
            own = {key: answer[key] for key in EVERY_LAYER if key in answer}
            return own or answer
        if isinstance(answer, list):
            return cast("object", answer)
    raise CallError(f"the model's answer is not JSON: {' '.join(text.split()):.80}", "no JSON")
