"""The gold dataset on disk: what goes in comes out, for `datasets` and for our own reader."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn import Annotated, annotated
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from marked import SCHEME, annotation, gold_document, marked
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.annotate.task import make_task
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import Scheme
from mihakk.eval.gold.records import Gold, GoldDocument, OwnersWord, Provenance, SetAside
from mihakk.eval.gold.rows import read_gold
from mihakk.export.dataset import token_row, write_gold
from mihakk.export.finished import read_export
from mihakk.export.make_gold import guidelines_sha256, make_gold
from mihakk.export.policy import MAJORITY
from mihakk.export.split import RULE
from raw_export import exported, finished, results

# Read when `datasets` is first imported, which no test does before it runs.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}

SPLITS = ("train", "validation", "test")
ROOT = Path(__file__).resolve().parents[1]


def through_the_road(work: Iterable[Annotated], folder: Path) -> Path:
    """Task, raw export, annotations, gold set, files; gives the gold folder."""
    tasks = [
        exported(
            make_task(one.article, one.claims, SCHEME),
            [finished("a@example.org", results(one.annotation, one.article.text, [c.id for c in one.claims]))],
        )
        for one in work
    ]
    (folder / "export.json").write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    gold = make_gold(read_export(folder / "export.json", SCHEME), SCHEME, "تجربة", "1.0")
    assert gold.set_aside == ()
    return written(gold, folder / "gold")


def written(gold: Gold, folder: Path) -> Path:
    folder.mkdir()
    write_gold(gold, folder)
    return folder


def gold_set(*train: GoldDocument, **fields: Any) -> Gold:
    return replace(Gold("تجربة", "1.0", SCHEME, {"train": train, "validation": (), "test": ()}), **fields)


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[Path, str], Any]:
    """Opens a config of a gold folder as users do, with a cache of its own."""

    def load(folder: Path, config: str) -> Any:
        import datasets

        return datasets.load_dataset(str(folder), config, cache_dir=str(tmp_path / "cache"))

    return load


# --- round trips ---

HARD = Annotated(
    Article(
        "خبر-١", "وَبِدِمَشْق\u00a0👩\u200d👩\u200d👧\r\nالـــجيش\n\nقُتِلَ ٣", "عنوان «أول»", "وكالة", "2025-11-03", None, "e"
    ),
    (EventClaim("c0", "ادعاء\r\nطويل"), EventClaim("c1", "ادعاء 👩\u200d🚀")),
    Annotation(
        "خبر-١",
        "a@example.org",
        # دِمَشْق without its two proclitics; the family, which is five code points.
        (Span(4, 11, "GPE"), Span(12, 17, "PERS")),
        (
            Claim(4, 17, None, (), None, "ملاحظة\nثانية 🇸🇾"),
            Claim(4, 17, "deny", (Span(4, 11, "GPE"), Span(12, 17, "PERS"))),
        ),
        {"c1": "discuss"},
    ),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(annotated())
@example(HARD)
def test_an_annotation_goes_through_the_road_code_point_for_code_point(
    tmp_path_factory: pytest.TempPathFactory, drawn: Annotated
) -> None:
    gold = read_gold(through_the_road([drawn], tmp_path_factory.mktemp("gold")))
    (document,) = gold.split("all")
    assert document.article == drawn.article
    assert document.claims == drawn.claims
    assert document.annotators == ("a@example.org",)
    assert document.annotation.article_id == drawn.article.id
    assert document.annotation.entities == drawn.annotation.entities
    assert document.annotation.claims == drawn.annotation.claims
    assert document.annotation.stances == drawn.annotation.stances


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(annotated())
@example(HARD)
def test_datasets_gives_every_value_back(tmp_path_factory: pytest.TempPathFactory, drawn: Annotated) -> None:
    import datasets

    folder = tmp_path_factory.mktemp("gold")
    gold = through_the_road([drawn], folder)
    data = datasets.load_dataset(str(gold), cache_dir=str(folder / "cache"))
    features = data["train"].features
    (row,) = data["train"]
    article, said = drawn.article, drawn.annotation
    assert (
        Article(
            **{key: row[key] for key in ("id", "text", "title", "outlet", "published", "url", "event_id", "source")}
        )
        == article
    )
    assert row["text_sha256"] == article.text_sha256
    label = features["entities"].feature["label"].int2str
    stance = features["claims"].feature["stance"].int2str
    article_stance = features["stances"].feature["stance"].int2str

    def spans(rows: Iterable[Mapping[str, Any]]) -> tuple[Span, ...]:
        return tuple(Span(one["start"], one["end"], label(one["label"])) for one in rows)

    assert spans(row["entities"]) == said.entities
    assert [article.text[s.start : s.end] for s in spans(row["entities"])] == [
        drawn.article.text[s.start : s.end] for s in said.entities
    ]
    assert said.claims == tuple(
        Claim(
            claim["start"],
            claim["end"],
            None if claim["stance"] is None else stance(claim["stance"]),
            spans(claim["sources"]),
            claim["about"],
            claim["note"],
        )
        for claim in row["claims"]
    )
    assert {pair["claim"]: article_stance(pair["stance"]) for pair in row["stances"]} == said.stances
    assert tuple(EventClaim(claim["id"], claim["text"]) for claim in row["event_claims"]) == drawn.claims


@settings(max_examples=100)
@given(annotated())
def test_bio_tags_give_back_exactly_the_spans_that_are_not_listed_as_untagged(drawn: Annotated) -> None:
    document = GoldDocument(drawn.article, drawn.claims, drawn.annotation)
    row = token_row(document, SCHEME)
    text = drawn.article.text
    assert row["tokens"] == [text[s:e] for s, e in zip(row["starts"], row["ends"], strict=True)]
    # Tokens hold everything but white space, in order, each code point once.
    held = [n for s, e in zip(row["starts"], row["ends"], strict=True) for n in range(s, e)]
    assert held == sorted(set(held))
    assert "".join(text[n] for n in range(len(text)) if n not in set(held)).strip() == ""
    entities = decoded(row, "entity_tags", SCHEME.entity_labels)
    claims = decoded(row, "claim_tags", ["CLAIM"])
    untagged = [Span(s["start"], s["end"], s["label"]) for s in row["untagged"]]
    assert sorted(entities + [s for s in untagged if s.label != "CLAIM"]) == sorted(drawn.annotation.entities)
    assert sorted(claims + [s for s in untagged if s.label == "CLAIM"]) == sorted(
        Span(c.start, c.end, "CLAIM") for c in drawn.annotation.claims
    )
    # What is untagged had no room: it shares a code point with a tagged span of its layer, no shorter than itself.
    for span in untagged:
        tagged = claims if span.label == "CLAIM" else entities
        assert any(
            s.start < span.end and span.start < s.end and s.end - s.start >= span.end - span.start for s in tagged
        )


def decoded(row: Mapping[str, Any], column: str, labels: Sequence[str]) -> list[Span]:
    """Spans of BIO tags: B begins one, I goes on with the same label, anything else ends it."""
    names = ["O", *(f"{bio}-{label}" for label in labels for bio in "BI")]
    spans: list[Span] = []
    for start, end, tag in zip(row["starts"], row["ends"], row[column], strict=True):
        bio, _, label = names[tag].partition("-")
        if bio == "B":
            spans.append(Span(start, end, label))
        elif bio == "I":
            assert spans and spans[-1].label == label
            spans[-1] = replace(spans[-1], end=end)
    return spans


# --- tokens by hand ---


def tokens_of(source: str) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """Each token with its entity and claim tag, and the words and labels of the untagged spans."""
    document = gold_document("x", source)
    row = token_row(document, SCHEME)
    entity_names = ["O", *(f"{bio}-{label}" for label in SCHEME.entity_labels for bio in "BI")]
    claim_names = ["O", "B-CLAIM", "I-CLAIM"]
    text = document.article.text
    return (
        [
            (token, entity_names[entity], claim_names[claim])
            for token, entity, claim in zip(row["tokens"], row["entity_tags"], row["claim_tags"], strict=True)
        ],
        [(text[s["start"] : s["end"]], s["label"]) for s in row["untagged"]],
    )


def test_a_proclitic_before_a_name_is_a_token_of_its_own() -> None:
    assert tokens_of("مر وب[دمشق|GPE] ل[لتحالف|ORG]، وبحلب") == (
        [
            ("مر", "O", "O"),
            ("وب", "O", "O"),
            ("دمشق", "B-GPE", "O"),
            ("ل", "O", "O"),
            ("لتحالف", "B-ORG", "O"),
            ("،", "O", "O"),
            ("وبحلب", "O", "O"),  # no span, no cut
        ],
        [],
    )


def test_names_side_by_side_begin_anew_and_words_of_one_name_go_on() -> None:
    assert tokens_of("[أحمد الشرع|PERS][دمشق|GPE] [حلب|GPE]")[0] == [
        ("أحمد", "B-PERS", "O"),
        ("الشرع", "I-PERS", "O"),
        ("دمشق", "B-GPE", "O"),
        ("حلب", "B-GPE", "O"),
    ]


def test_claims_have_tags_of_their_own_beside_those_of_entities() -> None:
    assert tokens_of("قال [[نصر|PERS] عاد|CLAIM:support].")[0] == [
        ("قال", "O", "O"),
        ("نصر", "B-PERS", "B-CLAIM"),
        ("عاد", "O", "I-CLAIM"),
        (".", "O", "O"),
    ]


def test_of_nested_spans_the_longest_is_tagged_and_the_other_listed() -> None:
    tokens, untagged = tokens_of("[وزارة الدفاع [السورية|NORP]|ORG] و[[حلب|GPE]|LOC]")
    assert [(token, tag) for token, tag, _ in tokens] == [
        ("وزارة", "B-ORG"),
        ("الدفاع", "I-ORG"),
        ("السورية", "I-ORG"),
        ("و", "O"),
        ("حلب", "B-GPE"),  # of equals the first in the alphabet
    ]
    assert untagged == [("السورية", "NORP"), ("حلب", "LOC")]
    # In text order, though the second is longer.
    _, untagged = tokens_of("[[نصر|PERS] و[وزارة الدفاع|ORG] أمس|EVENT]")
    assert untagged == [("نصر", "PERS"), ("وزارة الدفاع", "ORG")]


def test_a_second_claim_on_a_span_is_listed_as_untagged() -> None:
    assert tokens_of("[[مقطوع|CLAIM:deny]|CLAIM:support]") == (
        [("مقطوع", "O", "B-CLAIM")],
        [("مقطوع", "CLAIM")],
    )


# --- what `datasets` shows ---


def sample_set() -> Gold:
    """Three documents in three splits: one with everything, one with nothing, one with an open stance."""
    full = gold_document(
        "full", "قال [نصر|PERS] إن [[دمشق|GPE] بعيدة|CLAIM:deny] و[قريبة|CLAIM]", {"c1": "disagree"}, event_id="e1"
    )
    empty = gold_document("empty", "لا شيء")
    opened = gold_document("open", "في [حلب|GPE]", {"c2": None, "c3": "agree"}, outlet="وكالة", title="عنوان")
    return gold_set(splits={"train": [full], "validation": [empty], "test": [opened]})


def test_features_are_typed_and_labels_are_in_scheme_order(tmp_path: Path, loaded: Callable[[Path, str], Any]) -> None:
    from datasets import ClassLabel, Features, List, Value

    folder = written(sample_set(), tmp_path / "gold")
    span = {"start": Value("int32"), "end": Value("int32"), "label": ClassLabel(names=list(SCHEME.entities))}
    text = Value("string")
    origin = {"annotators": List(text), "votes": Value("int32"), "adjudicated": Value("bool")}
    assert loaded(folder, "documents")["train"].features == Features(
        {
            "id": text,
            "text": text,
            "title": text,
            "outlet": text,
            "published": text,
            "url": text,
            "agency": text,
            "preannotated_by": text,
            "language": text,
            "event_id": text,
            "source": text,
            "text_sha256": text,
            "entities": List(span | origin),
            "claims": List(
                {
                    "start": Value("int32"),
                    "end": Value("int32"),
                    "stance": ClassLabel(names=["support", "deny", "query", "comment"]),
                    "sources": List(span),
                    "about": text,
                    "note": text,
                    **origin,
                }
            ),
            "event_claims": List({"id": text, "text": text}),
            "stances": List(
                {
                    "claim": text,
                    "stance": ClassLabel(names=["agree", "disagree", "discuss", "unrelated"]),
                    **origin,
                }
            ),
            "annotators": List(text),
        }
    )
    tokens = loaded(folder, "tokens")["train"].features
    tags = [f"{bio}-{label}" for label in SCHEME.entities for bio in ("B", "I")]
    assert tokens["entity_tags"] == List(ClassLabel(names=["O", *tags]))
    # run_ner.py of transformers, without options: the column called tokens, and the second one for the tags.
    assert ("tokens" in tokens, list(tokens)[1]) == (True, "entity_tags")
    assert tokens["claim_tags"] == List(ClassLabel(names=["O", "B-CLAIM", "I-CLAIM"]))
    assert tokens["tokens"] == List(text)
    assert tokens["starts"] == tokens["ends"] == List(Value("int32"))
    stance = loaded(folder, "stance")["train"].features
    assert stance["stance"] == ClassLabel(names=["agree", "disagree", "discuss", "unrelated"])


def test_empty_lists_and_open_stances_are_what_they_are(tmp_path: Path, loaded: Callable[[Path, str], Any]) -> None:
    folder = written(sample_set(), tmp_path / "gold")
    documents = loaded(folder, "documents")
    assert list(documents) == list(SPLITS)
    (empty,) = documents["validation"]
    assert [empty[key] for key in ("entities", "claims", "event_claims", "stances", "annotators")] == [[]] * 5
    assert [empty[key] for key in ("title", "outlet", "published", "url", "event_id", "source")] == [None] * 6
    (full,) = documents["train"]
    # Claims in text order: the first is denied (index 1 of the claim stances), the second open.
    assert [claim["stance"] for claim in full["claims"]] == [1, None]
    (opened,) = documents["test"]
    # Nobody says who answered.
    nobody = {"annotators": [], "votes": 0, "adjudicated": False}
    assert opened["stances"] == [{"claim": "c3", "stance": 0, **nobody}]
    assert [claim["id"] for claim in opened["event_claims"]] == ["c2", "c3"]


def test_stance_has_a_row_for_each_article_and_claim_null_where_open(
    tmp_path: Path, loaded: Callable[[Path, str], Any]
) -> None:
    stance = loaded(written(sample_set(), tmp_path / "gold"), "stance")
    assert list(stance) == ["train", "test"]  # the document of validation has no claims
    assert list(stance["test"]) == [
        {
            "id": "open",
            "event_id": None,
            "outlet": "وكالة",
            "title": "عنوان",
            "text": "في حلب",
            "claim_id": claim,
            "claim": f"ادعاء {claim}",
            "stance": index,
        }
        for claim, index in (("c2", None), ("c3", 0))
    ]


def test_the_default_config_is_documents(tmp_path: Path) -> None:
    import datasets

    folder = written(sample_set(), tmp_path / "gold")
    assert set(datasets.get_dataset_config_names(str(folder))) == {"documents", "tokens", "stance"}
    data = datasets.load_dataset(str(folder), split="test", cache_dir=str(tmp_path / "cache"))
    assert "entities" in data.features


def test_a_gold_set_without_any_claims_of_events_loads(tmp_path: Path, loaded: Callable[[Path, str], Any]) -> None:
    folder = written(gold_set(gold_document("a", "في [حلب|GPE]")), tmp_path / "gold")
    assert loaded(folder, "documents").num_rows == {"train": 1}
    assert loaded(folder, "tokens").num_rows == {"train": 1}


def test_the_card_says_what_is_in_the_folder(tmp_path: Path) -> None:
    from huggingface_hub import DatasetCard

    made = sample_set()
    folder = written(replace(made, name="ذهب: [b] *نجم*"), tmp_path / "gold")
    card = DatasetCard.load(folder / "README.md")
    assert card.data.language == "ar"
    assert card.data.pretty_name == "ذهب: [b] *نجم*"
    assert set(card.data.task_categories) == {"token-classification", "text-classification"}
    listed = {
        config["config_name"]: {d["split"]: d["path"] for d in config["data_files"]}
        for config in card.data.to_dict()["configs"]
    }
    assert listed["documents"] == {split: f"documents/{split}-*.parquet" for split in SPLITS}
    assert list(listed["stance"]) == ["train", "test"]
    assert [c["config_name"] for c in card.data.to_dict()["configs"] if c.get("default")] == ["documents"]
    for config, files in listed.items():
        for pattern in files.values():
            assert len(list(folder.glob(pattern))) == 1, f"{config}: {pattern}"
    assert {info["config_name"] for info in card.data.to_dict()["dataset_info"]} == set(listed)
    # Four things a reader looks for: how many, how split, whether people agreed, what the hash is.
    assert "| documents | 3 |" in card.text
    assert "| entities | 3 |" in card.text
    assert "- validation: 1 document" in card.text
    assert "no article has two annotators" in card.text
    assert made.content_hash in card.text


# --- gold.json ---


def test_gold_json_says_what_the_set_is(tmp_path: Path) -> None:
    aside = SetAside("full", ("a@example.org", "b@example.org"), "شيء", "tie: 1 of 2 annotators", undecided=True)
    agreement = {"entities": 0.5, "claims": None, "stance": 1.0}
    said = OwnersWord(("machine-generated",), "كتبه برنامج", "cc-by-4.0")
    made = replace(
        sample_set(),
        set_aside=(aside,),
        version="2.1",
        provenance=Provenance(
            MAJORITY.rule, agreement, RULE, (("full", "open"),), ("ملاحظة",), guidelines_sha256(SCHEME), said
        ),
    )
    folder = written(made, tmp_path / "gold")
    header = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    assert header == {
        "format": 2,
        "name": "تجربة",
        "version": "2.1",
        "scheme": "conflict_news@1.0",
        "scheme_hash": SCHEME.identity.hash,
        "layers": ["entities", "claims", "stances"],
        "language": "ar",
        "proclitics": True,
        "nesting": "flat",
        "older_documents": [],
        "corpus": None,
        "content_hash": made.content_hash,
        # نصر, دمشق and حلب; two claims of one document; stances on c1 and c3.
        "counts": {
            "documents": 3,
            "events": 1,
            "entities": 3,
            "claims": 2,
            "stances": 2,
            "adjudicated": 0,
            "set_aside": 1,
            "undecided": 1,
        },
        "policy": "What more than half of an article's annotators marked is gold.",
        "splits": {"train": 1, "validation": 1, "test": 1},
        "split_rule": RULE,
        "distribution": {
            "entities": {
                "GPE": {"train": 1, "validation": 0, "test": 1},
                "PERS": {"train": 1, "validation": 0, "test": 0},
            },
            "claims": {
                "deny": {"train": 1, "validation": 0, "test": 0},
                "no stance": {"train": 1, "validation": 0, "test": 0},
            },
            "article stances": {
                "agree": {"train": 0, "validation": 0, "test": 1},
                "disagree": {"train": 1, "validation": 0, "test": 0},
            },
            "outlets": {"وكالة": {"train": 0, "validation": 0, "test": 1}},
        },
        "near_duplicates": [["full", "open"]],
        "annotators": 0,
        "annotators_per_document": {"0": 3},
        "preannotated_by": {},
        "guidelines_sha256": {
            language: hashlib.sha256((ROOT / "configs" / f"guidelines.{language}.md").read_bytes()).hexdigest()
            for language in ("ar", "en")
        },
        "owner": {"creators": ["machine-generated"], "note": "كتبه برنامج", "licence": "cc-by-4.0"},
        "notes": ["ملاحظة"],
        "agreement_before_merging": agreement,
        "text_sha256": {d.article.id: d.article.text_sha256 for d in made.split("all")},
    }
    lines = (folder / "set_aside.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "article_id": "full",
            "annotators": ["a@example.org", "b@example.org"],
            "what": "شيء",
            "reason": "tie: 1 of 2 annotators",
            "undecided": True,
        }
    ]
    assert "شيء" in lines[0]


def test_gold_json_counts_annotators_and_whose_suggestions_they_saw(tmp_path: Path) -> None:
    both, one = (
        replace(ONE, annotators=names, preannotated_by=model) for names, model in ((("a", "b"), None), (("a",), "م"))
    )
    one = replace(one, article=Article("b", one.article.text))
    folder = written(gold_set(both, one), tmp_path / "gold")
    header = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    assert (header["annotators"], header["annotators_per_document"]) == (2, {"1": 1, "2": 1})
    assert header["preannotated_by"] == {"م": 1}


def test_the_guidelines_of_another_scheme_are_not_known(tmp_path: Path) -> None:
    other: Scheme = SCHEME.model_copy(update={"name": "other"})
    assert guidelines_sha256(other) == {}
    folder = written(gold_set(ONE, labels=other), tmp_path / "gold")
    assert json.loads((folder / "gold.json").read_text(encoding="utf-8"))["guidelines_sha256"] == {}
    assert "Guidelines" not in (folder / "README.md").read_text(encoding="utf-8")


def test_a_kind_of_annotators_that_the_hub_does_not_know_is_refused() -> None:
    with pytest.raises(InputError, match="--annotators robots: must be among expert-generated, "):
        OwnersWord(("crowdsourced", "robots"))


def test_the_reader_gives_name_version_hash_labels_and_splits(tmp_path: Path) -> None:
    made = sample_set()
    read = read_gold(written(made, tmp_path / "gold"))
    assert (read.name, read.version, read.content_hash) == ("تجربة", "1.0", made.content_hash)
    assert read.labels.entity_labels == SCHEME.entity_labels
    assert read.labels.claim_stances == ("support", "deny", "query", "comment")
    assert read.labels.article_stances == ("agree", "disagree", "discuss", "unrelated")
    assert {split: [d.article.id for d in rows] for split, rows in read.splits.items()} == {
        "train": ["full"],
        "validation": ["empty"],
        "test": ["open"],
    }
    assert [d.article.id for d in read.split("all")] == ["full", "empty", "open"]
    with pytest.raises(InputError, match="has no split dev; it has train, validation, test, all"):
        read.split("dev")


ONE = gold_document("a", "قال [نصر|PERS] إن [دمشق بعيدة|CLAIM:deny]", {"c1": "agree"})


def _with(**fields: Any) -> GoldDocument:
    return replace(ONE, annotation=replace(ONE.annotation, **fields))


(CLAIM,) = ONE.annotation.claims


@pytest.mark.parametrize(
    "changed",
    [
        _with(entities=(Span(4, 7, "ORG"),)),
        _with(entities=(Span(4, 8, "PERS"),)),
        _with(entities=()),
        _with(claims=()),
        _with(claims=(replace(CLAIM, stance="support"),)),
        _with(claims=(replace(CLAIM, end=CLAIM.end - 1),)),
        _with(claims=(replace(CLAIM, sources=(Span(4, 7, "PERS"),)),)),
        _with(stances={"c1": "discuss"}),
        _with(stances={}),
        replace(ONE, claims=(EventClaim("c1", "غير ذلك"),)),
        replace(ONE, article=Article("a", ONE.article.text + ".")),
        replace(ONE, article=Article("b", ONE.article.text)),
        replace(ONE, article=Article("a", ONE.article.text, event_id="e")),  # intervals are over events
    ],
)
def test_the_content_hash_changes_with_what_a_score_depends_on(changed: GoldDocument) -> None:
    assert gold_set(changed).content_hash != gold_set(ONE).content_hash


def test_the_content_hash_changes_with_the_split() -> None:
    moved = gold_set(splits={"train": [], "validation": [], "test": [ONE]})
    assert moved.content_hash != gold_set(ONE).content_hash


def test_the_content_hash_does_not_change_with_name_version_order_and_what_was_set_aside() -> None:
    other = gold_document("b", "نص")
    before = gold_set(ONE, other).content_hash
    aside = SetAside("a", ("a",), "x", "y")
    assert gold_set(other, ONE, name="غيره", version="9.9", set_aside=(aside,)).content_hash == before
    splits = {"test": [], "validation": [], "train": [ONE, other]}
    assert gold_set(splits=splits).content_hash == before


@pytest.mark.parametrize(
    "changed",
    [
        replace(ONE, annotators=("x", "y")),
        replace(ONE, preannotated_by="نموذج"),
        replace(
            ONE, article=Article("a", ONE.article.text, "عنوان", "وكالة", "2025-01-01", "u", source="s", agency="g")
        ),
        _with(claims=(replace(CLAIM, note="ملاحظة"),)),
    ],
)
def test_the_content_hash_does_not_change_with_what_no_score_depends_on(changed: GoldDocument) -> None:
    assert gold_set(changed).content_hash == gold_set(ONE).content_hash


def test_the_content_hash_of_a_gold_set_and_of_its_folder_are_the_same(tmp_path: Path) -> None:
    made = sample_set()
    assert read_gold(written(made, tmp_path / "gold")).content_hash == made.content_hash


def test_the_content_hash_tells_labels_apart_that_stand_at_one_place_of_two_schemes() -> None:
    renamed: dict[str, Any] = {{"PERS": "OCC", "OCC": "PERS"}.get(k, k): v for k, v in SCHEME.entities.items()}
    other: Scheme = SCHEME.model_copy(update={"entities": renamed})
    # The first label of one scheme is PERS, of the other OCC.
    as_occ = _with(entities=(Span(4, 7, "OCC"),))
    assert gold_set(as_occ, labels=other).content_hash != gold_set(ONE).content_hash


def test_the_order_of_tasks_changes_no_byte(tmp_path: Path) -> None:
    work = [
        Annotated(document.article, document.claims, replace(document.annotation, annotator="a@example.org"))
        for document in sample_set().split("all")
    ]
    folders = []
    for name, order in (("one", work), ("same", work), ("other", work[::-1])):
        (tmp_path / name).mkdir()
        folders.append(through_the_road(order, tmp_path / name))
    one, same, other = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for folder in folders
    )
    assert one == same
    # gold.json lists the texts' hashes in the order of the splits, which is that of ids.
    assert one == other


# --- what the reader refuses ---


def test_a_folder_without_gold_json_is_no_gold_dataset(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not a gold dataset \(no gold\.json\)"):
        read_gold(tmp_path)


def test_a_text_that_is_not_the_one_of_its_hash_is_refused(tmp_path: Path) -> None:
    changed = replace(ONE.article)
    object.__setattr__(changed, "text", ONE.article.text.replace("قال", "زعم"))
    folder = written(gold_set(replace(ONE, article=changed)), tmp_path / "gold")
    with pytest.raises(InputError, match="article a: the text differs from the annotated text"):
        read_gold(folder)


@pytest.mark.parametrize("content", ["[]", "3", "null", '{"name": "x"}', "{", ""])
def test_a_gold_json_that_says_nothing_is_refused_with_its_name(tmp_path: Path, content: str) -> None:
    folder = written(gold_set(ONE), tmp_path / "gold")
    (folder / "gold.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"gold\.json"):
        read_gold(folder)


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no documents"):
        read_gold(written(gold_set(), tmp_path / "gold"))


@pytest.mark.parametrize("what", ["text", "another table"])
def test_a_file_that_is_no_gold_table_is_refused_with_its_name(tmp_path: Path, what: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = written(gold_set(ONE), tmp_path / "gold")
    (file,) = (folder / "documents").iterdir()
    if what == "text":
        file.write_text("نص", encoding="utf-8")
    else:
        pq.write_table(pa.table({"id": ["a"]}), file)
    with pytest.raises(InputError, match=r"train-00000-of-00001\.parquet: is not a Parquet file of a gold dataset"):
        read_gold(folder)


def test_several_files_of_a_split_are_read_in_order(tmp_path: Path) -> None:
    # As `datasets` would write large splits.
    folder = written(gold_set(gold_document("a", "نص")), tmp_path / "gold")
    more = written(gold_set(gold_document("b", "نص")), tmp_path / "more")
    (more / "documents" / "train-00000-of-00001.parquet").rename(folder / "documents" / "train-00001-of-00002.parquet")
    assert [d.article.id for d in read_gold(folder).split("train")] == ["a", "b"]


def test_an_export_in_which_nobody_finished_makes_no_gold(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([exported(make_task(Article("a", "نص"), (), SCHEME), [])]), encoding="utf-8")
    with pytest.raises(InputError, match="no finished annotation"):
        make_gold(read_export(path, SCHEME), SCHEME, "x", "1.0")


def test_an_article_that_nobody_finished_is_set_aside_and_no_document(tmp_path: Path) -> None:
    tasks = [
        exported(make_task(Article("done", "نص"), (), SCHEME), [finished("a@example.org", [])]),
        exported(make_task(Article("open", "نص"), (), SCHEME), []),
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    gold = make_gold(read_export(path, SCHEME), SCHEME, "x", "1.0")
    assert [d.article.id for d in gold.split("all")] == ["done"]
    assert gold.set_aside == (SetAside("open", (), "article", "nobody finished it"),)


# --- agreement before merging ---


def agreement(*work: Mapping[str, tuple[str, Mapping[str, str]]], folder: Path) -> Mapping[str, float | None]:
    """Of articles given as {annotator: (marked text, stances)}."""
    claims = [EventClaim(f"c{n}", "ادعاء") for n in range(1, 4)]
    tasks = []
    for n, by_annotator in enumerate(work):
        text = marked(next(iter(by_annotator.values()))[0])[0]
        annotations = [
            finished(name, results(annotation(source, name, stances), text, [c.id for c in claims]))
            for name, (source, stances) in by_annotator.items()
        ]
        tasks.append(exported(make_task(Article(f"a{n}", text), claims, SCHEME), annotations))
    path = folder / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return make_gold(read_export(path, SCHEME), SCHEME, "x", "1.0").provenance.agreement


def test_agreement_is_strict_f1_over_pairs_and_the_share_of_equal_answers(tmp_path: Path) -> None:
    found = agreement(
        {
            "a": ("[نصر|PERS] في [دمشق|GPE] [قال|CLAIM:deny]", {"c1": "agree", "c2": "agree"}),
            "b": ("[نصر|PERS] في [دمشق|LOC] [قال|CLAIM:support]", {"c1": "agree", "c2": "discuss", "c3": "agree"}),
        },
        {"a": ("[حلب|GPE]", {}), "b": ("حلب", {})},
        {"c": ("[حمص|GPE]", {"c1": "agree"})},  # alone, so no pair
        folder=tmp_path,
    )
    # Entities: 1 of 3 and 2 are equal, F1 2/5. Claims: the same span, with other stances. Stance: c1 of c1 and c2.
    assert found == {"entities": pytest.approx(2 / 5), "claims": 1.0, "claim_stance": 0.0, "stance": 0.5}


def test_agreement_of_three_annotators_pools_their_three_pairs(tmp_path: Path) -> None:
    one, other = "[نصر|PERS]", "[نصر|ORG]"
    found = agreement({"a": (one, {}), "b": (one, {}), "c": (other, {})}, folder=tmp_path)
    # a and b agree, a and c and b and c do not: 1 of 3 spans on either side.
    assert found == {"entities": pytest.approx(1 / 3), "claims": None, "claim_stance": None, "stance": None}


def test_there_is_no_agreement_with_one_annotator(tmp_path: Path) -> None:
    assert agreement({"a": ("[نصر|PERS]", {"c1": "agree"})}, folder=tmp_path) == {
        "entities": None,
        "claims": None,
        "claim_stance": None,
        "stance": None,
    }


@given(st.lists(annotated(), min_size=1, max_size=4, unique_by=lambda drawn: drawn.article.id))
def test_the_content_hash_is_the_same_for_any_order(work: list[Annotated]) -> None:
    documents = [GoldDocument(one.article, one.claims, one.annotation) for one in work]
    turned = [
        replace(
            document,
            claims=document.claims[::-1],
            annotation=replace(
                document.annotation,
                entities=document.annotation.entities[::-1],
                claims=tuple(replace(c, sources=c.sources[::-1]) for c in document.annotation.claims[::-1]),
                stances=dict(reversed(document.annotation.stances.items())),
            ),
        )
        for document in reversed(documents)
    ]
    assert gold_set(*documents).content_hash == gold_set(*turned).content_hash
