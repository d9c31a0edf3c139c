"""What `mihakk export` tells people."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from .dataset import SET_ASIDE_FILE, GoldSet


def gold_summary(gold: GoldSet, output: Path) -> str:
    """What the gold set has, how far annotators agreed, and what was set aside, by reason."""
    counts = gold.counts
    splits = ", ".join(f"{split} {len(documents)}" for split, documents in gold.splits.items())
    lines = [
        f"{output!s}: {counts['documents']} documents ({splits}) of {counts['events']} events: "
        f"{counts['entities']} entities, {counts['claims']} claims, {counts['stances']} article stances"
    ]
    lines += [f"  the split {split} is empty: too few events" for split, rows in gold.splits.items() if not rows]
    agreed = [f"{task} {value:.3f}" for task, value in gold.agreement.items() if value is not None]
    if agreed:
        lines.append(f"  agreement before merging (strict F1; stance: share of equal answers): {', '.join(agreed)}")
    reasons = Counter(aside.reason.split(":")[0] for aside in gold.set_aside)
    if reasons:
        listed = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        lines.append(f"  set aside, listed in {SET_ASIDE_FILE}: {listed}")
    return "\n".join(lines)
