"""Puts a gold folder on the Hugging Face Hub: after checks, as a private dataset by default, with a tag per version."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ..configs.errors import InputError, MihakkError, UnavailableError, plain_reason
from ..configs.progress import is_shown
from ..configs.scheme import SCHEME_FILE
from ..configs.visible import counted
from ..eval.gold.header import read_header
from ..eval.gold.records import GOLD_FILE, SET_ASIDE_FILE, Gold
from ..eval.gold.rows import read_gold
from ..eval.gold.scheme import scheme_of
from .dataset import CONFIGS
from .licences import licence_problem
from .pseudonyms import is_pseudonym

# At most so many names are listed in a message.
_SHOWN = 3
_LOG_IN = "log in with `hf auth login`, or set HF_TOKEN, with a token that may write"


@dataclass(frozen=True, slots=True)
class WholeGold:
    """A checked gold folder. `files` are relative to it; `annotators` are the names in it."""

    folder: Path
    gold: Gold
    files: tuple[Path, ...]
    annotators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """The place of an uploaded gold set."""

    url: str
    private: bool


def whole_gold(folder: Path) -> WholeGold:
    """Checks that no file in the folder is missing, changed or foreign.

    Raises InputError with every problem: not a gold dataset, content that does not match its hash, numbers that differ
    from gold.json, configs that do not fit each other, files that the card does not list.
    """
    gold = read_gold(folder)
    header = read_header(folder)
    # A gold set of an older version, or of a corpus from elsewhere, has no scheme.
    own = [SCHEME_FILE] if header.get("scheme_hash") else []
    problems: list[str] = []
    if gold.content_hash != (given := header.get("content_hash")):
        problems.append(
            f"{folder}: its content is not the one of {GOLD_FILE} (content hash {gold.content_hash[:8]}, not "
            f"{str(given)[:8]})"
        )
    wanted = {split: count for split, count in header.get("splits", {}).items() if count}
    counted = {split: len(rows) for split, rows in gold.splits.items() if rows}
    if wanted != counted:
        problems.append(f"{folder}: has {_counts(counted)} documents, and {GOLD_FILE} says {_counts(wanted)}")
    problems += (
        f"{folder / name}: is missing" for name in ("README.md", SET_ASIDE_FILE, *own) if not _is_file(folder, name)
    )
    files = sorted(file for config in CONFIGS for file in (folder / config).glob("*"))
    if _is_file(folder, "README.md"):
        problems += _card_problems(folder, files)
    problems += _row_problems(folder, gold)
    if problems:
        raise InputError(*(f"{problem}; export the dataset anew" for problem in problems))
    scheme_of(gold)  # it must be the scheme that gold.json names
    top = [folder / name for name in ("README.md", GOLD_FILE, SET_ASIDE_FILE, *own)]
    names = {name for document in gold.documents().values() for name in document.annotators}
    names |= {name for d in gold.documents().values() for origin in d.origins.every for name in origin.annotators}
    names |= {name for aside in gold.set_aside for name in aside.annotators}
    return WholeGold(folder, gold, tuple(file.relative_to(folder) for file in [*top, *files]), tuple(sorted(names)))


def check_name(name: str) -> None:
    """Raises InputError if this cannot be a dataset on the Hub: owner/name."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    if name.count("/") != 1:
        raise InputError(f"{name}: must be owner/name, the owner being an account or organization on the Hub")
    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise InputError(f"{name}: is not a dataset name on the Hub ({plain_reason(error)})") from None


def check_nobody_named(whole: WholeGold) -> None:
    """Raises InputError if the folder names annotators by anything other than pseudonyms."""
    named = [name for name in whole.annotators if not is_pseudonym(name)]
    if named:
        shown = ", ".join(named[:_SHOWN]) + (", …" if len(named) > _SHOWN else "")
        raise InputError(
            f"{whole.folder}: names {counted(len(named), 'annotator')} ({shown}), and everybody "
            "could read that; export the dataset anew with --pseudonyms FILE, or give --with-names if they agreed to it"
        )


