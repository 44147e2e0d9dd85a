"""Write how often intervals over people hold the truth into docs/interval.md: `make coverage`.

People are drawn from invented populations and, with replacement, from the people of real runs, whose scores
lie in tests/evaluation/real_scores.csv. Where run folders are named (`python docs/coverage_table.py RUN...`),
that file is made anew from them first.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from part import rewrite

from kodo.evaluation.interval import Interval, difference_interval, mean_interval, pooled_interval
from kodo.evaluation.score import f1_of_present
from kodo.experiments.summary import BASELINE, HEADLINE, MAJORITY, Run, open_run, rows

SCORES = Path(__file__).resolve().parents[1] / "tests" / "evaluation" / "real_scores.csv"
REPEATS = 8_000
PEOPLE = (5, 8, 10, 30)
FEW = 8
"""How many people the sentences and the second table are about."""
TOLERANCE = 0.025
"""A coverage further than this below 0.95 is called too low."""
MODEL = "resnet1d"
"""The model to take first; beside it stands the baseline, and all others in the second table."""
FAIL = 0.15
FAILING = "15 % fail, beta(2, 8); the others beta(30, 3)"
RIGHT_OR_WRONG = "15 % have 0, the others 1"

INTERVALS: dict[str, Callable[[NDArray[Any]], Interval]] = {
    "mean": mean_interval,
    "difference": difference_interval,
    "pooled": partial(pooled_interval, lambda confusion: float(f1_of_present(confusion))),
}


@dataclass(frozen=True)
class Population:
    """Where people are drawn from.

    Args:
        name: in the tables.
        of: which of INTERVALS is judged.
        truth: what all people of the population give.
        draw: `draw(random, people)` gives (person,) scores or differences; confusion matrices (person, class,
            class) for a pooled score.
    """

    name: str
    of: str
    truth: float
    draw: Callable[[np.random.Generator, int], NDArray[Any]]


@dataclass(frozen=True)
class Coverage:
    """What became of the intervals of many draws.

    Args:
        held: share of the intervals that hold the truth.
        above: share of the intervals that lie above it altogether.
        silent: share of the draws that have no interval.
    """

    held: float
    above: float
    silent: float


def main(*folders: str) -> None:
    """Both tables and what they show, after the scores where runs are named."""
    if folders:
        keep([open_run(Path(folder)) for folder in folders])
    made = "\n\n".join("\n".join(lines) for lines in (_table(), _models()))
    rewrite("interval.md", "coverage", made)
    print(f"docs/interval.md: {REPEATS:,} draws from each population")


def keep(runs: list[Run]) -> None:
    """Write the scores of each person by each model, averaged over seeds.

    Args:
        runs: one of each dataset, with the protocol and the settings that come of themselves.
    """
    head = [
        f"# dataset, model, {HEADLINE[0]} of each person (mean over seeds), by `make coverage RUNS=...` from"
    ]
    lines = []
    for run in runs:
        asked = run.experiment
        minutes = f" --budget-min {asked['budget']['minutes']:g}" if "budget" in asked else ""
        models = "".join(f" --model {model}" for model in asked["models"])
        head.append(f"# kodo run --dataset {asked['dataset']} --seeds {asked['seeds']}{minutes}{models}")
        for row in rows(run):
            if row.model != MAJORITY:
                scores = [f"{score:.4f}" for score in row.scores[HEADLINE[0]]]
                lines.append(",".join([row.dataset, row.model, *scores]))
    SCORES.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")


def real_scores() -> dict[str, dict[str, NDArray[np.float64]]]:
    """Scores (person,) by dataset and model."""
    made: dict[str, dict[str, NDArray[np.float64]]] = {}
    for line in SCORES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            dataset, model, *scores = line.split(",")
            made.setdefault(dataset, {})[model] = np.array(scores, np.float64)
    return made


def resampled(name: str, of: str, values: NDArray[np.float64]) -> Population:
    """These people as a whole population, drawn with replacement.

    Args:
        name: in the tables.
        of: which of INTERVALS is judged.
        values: (person,) scores, or differences of two models on the same person.
    """
    return Population(name, of, float(values.mean()), lambda random, people: random.choice(values, people))


def populations() -> dict[str, Population]:
    """All rows of the table by name: invented people, real ones, and those for whom no promise is kept."""
    made = [
        Population(
            "normal, 0.8 with spread 0.04",
            "mean",
            0.8,
            lambda random, people: random.normal(0.8, 0.04, people),
        ),
        Population("beta(17, 3)", "mean", 17 / 20, lambda random, people: random.beta(17, 3, people)),
        Population("beta(8, 1)", "mean", 8 / 9, lambda random, people: random.beta(8, 1, people)),
        _two("75 % beta(20, 4), the others beta(8, 5)", 0.75, (20, 4), (8, 5)),
        Population(
            "Student's t5, 0.02 with scale 0.03",
            "difference",
            0.02,
            lambda random, people: 0.02 + 0.03 * random.standard_t(5, people),
        ),
        _confused("4 activities, recall beta(17, 3)"),
    ]
    for dataset, of_model in real_scores().items():
        made += [resampled(f"`{dataset}`: `{model}`", "mean", of_model[model]) for model in (MODEL, BASELINE)]
        paired = of_model[MODEL] - of_model[BASELINE]
        made.append(resampled(f"`{dataset}`: `{MODEL}` less `{BASELINE}`", "difference", paired))
    made.append(_two(FAILING, FAIL, (2, 8), (30, 3)))
    made.append(Population(RIGHT_OR_WRONG, "mean", 1 - FAIL, _right))
    return {population.name: population for population in made}


def coverage(population: Population, people: int, repeats: int) -> Coverage:
    """Draw people many times, and see where the truth lies.

    Args:
        population: where people are drawn from.
        people: in each draw.
        repeats: draws.
    """
    # A stream for each: with one for all, its luck would move every row of a table in the same direction.
    random = np.random.default_rng([people, *population.name.encode()])
    interval = INTERVALS[population.of]
    found = [interval(population.draw(random, people)) for _ in range(repeats)]
    ends = np.array([(each.low, each.high) for each in found if each.low is not None], np.float64)
    low, high = ends.reshape(-1, 2).T
    held = (low <= population.truth) & (population.truth <= high)
    return Coverage(float(held.mean()), float((low > population.truth).mean()), 1 - len(ends) / repeats)


def _right(random: np.random.Generator, people: int) -> NDArray[np.float64]:
    """Scores of 0 for those who fail and 1 for the others."""
    return (random.random(people) >= FAIL).astype(np.float64)


def _two(name: str, share: float, first: tuple[int, int], second: tuple[int, int]) -> Population:
    """People of two kinds, a share of the first, each with the two numbers of its beta distribution."""
    truth = share * first[0] / sum(first) + (1 - share) * second[0] / sum(second)

    def draw(random: np.random.Generator, people: int) -> NDArray[np.float64]:
        of_first = random.random(people) < share
        return np.where(of_first, random.beta(*first, people), random.beta(*second, people))

    return Population(name, "mean", truth, draw)


@cache
def _confused(name: str) -> Population:
    """Confusion matrices of people who differ in recall and in how often they do what."""
    classes = 4

    def draw(random: np.random.Generator, people: int) -> NDArray[np.int64]:
        right = random.beta(17, 3, (people, classes))
        often = random.poisson(25, (people, classes))
        hit = random.binomial(often, right)
        missed = random.multinomial(often - hit, np.full(classes - 1, 1 / (classes - 1)))
        matrix = np.zeros((people, classes, classes), np.int64)
        for true in range(classes):
            matrix[:, true, true] = hit[:, true]
            matrix[:, true, np.arange(classes) != true] = missed[:, true]
        return matrix

    # No formula gives this truth; so many people come close enough.
    everybody = draw(np.random.default_rng(0), 200_000).sum(0)
    return Population(name, "pooled", float(f1_of_present(everybody)), draw)


def _table() -> Iterator[str]:
    yield f"| people drawn from | interval of a | {' | '.join(f'{people} people' for people in PEOPLE)} |"
    yield f"|---|---|{'---:|' * len(PEOPLE)}"
    found = {}
    for name, population in populations().items():
        found[name] = {people: coverage(population, people, REPEATS) for people in PEOPLE}
        held = [f"{100 * each.held:.1f}" for each in found[name].values()]
        yield f"| {' | '.join([name, population.of, *held])} |"
    chance = 100 * 1.96 * np.sqrt(0.95 * 0.05 / REPEATS)
    yield f"\nPer cent of the intervals that hold the truth, of {REPEATS:,} draws (± {chance:.1f}).\n"
    yield from _explained(found[FAILING][FEW])


def _explained(failing: Coverage) -> Iterator[str]:
    """What stands behind the last two rows: how often nobody of the 15 % is met, and what follows."""
    spared = 100 * (1 - FAIL) ** FEW
    equal = spared + 100 * FAIL**FEW
    above = 100 * failing.above / (1 - failing.held)
    one_wrong = mean_interval(np.array([0.0] + [1.0] * (FEW - 1)))
    yield f"- {FAILING}: {spared:.0f} % of the draws of {FEW} people hold nobody who fails."
    yield f"  Of the intervals that miss, {above:.0f} % lie above the truth."
    yield f"- {RIGHT_OR_WRONG}: {equal:.0f} % of the draws of {FEW} people have no interval: all are equal."
    yield f"  The table counts the others. One 0 among {FEW} people gives {one_wrong.text()}."


def _models() -> Iterator[str]:
    """All models of the real runs: what two of them, however chosen, could hide."""
    promise = 100 * (0.95 - TOLERANCE)
    yield f"| {FEW} people of | interval of a | models | median | lowest | too low |"
    yield "|---|---|---:|---:|---|---:|"
    for dataset, of_model in real_scores().items():
        others = {name: scores - of_model[BASELINE] for name, scores in of_model.items() if name != BASELINE}
        for of, values in (("mean", of_model), ("difference", others)):
            held = {
                name: coverage(resampled(f"{dataset} {of} {name}", of, each), FEW, REPEATS).held
                for name, each in values.items()
            }
            worst = min(held, key=lambda name: held[name])
            cells = [f"{100 * np.median(list(held.values())):.1f}", f"{100 * held[worst]:.1f} (`{worst}`)"]
            low = sum(100 * each < promise for each in held.values())
            yield f"| {' | '.join([f'`{dataset}`', of, str(len(held)), *cells, str(low)])} |"
    yield f"\nEvery model of these runs, and its difference from `{BASELINE}`. Too low: below {promise:g}."


if __name__ == "__main__":
    main(*sys.argv[1:])
