"""Comparisons of finished runs: models x datasets, tests within a dataset, ranks, repeats, costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from kodo.errors import KodoError, near
from kodo.evaluation.compare import Comparison, effect_size, together
from kodo.evaluation.ranks import FEWEST, Ranks, average_ranks
from kodo.evaluation.repeats import FEWEST_SEEDS, equal_spread, needed_seeds, seed_noise
from kodo.experiments.evidence.comparison.contest import Contest, Entry, contests, undivided
from kodo.experiments.summary import BASELINE, HEADLINE


@dataclass(frozen=True, eq=False)
class Pair:
    """Two models of a contest, the first held against the second.

    Args:
        first: model.
        second: model.
        comparison: paired over people; None where `why` says that there is none.
        effect: d_z and g_z; None where there is none.
        noise: standard deviation of the difference from training to training; None with one seed.
        seeds: about how many of each would tell the difference from that; None where it is not known.
        why: there is no comparison, or "".
    """

    first: Entry
    second: Entry
    comparison: Comparison | None = None
    effect: tuple[float, float] | None = None
    noise: float | None = None
    seeds: int | None = None
    why: str = ""


@dataclass(frozen=True, eq=False)
class Repeats:
    """Models of a contest that were trained often enough for their spread to be drawn.

    Args:
        entries: of them.
        p: of an equal spread; None with fewer than two.
        left_out: names of models with too few seeds or with fits missing.
    """

    entries: tuple[Entry, ...]
    p: float | None
    left_out: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Compared:
    """Everything that is asked of several finished runs.

    Args:
        contests: models tested under the same conditions.
        pairs: per contest.
        baselines: per contest, the model that the others are held against; "" with all pairs, or where it
            lacks the model asked for.
        ranks: per contest, people being the blocks; None where `FEWEST` or models are lacking.
        over_datasets: ranks with datasets as blocks, leaky ones left out; None below `FEWEST` of them.
        repeats: per contest.
        margin: differences up to this size count as none.
        divided: a model under a leaky protocol against itself under an honest one that tests the same people
            in the same folds, prepared and trained alike.
    """

    contests: tuple[Contest, ...]
    pairs: tuple[tuple[Pair, ...], ...]
    baselines: tuple[str, ...]
    ranks: tuple[Ranks | None, ...]
    over_datasets: Ranks | None
    repeats: tuple[Repeats, ...]
    margin: float
    divided: tuple[Pair, ...] = ()

    @property
    def tests(self) -> int:
        """How many comparisons were made together."""
        return sum(pair.comparison is not None for pairs in (*self.pairs, self.divided) for pair in pairs)


def compared(
    folders: Sequence[Path], baseline: str = "", all_pairs: bool = False, margin: float = 0.01
) -> Compared:
    """Compare the models of finished runs, from their folders alone.

    Args:
        folders: of the runs.
        baseline: the model that the others are held against; "" = `features` where it is there, else the
            first model of the first run.
        all_pairs: compare each with each instead.
        margin: differences up to this size count as none.

    Raises:
        KodoError: as `contests`; no such baseline; a negative margin.
    """
    made = contests(folders)
    if baseline and all_pairs:
        raise KodoError(
            f"With all pairs there is no baseline; got both --all-pairs and --baseline {baseline}."
        )
    against = ["" if all_pairs else _baseline(contest, baseline) for contest in made]
    if baseline and not any(against):
        names = list(dict.fromkeys(entry.name for contest in made for entry in contest.entries))
        raise KodoError(f"There is no model '{baseline}' in these runs. {near(baseline, names)}")
    pairs = [_pairs(contest, name, all_pairs) for contest, name in zip(made, against, strict=True)]
    *tested, divided = _tested([*pairs, _divided(made)], margin)
    return Compared(
        contests=made,
        pairs=tuple(tested),
        baselines=tuple(against),
        ranks=tuple(_over_people(contest) for contest in made),
        over_datasets=_over_datasets(made),
        repeats=tuple(_repeats(contest) for contest in made),
        margin=margin,
        divided=divided,
    )


def front(scores: Sequence[float], costs: Sequence[float]) -> list[bool]:
    """Which models are on the Pareto front: none is at least as good and as cheap, and better in one of both.

    Args:
        scores: higher is better.
        costs: lower is better.
    """
    points = list(zip(scores, costs, strict=True))
    return [
        not any(s >= score and c <= cost and (s, c) != (score, cost) for s, c in points)
        for score, cost in points
    ]


def _baseline(contest: Contest, asked: str) -> str:
    entries = contest.entries
    if asked:
        named = [entry.name for entry in entries if asked in (entry.name, entry.row.model)]
        return named[0] if named else ""
    usual = (entry.name for entry in entries if entry.row.model.partition(":")[0] == BASELINE)
    return next(usual, entries[0].name)


def _pairs(contest: Contest, baseline: str, all_pairs: bool) -> list[Pair]:
    entries = contest.entries
    if all_pairs:
        return [_pair(first, second) for second, first in combinations(entries, 2)]
    base = next((entry for entry in entries if entry.name == baseline), None)
    return [] if base is None else [_pair(entry, base) for entry in entries if entry is not base]


def _divided(made: Sequence[Contest]) -> list[Pair]:
    """Models of a leaky contest and of an honest one, all else equal: data, windows, people, training."""
    found = []
    for leaky in (contest for contest in made if contest.leak):
        why = {
            "recipes": "it was not prepared and trained alike",
            "tested": f"its folds test other {leaky.subjects[1]} together, and so learn from others",
        }
        for shortcut in leaky.entries:
            asked = undivided(leaky, shortcut)
            others = [
                (entry, [key for key, value in undivided(contest, entry).items() if asked[key] != value])
                for contest in made
                for entry in contest.entries
                if not contest.leak
            ]
            alike = [entry for entry, unlike in others if not unlike]
            found += [_pair(shortcut, entry) for entry in alike]
            if not alike:
                found += [
                    Pair(shortcut, entry, why=f"cannot be compared: {why[unlike[0]]}")
                    for entry, unlike in others
                    if set(unlike) <= set(why)
                ]
    return found


def _pair(first: Entry, second: Entry) -> Pair:
    one, many = first.row.subjects
    alone = len({*first.row.people} ^ {*second.row.people})
    why = ""
    if alone:
        short = first if len(first.row.people) < len(second.row.people) else second
        lacks = f" ({short.name}: {short.lacks})" if short.lacks else ""
        counted = f"1 {one} was" if alone == 1 else f"{alone} {many} were"
        why = f"cannot be compared: {counted} tested with one of them only{lacks}"
    return Pair(first, second, why=why)


def _tested(pairs: Sequence[Sequence[Pair]], margin: float) -> tuple[tuple[Pair, ...], ...]:
    """Every pair with its test; all of them are counted together."""
    asked = [pair for several in pairs for pair in several if not pair.why]
    found = iter(together([(pair.first.score, pair.second.score) for pair in asked], margin))
    return tuple(
        tuple(pair if pair.why else _answered(pair, next(found), pair.first.row.subjects) for pair in several)
        for several in pairs
    )


def _answered(pair: Pair, comparison: Comparison, subjects: tuple[str, str]) -> Pair:
    first, second = pair.first.spread, pair.second.spread
    noise = seed_noise(first, second) if first and second else None
    return replace(
        pair,
        comparison=replace(comparison, subjects=subjects),
        effect=effect_size(pair.first.score.values - pair.second.score.values),
        noise=noise,
        seeds=None if noise is None else needed_seeds(noise, abs(comparison.difference)),
    )


def _over_people(contest: Contest) -> Ranks | None:
    everybody = contest.majority.people
    there = [entry for entry in contest.entries if entry.row.people == everybody]
    if len(there) < 3 or len(everybody) < FEWEST:
        return None
    scores = np.column_stack([entry.score.values for entry in there])
    return average_ranks(scores, [entry.name for entry in there])


def _over_datasets(made: Sequence[Contest]) -> Ranks | None:
    """Leaky contests do not count; None too where a dataset stands in two: which would have to be chosen."""
    made = [contest for contest in made if not contest.leak]
    names = {contest.dataset["name"] for contest in made}
    if len(names) < FEWEST or len(names) < len(made):
        return None
    tables = [{e.name: e.score.mean for e in contest.entries if not e.lacks} for contest in made]
    common = [name for name in tables[0] if all(name in table for table in tables)]
    if len(common) < 3:
        return None
    return average_ranks(np.array([[table[name] for name in common] for table in tables]), common)


def _repeats(contest: Contest) -> Repeats:
    kept = tuple(e for e in contest.entries if e.seeds >= FEWEST_SEEDS and not e.lacks)
    return Repeats(
        entries=kept,
        p=equal_spread([entry.row.by_seed.mean(1) for entry in kept]),
        left_out=tuple(entry.name for entry in contest.entries if entry not in kept),
    )


def headline(entry: Entry) -> float:
    """The mean over people of the headline score."""
    return entry.row.intervals[HEADLINE[0]].estimate
