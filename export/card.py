"""The dataset card: README.md of a gold folder. `datasets` reads from its header which files belong to which config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..configs import CLAIM
from ..configs.labels import CLAIMS, ENTITIES, LAYER_WORDS, STANCES
from ..configs.languages import language_of
from ..configs.visible import counted
from ..eval.agreement.measure import measured
from .split import GIVEN
from .strata import ALL_CLAIMS

# The Hub's size categories, with the smallest number of documents of each.
_SIZES = (
    (1_000_000_000, "1B<n<10B"),
    (100_000_000, "100M<n<1B"),
    (10_000_000, "10M<n<100M"),
    (1_000_000, "1M<n<10M"),
    (100_000, "100K<n<1M"),
    (10_000, "10K<n<100K"),
    (1_000, "1K<n<10K"),
    (0, "n<1K"),
)
_MOST_OUTLETS = 20
_MOST_NAMED = 20
_LAYERS = {"entities": "entities", "claim_stances": "stances of claims", "article_stances": "stances of articles"}
_TAGS = {CLAIMS: "claims", STANCES: "stance"}
_MARKED = {
    ENTITIES: "entities",
    CLAIMS: "attributed claims",
    STANCES: "each article's\nstance on the contested claims of its event",
}
_KINDS = {
    "entities": "entity",
    "claims": "claim, by its source's stance",
    "article stances": "article's stance on a claim",
    "outlets": "outlet (documents)",
}

_BODY = """
# {name} {version}

Gold annotations of {language} articles: {marked}. Made with Mihakk from {made_from}.

| | |
|---|--:|
| documents | {documents} |
| events | {events} |
{counts}
| set aside, with reasons in `set_aside.jsonl` | {set_aside} |

Scheme `{scheme}`. Content hash (equal hashes, equal scores):

    {content_hash}

## Licence

{licence}

## Splits

{splits}

Rule: {split_rule}.

{near_copies}

{distribution}

## How the gold came about

{process}

## Columns

Offsets are Unicode code points into `text`, end not included. {columns}.

## Limits

{limits}

## Use

    from datasets import load_dataset
    documents = load_dataset("PATH", "documents")

    mihakk eval score PATH predictions.jsonl
"""
_NO_LICENCE = (
    "**To be filled in by the owner.** No licence for texts and annotations has been named yet; "
    "until then, nothing is permitted. Give it with `mihakk export dataset --licence`."
)
_NO_ANNOTATORS = "The owner has not said whether they are people."


def dataset_card(header: Mapping[str, Any], filled: Mapping[str, Sequence[str]], features: Mapping[str, Any]) -> str:
    """The card of the gold set that `header` (gold.json) describes.

    `filled` has the splits with rows for each config, `features` the Features.
    """
    from datasets.info import DatasetInfo, DatasetInfosDict
    from huggingface_hub import DatasetCardData

    owner, there = header["owner"], header["layers"]
    topics = ["news"] if header["distribution"].get("outlets") else []
    topics += [_TAGS[layer] for layer in there if layer in _TAGS]
    language = language_of(header["language"]).name
    spans = "tokens" in features
    data = DatasetCardData(
        pretty_name=header["name"],
        language=header["language"],
        license=owner["licence"] or "unknown",
        annotations_creators=list(owner["creators"]) or None,
        multilinguality="monolingual",
        size_categories=size_category(header["counts"]["documents"]),
        task_categories=[
            *(["token-classification"] if spans else []),
            *(["text-classification"] if {CLAIMS, STANCES} & set(there) else []),
        ],
        task_ids=["named-entity-recognition"] if ENTITIES in there else None,
        tags=[language.lower(), *topics, "mihakk"],
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
    body = _BODY.format(
        language=language,
        marked=_listed([_MARKED[layer] for layer in there]),
        counts="\n".join(f"| {name} | {header['counts'][key]} |" for key, name in _counted(header, there)),
        columns="; ".join(_columns(header, features)),
        **{key: header["counts"][key] for key in ("documents", "events", "set_aside")},
        **{key: header[key] for key in ("name", "version", "scheme", "content_hash", "split_rule")},
        licence=owner["licence"] or _NO_LICENCE,
        splits="\n".join(f"- {split}: {counted(count, 'document')}" for split, count in header["splits"].items()),
        near_copies=_near_copies(header["near_duplicates"], header["split_rule"]),
        distribution="\n".join(_distribution(header["distribution"], list(header["splits"]))),
        process="\n".join(f"- {line}" for line in _process(header)),
        limits="\n".join(f"- {line}" for line in _limits(header)),
        made_from=header["corpus"] or "a Label Studio export",
    )
    return f"---\n{data.to_yaml()}\n---\n{body}"


def _counted(header: Mapping[str, Any], there: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The keys of counts, and their names on the card."""
    for layer in there:
        yield layer, LAYER_WORDS[layer]
        if layer == CLAIMS and "about" in header["counts"]:
            yield "about", "claims about one of the event's claims"


def _columns(header: Mapping[str, Any], features: Mapping[str, Any]) -> Iterator[str]:
    """The content of each config."""
    yield "`documents` has one row an article"
    if "tokens" in features:
        proclitics = " (proclitics before a name are tokens of\ntheir own)" if header["proclitics"] else ""
        several = sum(name.startswith("entity_tags") for name in features["tokens"])
        room = f", spans that overlap others in {several} columns `entity_tags` to `entity_tags_{several}`"
        yield (
            f"`tokens` has\nthe same spans as BIO tags over tokens with offsets, cut at span boundaries{proclitics}"
            f"{room if several > 1 else ''}, with spans that do not fit into BIO under `untagged`{_windows(header)}"
        )
    if "stance" in features:
        yield "`stance` has one row for each article and\nclaim, null where annotators left it open"


