"""A learning curve: the same experiment with fewer people to learn from, a run folder for every size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS
from kodo.experiments.evidence.learning.results import ASKED, EVERYBODY, asked_of, named
from kodo.experiments.experiment import Experiment, continued, experiment, read, written
from kodo.experiments.plan import Plan, planned, windows_of
from kodo.experiments.work import estimate as estimate_of
from kodo.files import digest, write_json, write_text
from kodo.windows.cut import Windows


@dataclass(frozen=True, eq=False)
class CurvePlan:
    """What a learning curve will do.

    Args:
        experiment: complete, with everybody to learn from.
        sizes: people to learn from in each fold, ascending; last EVERYBODY.
        plans: a run for each size.
    """

    experiment: Experiment
    sizes: tuple[int, ...]
    plans: tuple[Plan, ...]

    def parts(self, folder: Path) -> list[tuple[Plan, Path]]:
        """The runs with their folders, in the order of the sizes.

        Args:
            folder: of the learning curve.
        """
        return [(plan, folder / named(size)) for size, plan in zip(self.sizes, self.plans, strict=True)]


def prepared(
    path: Path | None, asked: Mapping[str, Any], sizes: Sequence[int], out: Path | None
) -> tuple[CurvePlan, Path]:
    """The plan of a learning curve and its folder.

    Args:
        path: an `experiment.toml`, the folder of a run or of a learning curve, or None.
        asked: settings that win over the file's.
        sizes: people to learn from; empty = those of the folder, else 1, 2, 4, ...
        out: the folder asked for.

    Raises:
        KodoError: as `kodo.experiments.experiment.experiment` and `kodo.experiments.plan.plan`, or sizes that
            cannot be.
    """
    before = path is not None and path.is_dir() and (path / ASKED).is_file()
    if before and path is not None and not sizes:
        sizes = [size for size in asked_of(path)["sizes"] if size != EVERYBODY]
    file = path / "experiment.toml" if path is not None and path.is_dir() else path
    made = experiment(asked, "the command line") if file is None else read(file, asked)
    folder = out or (path if before and not asked else None) or _usual_folder(made, sizes)
    return plan(continued(made, folder), sizes), folder


def plan(asked: Experiment, sizes: Sequence[int] = ()) -> CurvePlan:
    """Load and cut once, and plan a run for every size; the epochs of a budget are the same for all.

    Args:
        asked: the experiment, complete.
        sizes: people to learn from; empty = 1, 2, 4, ... below the number of people there are.

    Raises:
        KodoError: as `kodo.experiments.plan.planned`, sizes that cannot be, or a protocol that does not
            divide people.
    """
    if asked.folding.people:
        raise KodoError(f"folding.people is what a learning curve varies; got {asked.folding.people}.")
    recordings = load(asked.dataset)
    windows = windows_of(asked, recordings)
    whole = planned(asked, recordings, windows)
    made = _sizes(sizes, _fewest(asked, windows), windows.called[1])
    plans = []
    for size in made[:-1]:
        few = replace(whole.experiment, folding=replace(asked.folding, people=size))
        plans.append(replace(planned(few, recordings, windows), notes=()))
    return CurvePlan(whole.experiment, made, (*plans, whole))


def begin(todo: CurvePlan, folder: Path) -> None:
    """Make the folder, or make sure that it holds this very learning curve.

    Args:
        todo: the plan.
        folder: of the learning curve.

    Raises:
        KodoError: the folder holds something else, or cannot be written.
    """
    content = {
        "models": list(todo.experiment.models),
        "sizes": list(todo.sizes),
        "fits": len(todo.plans[0].fits),
        "seeds": todo.experiment.seeds,
        "protocol": todo.experiment.protocol,
    }
    text = written(todo.experiment)
    if (folder / ASKED).is_file():
        same = asked_of(folder) == content
        if not same or (folder / "experiment.toml").read_text(encoding="utf-8") != text:
            raise KodoError(f"{folder} holds another learning curve; name another folder with --out.")
    elif folder.exists() and (not folder.is_dir() or any(not _ours(path) for path in folder.iterdir())):
        raise KodoError(
            f"{folder} is there already and is no learning curve; name another folder with --out."
        )
    write_text(folder / "experiment.toml", text)
    write_json(folder / ASKED, content)


def estimate(todo: CurvePlan, folder: Path, jobs: int | None) -> dict[str, Any]:
    """What a learning curve would do, and about how long it takes.

    Args:
        todo: the plan.
        folder: of the learning curve; finished fits are not counted again.
        jobs: fits at once; None = one per core.
    """
    parts = [estimate_of(plan, place, jobs) for plan, place in todo.parts(folder)]
    summed = {key: sum(part[key] for part in parts) for key in ("fits", "finished", "minutes")}
    return parts[-1] | summed | {
        "sizes": list(todo.sizes),
        "minutes_by_model": {
            name: sum(part["minutes_by_model"].get(name, 0.0) for part in parts)
            for name in todo.experiment.models
        },
        "folder": str(folder),
    }  # fmt: skip


def _fewest(asked: Experiment, windows: Windows) -> int:
    """People to learn from in the fold that has fewest; refused where people are not what is divided."""
    protocol = PROTOCOLS.get(asked.protocol)
    one = replace(asked.folding, people=1)
    if len(np.unique(windows.subject[protocol.fold(windows, 0, one).train])) != 1:
        able = [name for name in PROTOCOLS.names() if "people" in PROTOCOLS.get(name).reads]
        raise KodoError(
            f"The protocol {asked.protocol} does not read folding.people; a learning curve needs one of "
            f"{', '.join(able)}."
        )
    folds = range(protocol.count(windows, asked.folding))
    return min(
        len(np.unique(windows.subject[protocol.fold(windows, fold, asked.folding).train])) for fold in folds
    )


def _sizes(asked: Sequence[int], fewest: int, many: str) -> tuple[int, ...]:
    """The sizes in order, everybody last."""
    for size in asked:
        if not 1 <= size < fewest:
            raise KodoError(
                f"Sizes lie from 1 to {fewest - 1} here: a fold has at least {fewest} {many} to learn from, "
                f"and all of them are always the last size; got {size}."
            )
    usual = [2**power for power in range(fewest.bit_length()) if 2**power < fewest]
    return (*sorted(set(asked or usual)), EVERYBODY)


def _usual_folder(asked: Experiment, sizes: Sequence[int]) -> Path:
    """Where a learning curve is kept when the user names no place: the same one, the same folder."""
    name = f"{Path(asked.dataset).name}-{asked.protocol}-{digest([written(asked), sorted(sizes)], 6)}"
    return Path("curves") / name


def _ours(path: Path) -> bool:
    """Whether a beginning that was killed leaves such a file."""
    return path.name == "experiment.toml" or path.name.startswith((f".{ASKED}.", ".experiment.toml."))
