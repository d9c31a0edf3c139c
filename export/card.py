"""The dataset card: README.md of a gold folder, whose head tells `datasets` which files are what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_BODY = """
# {name} {version}

Gold annotations of Arabic news articles: entities, claims with their sources' stance, and each article's
stance on the contested claims of its event. Made with Mihakk from {made_from}.

| | |
|---|---|
| scheme | {scheme} |
| documents | {documents} |
| events | {events} |
| entities | {entities} |
| claims | {claims} |
| article stances | {stances} |
| set aside | {set_aside}, listed with reasons in `set_aside.jsonl` |
| content hash | `{content_hash}` |

## Splits

{splits}

Rule: {split_rule}.

## How the gold came about

{came_about}

## Columns

Offsets are Unicode code points into `text`, end not included. `documents` has one row an article; `tokens` has
the same spans as BIO tags over tokens with offsets, cut at span edges (proclitics before a name are tokens of
their own), with spans that BIO has no room for under `untagged`; `stance` has one row for each article and
claim, null where annotators left it open.

## Use

    from datasets import load_dataset
    documents = load_dataset("PATH", "documents")

    mihakk eval score PATH predictions.jsonl
"""


# What the card says of how the gold came about, of annotators' work and of an outside corpus.
_MERGED = """What more than half of an article's annotators marked is gold. Ties and minorities are not in it; they are
listed in `set_aside.jsonl`. Strict F1 between annotators, before merging: {agreement}."""
_READ = "The annotations were made elsewhere. They are as they were read from {corpus}."


def dataset_card(
    header: Mapping[str, Any],
    filled: Mapping[str, Sequence[str]],
    features: Mapping[str, Any],
    corpus: str | None,
) -> str:
    """The card of the gold set that `header` (gold.json) describes.

    `filled` has the splits with rows for each config, `features` the Features. `corpus` says what outside
    corpus the gold was read from; None where it was merged from annotators' work.
    """
    from datasets.info import DatasetInfo, DatasetInfosDict
    from huggingface_hub import DatasetCardData

    data = DatasetCardData(
        pretty_name=header["name"],
        language="ar",
        task_categories=["token-classification", "text-classification"],
        tags=["arabic", "news", "claims", "stance", "mihakk"],
    )
    infos = {config: DatasetInfo(features=features[config], config_name=config) for config in filled}
    DatasetInfosDict(infos).to_dataset_card_data(data)
    # Set as an attribute, since DatasetCardData takes any key but declares only some.
    data.configs = [  # pyright: ignore[reportAttributeAccessIssue]
        {
            "config_name": config,
            **({"default": True} if config == "documents" else {}),
            "data_files": [{"split": split, "path": f"{config}/{split}-*.parquet"} for split in splits],
        }
        for config, splits in filled.items()
    ]
    agreement = header["agreement_before_merging"]
    agreed = ", ".join(f"{task} {value:.3f}" for task, value in agreement.items() if value is not None)
    agreed = agreed or "no article has two annotators"
    body = _BODY.format(
        **header["counts"],
        **{key: header[key] for key in ("name", "version", "scheme", "content_hash", "split_rule")},
        splits="\n".join(f"- {split}: {count} documents" for split, count in header["splits"].items()),
        made_from=corpus or "a Label Studio export",
        came_about=_READ.format(corpus=corpus) if corpus else _MERGED.format(agreement=agreed),
    )
    return f"---\n{data.to_yaml()}\n---\n{body}"
