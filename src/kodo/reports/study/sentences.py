"""What a study's page says in words. Names stand between backticks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from kodo.reports.page import amount, counted, listed, percent, score
from kodo.reports.sentences import with_interval
from kodo.tuning.answers.answers import Answers
from kodo.tuning.answers.concentration import Concentration, Where
from kodo.tuning.answers.curves import Shown
from kodo.tuning.answers.diagnosis import Kind
from kodo.tuning.answers.edge import Edge
from kodo.tuning.answers.effect import Effect
from kodo.tuning.answers.enough import FEWEST, Enough
from kodo.tuning.answers.importance import FEWEST as FEWEST_TRIALS
from kodo.tuning.answers.importance import Importances

CALLED: Mapping[Kind, str] = {
    "dead": "dead",
    "unstable": "unstable",
    "overfitting": "overfitting",
    "unfinished": "unfinished",
    "settled": "settled",
    "short": "too short to judge",
}


def answer(made: Answers, subjects: tuple[str, str]) -> str:
    """The answer of a study in one sentence.

    Args:
        made: its answers.
        subjects: what the people are called, one and many.
    """
    if len(made.final) > 1:
        default, winner = made.final[0], made.final[1]
        said = winner.against.sentence if winner.against else "it was not compared"
        return (
            f"On {subjects[1]} put aside before the search, `{winner.name}` against the default "
            f"`{default.name}`: {said}."
        )
    best = made.arms[0].reached
    return (
        f"Of {counted(made.trials, 'trial')}, trial {best.best} of `{best.arm}` is best, with macro-F1 "
        f"{score(best.score)}; whether it beats the default on the reserved {subjects[1]} is not yet known."
    )


def optimistic(made: Answers, subjects: tuple[str, str]) -> str:
    """What the best score of a search is worth.

    Args:
        made: its answers.
        subjects: what the people are called, one and many.
    """
    best = made.arms[0].reached
    return (
        f"Scores of trials are macro-F1 of {subjects[1]} held out by the inner splits "
        f"({counted(len(best.people), *subjects)}). The best one, {score(best.score, 3)}, was chosen by the "
        f"search as the highest of {counted(made.trials, 'trial')}: it is optimistic. Only the reserved "
        f"{subjects[1]} say what the settings are worth."
    )


def final(made: Answers) -> list[str]:
    """One sentence per model of the final comparison.

    Args:
        made: the answers of a study whose final comparison has run.
    """
    default = made.final[0].name
    return [f"`{one.name}` against `{default}`: {one.against.sentence}." for one in made.final if one.against]


def arms(made: Answers, subjects: tuple[str, str]) -> str:
    """What the arms reached.

    Args:
        made: the answers of a study.
        subjects: what the people are called, one and many.
    """
    first = made.arms[0].reached
    where = with_interval(first.interval, *subjects) if first.interval else score(first.score)
    if len(made.arms) == 1:
        return f"The best trial of `{first.arm}` reaches {where}"
    second = made.arms[1].reached
    return f"`{first.arm}` reaches {where}, `{second.arm}` {score(second.score)} in its best trial"


def rivals(made: Answers) -> list[str]:
    """How the best trials of the other arms stand against the study's best, on the inner splits' people.

    Args:
        made: the answers of a study.
    """
    best = made.arms[0].reached.arm
    return [
        f"`{arm.reached.arm}` against `{best}`: {arm.reached.against.sentence}."
        for arm in made.arms[1:]
        if arm.reached.against
    ]


def concentrated(found: Sequence[Concentration]) -> str:
    """How many hyperparameters the search and the score agree on.

    Args:
        found: of an arm.
    """
    searched = [one.key for one in found if any(not where.chance for where in one.searched)]
    high = [one.key for one in found if any(not where.chance for where in one.high)]
    first = f"The search went to certain values of {_some(searched, len(found))}"
    return f"{first}; the best tenth of the trials lies at certain values of {_some(high, len(found))}"


def where(found: Sequence[Where]) -> str:
    """A cell of the source's table: "1e-3 to 1e-2".

    Args:
        found: parts that stand out.
    """
    return ", ".join(one.says for one in found) if found else "–"


def evidence(found: Sequence[Where]) -> str:
    """What stands small below that cell.

    Args:
        found: parts that stand out.
    """
    parts = [
        f"{one.inside} of {one.points}, {percent(one.rest)} % of the others"
        + (", may be chance" if one.chance else "")
        for one in found
    ]
    return "; ".join(parts) if parts else "too few points"


def important(found: Importances) -> str:
    """Which hyperparameter moves the score most.

    Args:
        found: of an arm.
    """
    if found.trials < FEWEST_TRIALS:
        return f"With {counted(found.trials, 'complete trial')} nothing can be said of importance"
    if not found.ranked:
        return "What was searched does not explain how the scores differ: no importance can be named"
    first = found.ranked[0]
    return (
        f"`{first.key}` moves the score most: it takes part in {percent(min(first.share, 1))} % "
        "of the variance"
    )


def effect(found: Effect) -> str:
    """How the score moves with one hyperparameter.

    Args:
        found: of the hyperparameter.
    """
    if found.ends is None:
        return "no difference seen"
    top, bottom = found.ends
    return f"{score(top.mean)} at {top.says}, {score(bottom.mean)} at {bottom.says}"


def edges(found: Sequence[Edge]) -> str:
    """How many best values lie near an edge.

    Args:
        found: of an arm.
    """
    near = [f"`{edge.key}`" for edge in found if edge.side]
    if not found:
        return "No range has an order: there is no edge"
    if not near:
        return f"The best point lies near the edge of none of {counted(len(found), 'range')}"
    return (
        f"The best point lies near the edge of {len(near)} of {counted(len(found), 'range')}: {listed(near)}"
    )


def enough(made: Answers) -> str:
    """Whether there were enough points.

    Args:
        made: the answers of a study.
    """
    if len(made.arms) == 1:
        return expected(made.arms[0].enough)
    short = [f"`{arm.reached.arm}`" for arm in made.arms if arm.enough.worth]
    unknown = [f"`{arm.reached.arm}`" for arm in made.arms if arm.enough.doubling is None]
    if unknown:
        return f"There are too few points to say whether more would help: {listed(unknown)}"
    if not short:
        return f"None of {counted(len(made.arms), 'arm')} would be expected to gain from twice as many points"
    return f"Twice as many points would be expected to help {listed(short)}"


def expected(found: Enough) -> str:
    """What twice as many points would be expected to bring.

    Args:
        found: of an arm.
    """
    points = counted(found.points[-1] if found.points else 0, "quasi-random point")
    if found.doubling is None:
        return f"With {points} (fewer than {FEWEST}) nothing can be said of more"
    says = "more would be expected to help" if found.worth else "there were enough"
    gain = f"{found.doubling:.3f}" if found.doubling >= 0.0005 else "less than 0.001"
    return f"Twice the {points} would be expected to bring {gain}: {says}"


def gains(found: Enough) -> str:
    """What the last doubling and the guided phase brought.

    Args:
        found: of an arm.
    """
    guided = (
        f"; {counted(found.guided, 'guided point')} brought {found.gain:.3f} more" if found.guided else ""
    )
    return f"The last doubling of quasi-random points brought {found.last:.3f}{guided}."


def learned(made: Answers) -> str:
    """What the curves of the best and the median trials show.

    Args:
        made: the answers of a study, one curve at least.
    """
    shown = [(arm.reached.arm, one) for arm in made.arms for one in arm.curves]
    name, best = max(shown, key=lambda pair: pair[1].score)
    said = f"The best trial, of `{name}`, is {_called(best.diagnosis.kinds)}"
    kinds = Counter(kind for _, one in shown if one is not best for kind in one.diagnosis.kinds)
    others = [f"{count} {CALLED[kind]}" for kind, count in kinds.most_common()]
    return f"{said}; of {counted(len(shown) - 1, 'other')}, {listed(others)}" if others else said


def diagnosis(one: Shown) -> str:
    """One trial and what its curves say.

    Args:
        one: of the trials that are shown.
    """
    return f"{one.which} (trial {one.trial}, macro-F1 {score(one.score)}): {one.diagnosis.says}."


def took(made: Answers) -> str:
    """What the search cost: "1,380 epochs, 12 min of fitting".

    Args:
        made: the answers of a study.
    """
    all_of = [arm.reached for arm in made.arms] + list(made.waiting)
    seconds = sum(one.seconds for one in all_of)
    time = f"{amount(seconds / 60)} min" if seconds >= 60 else f"{amount(seconds)} s"
    return f"{counted(sum(one.epochs for one in all_of), 'epoch')}, {time} of fitting"


def _called(kinds: Sequence[Kind]) -> str:
    return listed([CALLED[kind] for kind in kinds])


def _some(keys: Sequence[str], count: int) -> str:
    if not keys:
        return f"none of {counted(count, 'hyperparameter')}"
    names = f": {listed([f'`{key}`' for key in keys])}" if len(keys) <= 3 else ""
    return f"{len(keys)} of {counted(count, 'hyperparameter')}{names}"
