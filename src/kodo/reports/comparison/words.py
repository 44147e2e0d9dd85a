"""What a comparison says in words. Names stand between backticks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from kodo.evaluation.compare import Comparison, Outcome
from kodo.evaluation.ranks import FEWEST, Ranks
from kodo.evaluation.repeats import FEWEST_SEEDS
from kodo.experiments.evidence.comparison.comparison import Compared, Pair, Repeats, headline
from kodo.experiments.evidence.comparison.contest import Contest, Entry
from kodo.experiments.summary import HEADLINE
from kodo.reports.comparison.published import CITATION, Beside
from kodo.reports.page import counted, listed
from kodo.reports.sentences import with_interval

OUTCOMES: dict[Outcome, str] = {
    "better": "better",
    "worse": "worse",
    "equivalent": "equivalent",
    "undecided": "not decided",
    "impossible": "not decidable at all",
}
"""Outcomes in a sentence that counts them."""


def answer(found: Compared) -> str:
    """The answer in one sentence.

    Args:
        found: the comparison.
    """
    if len(found.contests) > 1:
        datasets = counted(len({contest.dataset["name"] for contest in found.contests}), "dataset")
        leaky = any(contest.leak for contest in found.contests)
        return f"On {datasets}{', leaky divisions included' if leaky else ''}, {_counts(found)}."
    (contest,) = found.contests
    best = highest(contest)
    one, many = contest.subjects
    where = "In a leaky division of" if contest.leak else f"On {many} never met, of"
    interval = with_interval(best.row.intervals[HEADLINE[0]], one, many)
    return f"{where} {contest.dataset['name']}, `{best.name}` has macro-F1 {interval}; {_counts(found)}."


def highest(contest: Contest) -> Entry:
    """The model with the highest headline score among those of which nothing is missing.

    Args:
        contest: of one dataset.
    """
    whole = [entry for entry in contest.entries if not entry.lacks]
    return max(whole or contest.entries, key=headline)


def _counts(found: Compared) -> str:
    names = [name for name in dict.fromkeys(found.baselines) if name]
    with_what = f" with `{names[0]}`" if len(names) == 1 else ""
    said = []
    tested = _outcomes([pair for pairs in found.pairs for pair in pairs])
    if tested:
        said.append(f"of {counted(tested.total(), 'comparison')}{with_what}: {_listed(tested)}")
    leaky = _outcomes(found.divided)
    if leaky:
        divisions = counted(leaky.total(), "leaky division")
        said.append(f"of {divisions} held against an honest one: {_listed(leaky)}")
    return "; ".join(said) or "nothing was tested, because there are no two models on the same people"


def _outcomes(pairs: Sequence[Pair]) -> Counter[Outcome]:
    return Counter(pair.comparison.outcome for pair in pairs if pair.comparison)


def _listed(outcomes: Counter[Outcome]) -> str:
    return listed([f"{outcomes[outcome]} {word}" for outcome, word in OUTCOMES.items() if outcomes[outcome]])


def compared(pair: Pair) -> str:
    """One model against another.

    Args:
        pair: of models.
    """
    names = f"`{pair.first.name}` against `{pair.second.name}`"
    if pair.comparison is None:
        return f"{names}: {pair.why}."
    effect = "" if pair.effect is None else f" (g_z {pair.effect[1]:.2f})"
    return f"{names}: {pair.comparison.sentence}{effect}. {luck(pair)}".rstrip()


def divided(pair: Pair) -> str:
    """A model under a leaky division against itself under an honest one.

    Args:
        pair: the leaky one first.
    """
    said = "" if pair.comparison is None else pair.comparison.sentence
    return (
        f"`{pair.first.row.model}` on {pair.first.row.dataset}: {headline(pair.first):.3f} where the "
        f"division leaks, {headline(pair.second):.3f} where it does not: {said or pair.why}."
    )


def below_divided(found: Compared) -> Iterator[str]:
    """What stands under the leaky divisions held against honest ones.

    Args:
        found: the comparison, with such pairs.
    """
    many = found.divided[0].first.row.subjects[1]
    said = f"p by Holm and 95 % intervals for all {counted(found.tests, 'comparison')} shown together."
    chooses = {bool(pair.second.records[0].facts["people"]["validation"]) for pair in found.divided}
    if True in chooses:
        said += (
            f" The difference is the whole price of honest validation: {many} who choose the epoch cannot be "
            "learned from, whatever else the leak does."
        )
    if False in chooses:
        said += (
            " Where nobody validates, all who are not tested were learned from: a difference below 0 is what "
            "keeping windows back to choose the epoch costs."
        )
    yield said
    yield from at_odds([pair.comparison for pair in found.divided if pair.comparison])


def luck(pair: Pair) -> str:
    """What seeds contribute to a difference, people kept the same.

    Args:
        pair: of models.
    """
    if pair.noise is None:
        return ""
    said = f"Seeds alone change the difference by {pair.noise:.3f} (standard deviation)"
    if pair.seeds is None:
        return f"{said}."
    have = min(pair.first.seeds, pair.second.seeds)
    enough = "enough" if have >= pair.seeds else f"about {pair.seeds:,} would tell it from that luck"
    return f"{said}; {have} of each were trained, {enough}."


def below(contest: Contest) -> Iterator[str]:
    """What stands under the scores of a contest.

    Args:
        contest: of one dataset.
    """
    one, many = contest.subjects
    if contest.leak:
        yield f"LEAKY: {contest.leak}"
    for entry in contest.entries:
        if entry.lacks:
            yield f"NOT COMPLETE: `{entry.name}`, {entry.lacks}."
    yield (
        f"macro_f1: 95 % interval over {many}, for these trained models. Seeds: standard deviation of "
        f"the mean from seed to seed; {many}: from {one} to {one}, each averaged over seeds."
    )
    machines = {r.facts["provenance"].get("processor") for e in contest.entries for r in e.records}
    if len(machines) > 1:
        yield "The fits ran on different processors: ms per window and seconds are not comparable."


def tests(found: Compared, contest: Contest) -> Iterator[str]:
    """What stands under the tests of a contest.

    Args:
        found: the comparison.
        contest: one of its contests.
    """
    many = contest.subjects[1]
    together = f"for all {found.tests} comparisons together" if found.tests > 1 else "for one comparison"
    yield (
        f"Paired over {many}: sign-flip test of the mean difference, p by Holm and 95 % intervals "
        f"{together}; differences up to {found.margin:g} count as none. g_z: mean over standard deviation of "
        "the differences, corrected for few (Hedges). Beside it: signed-rank p, and the probabilities of "
        f"worse, equivalent, better (Bayes, {many} as blocks)."
    )
    pairs = found.pairs[found.contests.index(contest)]
    yield from at_odds([pair.comparison for pair in pairs if pair.comparison])
    if any(entry.seeds < 2 for entry in contest.entries):
        yield "How much of a difference is the luck of the seed is not known: that needs 2 seeds of both."


def at_odds(tested: Sequence[Comparison]) -> Iterator[str]:
    """What is said where the interval and the test do not agree.

    Args:
        tested: the comparisons shown together.
    """
    if any(test.outcome == "undecided" and test.adjusted < 0.05 for test in tested):
        yield (
            "The outcome is the interval's. Where p is below 0.05 and nothing is decided, the interval still "
            "holds 0: it is widened for all comparisons alike, Holm's p only as far as its place asks."
        )
    if any(test.outcome in ("better", "worse") and test.adjusted >= 0.05 for test in tested):
        yield (
            "The outcome is the interval's. Where p is 0.05 or more and yet something is decided, the test, "
            "which knows no normal distribution, does not confirm the interval: take it for a hint."
        )


def ranked(ranks: Ranks, blocks: str) -> str:
    """What average ranks show.

    Args:
        ranks: of models.
        blocks: what was averaged over ("30 people of hapt").
    """
    level = f"{100 * (1 - ranks.level):.0f} %"
    if ranks.p > 1 - ranks.level:
        return f"No model ranks apart over {blocks} (Friedman p = {ranks.p:.2g})"
    apart = [name for name, mean in zip(ranks.names, ranks.mean, strict=True) if _beyond(ranks, mean)]
    if not apart:
        said = f"Models differ over {blocks} (Friedman p = {ranks.p:.2g})"
        return f"{said}, but none is told from the first at {level}"
    worse = listed([f"`{name}`" for name in apart])
    return f"`{ranks.names[0]}` ranks before {worse} over {blocks}"


def _beyond(ranks: Ranks, mean: float) -> bool:
    return mean - ranks.mean[0] >= ranks.distance


def no_ranks(found: Compared) -> str:
    """Why there are no ranks over datasets.

    Args:
        found: the comparison.
    """
    return (
        f"Average ranks over datasets need {FEWEST} datasets, each once and without a leak, with 3 models in "
        f"common; here: {counted(len({c.dataset['name'] for c in found.contests if not c.leak}), 'dataset')}."
    )


def spreads(repeats: Repeats) -> str:
    """What a box plot of repeats shows.

    Args:
        repeats: of a contest, with entries.
    """
    if repeats.p is None:
        return "The spread from seed to seed"
    verdict = "differ" if repeats.p < 0.05 else "cannot be told apart"
    return f"Spreads from seed to seed {verdict} (Brown-Forsythe p = {repeats.p:.2g})"


def repeated(repeats: Repeats) -> str:
    """What repeats show of the spread from seed to seed, and how far that goes.

    Args:
        repeats: of a contest.
    """
    if not repeats.entries:
        return (
            f"No box plot of repeats: it needs {FEWEST_SEEDS} seeds of a model, all finished "
            f"(kodo run --seeds {FEWEST_SEEDS})."
        )
    left = (
        f" Too few seeds: {listed([f'`{name}`' for name in repeats.left_out])}." if repeats.left_out else ""
    )
    fewest = min(entry.seeds for entry in repeats.entries)
    if repeats.p is None:
        return f"Whether spreads differ is not tested: it needs two models with a spread.{left}"
    weak = f" With {fewest} seeds the test finds only the coarsest differences." if fewest < 10 else ""
    return f"{spreads(repeats)}.{weak}{left}"


def published(beside: Beside) -> Iterator[str]:
    """What stands under ours beside the published figures.

    Args:
        beside: of one dataset.
    """
    if not beside.called:
        yield f"{beside.dataset} is not in the published table."
        return
    if beside.differs:
        yield f"NOT COMPARABLE: {'; '.join(beside.differs)}."
    yield (
        f"No model can reach more than {beside.ceiling:.4f} in f1_arena here: an activity that a fold lacks "
        "counts 0. f1_present leaves it out; none is published."
    )
    for entry, scores in beside.ours:
        there = beside.of(entry)
        if there is not None:
            yield (
                f"`{entry.name}`: {scores.arena:.4f} here, {there:.4f} published, "
                f"{scores.arena - there:+.4f}."
            )
    yield f"quoted: {CITATION}; not reproduced here."
