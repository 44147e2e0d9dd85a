"""Write our scores beside the published ones into docs/compare.md: `python docs/published_table.py RUN...`.

The runs are of the published protocol, and of `arena_people`, where no leak is left.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from part import rewrite

from kodo.evaluation.compare import together
from kodo.experiments.evidence.comparison.comparison import Compared, compared, headline
from kodo.experiments.evidence.comparison.contest import Entry
from kodo.experiments.summary import ARENA
from kodo.reports.comparison.published import beside

BESIDE = (
    "dataset", "model", "seeds", "f1_arena", "published", "f1_present", "macro_f1, 95 % over people",
)  # fmt: skip
LEAK = (
    "dataset", "model", "seeds", "macro_f1, LEAKY", "validation by people", "difference", "p (Holm)",
)  # fmt: skip


def main(*folders: str) -> None:
    """Ours beside the published scores, then what the leak is worth."""
    found = compared([Path(folder) for folder in folders])
    made = "\n\n".join("\n".join(lines) for lines in (_published(found), _divided(found)))
    rewrite("compare.md", "published", "published", made)
    print(f"docs/compare.md: {len(folders)} runs")


def _published(found: Compared) -> Iterator[str]:
    yield f"| {' | '.join(BESIDE)} |\n|---|---|{'---:|' * (len(BESIDE) - 2)}"
    ceilings = {}
    for contest in found.contests:
        table = beside(contest, ARENA)
        if contest.protocol != ARENA:
            continue
        for entry, scores in table.ours:
            there = table.of(entry)
            if there is None:
                continue
            ceilings[contest.dataset["name"]] = table.ceiling
            cells = [
                contest.dataset["name"],
                f"`{entry.row.model}`",
                entry.seeds,
                f"{scores.arena:.4f}",
                f"{there:.4f}",
                f"{scores.present:.4f}",
                _scored(entry),
            ]
            yield f"| {' | '.join(map(str, cells))} |"
    leaks = {contest.leak for contest in found.contests if contest.protocol == ARENA}
    yield from (f"\nLEAKY: {leak}" for leak in sorted(leaks))
    said = [f"{ceiling:.4f} on `{name}`" for name, ceiling in ceilings.items()]
    yield (
        "Intervals are over people, for these trained models. No model can reach more in f1_arena than "
        f"{', '.join(said)}: an activity that a fold lacks counts 0."
    )


def _divided(found: Compared) -> Iterator[str]:
    """What the published shortcut is worth; only these comparisons are counted together."""
    pairs = [pair for pair in found.divided if not pair.why]
    if not pairs:
        return
    yield f"| {' | '.join(LEAK)} |\n|---|---|{'---:|' * (len(LEAK) - 2)}"
    tested = together([(pair.first.score, pair.second.score) for pair in pairs], found.margin)
    for pair, comparison in zip(pairs, tested, strict=True):
        row = pair.first.row
        cells = [row.dataset, f"`{row.model}`", pair.first.seeds]
        cells += [f"{headline(entry):.3f}" for entry in (pair.first, pair.second)]
        cells += [f"{comparison.interval.text()}: {comparison.outcome}", f"{comparison.adjusted:.3f}"]
        yield f"| {' | '.join(map(str, cells))} |"
    yield f"\nIntervals and p are for these {len(tested)} comparisons together."
    if any(test.outcome in ("better", "worse") and test.adjusted >= 0.05 for test in tested):
        yield "Where p is 0.05 or more, the test does not confirm what the interval says: take it for a hint."


def _scored(entry: Entry) -> str:
    return entry.row.intervals["macro_f1"].text().replace(" ", "\u00a0")


if __name__ == "__main__":
    main(*sys.argv[1:])
