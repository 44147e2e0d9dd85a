"""Corners of what a study searches: what cannot be built is said before the first trial.

Tried are every end and every choice of each hyperparameter alone, and all of them together in so few corners
that either end of one meets either end of every other: all low, all high, and low or high by the binary
digits of their places. Networks are built on torch's meta device, where tensors have shapes and no numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from kodo.errors import KodoError
from kodo.experiments.experiment import Chosen, Experiment
from kodo.space import Choices
from kodo.training.optimiser import layer_groups
from kodo.training.suitable import check_windows
from kodo.tuning.hyperparameters import Hyperparameter, Point, applied, declared, matters
from kodo.tuning.study import Arm, Study
from kodo.tuning.trial import choice_of
from kodo.windows.augment import augment
from kodo.windows.cut import Windows
from kodo.windows.prepare import prepare

NAMED = 3
"""Of the corners that fail, so many are told."""

REFUSED = (ArithmeticError, AssertionError, LookupError, RuntimeError, TypeError, ValueError)
"""What torch raises for layers that cannot be: a share left out above 1, fewer than no filters."""


@dataclass(frozen=True, eq=False)
class _Site:
    """Where the corners of one arm are built.

    Args:
        experiment: with what every trial of the arm has.
        arm: whose corners.
        windows: every model is built for them.
        steps: the batch steps before the model.
        networks: that were built already, by their parameters.
    """

    experiment: Experiment
    arm: Arm
    windows: Windows
    steps: nn.Module
    networks: dict[Any, Any] = field(default_factory=dict)


def check_corners(study: Study, arms: Sequence[Arm], windows: Windows) -> None:
    """Refuse a study that has a corner which cannot be built.

    Args:
        study: complete.
        arms: what it compares.
        windows: of everybody.

    Raises:
        KodoError: windows that a model cannot take, corners that cannot be built, with the constraint that
            fails, or a hyperparameter that was named and means nothing wherever the study searches.
    """
    faults: list[str] = []
    for arm in arms:
        experiment = applied(study.experiment, arm.model, arm.fixed)
        choice = choice_of(experiment, arm.model)
        check_windows(choice.model, windows)
        steps = prepare(choice.prepare, windows, np.zeros(1, np.int64))
        faults += _faults(_Site(experiment, arm, windows, steps), choice)
    if faults:
        more = f"; and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
        raise KodoError(
            f"{len(faults)} {'corner' if len(faults) == 1 else 'corners'} of the search cannot be built: "
            f"{'; '.join(faults[:NAMED])}{more}. Name values that can: NAME=LOW..HIGH or NAME=A,B,C."
        )
    _check_meaning(study, arms)


def _faults(site: _Site, choice: Chosen) -> Iterator[str]:
    """Every corner that fails, in words; of corners that fail for one reason the smallest."""
    arm = site.arm
    if why := _problem(site, {}):
        yield f"{arm.name}: {why}"
        return
    bad: set[tuple[str, Any]] = set()
    for one in arm.searched:
        for value in _values(one):
            point = _completed(one, value, arm, choice)
            if point is not None and (why := _problem(site, point)):
                bad.add((one.key, value))
                yield _said(arm, {one.key: value}, why)
    for row in _rows(arm.searched):
        point = {}
        for one, value in zip(arm.searched, row, strict=True):
            if (one.key, value) not in bad and matters(one, point, choice):
                point[one.key] = value
        if _problem(site, point):
            point = _least(site, point)
            bad.update(point.items())
            yield _said(arm, point, _problem(site, point) or "")


def _problem(site: _Site, point: Point) -> str | None:
    """Why a point cannot be built; None where it can."""
    try:
        choice = choice_of(applied(site.experiment, site.arm.model, point), site.arm.model)
        choice.trainer.check(choice.settings)
        size = getattr(choice.parameters, "patch_size", 0)
        if size > site.windows.longest:
            return f"patch_size {size} is longer than a window of {site.windows.longest} samples"
        network = _network(site, choice)
        if choice.trainer.name == "gradient":
            layer_groups(network, choice.settings.rates)
            augment(choice.settings.augment, site.windows.channels, site.steps)
    except KodoError as error:
        return str(error).rstrip(".")
    return None


def _network(site: _Site, choice: Chosen) -> Any:
    """The network with these parameters, as shapes where that is enough."""
    if choice.parameters in site.networks:
        return site.networks[choice.parameters]
    windows = site.windows
    given = windows.channels, windows.longest, windows.rate, len(windows.activities), choice.parameters
    with warnings.catch_warnings():
        # Weights of a file cannot be copied to where there are no numbers, and layers may come out empty.
        warnings.simplefilter("ignore", UserWarning)
        try:
            with torch.device("meta" if choice.trainer.name == "gradient" else "cpu"):
                made = choice.model.build(*given)
        except REFUSED:
            # Perhaps it only wants to see numbers while it is built.
            try:
                made = choice.model.build(*given)
            except REFUSED as error:
                raise KodoError(str(error) or type(error).__name__) from error
    if isinstance(made, nn.Module) and any(not weights.numel() for weights in made.parameters()):
        raise KodoError("a layer is left without weights")
    site.networks[choice.parameters] = made
    return made


def _values(one: Hyperparameter) -> tuple[Any, ...]:
    """Every choice, or both ends."""
    if one.space is None:
        return ()
    return one.space.values if isinstance(one.space, Choices) else (one.space.low, one.space.high)


def _completed(one: Hyperparameter, value: Any, arm: Arm, choice: Chosen) -> dict[str, Any] | None:
    """A value with those of others under which it means anything; None where the arm has no such point."""
    known = {other.key: other for other in declared(choice)}
    searched = {other.key: other for other in arm.searched}
    point = {one.key: value}
    todo = [one]
    while todo:
        for key, wanted in todo.pop().when.items():
            if key not in point and known[key].default not in wanted:
                fitting = [v for v in _values(searched[key]) if v in wanted] if key in searched else []
                if not fitting:
                    return None
                point[key] = fitting[0]
            elif key in point and point[key] not in wanted:
                return None
            todo.append(known[key])
    return point


def _rows(searched: Sequence[Hyperparameter]) -> Iterator[tuple[Any, ...]]:
    """Corners in which either end of every hyperparameter stands beside either end of every other.

    Two different places differ in a binary digit: that digit and its opposite set one low and one high.
    """
    ends = [(_values(one)[0], _values(one)[-1]) for one in searched]
    yield tuple(low for low, _ in ends)
    yield tuple(high for _, high in ends)
    for digit in range((len(ends) - 1).bit_length()):
        for flipped in (0, 1):
            yield tuple(pair[(place >> digit & 1) ^ flipped] for place, pair in enumerate(ends))


def _least(site: _Site, point: Point) -> dict[str, Any]:
    """A point that fails, without the values that it fails without too."""
    kept = dict(point)
    for key in point:
        fewer = {other: value for other, value in kept.items() if other != key}
        if _problem(site, fewer):
            kept = fewer
    return kept


def _said(arm: Arm, point: Point, why: str) -> str:
    values = ", ".join(f"{key} {value}" for key, value in point.items())
    return f"{arm.name} with {values}: {why}"


def _check_meaning(study: Study, arms: Sequence[Arm]) -> None:
    """Refuse a nuisance that was named by itself and means nothing in any arm."""
    names = [text.partition("=")[0].strip() for text in study.search.nuisance]
    idle: dict[str, Hyperparameter] = {}
    useful: set[str] = set()
    for arm in arms:
        choice = choice_of(applied(study.experiment, arm.model, arm.fixed), arm.model)
        for one in arm.searched:
            if any(_completed(one, value, arm, choice) for value in _values(one)):
                useful.add(one.key)
            elif any(name == one.key or name.endswith(f".{one.key}") for name in names):
                idle[one.key] = one
    for key, one in idle.items():
        if key not in useful:
            needs = " and ".join(f"{k} {' or '.join(map(str, v))}" for k, v in one.when.items())
            raise KodoError(
                f"--nuisance {key} means nothing in this study: it needs {needs}. Search that too, or leave "
                f"{key} out."
            )
