"""The work of an audit: the same experiment under three protocols, each a run of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kodo.datasets.recording import Recordings
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.experiments.evidence.audit.giveaways import giveaways
from kodo.experiments.evidence.audit.results import FILE, PROTOCOLS, TRUTH
from kodo.experiments.experiment import Experiment, continued, experiment, read, written
from kodo.experiments.plan import Plan, planned, windows_of
from kodo.experiments.settings import merged
from kodo.files import digest, write_json
from kodo.windows.cut import Windows

MODEL = "features"
"""What is audited when no model is named: it takes seconds."""


@dataclass(frozen=True, eq=False)
class AuditPlan:
    """What an audit will do.

    Args:
        folder: of the audit.
        plans: of each split that can be made, by its name.
        left_out: why a split cannot be made, by its name.
        recordings: as loaded.
        windows: as every fit of every split cuts them.
    """

    folder: Path
    plans: Mapping[str, Plan]
    left_out: Mapping[str, str]
    recordings: Recordings
    windows: Windows

    def parts(self) -> list[tuple[Plan, Path]]:
        """The runs with their folders, the split over people first.

        Its folder says what is audited, should the rest be stopped.
        """
        return [(plan, self.folder / split) for split, plan in reversed([*self.plans.items()])]


def prepared(name: str, model: str | None, changes: Mapping[str, Any], out: Path | None = None) -> AuditPlan:
    """The plan of an audit: the same experiment under three protocols, with the same windows.

    Args:
        name: of a dataset, a folder of recordings, or the folder of an audit that is to go on.
        model: as in an experiment; None = `MODEL`, or the one of the folder.
        changes: settings that differ from the defaults.
        out: the audit's folder; None = the usual one.

    Raises:
        KodoError: settings that the audit makes itself, or as `kodo.experiments.plan.plan`.
    """
    for key in ("protocol", "models", "dataset"):
        if key in changes:
            raise KodoError(f"An audit sets {key} itself: the same model is tested under three protocols.")
    begun = Path(name) / TRUTH / "experiment.toml"
    if begun.is_file():
        if model is not None or changes or out is not None:
            raise KodoError(f"{name} is an audit with settings of its own; name its dataset to change them.")
        truth, folder = read(begun), Path(name)
    else:
        own = {"dataset": name, "models": (model or MODEL,), "protocol": PROTOCOLS[TRUTH]}
        truth = experiment(merged(own, changes), "the command line")
        folder = out or usual_folder(truth)
    truth = continued(truth, folder / TRUTH)
    recordings = load(truth.dataset)
    windows = windows_of(truth, recordings)
    plans, left_out = {TRUTH: planned(truth, recordings, windows)}, {}
    for split, protocol in list(PROTOCOLS.items())[:-1]:
        # The same epochs, also where a budget found them: only the division differs.
        asked = replace(plans[TRUTH].experiment, protocol=protocol)
        try:
            made = planned(asked, recordings, windows)
            # What is so of the data is said once, by the split over people.
            new = tuple(note for note in made.notes if note not in plans[TRUTH].notes)
            plans[split] = replace(made, notes=new)
        except KodoError as error:
            left_out[split] = str(error)
    return AuditPlan(
        folder, {name: plans[name] for name in PROTOCOLS if name in plans}, left_out, recordings, windows
    )


def usual_folder(asked: Experiment) -> Path:
    """Where an audit is kept when the user names no place: the same audit, the same folder.

    Args:
        asked: the experiment of its split over people.
    """
    return Path("runs") / f"audit-{Path(asked.dataset).name}-{digest(written(asked), 6)}"


def conclude(todo: AuditPlan) -> None:
    """Look for what gives the activity away, and write `audit.json`: the runs are done.

    Args:
        todo: the plan.

    Raises:
        KodoError: the file could not be written.
    """
    content = {
        "splits": list(todo.plans),
        "left_out": dict(todo.left_out),
        "giveaways": [vars(found) for found in giveaways(todo.recordings, todo.windows)],
    }
    write_json(todo.folder / FILE, content)
