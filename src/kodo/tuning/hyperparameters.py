"""Hyperparameters of a model and its training: what they are called, where each may be searched."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from kodo.errors import KodoError, near
from kodo.experiments.experiment import Chosen, Experiment
from kodo.experiments.settings import merged
from kodo.space import Choices, Linear, Log, Space, conditions, meanings, spaces

Point = Mapping[str, Any]
"""A value for each hyperparameter that is searched, by key."""

BATCH = "train.batch"


@dataclass(frozen=True)
class Hyperparameter:
    """One setting that a search may vary.

    Args:
        key: `depth` of the model, `train.rate`, `train.schedule.period`.
        space: where it may be searched; None = only where the user names a range.
        default: its value in the experiment.
        says: its meaning and unit.
        when: by key of another setting, the values under which this one means anything.
    """

    key: str
    space: Space | None
    default: Any
    says: str
    when: Mapping[str, tuple[Any, ...]]


def declared(choice: Chosen) -> tuple[Hyperparameter, ...]:
    """Every setting of a model and of its training, those without a space included.

    Args:
        choice: the model with its settings in the experiment, which are the defaults here.
    """
    return (*_of(choice.parameters, ""), *_of(choice.settings, "train."))


def named(choice: Chosen, asked: str, where: str) -> Hyperparameter:
    """The hyperparameter that the user names, in its declared space or in the one that is written behind it.

    Args:
        choice: the model.
        asked: `depth`, `depth=2,4,8` (choices), `train.rate=1e-4..1e-2` (a range, searched as declared, by
            the logarithm where both ends are above 0 and the larger is at least ten times the smaller).
        where: for messages ("--nuisance").

    Raises:
        KodoError: no such setting, none that can be searched, or an empty range.
    """
    key, given, text = (part.strip() for part in asked.partition("="))
    known = {one.key: one for one in declared(choice)}
    if key not in known:
        raise KodoError(f"{where}: {choice.name} has no setting '{key}'. {near(key, list(known))}")
    found = known[key]
    if given:
        return replace(found, space=_written(text, f"{where}: {key}", found.space))
    if found.space is None:
        raise KodoError(
            f"{where}: no space is declared for {key}; write one behind it: {key}=LOW..HIGH or {key}=A,B,C."
        )
    return found


def matters(hyperparameter: Hyperparameter, point: Point, choice: Chosen) -> bool:
    """Whether a hyperparameter means anything beside these values of the others.

    What depends on something that itself means nothing there means nothing either.

    Args:
        hyperparameter: asked about.
        point: values that are searched; for the others the experiment's hold.
        choice: the model with those.
    """
    known = {one.key: one for one in declared(choice)} if hyperparameter.when else {}
    return all(
        point.get(key, known[key].default) in values and matters(known[key], point, choice)
        for key, values in hyperparameter.when.items()
    )


def applied(experiment: Experiment, name: str, point: Point) -> Experiment:
    """The experiment with a point's values laid over the settings of one of its models.

    Args:
        experiment: complete.
        name: of the model, as the experiment calls it.
        point: by key.
    """
    layer: dict[str, Any] = {}
    for key, value in point.items():
        for part in reversed(key.split(".")):
            value = {part: value}
        layer = merged(layer, value)
    own = merged(experiment.model.get(name, {}), layer)
    return replace(experiment, model={**experiment.model, name: own})


def _of(settings: Any, prefix: str) -> Iterator[Hyperparameter]:
    kind = type(settings)
    space, when, says = spaces(kind), conditions(kind), meanings(kind)
    for f in fields(settings):
        value = getattr(settings, f.name)
        if is_dataclass(value) and not isinstance(value, type):
            yield from _of(value, f"{prefix}{f.name}.")
        else:
            beside = {f"{prefix}{name}": values for name, values in when[f.name].items()}
            yield Hyperparameter(prefix + f.name, space.get(f.name), value, says[f.name][1], beside)


def _written(text: str, where: str, usual: Space | None) -> Space:
    """A space as it is typed: LOW..HIGH, or choices with commas."""
    if ".." not in text:
        values = tuple(_typed(part.strip()) for part in _parts(text))
        if not values:
            raise KodoError(f"{where}: at least one value is needed behind '='.")
        return Choices(values)
    low, high = (_typed(part.strip()) for part in text.split("..", 1))
    for end in (low, high):
        if isinstance(end, bool) or not isinstance(end, int | float) or not math.isfinite(end):
            raise KodoError(f"{where}: a range is LOW..HIGH in numbers; got '{text}'.")
    if not low < high:
        raise KodoError(f"{where}: the range {text} is empty; LOW must be below HIGH.")
    logarithmic = isinstance(usual, Log) or (not isinstance(usual, Linear) and 0 < 10 * low <= high)
    if logarithmic and low <= 0:
        raise KodoError(f"{where}: it is searched by the logarithm, so LOW must be above 0; got {text}.")
    return Log(low, high) if logarithmic else Linear(low, high)


def _parts(text: str) -> Sequence[str]:
    """Choices separated by commas, but for those inside brackets: [0.9, 0.99] is one."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part.strip()]


def _typed(text: str) -> Any:
    """A value as TOML reads it, or a plain word; a list as a tuple, as settings hold it."""
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return tuple(value) if isinstance(value, list) else value