def _windows(header: Mapping[str, Any]) -> str:
    most = header.get("window")
    return f", in rows of at most {most} tokens that end where\nsentences do" if most else ""


def _listed(parts: Sequence[str]) -> str:
    return ", and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:]))) or "none yet"


def size_category(documents: int) -> str:
    """The Hub's size category for a number of documents."""
    return next(name for least, name in _SIZES if documents >= least)


def _near_copies(sets: Sequence[Sequence[str]], rule: str) -> str:
    if rule == GIVEN:
        return "Nobody has looked for near-copies in it."
    if not sets:
        return "No two documents are near-copies (half of the shorter text's three-word sequences in common)."
    return (
        f"{sum(map(len, sets))} documents are near-copies of one another, in {len(sets)} sets, each within one "
        "split; `gold.json` lists them."
    )


def _distribution(table: Mapping[str, Mapping[str, Mapping[str, int]]], splits: Sequence[str]) -> Iterator[str]:
    """A table for each kind of strata, as lines of Markdown."""
    for kind, rows in table.items():
        if not rows:
            continue
        heading = "claims" if kind == "claims" and ALL_CLAIMS in rows else _KINDS[kind]
        yield f"| {heading} | {' | '.join(splits)} |"
        yield f"|---|{'--:|' * len(splits)}"
        for name, counts in list(rows.items())[: _MOST_OUTLETS if kind == "outlets" else None]:
            yield f"| {_cell(name)} | {' | '.join(str(counts[split]) for split in splits)} |"
        if kind == "outlets" and len(rows) > _MOST_OUTLETS:
            yield f"| {len(rows) - _MOST_OUTLETS} more | {'| ' * len(splits)}"
        yield ""


def _cell(name: str) -> str:
    """A name for a Markdown table: on one line, with bars and tags escaped."""
    return " ".join(name.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _process(header: Mapping[str, Any]) -> Iterator[str]:
    if header["corpus"]:
        yield f"The annotations were made elsewhere. They are as they were read from {header['corpus']}."
        return
    owner, documents = header["owner"], header["counts"]["documents"]
    by_number = ", ".join(f"{count} by {number}" for number, count in header["annotators_per_document"].items())
    creators = f" ({', '.join(owner['creators'])})" if owner["creators"] else ""
    yield f"{counted(header['annotators'], 'annotator')}{creators}. Documents by number of annotators: {by_number}."
    if owner["note"] or not owner["creators"]:
        yield owner["note"] or _NO_ANNOTATORS
    counts, agreed = header["counts"], header["agreement_before_merging"]
    yield header["policy"]
    has_stances = STANCES in header["layers"] or "claim_stance" in agreed
    kinds = [*(["span"] if {ENTITIES, CLAIMS} & set(header["layers"]) else []), *(["stance"] if has_stances else [])]
    if counts["adjudicated"]:
        decided = " and ".join(f"{kind}s" for kind in kinds)
        yield f"An adjudicator decided {counts['adjudicated']} {decided} that annotators differed on."
    yield (
        f"Work that is not gold is listed with its reason in `set_aside.jsonl`: {counts['set_aside']} pieces, "
        f"{counts['undecided']} of them undecided."
    )
    yield f"Each {' and '.join(kinds)} names the annotators who gave it, and says whether it was adjudicated."
    agreement = ", ".join(f"{task} {value:.3f}" for task, value in agreed.items() if value is not None)
    if agreement:
        yield f"Agreement before merging, over all pairs of annotators ({measured(agreed)}): {agreement}."
    else:
        yield "Agreement before merging: no article has two annotators."
    shown = header["preannotated_by"]
    if shown:
        models = ", ".join(f"{model} in {count}" for model, count in shown.items())
        seen = f"{sum(shown.values())} of {counted(documents, 'document')}"
        yield f"Annotators saw a model's suggestions in {seen}: {models}."
    else:
        yield "No model's suggestions were in the tasks."
    for older in header["older_documents"]:
        yield _annotated_before(older, header["scheme"])
    digests = header["guidelines_sha256"]
    if digests:
        hashes = ", ".join(f"{language} `{digest[:12]}`" for language, digest in digests.items())
        yield f"Guidelines: the scheme's guidelines when this dataset was made (SHA-256 {hashes})."


def _annotated_before(older: Mapping[str, Any], scheme: str) -> str:
    """The documents that were annotated under an older scheme, and the labels that it lacked."""
    ids: Sequence[str] = older["documents"]
    named = ", ".join(f"`{name}`" for name in ids[:_MOST_NAMED]) + (" and more" if len(ids) > _MOST_NAMED else "")
    count = "1 document was" if len(ids) == 1 else f"{len(ids)} documents were"
    lacking = [
        "claims" if name == CLAIM else f"{name} ({_LAYERS[layer]})"
        for layer, names in older["lacking"].items()
        for name in names
    ]
    way = " → ".join(f"`{name}`" for name in (*older["schemes"], scheme))
    sentence = f"{count} annotated under an older scheme ({way}): {named}."
    if lacking:
        sentence += f" It had no {', '.join(lacking)}: these are not scored there, and `gold.json` lists all."
    return sentence


def _limits(header: Mapping[str, Any]) -> Iterator[str]:
    if not header["owner"]["licence"]:
        yield "No licence has been given."
    single = header["annotators_per_document"].get("1")
    if single:
        have = counted(single, "document has", "documents have")
        yield f"{have} only one annotator, so nobody checked this work."
    if header["preannotated_by"]:
        yield "Suggestions influence people: do not score the models named above on documents where they were shown."
    yield from (f"{note}." for note in header["notes"])
    yield "Near-copies are found by their wording; a translated or rewritten report is not."
    yield "Few events make few independent examples, however many articles they have: look at the intervals of scores."
