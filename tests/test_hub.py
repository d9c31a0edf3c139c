"""Gold sets on their way to the Hub: the folder is whole, and the client's own requests reach a stand-in server."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from marked import SCHEME, gold_document
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import Gold, GoldDocument, Origin, Origins, OwnersWord, SetAside
from mihakk.export.dataset import write_gold
from mihakk.export.finished import Export
from mihakk.export.hub import check_name, check_nobody_named, whole_gold
from mihakk.export.licences import check_licence
from mihakk.export.make_gold import make_gold

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "hf_" + "x" * 34


def documents() -> list[GoldDocument]:
    one = gold_document("أ", "قال [نصر|PERS] إن [دمشق بعيدة|CLAIM:deny]", {"c1": "agree"})
    return [replace(one, annotators=("huda@example.org", "سامي")), gold_document("ب", "في [حلب|GPE]")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    one, two = documents()
    aside = (SetAside("أ", ("huda@example.org", "ليلى"), "شيء\u2028آخر", "tie: 1 of 2 annotators"),)
    made = Gold("ذهب", "1.2", SCHEME, {"train": [one], "validation": [], "test": [two]}, aside)
    (tmp_path / "gold").mkdir()
    write_gold(made, tmp_path / "gold")
    return tmp_path / "gold"


FILES = {
    "README.md",
    "gold.json",
    "scheme.yaml",
    "set_aside.jsonl",
    "documents/train-00000-of-00001.parquet",
    "documents/test-00000-of-00001.parquet",
    "tokens/train-00000-of-00001.parquet",
    "tokens/test-00000-of-00001.parquet",
    "stance/train-00000-of-00001.parquet",
}


# --- whole folders ---


def test_a_whole_folder_has_these_files_and_names_these_annotators(folder: Path) -> None:
    whole = whole_gold(folder)
    assert {file.as_posix() for file in whole.files} == FILES
    assert set(whole.annotators) == {"huda@example.org", "سامي", "ليلى"}


def header(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        content = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
        change(content)
        (folder / "gold.json").write_text(json.dumps(content), encoding="utf-8")

    return edit


def other_rows(config: str, *rows: GoldDocument) -> Callable[[Path], None]:
    """Puts the config's training split of another gold set into the folder."""

    def edit(folder: Path) -> None:
        other = folder.parent / "other"
        other.mkdir()
        write_gold(Gold("x", "1.0", SCHEME, {"train": rows, "validation": [], "test": []}), other)
        file = f"{config}/train-00000-of-00001.parquet"
        (other / file).replace(folder / file)

    return edit


def card(old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        content = (folder / "README.md").read_text(encoding="utf-8")
        assert old in content
        (folder / "README.md").write_text(content.replace(old, new), encoding="utf-8")

    return edit


RELABELLED = gold_document("أ", "قال [نصر|ORG] إن [دمشق بعيدة|CLAIM:deny]", {"c1": "agree"})


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda folder: (folder / "gold.json").unlink(), "is not a gold dataset"),
        (header(lambda h: h.update(content_hash="0" * 64)), "its content is not the one of gold.json"),
        (other_rows("documents", RELABELLED), "its content is not the one of gold.json"),
        (header(lambda h: h.update(splits={"train": 2})), "has train 1, test 1 documents, and gold.json says train 2"),
        (lambda folder: (folder / "README.md").unlink(), "README.md: is missing"),
        (lambda folder: (folder / "README.md").write_text("---\na: [\n---\n"), "its head cannot be read"),
        (card("license: unknown", "license: cc-by-4"), "README.md: licence cc-by-4: is not known to the Hugging Face Hub"),
        (card("license: unknown", "license:\n- mit\n- cc-by-5"), "README.md: licence cc-by-5: is not known"),
        (lambda folder: (folder / "set_aside.jsonl").unlink(), "set_aside.jsonl: is missing"),
        (lambda folder: (folder / "scheme.yaml").unlink(), "scheme.yaml: is missing"),
        (lambda folder: (folder / "stance" / "train-00000-of-00001.parquet").unlink(), "stance/train-*.parquet: is missing"),
        (lambda folder: (folder / "tokens" / "notes.txt").write_text("x"), "notes.txt: the card does not list it"),
        (lambda folder: (folder / "tokens" / "test-00000-of-00001.parquet").write_text("x"), "tokens: test cannot be read"),
        (other_rows("tokens", gold_document("غيره", "نص")), "tokens: train is not of the same documents"),
        (other_rows("stance", RELABELLED, gold_document("غيره", "نص", {"c9": None})), "stance: train is not of the same"),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_whole_is_refused(folder: Path, spoil: Callable[[Path], object], problem: str) -> None:
    spoil(folder)
    with pytest.raises(InputError) as error:
        whole_gold(folder)
    assert any(problem in one for one in error.value.problems), error.value.problems


