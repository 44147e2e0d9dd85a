"""What a study asks: an experiment, what is compared, what is searched for each, and who is put aside."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

import tomli_w

from kodo.errors import KodoError, near
from kodo.experiments.experiment import Chosen, Experiment, chosen, read, written
from kodo.experiments.settings import checked
from kodo.files import write_text
from kodo.space import Choices
from kodo.tuning.hyperparameters import BATCH, Hyperparameter, Point, declared, named

FRESH = 3
"""Seeds of the final comparison, where the user names no number."""

GROUPS = ("model", "optimiser", "schedule", "augmentation", "loss")
USUAL = ("train.rate", "train.weight_decay")

WHY_NOT_BATCH = (
    "train.batch is not searched: where the other settings are tuned for each size, it changes the speed and "
    "not the score, and every size would need a rate of its own; --insist-batch searches it all the same."
)


@dataclass(frozen=True)
class Search:
    """How a study searches.

    Args:
        scientific: what is compared, as typed ("depth=2,4"); each combination has a search of its own.
        nuisance: what is searched for each, as typed; names of groups stand for all of theirs; empty = the
            model's own and the usual ones of the optimiser. "vit1d.depth=3,6" is meant for that model alone.
        explore: points of the first phase, quasi-random, for each combination.
        exploit: points of the second phase, guided by all complete batches before.
        sampler: of the second phase.
        together: points of the second phase that are chosen at once, whatever the number of workers.
        prune: give up trials of the second phase that fall behind the first phase's curves.
        splits: inner splits of each trial.
        seed: of the points.
        insist_batch: search the batch size although it is no hyperparameter of the score.
        storage: an Optuna storage address; empty = a journal in the study's folder.
        found: by model, what a first stage found best; every trial has it, the default has not.
    """

    scientific: tuple[str, ...] = ()
    nuisance: tuple[str, ...] = ()
    explore: int = 32
    exploit: int = 16
    sampler: Literal["tpe", "gp"] = "tpe"
    together: int = 8
    prune: bool = True
    splits: int = 1
    seed: int = 0
    insist_batch: bool = False
    storage: str = ""
    found: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A study, complete.

    Args:
        experiment: data, protocol, models and their settings; `folding.reserved` is put aside until the end;
            `seeds` is how many fresh ones the final comparison has.
        search: how it searches.
    """

    experiment: Experiment
    search: Search = field(default_factory=Search)


@dataclass(frozen=True)
class Arm:
    """One value of what is compared, and the hyperparameters that are searched for it.

    Args:
        name: "cnn1d", or "cnn1d, depth 4".
        model: as the experiment calls it.
        science: the values that are compared.
        searched: the nuisance hyperparameters, those that others depend on first.
        found: what a first stage found best.
    """

    name: str
    model: str
    science: Point
    searched: tuple[Hyperparameter, ...]
    found: Point = field(default_factory=dict)

    @property
    def fixed(self) -> Point:
        """What every trial of the arm has."""
        return {**self.found, **self.science}


def arms(study: Study) -> tuple[Arm, ...]:
    """What a study compares: every model with every combination of the scientific values.

    Args:
        study: complete.

    Raises:
        KodoError: a setting that is not there, no space for it, an empty one, a batch size, or one that is
            compared and searched at once.
    """
    choices = chosen(study.experiment)
    _known(choices, study.search)
    made: list[Arm] = []
    for choice in choices:
        own = [part for text in study.search.nuisance if (part := _for(choice, choices, text)) is not None]
        made += _arms(choice, replace(study.search, nuisance=tuple(own)))
    return tuple(made)


def _known(choices: Sequence[Chosen], search: Search) -> None:
    """A nuisance is searched for the models that have it; one at least must."""
    keys = {one.key for choice in choices for one in declared(choice)}
    names = ", ".join(choice.name for choice in choices)
    for text in search.nuisance:
        own = [part for choice in choices if (part := _for(choice, choices, text)) is not None]
        key = own[0].partition("=")[0].strip() if own else text
        if key not in keys and key not in GROUPS:
            raise KodoError(
                f"--nuisance: {names}: there is no setting '{key}'. {near(key, [*keys, *GROUPS])}"
            )


