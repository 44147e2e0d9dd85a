"""Who is put aside before settings are searched, and how the others are divided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS, people_of, taking_part
from kodo.experiments.experiment import Experiment
from kodo.windows.cut import Windows

SHARE = 1 / 3
"""Of the people, who are reserved for the final comparison."""

FEWEST = 3
"""Reserved people, at least."""

NESTED_BELOW = 12
"""With fewer people than this a study had better be nested: every person is tested, by another search."""

PROTOCOLS_OF_PEOPLE = ("kfold", "loso")
"""Whose folds among the people who are not reserved are honest inner splits."""


def put_aside(
    experiment: Experiment, windows: Windows, reserved: str, splits: int
) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment with the people put aside, and folds among the others.

    Args:
        experiment: complete.
        windows: of everybody.
        reserved: who is put aside: a share of the people, or their names with commas; empty = those whom the
            experiment names, or a third.
        splits: how many folds are needed.

    Returns:
        the experiment; sentences on who is reserved and who is left.

    Raises:
        KodoError: a protocol that is not over people, nobody of that name, too few people left, or fewer
            folds than splits.
    """
    if experiment.protocol not in PROTOCOLS_OF_PEOPLE:
        raise KodoError(
            f"Settings are searched on inner splits of {' or '.join(PROTOCOLS_OF_PEOPLE)}, over people; the "
            f"protocol {experiment.protocol} divides otherwise."
        )
    folding, many = experiment.folding, windows.called[1]
    names = (
        _reserved(windows, folding.seed, reserved) if reserved or not folding.reserved else folding.reserved
    )
    folding = replace(folding, reserved=names)
    left = len(taking_part(windows, folding))
    everybody = len(people_of(windows))
    noted = [
        f"Reserved, and looked at by nothing before the end: {len(names)} of {everybody} {many}: "
        f"{', '.join(names)}."
    ]
    if experiment.protocol == "kfold" and folding.folds > left >= 3:
        noted.append(f"{left} {many} are left, so that there are {left} folds instead of {folding.folds}.")
        folding = replace(folding, folds=left)
    count = PROTOCOLS.get(experiment.protocol).count(windows, folding)
    if not 1 <= splits <= count:
        raise KodoError(
            f"--splits is from 1 to {count}, the folds of {experiment.protocol} over the {left} {many} who "
            f"are not reserved; got {splits}."
        )
    protocol = PROTOCOLS.get(experiment.protocol)
    tested = [windows.subject[protocol.fold(windows, fold, folding).test] for fold in range(splits)]
    scored = len(np.unique(np.concatenate(tested)))
    if splits < count:
        noted.append(f"{scored} of {left} {many} are scored; {count} inner splits would score all of them.")
    return replace(experiment, folding=folding), tuple(noted)


def reserve(windows: Windows, seed: int, share: float = SHARE) -> tuple[str, ...]:
    """The people that a study puts aside before it begins.

    Args:
        windows: of everybody.
        seed: of the draw.
        share: of all people, rounded; at least 3 people.

    Returns:
        names, in the order of the data.

    Raises:
        KodoError: fewer than 3 would be left to search on.
    """
    if not 0 < share < 1:
        raise KodoError(f"--reserve is a share between 0 and 1; got {share:g}.")
    people = people_of(windows)
    count = max(FEWEST, round(share * len(people)))
    if len(people) - count < 3:
        raise KodoError(
            f"A study reserves {count} of the {len(people)} {windows.called[1]} of {windows.dataset} and "
            f"needs 3 more to search on{'; take --nested' if len(people) > 3 else ''}."
        )
    drawn = np.random.RandomState(seed).permutation(people)[:count]
    return tuple(windows.subjects[code] for code in np.sort(drawn))


def _reserved(windows: Windows, seed: int, asked: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in asked.split(",") if name.strip())
    if not names:
        return reserve(windows, seed)
    try:
        share = float(asked)
    except ValueError:
        return names
    # People may be called by numbers.
    return names if asked in windows.subjects else reserve(windows, seed, share)
