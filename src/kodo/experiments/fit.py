"""The unit of work: one training of one model on one fold with one seed, and what it leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from platform import node
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.store import stored
from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.evaluation.split import LeakySplit, Split
from kodo.experiments.examples import examples
from kodo.experiments.health import fit_checks
from kodo.experiments.record import TEST, VALIDATION, Predictions, Record, Timeline
from kodo.experiments.settings import checked
from kodo.files import digest, sha256
from kodo.models.model import MODELS, parsed
from kodo.training.cost import multiply_accumulates
from kodo.training.device import versions
from kodo.training.trainer import TRAINERS, Fitted, Recipe, silent
from kodo.windows.cut import Windows, cut, segments, slide
from kodo.windows.grid import Cutting
from kodo.windows.signal import steps as signal_steps

NUMERICS = 1
"""Raised by hand when the same settings give other numbers than before."""


@dataclass(frozen=True)
class Fit:
    """Everything a fit depends on, resolved; equal fits leave equal records.

    Args:
        dataset: name.
        data: checksum of the recordings.
        channels: names kept; empty = all.
        activities: names kept; empty = all.
        steps: signal steps by name, with settings.
        cutting: how windows are cut.
        protocol: name.
        folding: its settings.
        fold: number of the fold, from 0.
        prepare: batch steps by name, with settings.
        model: as asked for ("vgg" or "vgg:wide").
        parameters: of the model, defaults included.
        train: settings of its trainer, defaults included.
        seed: of every random choice in the training.
        device: "cpu" or "cuda".
        precision: "float32" or "bfloat16".
        weights: checksum of the file that the model's parameter `weights` names; empty = it names none.
        numerics: see NUMERICS.
    """

    dataset: str
    data: str
    channels: tuple[str, ...]
    activities: tuple[str, ...]
    steps: tuple[tuple[str, Mapping[str, Any]], ...]
    cutting: Cutting
    protocol: str
    folding: Mapping[str, Any]
    fold: int
    prepare: tuple[tuple[str, Mapping[str, Any]], ...]
    model: str
    parameters: Mapping[str, Any]
    train: Mapping[str, Any]
    seed: int
    device: str
    precision: str
    weights: str = ""
    numerics: int = NUMERICS

    @property
    def key(self) -> str:
        """The same for equal settings and code versions of signal steps on equal data, wherever they lie."""
        return digest(self.facts() | {"steps": [step.key for step in signal_steps(self.steps)]})

    def facts(self) -> dict[str, Any]:
        """What it depends on, files by their checksum and never by their path."""
        facts = asdict(self)
        if checksum := facts.pop("weights"):
            facts["parameters"]["weights"] = f"sha256:{checksum}"
        return facts


def execute(fit: Fit) -> Record:
    """Do a fit on the stored recordings it names: same fit, same bits on one machine type and torch build.

    Args:
        fit: what to do.

    Raises:
        KodoError: this machine does not have its data, or the training diverged.
    """
    return perform(fit, opened(fit))


def opened(fit: Fit) -> Windows:
    """The windows of a fit, from the stored recordings it names, or from this machine's files of them.

    Args:
        fit: what to do.

    Raises:
        KodoError: as `kodo.datasets.store.stored`.
    """
    return _opened(
        json.dumps([fit.dataset, fit.data, fit.channels, fit.activities, fit.steps, asdict(fit.cutting)])
    )


def trained(
    fit: Fit,
    windows: Windows,
    progress: Callable[[int, int], None] = silent,
    give_up: tuple[float, ...] = (),
) -> tuple[Split | LeakySplit, Fitted]:
    """The training of a fit, on the side of its fold that it learns from.

    Args:
        fit: what to do.
        windows: cut as the fit says.
        progress: called with (epochs done, epochs in all).
        give_up: as in `Recipe`.

    Returns:
        the fold, and what was learned.

    Raises:
        KodoError: as `perform`.
    """
    _same_weights(fit)
    division = PROTOCOLS.get(fit.protocol).fold(windows, fit.fold, Folding(**fit.folding))
    asked = replace(recipe(fit), give_up=give_up)
    return division, TRAINERS.get(asked.model.trainer).train(asked, windows, division, progress)


def perform(fit: Fit, windows: Windows, progress: Callable[[int, int], None] = silent) -> Record:
    """Do a fit on windows that are already cut.

    Args:
        fit: what to do.
        windows: cut as the fit says.
        progress: called with (epochs done, epochs in all).

    Raises:
        KodoError: the training diverged, or a file with weights changed since the fit was planned.
    """
    division, fitted = trained(fit, windows, progress)
    begin = time.perf_counter()
    on_test = fitted.log_probabilities(windows, division.test)
    seconds = time.perf_counter() - begin
    predictions = _predictions(windows, division, fitted, on_test)
    facts = {
        "key": fit.key,
        "dataset": fit.dataset,
        "model": fit.model,
        "protocol": fit.protocol,
        "fold": fit.fold,
        "fold_name": division.name,
        "seed": fit.seed,
        "leak": division.leak,
        "fit": fit.facts(),
        "seconds": fitted.history.seconds,
        "ms_per_window": 1000 * seconds / max(len(division.test), 1),
        "parameters": fitted.parameter_count,
        "macs": multiply_accumulates(fitted.export(), len(windows.channels), windows.longest),
        "size": fitted.size,
        "curves": fitted.history.curves,
        "best": fitted.history.best,
        "notes": list(fitted.history.notes),
        "counts": {side: len(rows) for side, rows in _sides(division).items()},
        "training_counts": np.bincount(
            windows.label[division.train], minlength=len(windows.activities)
        ).tolist(),
        "people": {side: _people(windows, rows) for side, rows in _sides(division).items()},
        "checks": [dict(vars(check)) for check in fit_checks(windows, division, fitted.learned_from)],
        "provenance": versions(fit.device) | {"date": time.strftime("%Y-%m-%d")},
    }
    return Record(
        facts, predictions, _timeline(windows, division, fitted), examples(windows, division.test, on_test)
    )


def recipe(fit: Fit) -> Recipe:
    """What the fit's trainer needs to know.

    Args:
        fit: what to do.
    """
    entry = MODELS.get(parsed(fit.model)[0])
    return Recipe(
        model=entry,
        parameters=checked(entry.parameters, fit.parameters, "the fit"),
        prepare=tuple((name, dict(settings)) for name, settings in fit.prepare),
        settings=checked(TRAINERS.get(entry.trainer).settings, fit.train, "the fit"),
        seed=fit.seed,
        device=fit.device,
        precision=fit.precision,
    )


@lru_cache(maxsize=1)
def _opened(description: str) -> Windows:
    """The windows of a fit; the fits of a run differ little in their data, so the last ones are kept."""
    dataset, data, channels, activities, described, cutting = json.loads(description)
    return cut(
        stored(dataset, data),
        Cutting(**cutting),
        channels=channels,
        activities=activities,
        steps=signal_steps([(name, settings) for name, settings in described]),
    )


def _same_weights(fit: Fit) -> None:
    if not fit.weights:
        return
    path = Path(fit.parameters["weights"])
    if not path.is_file():
        raise KodoError(f"{path} is not there on {node()}; this fit was planned with it.")
    if sha256(path) != fit.weights:
        raise KodoError(f"{path} is no longer the file that this fit was planned with.")


def _sides(division: Split | LeakySplit) -> dict[str, NDArray[np.int64]]:
    return {"train": division.train, "validation": division.validation, "test": division.test}


def _people(windows: Windows, rows: NDArray[np.int64]) -> list[str]:
    return [windows.subjects[code] for code in np.unique(windows.subject[rows])]


def _predictions(
    windows: Windows, division: Split | LeakySplit, fitted: Fitted, on_test: NDArray[np.float32]
) -> Predictions:
    on_validation = fitted.log_probabilities(windows, division.validation)
    rows = np.concatenate([division.validation, division.test])
    side = np.repeat([VALIDATION, TEST], [len(division.validation), len(division.test)])
    return Predictions(
        log_probability=np.concatenate([on_validation, on_test]),
        side=side.astype(np.int8),
        label=windows.label[rows],
        start=_within(windows, rows),
        length=windows.length[rows],
        **_named(windows, rows),
    )


def _timeline(windows: Windows, division: Split | LeakySplit, fitted: Fitted) -> Timeline:
    """Every step of the whole recordings of the test people, but of recordings that were learned from."""
    everywhere = slide(windows)
    tested = np.isin(everywhere.subject, windows.subject[division.test])
    # Only a leaky split has any: there, a timeline would hold what the model was trained on.
    known = np.concatenate([division.train, division.validation])
    rows = np.flatnonzero(tested & ~np.isin(everywhere.recording, windows.recording[known]))
    parts = segments(windows)
    parts = parts[np.isin(parts[:, 0], everywhere.recording[rows])]
    return Timeline(
        log_probability=fitted.log_probabilities(everywhere, rows).astype(np.float16),
        label=everywhere.label[rows],
        start=_within(everywhere, rows),
        length=everywhere.length[rows],
        segment=parts,
        **_named(windows=everywhere, rows=rows),
    )


def _named(windows: Windows, rows: NDArray[np.int64]) -> dict[str, Any]:
    return {
        "subject": windows.subject[rows],
        "recording": windows.recording[rows],
        "subjects": np.array(windows.subjects),
        "recordings": np.array(windows.recordings),
    }


def _within(windows: Windows, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    within: NDArray[np.int64] = windows.start[rows] - windows.bounds[windows.recording[rows], 0]
    return within
