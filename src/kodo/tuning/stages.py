"""A study in two stages: first how the model is trained, then the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kodo.datasets.recording import Recordings
from kodo.evaluation.protocol import PROTOCOLS
from kodo.experiments.experiment import chosen
from kodo.experiments.fit import recipe
from kodo.experiments.plan import fit_of
from kodo.training.find_rate import find_rate
from kodo.tuning.final import winners
from kodo.tuning.study import Arm, Study
from kodo.tuning.trial import Trial
from kodo.windows.cut import Windows

RATE = "train.rate"
AROUND = 10.0
"""The first stage searches the learning rate from a tenth of what the sweep suggests to ten times that."""

STAGES: Mapping[str, tuple[str, ...]] = {
    "optimiser": (RATE, "train.weight_decay", "train.betas", "train.eps"),
    "model": ("model",),
}
"""What each stage searches when the user names nothing. Source: Google's Tuning Playbook, as source 001 has
it: the optimiser before the model."""


def centred(study: Study, recordings: Recordings, windows: Windows) -> tuple[Study, tuple[str, ...]]:
    """The study with the learning rate searched around what a sweep over rates suggests for its models.

    The sweep learns from the training people of the first inner split only.

    Args:
        study: complete, with the people it reserved; only where its nuisances name `train.rate` without a
            range is anything changed.
        recordings: from which the windows were cut.
        windows: of everybody.

    Returns:
        the study; sentences that say where the rate is searched.

    Raises:
        KodoError: as `kodo.training.find_rate.find_rate`.
    """
    asked = study.experiment
    if RATE not in study.search.nuisance:
        return study, ()
    division = PROTOCOLS.get(asked.protocol).fold(windows, 0, asked.folding)
    suggested = {}
    for choice in chosen(asked):
        asked_recipe = recipe(fit_of(asked, choice, recordings, windows))
        suggested[choice.name] = find_rate(asked_recipe, windows, division).suggestion
    known = [rate for rate in suggested.values() if rate is not None]
    says = [_said(name, rate) for name, rate in suggested.items()]
    if not known:
        return study, (*says, "The declared range of train.rate is searched.")
    low, high = _rounded(min(known) / AROUND), _rounded(max(known) * AROUND)
    nuisance = tuple(f"{RATE}={low:g}..{high:g}" if one == RATE else one for one in study.search.nuisance)
    says.append(f"train.rate is searched from {low:g} to {high:g}.")
    return replace(study, search=replace(study.search, nuisance=nuisance)), tuple(says)


def _said(name: str, rate: float | None) -> str:
    if rate is None:
        return f"{name}: the loss falls at no rate of a sweep."
    return f"{name}: a sweep over rates suggests {rate:.1e}."


def _rounded(rate: float) -> float:
    """To one digit, so that the same data give the same range on every machine."""
    return float(f"{rate:.0e}")


def onward(study: Study, arms: Sequence[Arm], trials: Mapping[str, Sequence[Trial]]) -> Study:
    """The study of the second stage: every trial of a model is trained as the first stage found best for it.

    Args:
        study: of the second stage.
        arms: of the first one.
        trials: of the first one, by arm name.

    Raises:
        KodoError: no trial of the first stage is complete.
    """
    found: dict[str, dict[str, Any]] = {}
    for winner in winners(arms, trials):
        if winner.arm.model in study.experiment.models and winner.arm.model not in found:
            # As TOML gives it back, so that the study is the same when it is read.
            point = {key: list(v) if isinstance(v, tuple) else v for key, v in winner.point.items()}
            found[winner.arm.model] = point
    return replace(study, search=replace(study.search, found=found))
