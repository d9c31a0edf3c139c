"""What tests against a real Label Studio need: people who annotate over the API, and the command line as a process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer

PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])
ON_CI = os.environ.get("CI") == "true"


def cannot(what: str) -> NoReturn:
    """Skips a test for want of something installed; on CI nothing may be skipped."""
    if ON_CI:
        pytest.fail(f"{what}; CI must not skip")
    pytest.skip(what)


def client(local: LocalServer, url: str | None = None, **more: Any) -> LabelStudio:
    """The lead's connection, or one through a proxy at `url`; impatient, since tests break things on purpose."""
    return LabelStudio(url or local.url, local.account.token, **({"patience": (0.05,) * 6, "timeout": 20.0} | more))


def get(server: LabelStudio, path: str) -> Any:
    """The server's answer to a question that Mihakk does not ask."""
    return server._sdk._client_wrapper.httpx_client.request(path, method="GET").json()


def command(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `mihakk` as a person would, with a configuration of its own in `home`."""
    return subprocess.run(
        [sys.executable, "-c", "from mihakk.cli import main; main()", *arguments],
        env=command_environment(home, **environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def command_environment(home: Path, **environment: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": PACKAGE_PARENT,
        "COLUMNS": "300",
    } | environment


def some_tasks(number: int, start: int = 0, words: int = 40) -> list[dict[str, Any]]:
    """Small tasks of the default scheme, each with its own text; every third has a claim of its event."""
    tasks: list[dict[str, Any]] = []
    for n in range(start, start + number):
        text = f"عنوان الخبر {n}\n\n" + " ".join(f"قال المتحدث في بغداد {n}.{word}" for word in range(words // 4))
        tasks.append(
            {
                "data": {
                    "doc_id": f"doc{n:05}",
                    "title": f"عنوان الخبر {n}",
                    "outlet": "وكالة",
                    "published": "2025-11-03",
                    "url": None,
                    "event_id": f"event{n % 7}",
                    "source": None,
                    "text": text,
                    "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
                    "scheme": "conflict_news@1.0",
                    "claims": [{"id": "c1", "text": "ادعاء"}] if n % 3 == 0 else [],
                }
            }
        )
    return tasks


def write_tasks(path: Path, tasks: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return path


def article_ids(server: LabelStudio, project_id: int) -> list[str]:
    return [str(task.data["doc_id"]) for task in server.tasks(project_id)]


class Person:
    """Somebody with an account, who annotates over the API as the browser would."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.email = email
        self.password = password
        self.http = httpx.Client(base_url=url, timeout=60.0, trust_env=False, headers={"Referer": url})
        self.http.get("/user/login/")
        form = {"email": email, "password": password, "csrfmiddlewaretoken": self.http.cookies["csrftoken"]}
        answer = self.http.post("/user/login/", data=form)
        if answer.status_code != 302:
            self.http.close()
        assert answer.status_code == 302, answer.text[:500]
        # Django makes a new one when somebody logs in.
        self.http.headers["X-CSRFToken"] = self.http.cookies["csrftoken"]
        self.id = int(self.http.get("/api/current-user/whoami").json()["id"])

    @property
    def token(self) -> str:
        """The account's token for programs; the person's own work needs none."""
        answer = self.http.get("/api/current-user/token")
        assert answer.status_code == 200, answer.text[:500]
        return str(answer.json()["token"])

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def submit(self, task: int, result: Sequence[Mapping[str, Any]], **more: Any) -> int:
        """The annotation's id.

        On SQLite, Label Studio may answer 500 while another request writes, whether it has stored the annotation or
        not. Then the person looks, and sends it again if it is not there.
        """
        path = f"/api/tasks/{task}/annotations/"
        content = {"result": result, "lead_time": 60.0, **more}
        started = datetime.now(UTC)
        answer = self.http.post(path, json=content)
        while answer.status_code == 500 and datetime.now(UTC) < started + timedelta(seconds=60):
            there = self.http.get(path)
            if there.status_code != 200:
                continue
            for each in there.json():
                if each["completed_by"] == self.id and datetime.fromisoformat(each["created_at"]) >= started:
                    return int(each["id"])
            answer = self.http.post(path, json=content)
        return _made(answer)

    def skip(self, task: int) -> int:
        return self.submit(task, [], was_cancelled=True)

    def draft(self, task: int, result: Sequence[Mapping[str, Any]]) -> int:
        return _made(self.http.post(f"/api/tasks/{task}/drafts", json={"result": result, "lead_time": 30.0}))


def _made(answer: httpx.Response) -> int:
    """The id of what was made."""
    assert answer.status_code == 201, answer.text[:500]
    return int(answer.json()["id"])
