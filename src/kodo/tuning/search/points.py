"""Points of a search: spread evenly over the spaces at first, then guided by what was found."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import qmc

from kodo.experiments.experiment import Chosen
from kodo.extras import require
from kodo.space import Choices, Log, Space, value_at, whole
from kodo.tuning.hyperparameters import Point, matters
from kodo.tuning.study import Arm
from kodo.tuning.trial import Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler


def explored(arm: Arm, choice: Chosen, count: int, seed: int) -> tuple[Point, ...]:
    """Points of the first phase: a scrambled Sobol sequence, one dimension for each hyperparameter.

    A larger count begins with the same points; arms of one model have the same ones.

    Args:
        arm: what is searched.
        choice: its model, with the values that are compared.
        count: of points.
        seed: of the scrambling.

    Source: Sobol 1967, scrambled after Owen and Matousek, as scipy does it. Halton's sequence, which the
        Tuning Playbook takes, leaves larger gaps: its discrepancy is above that of the first `count` Sobol
        points at most counts from 12 to 200 in 3, 8 and 15 dimensions, powers of 2 or not.
    """
    sequence = qmc.Sobol(len(arm.searched), seed=np.random.default_rng(seed))
    rows = sequence.random_base2(math.ceil(math.log2(count)))[:count].tolist()
    return tuple(_point(arm, choice, partial(_at, dict(zip(_spaces(arm), row, strict=True)))) for row in rows)


def guided(
    arm: Arm, choice: Chosen, before: Sequence[Trial], count: int, sampler: str, seed: int
) -> tuple[Point, ...]:
    """The next points of the second phase: a function of its arguments alone.

    A trial that failed counts as the worst of all; one that was given up, with the score it had then. The
    samplers know of the points that are proposed together and keep away from them.

    Args:
        arm: what is searched.
        choice: its model, with the values that are compared.
        before: all earlier trials by number, at least one of them complete.
        count: of points.
        sampler: "tpe" or "gp".
        seed: of the study; every batch draws anew from it.
    """
    optuna = require("optuna", "tune")
    worst = min(trial.outcome.score for trial in before if trial.outcome.state != "failed")
    drawn = int(np.random.SeedSequence([seed, len(before)]).generate_state(1)[0])
    with quiet():
        memory = optuna.create_study(direction="maximize", sampler=_sampler(sampler, drawn))
        for trial in before:
            score = worst if trial.outcome.state == "failed" else trial.outcome.score
            memory.add_trial(optuna.trial.create_trial(value=score, **held(arm, trial.point)))
        return tuple(_point(arm, choice, partial(_suggested, memory.ask())) for _ in range(count))


def distribution(space: Space) -> BaseDistribution:
    """A space as Optuna has it.

    Args:
        space: where a hyperparameter is searched.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(space, Choices):
        return CategoricalDistribution(_texts(space))
    if whole(space):
        return IntDistribution(int(space.low), int(space.high), log=isinstance(space, Log))
    return FloatDistribution(space.low, space.high, log=isinstance(space, Log))


def held(arm: Arm, point: Point) -> dict[str, Any]:
    """A point as Optuna holds it: choices that are no plain values as JSON.

    Args:
        arm: what is searched.
        point: by key.

    Returns:
        `params` and `distributions`, by key.
    """
    spaces = {key: space for key, space in _spaces(arm).items() if key in point}
    params = {
        key: _text(point[key]) if isinstance(space, Choices) else point[key] for key, space in spaces.items()
    }
    return {"params": params, "distributions": {key: distribution(space) for key, space in spaces.items()}}


def unheld(arm: Arm, params: Mapping[str, Any]) -> Point:
    """A point from what Optuna holds.

    Args:
        arm: what is searched.
        params: by key.

    Raises:
        KeyError: a choice that this arm does not have.
    """
    return {key: _read(space, params[key]) for key, space in _spaces(arm).items() if key in params}


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna without its greetings, and without its word that an option of a sampler is young."""
    optuna = require("optuna", "tune")
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _spaces(arm: Arm) -> dict[str, Space]:
    return {one.key: one.space for one in arm.searched if one.space is not None}


def _point(arm: Arm, choice: Chosen, value: Callable[[str, Space], Any]) -> Point:
    """Values for what matters, those first on which others depend."""
    point: dict[str, Any] = {}
    for one in arm.searched:
        if one.space is not None and matters(one, point, choice):
            point[one.key] = value(one.key, one.space)
    return point


def _at(positions: Mapping[str, float], key: str, space: Space) -> Any:
    return value_at(space, positions[key])


def _suggested(asked: Any, key: str, space: Space) -> Any:
    if isinstance(space, Choices):
        return _read(space, asked.suggest_categorical(key, _texts(space)))
    suggest = asked.suggest_int if whole(space) else asked.suggest_float
    return suggest(key, space.low, space.high, log=isinstance(space, Log))


def _sampler(name: str, seed: int) -> BaseSampler:
    """No random beginning, the first phase was it; groups of values that go together are seen together."""
    from optuna.samplers import GPSampler, TPESampler

    tree = TPESampler(seed=seed, n_startup_trials=1, multivariate=True, group=True, constant_liar=True)
    if name == "tpe":
        return tree
    # The process knows only what every trial has; the tree does the rest.
    return GPSampler(seed=seed, n_startup_trials=1, independent_sampler=tree, warn_independent_sampling=False)


def _texts(space: Choices) -> list[Any]:
    return [_text(value) for value in space.values]


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else json.dumps(value)


def _read(space: Space, text: Any) -> Any:
    if not isinstance(space, Choices):
        return text
    return {_text(value): value for value in space.values}[text]
