"""Write our scores beside the published ones into docs/compare.md: `python docs/published_table.py [RUN...]`.

The runs are of the published protocol, and of `arena_people`, where no leak is left. What the page needs of
each model is kept in docs/published.json until a run named here says it anew, so that hours of training need
not all lie on one machine at one time.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from part import rewrite

from kodo.evaluation.compare import together
from kodo.evaluation.score import Score
from kodo.experiments.evidence.comparison.contest import Contest, contests, undivided
from kodo.experiments.summary import ARENA, HEADLINE
from kodo.files import digest, write_json
from kodo.reports.comparison.published import beside
from kodo.reports.comparison.words import at_odds

KEPT = Path(__file__).resolve().parent / "published.json"
BESIDE = (
    "dataset", "model", "seeds", "f1_arena", "published", "f1_present", "macro_f1, 95 % over people",
)  # fmt: skip
LEAK = (
    "dataset", "model", "seeds", "macro_f1, LEAKY", "validation by people", "difference", "p (Holm)",
)  # fmt: skip

Kept = dict[str, Any]


def main(*folders: str) -> None:
    """Keep what the runs say, then write ours beside the published scores and what the leak is worth."""
    there: list[Kept] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else []
    new = [kept for contest in contests([Path(folder) for folder in folders]) for kept in _kept(contest)]
    replaced = {_key(kept) for kept in new}
    models = sorted([kept for kept in there if _key(kept) not in replaced] + new, key=_key)
    if not models:
        raise SystemExit("Nothing was kept yet: name the folders of runs.")
    write_json(KEPT, models)
    made = "\n\n".join("\n".join(lines) for lines in (_published(models), _divided(models)))
    rewrite("compare.md", "published", made)
    print(f"docs/compare.md: {len(models)} results, {len(new)} of them from {len(folders)} runs")


def _key(kept: Kept) -> tuple[str, ...]:
    return kept["dataset"], kept["protocol"], str(kept["validation"]), kept["model"]


def _kept(contest: Contest) -> Iterator[Kept]:
    """What the page needs of each finished model of a contest."""
    table = beside(contest, ARENA)
    for entry, scores in table.ours:
        if not entry.lacks:
            yield {
                "dataset": entry.row.dataset,
                "protocol": contest.protocol,
                "model": entry.row.model,
                "validation": contest.conditions["folding"].get("validation"),
                "leak": contest.leak,
                "seeds": entry.seeds,
                "published": table.of(entry),
                "f1_arena": scores.arena,
                "f1_present": scores.present,
                "ceiling": scores.ceiling,
                "interval": entry.row.intervals[HEADLINE[0]].text(),
                "undivided": digest(undivided(contest, entry), 12),
                HEADLINE[0]: dict(zip(entry.row.people, entry.score.values.tolist(), strict=True)),
            }


def _published(models: Sequence[Kept]) -> Iterator[str]:
    yield f"| {' | '.join(BESIDE)} |\n|---|---|{'---:|' * (len(BESIDE) - 2)}"
    shown = [kept for kept in models if kept["protocol"] == ARENA and kept["published"] is not None]
    for kept in shown:
        cells = [
            kept["dataset"],
            f"`{kept['model']}`",
            kept["seeds"],
            *(f"{kept[score]:.4f}" for score in ("f1_arena", "published", "f1_present")),
            kept["interval"].replace(" ", "\u00a0"),
        ]
        yield f"| {' | '.join(map(str, cells))} |"
    yield from (f"\nLEAKY: {leak}" for leak in sorted({kept["leak"] for kept in shown}))
    ceilings = {kept["dataset"]: kept["ceiling"] for kept in shown}
    said = [f"{ceiling:.4f} on `{name}`" for name, ceiling in ceilings.items()]
    yield (
        "Intervals are over people, for these trained models. No model can reach more in f1_arena than "
        f"{', '.join(said)}: an activity that a fold lacks counts 0."
    )


def _divided(models: Sequence[Kept]) -> Iterator[str]:
    """What the published shortcut is worth; only these comparisons are counted together."""
    leaky = [kept for kept in models if kept["leak"]]
    honest = [kept for kept in models if not kept["leak"] and kept["validation"]]
    same = ("undivided", "seeds")
    pairs = [(one, two) for one, two in product(leaky, honest) if all(one[key] == two[key] for key in same)]
    if not pairs:
        return
    yield f"| {' | '.join(LEAK)} |\n|---|---|{'---:|' * (len(LEAK) - 2)}"
    tested = together([(_score(shortcut), _score(other)) for shortcut, other in pairs])
    for (shortcut, other), comparison in zip(pairs, tested, strict=True):
        cells = [shortcut["dataset"], f"`{shortcut['model']}`", shortcut["seeds"]]
        cells += [f"{_score(kept).mean:.3f}" for kept in (shortcut, other)]
        cells += [f"{comparison.interval.text()}: {comparison.outcome}", f"{comparison.adjusted:.3f}"]
        yield f"| {' | '.join(map(str, cells))} |"
    many = f"these {len(tested)} comparisons together" if len(tested) > 1 else "one comparison"
    higher = sum(comparison.difference > 0 for comparison in tested)
    decided = sum(comparison.outcome in ("better", "worse") for comparison in tested)
    yield (
        f"\nIntervals and p are for {many}. Those that windows validated score higher on the people tested "
        f"in {higher} of {len(tested)}; decided: {decided}."
    )
    yield from at_odds(tested)


def _score(kept: Kept) -> Score:
    people = kept[HEADLINE[0]]
    return Score(HEADLINE[0], tuple(people), np.array(list(people.values())))


if __name__ == "__main__":
    main(*sys.argv[1:])
