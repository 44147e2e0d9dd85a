"""What a sweep asks: a model, the hyperparameters around its default, the values of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kodo.errors import KodoError
from kodo.experiments.experiment import Chosen, Experiment, chosen
from kodo.tuning.hyperparameters import BATCH, Hyperparameter, declared, matters, named
from kodo.tuning.study import WHY_NOT_BATCH, group
from kodo.tuning.sweep.values import values_of


@dataclass(frozen=True)
class Sweep:
    """A sweep, as it is asked for.

    Args:
        experiment: of one model, whose settings are the default; `seeds` is how many each value has.
        over: the hyperparameters, each as typed ("depth", "dim=16,32", "train.rate=1e-4..1e-2"); empty = all
            of the model's own.
        values: of each hyperparameter, at least; lists of choices are taken whole.
        splits: inner splits of each fit.
        insist_batch: sweep over the batch size although it is no hyperparameter of the score.
    """

    experiment: Experiment
    over: tuple[str, ...] = ()
    values: int = 5
    splits: int = 1
    insist_batch: bool = False


@dataclass(frozen=True)
class Panel:
    """One hyperparameter and the values that are tried.

    Args:
        hyperparameter: its default stands among the values.
        values: numbers ascending, others as they are listed.
    """

    hyperparameter: Hyperparameter
    values: tuple[Any, ...]


def over(texts: Sequence[str]) -> tuple[str, ...]:
    """The hyperparameters that `--over` names: commas stand between names, or between one name's choices.

    Args:
        texts: as typed ("depth,dim", "patch_size=16,32").

    Raises:
        KodoError: names and choices in one, or a name twice.
    """
    found: list[str] = []
    for text in texts:
        names = text.partition("=")[0]
        if "=" in text and "," in names:
            raise KodoError(
                f"--over {text}: a name with values has an --over of its own: "
                f"--over {names.rpartition(',')[0]} --over {text.rpartition('=')[0].rpartition(',')[2]}=..."
            )
        found += [text] if "=" in text else [name.strip() for name in text.split(",") if name.strip()]
    keys = [text.partition("=")[0].strip() for text in found]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise KodoError(f"--over names {twice[0]} twice.")
    return tuple(found)


def panels(sweep: Sweep) -> tuple[Panel, ...]:
    """What is swept, with the values of each hyperparameter.

    Args:
        sweep: as asked for.

    Raises:
        KodoError: several models, a setting that is not there, no space for it, an empty one, one that means
            nothing beside the others' values, or a batch size; all of these at once.
    """
    if sweep.values < 2:
        raise KodoError(f"--values is at least 2; got {sweep.values}.")
    choices = chosen(sweep.experiment)
    if len(choices) > 1:
        names = ", ".join(choice.name for choice in choices)
        raise KodoError(f"A sweep is of one model; the experiment has {names}: name one with --model.")
    found, faults = [], []
    for asked in sweep.over or _own(choices[0]):
        try:
            found.append(_panel(choices[0], asked, sweep))
        except KodoError as fault:
            faults.append(str(fault))
    if faults:
        raise KodoError(" ".join(faults))
    return tuple(found)


def _own(choice: Chosen) -> tuple[str, ...]:
    own = [one for one in declared(choice) if one.space is not None and group(one.key) == "model"]
    keys = tuple(one.key for one in own if matters(one, {}, choice))
    if not keys:
        raise KodoError(f"{choice.name} declares no space for a setting of its own; name some with --over.")
    return keys


def _panel(choice: Chosen, asked: str, sweep: Sweep) -> Panel:
    found = named(choice, asked, "--over")
    if found.key == BATCH and not sweep.insist_batch:
        raise KodoError(WHY_NOT_BATCH)
    if not matters(found, {}, choice):
        needs = " and ".join(f"{key} = {' | '.join(map(str, of))}" for key, of in found.when.items())
        raise KodoError(f"--over {found.key} means nothing here: it needs {needs}.")
    assert found.space is not None  # `named` gives none without
    return Panel(found, values_of(found.space, found.default, sweep.values))