def upload(whole: WholeGold, name: str, public: bool = False) -> Upload:
    """Puts the folder on the Hub as the dataset `name` (`owner/name`), which is made if absent, and tags the version.

    Files of an earlier version are removed. The token comes from huggingface_hub, never from an argument. Raises
    InputError if the Hub refuses, has this version already, or has a public dataset and `public` is not given;
    UnavailableError if the Hub does not answer: the same call may succeed later.
    """
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.utils import disable_progress_bars

    if not is_shown():
        disable_progress_bars()
    if not get_token():
        raise InputError(f"no token for the Hugging Face Hub; {_LOG_IN}")
    gold, folder = whole.gold, whole.folder
    api = HfApi(library_name="mihakk")
    with _said_plainly(name, api.endpoint):
        repo = api.create_repo(name, repo_type="dataset", private=not public, exist_ok=True)
        private = bool(api.repo_info(repo.repo_id, repo_type="dataset").private)
        if not private and not public:
            raise InputError(f"{repo.repo_id}: is public on the Hub; give --public if this gold set may be, too")
        tags = [tag.name for tag in api.list_repo_refs(repo.repo_id, repo_type="dataset").tags]
        if gold.version in tags:
            raise InputError(
                f"{repo.repo_id}: has version {gold.version} already, and versions do not change; export the dataset "
                "under another --version (`mihakk export diff` suggests one)"
            )
        api.upload_folder(
            repo_id=repo.repo_id,
            repo_type="dataset",
            folder_path=folder,
            allow_patterns=[file.as_posix() for file in whole.files],
            delete_patterns=[f"{config}/*" for config in CONFIGS],
            commit_message=f"{gold.name} {gold.version}",
        )
        api.create_tag(repo.repo_id, repo_type="dataset", tag=gold.version)
    return Upload(str(repo), private)


def _is_file(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


def _counts(splits: dict[str, int]) -> str:
    return ", ".join(f"{split} {count}" for split, count in splits.items()) or "no"


def _card_problems(folder: Path, files: list[Path]) -> Iterator[str]:
    """Files that the card lists but that do not exist, and files that it does not list."""
    import yaml
    from huggingface_hub import DatasetCard

    try:
        card = DatasetCard.load(folder / "README.md").data.to_dict()
        configs: Any = card.get("configs", [])
        patterns = [data["path"] for config in configs for data in config["data_files"]]
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        yield f"{folder / 'README.md'}: its head cannot be read ({plain_reason(error)})"
        return
    named: Any = card.get("license")
    for licence in named if isinstance(named, list) else [named] if named else []:
        if problem := licence_problem(str(licence)):
            yield f"{folder / 'README.md'}: {problem}"
    listed = {file for pattern in patterns for file in folder.glob(pattern)}
    yield from (f"{folder / pattern}: is missing" for pattern in patterns if not any(folder.glob(pattern)))
    yield from (f"{file}: the card does not list it" for file in files if file not in listed)


def _row_problems(folder: Path, gold: Gold) -> Iterator[str]:
    """Splits of other configs that have other documents."""
    import pyarrow.parquet as pq

    for split, documents in gold.splits.items():
        ids = {
            "tokens": [d.article.id for d in documents],
            "stance": [d.article.id for d in documents for _ in d.claims],
        }
        for config, expected in ids.items():
            try:
                found = [
                    name
                    for file in sorted((folder / config).glob(f"{split}-*.parquet"))
                    for name in pq.read_table(file, columns=["id"])["id"].to_pylist()
                ]
            except (OSError, ValueError, KeyError) as error:
                yield f"{folder / config}: {split} cannot be read ({plain_reason(error)})"
                continue
            if found != expected:
                yield f"{folder / config}: {split} is not of the same documents as documents/{split}"


@contextmanager
def _said_plainly(name: str, endpoint: str) -> Generator[None]:
    """Turns errors of huggingface_hub into one line with advice."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        yield
    except HFValidationError as error:
        raise InputError(f"{name}: is not a dataset name on the Hub ({plain_reason(error)})") from None
    except HfHubHTTPError as error:
        response: Any = error.response
        status = HTTPStatus(response.status_code)
        problem = f"{endpoint}: {status.value} {status.phrase} for {name}"
        if status == HTTPStatus.UNAUTHORIZED:
            raise InputError(f"{problem}; {_LOG_IN}") from None
        if status == HTTPStatus.FORBIDDEN:
            raise InputError(
                f"{problem}: the token may not write there; choose another name, or another token"
            ) from None
        if status == HTTPStatus.NOT_FOUND:
            raise InputError(f"{problem}: no such owner, or the token may not see it") from None
        if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS) or status >= 500:
            raise UnavailableError(f"{problem}; run the command again later") from None
        raise InputError(f"{problem}: {plain_reason(error)}") from None
    except MihakkError:
        raise
    except ValueError as error:
        # The Hub refuses the card.
        raise InputError(f"{name}: {plain_reason(error)}") from None
    except Exception as error:
        # Depending on its version it uses requests, httpx or httpx2, whose errors only share their names.
        names = {kind.__name__ for kind in type(error).__mro__}
        if (isinstance(error, OSError) and not error.filename) or names & {"TransportError", "RequestException"}:
            problem = f"{endpoint}: does not answer ({plain_reason(error)})"
            raise UnavailableError(f"{problem}; run the command again later") from None
        raise