# --- the stand-in ---


class Hub:
    """Answers as the Hub does to those requests that an upload makes, for the dataset me/gold.

    Parquet goes by Git LFS there, all else in the commit itself.
    """

    def __init__(self) -> None:
        self.private: bool | None = None  # None: not made yet
        self.files: dict[str, bytes] = {}
        self.large: dict[str, bytes] = {}  # by SHA-256
        self.tags: list[str] = []
        self.requests: list[tuple[str, str, str | None]] = []
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                hub.requests.append((self.command, self.path, self.headers.get("authorization")))
                path = self.path.partition("?")[0]
                if self.command == "PUT":
                    hub.large[hashlib.sha256(body).hexdigest()] = body
                status, content = next(
                    (answer for part, answer in hub.answers.items() if part in path), None
                ) or hub.answer(self.command, path, body)
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        repo, api = "me/gold", "/api/datasets/me/gold"
        if (method, path) == ("POST", "/api/repos/create"):
            asked = json.loads(body)
            assert (asked["name"], asked["organization"], asked["type"]) == ("gold", "me", "dataset")
            there = self.private is not None
            if not there:
                self.private = asked.get("private", asked.get("visibility") == "private")
            return (409 if there else 200), {"url": f"{self.url}/datasets/{repo}", "name": repo, "id": repo}
        if self.private is None:
            return 404, {"error": "Repository not found"}
        if path == "/api/validate-yaml":
            assert json.loads(body)["repoType"] == "dataset"
            return 200, {"errors": [], "warnings": []}
        if path == f"{api}/refs":
            tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": "0" * 40} for tag in self.tags]
            return 200, {"branches": [], "converts": [], "tags": tags}
        if path.startswith(f"{api}/preupload/"):
            asked = json.loads(body)["files"]
            modes = {f["path"]: "lfs" if f["path"].endswith(".parquet") else "regular" for f in asked}
            return 200, {"files": [{"path": p, "uploadMode": m, "shouldIgnore": False} for p, m in modes.items()]}
        if path.endswith(f"/{repo}.git/info/lfs/objects/batch"):
            objects = [{"oid": o["oid"], "size": o["size"]} for o in json.loads(body)["objects"]]
            actions = [{"upload": {"href": f"{self.url}/large/{o['oid']}"}} for o in objects]
            found = [o | {"actions": a} for o, a in zip(objects, actions, strict=True)]
            return 200, {"transfer": "basic", "objects": found}
        if path.startswith("/large/"):
            return 200, {}
        if path.startswith(f"{api}/commit/"):
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "file":
                    self.files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    self.files[value["path"]] = self.large[value["oid"]]
                elif line["key"] == "deletedFile":
                    del self.files[value["path"]]
            return 200, {"success": True, "commitOid": "1" * 40, "commitUrl": f"{self.url}/datasets/{repo}/commit/1"}
        if path.startswith(f"{api}/tag/"):
            self.tags.append(json.loads(body)["tag"])
            return 200, {}
        if path.startswith(f"{api}/tree/"):
            return 200, [{"type": "file", "path": p, "size": len(c), "oid": "0" * 40} for p, c in self.files.items()]
        if path in (api, f"{api}/revision/main"):
            siblings = [{"rfilename": name} for name in self.files]
            return 200, {"id": repo, "private": self.private, "sha": "0" * 40, "siblings": siblings, "tags": []}
        return 404, {"error": f"the stand-in does not know {method} {path}"}


@pytest.fixture
def server() -> Iterator[Hub]:
    made = Hub()
    yield made
    made.close()


