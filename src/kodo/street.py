"""The street in a few calls: evaluate models on people never met, fit one for use, find its learning rate."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kodo.bundle.export import export
from kodo.datasets.recording import Recordings
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.evaluation.protocol import DEFAULT_PROTOCOL, PROTOCOLS, everybody
from kodo.experiments.executors.open import quiet
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import Chosen, Experiment, chosen, continued, experiment
from kodo.experiments.fit import Fit, perform, recipe
from kodo.experiments.plan import fit_of, planned, said_of_models, windows_of, within_budget
from kodo.experiments.run import run
from kodo.experiments.settings import merged
from kodo.experiments.summary import Row, open_run, rows, summary
from kodo.files import write_json
from kodo.models.model import DEFAULT_MODEL, DEFAULT_MODELS
from kodo.reports.report import write_report
from kodo.training.device import one_thread
from kodo.training.find_rate import Sweep
from kodo.training.find_rate import find_rate as sweep
from kodo.training.trainer import TRAINERS, silent
from kodo.windows.cut import Windows
from kodo.windows.step import SignalStep


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What an evaluation found; printed, it is a table.

    Args:
        rows: one per model, then the majority row.
        page: the report, where a folder was named.
    """

    rows: tuple[Row, ...]
    page: Path | None = None

    def __str__(self) -> str:
        width = max(len(row.model) for row in self.rows)
        one, many = self.rows[0].subjects
        people = f"{len(self.rows[0].people)} {many}"
        lines = [f"{'':{width}}  macro-F1 over {people}, 95 % interval; worst {one}"]
        for row in self.rows:
            name, lowest = row.worst
            lines.append(f"{row.model:{width}}  {row.intervals['macro_f1'].text(2)}; {name}: {lowest:.2f}")
        if leak := self.rows[0].leak:
            lines.append(f"LEAKY: {leak}")
        return "\n".join(lines)


def evaluate(
    windows: Windows,
    models: Sequence[str] = DEFAULT_MODELS,
    protocol: str = DEFAULT_PROTOCOL,
    *,
    seeds: int = 1,
    out: str | Path | None = None,
    **settings: Any,
) -> Evaluation:
    """Train and test models on windows, every person tested by models that never met them.

    Args:
        windows: as `kodo.cut` gives.
        models: names, with a preset or without ("vgg", "vgg:wide").
        protocol: how people are divided.
        seeds: fits per model and fold.
        out: a folder for the run and its report; continued when it holds the same experiment.
        settings: further settings of the experiment (`train={"epochs": 20}`).

    Raises:
        KodoError: an unknown name or setting, too few people, or a model that cannot take these windows.
    """
    asked = {"models": tuple(models), "protocol": protocol, "seeds": seeds}
    wanted = _experiment(windows, merged(asked, settings))
    recordings = _recorded(windows)
    todo = planned(wanted if out is None else continued(wanted, Path(out)), recordings, windows)
    do = partial(perform, windows=windows)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run" if out is None else Path(out)
        run(todo, folder, InProcess(), lambda fit, record, error: None, do)
        found = open_run(folder)
        if out is None:
            return Evaluation(rows(found))
        write_json(folder / "summary.json", summary(found))
        return Evaluation(rows(found), write_report(folder))


def fit(
    windows: Windows | str,
    model: str = DEFAULT_MODEL,
    /,
    *,
    to: str | Path,
    progress: Callable[[int, int], None] = silent,
    say: Callable[[str], None] = quiet,
    **settings: Any,
) -> Path:
    """Fit one model on everybody and write it as a bundle.

    The recipe is the evaluated one: some people choose the epoch, nobody is tested.

    Args:
        windows: as `kodo.cut` gives, or the name of a dataset.
        model: name, with a preset or without.
        to: path of the bundle (`NAME.kodo`).
        progress: called with (epochs done, epochs in all).
        say: called before the training with each sentence that a user should read.
        settings: further settings of the experiment (`model={"vgg": {"width": 32}}`).

    Returns:
        the path of the bundle.

    Raises:
        KodoError: an unknown name or setting, or a recipe that cannot leave the house.
    """
    wanted, windows, choice, asked = _one_model(windows, model, settings, say)
    division = everybody(windows, wanted.folding)
    with one_thread():
        fitted = TRAINERS.get(choice.model.trainer).train(recipe(asked), windows, division, progress)
    card = {
        "model": choice.name,
        "lengths": choice.model.lengths,
        "smallest": choice.model.smallest,
        "people": len({*windows.subject[division.train].tolist()}),
        "parameters": asked.facts()["parameters"],
        "prepare": [{"step": name, **own} for name, own in choice.prepare],
        "train": asdict(choice.settings),
        "seed": asked.seed,
        "notes": list(fitted.history.notes),
    }
    facts = _recorded(windows).card.facts()
    return export(fitted, windows, Path(to), card=facts, recipe=card, steps=windows.steps)


def find_rate(
    windows: Windows | str,
    model: str,
    /,
    *,
    progress: Callable[[int, int], None] = silent,
    say: Callable[[str], None] = quiet,
    **settings: Any,
) -> Sweep:
    """Look for a learning rate on the training people of the first fold; its test people are not looked at.

    Args:
        windows: as `kodo.cut` gives, or the name of a dataset.
        model: name, with a preset or without.
        progress: called with (steps done, steps in all).
        say: called before the training with each sentence that a user should read.
        settings: further settings of the experiment.

    Raises:
        KodoError: an unknown name or setting, or a model that has no learning rate.
    """
    wanted, windows, _, asked = _one_model(windows, model, settings, say)
    division = PROTOCOLS.get(wanted.protocol).fold(windows, 0, wanted.folding)
    with one_thread():
        return sweep(recipe(asked), windows, division, progress=progress)


def _one_model(
    windows: Windows | str, model: str, settings: Mapping[str, Any], say: Callable[[str], None]
) -> tuple[Experiment, Windows, Chosen, Fit]:
    """The experiment of one model, its windows, the model resolved, and its first fit; its notes are said."""
    if isinstance(windows, str):
        wanted = experiment(merged({"dataset": windows, "models": (model,)}, settings), "the settings")
        windows = windows_of(wanted, load(wanted.dataset))
    else:
        wanted = _experiment(windows, merged({"models": (model,)}, settings))
    wanted = within_budget(wanted, _recorded(windows), windows, everybody(windows, wanted.folding))
    (choice,) = chosen(wanted)
    asked = fit_of(wanted, choice, _recorded(windows), windows)
    for note in said_of_models(wanted):
        say(note)
    return wanted, windows, choice, asked


def _experiment(windows: Windows, asked: Mapping[str, Any]) -> Experiment:
    """The experiment of windows that are already cut: what was decided by cutting is not asked again."""
    for name in ("dataset", "window", "steps", "channels", "activities"):
        if name in asked:
            raise KodoError(f"'{name}' was decided when these windows were cut: say it to kodo.cut.")
    card = _recorded(windows).card
    decided = {
        "dataset": card.name,
        "window": asdict(windows.cutting),
        "steps": tuple(_described(step) for step in windows.steps),
        "channels": tuple(channel.name for channel in windows.channels),
        "activities": windows.activities,
    }
    return experiment(merged(decided, asked), "the arguments", card)


def _described(step: SignalStep) -> tuple[str, dict[str, Any]]:
    name, _, settings = step.key
    return str(name), dict(settings)  # type: ignore[call-overload]


def _recorded(windows: Windows) -> Recordings:
    if windows.recorded is None:
        raise KodoError("These windows do not know their recordings; make them with kodo.cut.")
    return windows.recorded
