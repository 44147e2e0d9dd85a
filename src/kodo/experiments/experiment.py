"""What is asked: an experiment as frozen dataclasses, read from TOML and written back complete."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import tomli_w

from kodo.datasets.catalogue import DEFAULT_DATASET, dataset
from kodo.datasets.recording import Dataset
from kodo.errors import KodoError, near
from kodo.evaluation.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Folding
from kodo.experiments.settings import checked, merged, refuse_unknown
from kodo.models.model import DEFAULT_MODELS, MODELS, Model, Steps, parsed, preset
from kodo.space import check_settings
from kodo.training.trainer import TRAINERS, Trainer
from kodo.windows.grid import Cutting
from kodo.windows.prepare import DEFAULT_PREPARE

WHOLE = "whole"
"""How `window.seconds` is written in TOML, which has no None: every labelled stretch is one window."""


@dataclass(frozen=True)
class Budget:
    """Minutes instead of epochs, the same for all models.

    Args:
        minutes: of training in each fit, at most; 0 = no budget.
        seconds: by model, of one epoch, as a probe measured it when the run began.
        epochs: by model, what the minutes became; they win over `train.epochs`. All of them are run, unless
            `train.patience` is asked for: a schedule over many epochs learns most when its rate falls, and
            patience would end the fit before.
    """

    minutes: float = 0.0
    seconds: Mapping[str, float] = field(default_factory=dict)
    epochs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """What is compared, on whom, and how; complete.

    Args:
        dataset: name of a dataset, or the path of a folder with a `dataset.toml`.
        models: names, each with a preset or without ("vgg", "vgg:wide"), and with a label where one model
            stands twice with other settings ("vgg@deep", set under `model."vgg@deep"`).
        protocol: how people are divided.
        seeds: fits per model and fold, with seeds 0, 1, ...
        channels: names to keep; empty = all.
        activities: names to keep; empty = all.
        device: where networks are trained.
        precision: of the networks' arithmetic.
        window: how recordings are cut.
        folding: the protocol's settings.
        budget: of training time.
        steps: signal steps before cutting: (name, settings).
        prepare: batch steps before the model: (name, settings).
        train: settings of the gradient trainer that differ from its defaults.
        model: per model, its parameters that differ from the defaults, under "train" its own training
            settings, and under "prepare" its own batch steps.
    """

    dataset: str = DEFAULT_DATASET
    models: tuple[str, ...] = DEFAULT_MODELS
    protocol: str = DEFAULT_PROTOCOL
    seeds: int = 1
    channels: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    window: Cutting = field(default_factory=Cutting)
    folding: Folding = field(default_factory=Folding)
    budget: Budget = field(default_factory=Budget)
    steps: Steps = ()
    prepare: Steps = DEFAULT_PREPARE
    train: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """One model of an experiment with everything resolved.

    Args:
        name: as asked for ("vgg:wide").
        model: its registry entry.
        trainer: its trainer's entry.
        parameters: an instance of `model.parameters`.
        settings: an instance of `trainer.settings`.
        prepare: its batch steps.
    """

    name: str
    model: Model
    trainer: Trainer
    parameters: Any
    settings: Any
    prepare: Steps


def experiment(
    asked: Mapping[str, Any], where: str = "the settings", card: Dataset | None = None
) -> Experiment:
    """Complete and check an experiment; every fault is named at once.

    What is not asked for comes from the protocol, then from the dataset's card, then from the defaults.

    Args:
        asked: as in `experiment.toml`.
        where: what the settings came from, for messages.
        card: of the dataset, where it is at hand.

    Raises:
        KodoError: unknown keys, models, datasets or protocols, or values of the wrong kind or out of range.
    """
    asked = _unfolded(asked)
    _refuse_misplaced(asked, where)
    refuse_unknown(asked, Experiment, where)
    card = card or dataset(str(asked.get("dataset", DEFAULT_DATASET)))
    protocol = PROTOCOLS.get(str(asked.get("protocol", DEFAULT_PROTOCOL)))
    asked = merged({"window": {"seconds": card.window}}, protocol.defaults, asked)
    made = checked(Experiment, asked, where)
    if not made.models:
        raise KodoError(f"{where}: at least one model is needed. {near('', MODELS.names())}")
    if made.seeds < 1:
        raise KodoError(f"{where}: seeds is at least 1; got {made.seeds}.")
    if made.budget.minutes < 0:
        raise KodoError(f"{where}: budget.minutes is at least 0; got {made.budget.minutes:g}.")
    chosen(made, where)
    return made


def read(path: Path, changes: Mapping[str, Any] | None = None) -> Experiment:
    """Read an `experiment.toml`.

    Args:
        path: of the file.
        changes: settings that win over the file's.

    Raises:
        KodoError: no such file, no valid TOML, or a fault as in `experiment`.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KodoError(f"Could not read the experiment {path}: {(error.strerror or '').lower()}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KodoError(f"{path} is not valid TOML: {error}.") from error
    changes = changes or {}
    if "budget" in changes:
        content.pop("budget", None)  # the file's epochs belong to the file's minutes
    return experiment(merged(content, changes), str(path))


def continued(asked: Experiment, folder: Path) -> Experiment:
    """The experiment with the epochs that a run under the same budget was begun with: nothing is probed anew.

    Args:
        asked: the experiment.
        folder: of the run, which may not be there yet.

    Raises:
        KodoError: the folder's `experiment.toml` cannot be read.
    """
    begun = folder / "experiment.toml"
    if not asked.budget.minutes or not begun.is_file():
        return asked
    budget = read(begun).budget
    return replace(asked, budget=budget) if budget.minutes == asked.budget.minutes else asked


def written(asked: Experiment) -> str:
    """The complete experiment as TOML: reading it gives the same experiment.

    Args:
        asked: the experiment.
    """
    content = asdict(asked)
    content["folding"], content["train"], content["model"] = folding_of(asked), {}, {}
    for choice in chosen(asked):
        if choice.trainer.name == "gradient" and not content["train"]:
            content["train"] = asdict(checked(choice.trainer.settings, asked.train, "the settings", "train."))
        shared = content["train"] if choice.trainer.name == "gradient" else {}
        beyond = _difference(asdict(choice.settings), shared)
        content["model"][choice.name] = asdict(choice.parameters) | ({"train": beyond} if beyond else {})
        if choice.prepare != asked.prepare:
            content["model"][choice.name]["prepare"] = _tables(choice.prepare)
    if content["window"]["seconds"] is None:
        content["window"]["seconds"] = WHOLE
    content["steps"], content["prepare"] = _tables(asked.steps), _tables(asked.prepare)
    if not asked.budget.minutes:
        del content["budget"]
    return tomli_w.dumps(_without_none(content))


def folding_of(asked: Experiment) -> dict[str, Any]:
    """The settings of the protocol as they are kept: without the number of people where it limits nothing.

    Runs from before there was such a number are then still known by what they are.

    Args:
        asked: the experiment.
    """
    content = asdict(asked.folding)
    if not content["people"]:
        del content["people"]
    return content


def chosen(asked: Experiment, where: str = "the settings") -> tuple[Chosen, ...]:
    """The models of an experiment, resolved: defaults, the preset, `train`, the model's own, the budget.

    What comes later wins.

    Args:
        asked: the experiment.
        where: what the settings came from, for messages.

    Raises:
        KodoError: an unknown model, preset or setting, a setting that no chosen model reads, or a parameter
            of a model that is out of range.
    """
    for name in asked.model:
        if name not in asked.models:
            raise KodoError(
                f"{where}: model.{name} is read by no chosen model. {near(name, list(asked.models))}"
            )
    for name in asked.budget.epochs:
        if name not in asked.models:
            raise KodoError(f"{where}: budget.epochs.{name} is read by no chosen model.")
    made = tuple(_choice(asked, name, where) for name in asked.models)
    if asked.train and not any(choice.trainer.name == "gradient" for choice in made):
        keys = ", ".join(f"train.{key}" for key in asked.train)
        raise KodoError(f"{where}: none of the chosen models ({', '.join(asked.models)}) reads {keys}.")
    return made


def _choice(asked: Experiment, name: str, where: str) -> Chosen:
    base, variant, _ = parsed(name)
    entry = MODELS.get(base)
    trainer = TRAINERS.get(entry.trainer)
    start = preset(entry, variant or "default")
    own = dict(asked.model.get(name, {}))
    training = own.pop("train", {})
    steps = own.pop("prepare", None)
    shared = asked.train if trainer.name == "gradient" else {}
    parameters: Any = checked(entry.parameters, merged(start.model, own), where, f"model.{name}.")
    check_settings(parameters, entry.name)
    learned = merged(start.train, shared, training)
    if epochs := asked.budget.epochs.get(name):
        learned = merged(start.train, {"patience": 0}, shared, training, {"epochs": epochs})
    settings: Any = checked(trainer.settings, learned, where, "train.")
    prepare = asked.prepare
    if steps is not None:
        prepare = tuple(_step(step, f"model.{name}.prepare") for step in steps)
    elif asked.prepare == DEFAULT_PREPARE:
        usual = entry.prepare if start.prepare is None else start.prepare
        prepare = asked.prepare if usual is None else usual
    return Chosen(name, entry, trainer, parameters, settings, prepare)


def _refuse_misplaced(asked: Mapping[str, Any], where: str) -> None:
    """Say to which section a setting belongs that stands beside the sections."""
    sections = {"window": Cutting, "folding": Folding, "train": TRAINERS.get("gradient").settings}
    models = asked.get("models", DEFAULT_MODELS)
    for name in models if isinstance(models, list | tuple) else ():
        if isinstance(name, str) and parsed(name)[0] in MODELS.names():
            sections[f"model.{name}"] = MODELS.get(parsed(name)[0]).parameters
    for key in sorted(asked.keys() - {f.name for f in fields(Experiment)}):
        places = [f"{name}.{key}" for name, kind in sections.items() if key in {f.name for f in fields(kind)}]
        if parsed(key)[0] in MODELS.names():
            places.append(f"model.{key}")
        if places:
            raise KodoError(f"{where}: there is no setting '{key}'. It is written {' or '.join(places)}.")


def _unfolded(asked: Mapping[str, Any]) -> dict[str, Any]:
    """TOML's ways of saying things turned into Python's: tables of steps, `whole`, single names."""
    content = dict(asked)
    for name in ("steps", "prepare"):
        if name in content:
            content[name] = tuple(_step(entry, name) for entry in content[name])
    window = content.get("window")
    if isinstance(window, Mapping) and window.get("seconds") == WHOLE:
        content["window"] = {**window, "seconds": None}
    for name in ("models", "channels", "activities"):
        if isinstance(content.get(name), str):
            content[name] = (content[name],)
    return content


def _step(entry: Any, name: str) -> tuple[str, dict[str, Any]]:
    if isinstance(entry, Mapping) and isinstance(entry.get("step"), str):
        return entry["step"], {key: value for key, value in entry.items() if key != "step"}
    if isinstance(entry, Sequence) and len(entry) == 2:
        return str(entry[0]), dict(entry[1])
    raise KodoError(f'{name} wants tables such as {{step = "missing", policy = "zero"}}; got {entry!r}.')


def _tables(steps: Steps) -> list[dict[str, Any]]:
    return [{"step": name} | settings for name, settings in steps]


def _difference(content: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value != defaults.get(key)}


def _without_none(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _without_none(value) for key, value in content.items() if value is not None}
    if isinstance(content, list | tuple):
        return [_without_none(value) for value in content]
    return content