def _for(choice: Chosen, choices: Sequence[Chosen], text: str) -> str | None:
    """A nuisance without the name of the model that it is meant for; None where that is another one."""
    for other in choices:
        for name in (other.name, other.model.name):
            if text.startswith(f"{name}."):
                return text[len(name) + 1 :] if name in (choice.name, choice.model.name) else None
    return text


def _arms(choice: Chosen, search: Search) -> Iterator[Arm]:
    compared = [_compared(choice, text) for text in search.scientific]
    keys = [one.key for one in compared]
    searched = tuple(one for one in _searched(choice, search) if one.key not in keys)
    if twice := [text for text in search.nuisance if text.partition("=")[0].strip() in keys]:
        raise KodoError(f"{twice[0]} cannot be scientific and a nuisance at once.")
    if BATCH in [*keys, *(one.key for one in searched)] and not search.insist_batch:
        raise KodoError(WHY_NOT_BATCH)
    if not searched:
        raise KodoError(f"{choice.name}: nothing is left to search; name settings with --nuisance.")
    for values in product(*(one.space.values for one in compared if isinstance(one.space, Choices))):
        science = dict(zip(keys, values, strict=True))
        parts = [choice.name, *(f"{key} {value}" for key, value in science.items())]
        yield Arm(", ".join(parts), choice.name, science, searched, search.found.get(choice.name, {}))


def _compared(choice: Chosen, text: str) -> Hyperparameter:
    found = named(choice, text, "--scientific")
    if not isinstance(found.space, Choices):
        raise KodoError(
            f"--scientific: {found.key} is compared at values that you name: {found.key}=A,B,C; got '{text}'."
        )
    return found


def _searched(choice: Chosen, search: Search) -> tuple[Hyperparameter, ...]:
    """What is searched, in the order of declaration: what others depend on is declared above them."""
    everything = declared(choice)
    spaced = [one for one in everything if one.space is not None and one.key != BATCH]
    wanted = [one for one in spaced if group(one.key) in search.nuisance]
    if not search.nuisance:
        wanted = [one for one in spaced if group(one.key) == "model" or one.key in USUAL]
    found = {one.key: one for one in wanted}
    for text in search.nuisance:  # what is named by itself wins over its group
        if any(one.key == text.partition("=")[0].strip() for one in everything):
            one = named(choice, text, "--nuisance")
            found[one.key] = one
    return tuple(found[one.key] for one in everything if one.key in found)


def group(key: str) -> str:
    """Which of `GROUPS` a hyperparameter belongs to.

    Args:
        key: `depth`, `train.rate`, `train.schedule.period`.
    """
    if not key.startswith("train."):
        return "model"
    if key.startswith("train.schedule."):
        return "schedule"
    if key.startswith("train.augment."):
        return "augmentation"
    return "loss" if key in ("train.class_weights", "train.label_smoothing") else "optimiser"


def write_study(study: Study, folder: Path) -> None:
    """Write a study's two files, `experiment.toml` and `study.toml`; reading them gives the same study.

    Args:
        study: complete.
        folder: of the study.

    Raises:
        KodoError: they could not be written.
    """
    write_text(folder / "experiment.toml", written(study.experiment))
    write_text(folder / "study.toml", tomli_w.dumps(asdict(study.search)))


def read_study(folder: Path) -> Study:
    """Read a study.

    Args:
        folder: of the study.

    Raises:
        KodoError: there is none, or it is damaged.
    """
    path = folder / "study.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KodoError(f"{folder} holds no study: {path.name} {(error.strerror or '').lower()}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KodoError(f"{path} is not valid TOML: {error}.") from error
    return Study(read(folder / "experiment.toml"), search(content, str(path)))


def search(asked: Mapping[str, Any], where: str) -> Search:
    """How a study searches, from what was asked.

    Args:
        asked: fields of `Search` by name.
        where: for messages.

    Raises:
        KodoError: unknown names, or values out of range.
    """
    made = checked(Search, asked, where)
    for name in ("explore", "together", "splits"):
        if getattr(made, name) < 1:
            raise KodoError(f"{where}: {name} is at least 1; got {getattr(made, name)}.")
    if made.exploit < 0:
        raise KodoError(f"{where}: exploit is at least 0; got {made.exploit}.")
    return made