def hub(folder: Path, endpoint: str, *arguments: str, token: str | None = TOKEN) -> subprocess.CompletedProcess[str]:
    """Runs `mihakk export hub` as a command of its own: huggingface_hub reads its settings when it is imported."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
    environment |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder.parent / "home"), "PYTHONPATH": str(ROOT.parent)}
    if token:
        environment["HF_TOKEN"] = token
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from mihakk.cli import main; main()",
            "export",
            "hub",
            folder.name,
            "me/gold",
            *arguments,
        ],
        cwd=folder.parent,
        # Without Xet, whose client speaks to servers of its own.
        env=environment
        | {
            "HF_HUB_DISABLE_XET": "1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_all_files_go_into_a_private_dataset_with_the_version_as_tag(folder: Path, server: Hub) -> None:
    said = hub(folder, server.url)
    assert (said.returncode, said.stderr) == (0, "")
    assert server.private is True
    assert server.files == {name: (folder / name).read_bytes() for name in FILES}
    assert server.tags == ["1.2"]
    # The client asks the Hub for other things as well; what is about the dataset is asked as its owner.
    about = {token for _, path, token in server.requests if "me/gold" in path or path == "/api/repos/create"}
    assert about == {f"Bearer {TOKEN}"}
    first, *rest = said.stdout.splitlines()
    assert first == f"{server.url}/datasets/me/gold: ذهب 1.2, private, 9 files, tag 1.2"
    assert rest == ["  3 annotators are named in it, 1 by e-mail address; `export dataset --pseudonyms` hides them"]
    assert TOKEN not in said.stdout


def test_a_version_goes_up_once_and_the_next_one_leaves_no_file_of_it(folder: Path, server: Hub) -> None:
    server.private = True
    server.files = {"documents/validation-00000-of-00001.parquet": b"old", "notes.md": b"of the owner"}
    server.tags = ["1.1"]
    assert hub(folder, server.url).returncode == 0
    assert set(server.files) == FILES | {"notes.md"}
    assert server.tags == ["1.1", "1.2"]
    before = dict(server.files)
    again = hub(folder, server.url)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("mihakk: me/gold: has version 1.2 already, and versions do not change;")
    assert server.files == before


def test_a_public_dataset_needs_a_word(folder: Path, server: Hub) -> None:
    server.private = False
    said = hub(folder, server.url)
    assert said.returncode == 2
    assert said.stderr == "mihakk: me/gold: is public on the Hub; give --public if this gold set may be, too\n"
    assert server.files == {}
    said = hub(folder, server.url, "--public", "--with-names")
    assert (said.returncode, said.stderr, server.private) == (0, "", False)
    assert "ذهب 1.2, public, 9 files" in said.stdout


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_names_of_annotators_are_not_published_unless_told(folder: Path, server: Hub, more: list[str]) -> None:
    said = hub(folder, server.url, "--public", *more)
    assert (said.returncode, said.stdout, server.requests) == (2, "", [])
    assert said.stderr.startswith(
        "mihakk: gold: names 3 annotators (huda@example.org, سامي, ليلى), and everybody could"
    )
    assert "--pseudonyms FILE" in said.stderr and "--with-names" in said.stderr


@pytest.mark.parametrize("where", ["document", "origin", "set aside"])
def test_a_name_is_found_wherever_it_stands(tmp_path: Path, where: str) -> None:
    """Pseudonyms, and an annotator whom the export did not name, are no names."""
    (one, _), hidden = documents(), ("annotator-1", "annotator-12", "unknown")
    named = (*hidden, "هدى")
    origin = Origin(named if where == "origin" else hidden)
    one = replace(
        one,
        annotators=named if where == "document" else hidden,
        origins=Origins((origin,), (Origin(hidden),), {"c1": Origin(hidden)}),
    )
    aside = SetAside("أ", named if where == "set aside" else hidden, "شيء", "tie: 1 of 2 annotators")
    folder = tmp_path / "gold"
    folder.mkdir()
    write_gold(Gold("ذهب", "1.2", SCHEME, {"train": [one], "validation": [], "test": []}, (aside,)), folder)
    with pytest.raises(InputError, match=r"names 1 annotator \(هدى\)"):
        check_nobody_named(whole_gold(folder))


def test_pseudonyms_may_be_published(tmp_path: Path) -> None:
    folder = tmp_path / "gold"
    folder.mkdir()
    hidden = replace(documents()[0], annotators=("annotator-1", "unknown"))
    write_gold(Gold("ذهب", "1.2", SCHEME, {"train": [hidden], "validation": [], "test": []}), folder)
    check_nobody_named(whole_gold(folder))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("gold", "gold: must be owner/name"),
        ("a/b/c", "a/b/c: must be owner/name"),
        ("", ": must be owner/name"),
        ("me/ذهب", "me/ذهب: is not a dataset name on the Hub"),
        ("me/go--ld", "me/go--ld: is not a dataset name on the Hub"),
        ("/gold", "/gold: is not a dataset name on the Hub"),
    ],
)
def test_a_name_without_owner_is_refused_before_anybody_is_asked(name: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        check_name(name)
    assert str(error.value).startswith(problem)


# --- licences ---


@pytest.mark.parametrize("licence", ["cc-by-4.0", "odc-by", "cc0-1.0", "other", "unknown", "etalab-2.0"])
def test_the_hubs_licences_are_known(licence: str) -> None:
    check_licence(licence)


@pytest.mark.parametrize(
    ("licence", "nearest"),
    [
        ("CC-BY-4.0", "cc-by-4.0"),
        ("cc-by-4", "cc-by-4.0"),
        ("CC BY SA 4.0", "cc-by-sa-4.0"),
        ("MIT", "mit"),
        ("apache2.0", "apache-2.0"),
    ],
)
def test_a_near_miss_names_the_nearest_licence(licence: str, nearest: str) -> None:
    with pytest.raises(InputError, match=rf"licence {licence}: is not known .*; did you mean {nearest}\?$"):
        check_licence(licence)


def test_a_licence_is_checked_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"^licence رخصتي: is not known to the Hugging Face Hub; use a licence of its list, or `other`$",
    ):
        make_gold(Export((), ()), SCHEME, "ذهب", "1.0", owner=OwnersWord(licence="رخصتي"))


def test_a_dry_run_asks_nobody_and_needs_no_token(folder: Path, server: Hub) -> None:
    said = hub(folder, server.url, "--dry-run", token=None)
    assert (said.returncode, said.stderr, server.requests) == (0, "", [])
    first, *files = said.stdout.splitlines()
    assert first == "gold would go to me/gold (private), with the tag 1.2:"
    assert {line.split()[0] for line in files[:-1]} == FILES


def test_without_a_token_nothing_is_sent(folder: Path, server: Hub) -> None:
    said = hub(folder, server.url, token=None)
    assert (said.returncode, said.stdout, server.requests) == (2, "", [])
    assert said.stderr.startswith("mihakk: no token for the Hugging Face Hub; log in with `hf auth login`")


@pytest.mark.parametrize(
    ("path", "status", "code", "words"),
    [
        ("/repos/create", 401, 2, "401 Unauthorized for me/gold; log in with"),
        ("/repos/create", 403, 2, "403 Forbidden for me/gold: the token may not write there"),
        ("/preupload/", 404, 2, "404 Not Found for me/gold"),
        ("/validate-yaml", 400, 2, "me/gold: "),
    ],
)
def test_what_the_hub_refuses_is_one_line(
    folder: Path, server: Hub, path: str, status: int, code: int, words: str
) -> None:
    server.answers = {path: (status, {"error": "لا", "errors": [{"message": "no such licence"}], "warnings": []})}
    said = hub(folder, server.url)
    assert (said.returncode, said.stdout) == (code, "")
    (line,) = said.stderr.splitlines()
    assert line.startswith("mihakk: ")
    assert words in line
    assert server.tags == []


def test_a_hub_that_is_not_there_may_be_later(folder: Path) -> None:
    said = hub(folder, "http://127.0.0.1:9")
    assert (said.returncode, said.stdout) == (75, "")
    assert said.stderr.splitlines()[-1].startswith("mihakk: http://127.0.0.1:9: does not answer (")


def test_a_hub_that_fails_may_not_later(folder: Path, server: Hub) -> None:
    server.answers = {"/tag/": (500, {"error": "busy"})}
    said = hub(folder, server.url)
    assert said.returncode == 75
    assert "500 Internal Server Error for me/gold; run `mihakk export hub " in said.stderr
    assert said.stderr.endswith("` again later\n")
    assert server.tags == []
    # The same command, when it is back.
    server.answers = {}
    assert hub(folder, server.url).returncode == 0
    assert (set(server.files), server.tags) == (FILES, ["1.2"])
