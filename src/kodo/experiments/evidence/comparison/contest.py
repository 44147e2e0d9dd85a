"""Contests: the models of several runs that were tested under the same conditions, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.evaluation.repeats import Spread, spread
from kodo.evaluation.score import Score
from kodo.experiments.record import Record
from kodo.experiments.summary import HEADLINE, MAJORITY, Row, Run, open_run, rows

CONDITIONS = ("protocol", "folding", "window", "channels", "steps")
"""Keys of `experiment.toml` that models of one contest have in common, besides data and activities."""

RECIPE = ("prepare", "parameters", "train", "numerics")
"""Keys of a fit that say how a model was prepared and trained."""

FEW = 3
"""Channels, steps or activities that a title names; of more it says how many."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One model of a contest.

    Args:
        name: the model as asked for; with the run's folder where two runs hold the same one.
        row: its scores.
        records: of its fits.
        folder: of its run.
        lacks: what of it is not there ("7 of 10 fits"), or "".
    """

    name: str
    row: Row
    records: tuple[Record, ...]
    folder: Path
    lacks: str

    @property
    def score(self) -> Score:
        """The headline score of every person."""
        return Score(HEADLINE[0], self.row.people, self.row.scores[HEADLINE[0]])

    @property
    def seeds(self) -> int:
        """How many seeds it was trained with."""
        return len(self.row.by_seed)

    @property
    def recipes(self) -> frozenset[str]:
        """How its fits were prepared and trained, whoever was on which side; of most models one."""
        return frozenset(
            json.dumps([record.facts["fit"].get(key) for key in RECIPE], sort_keys=True)
            for record in self.records
        )

    @property
    def tested(self) -> frozenset[tuple[str, ...]]:
        """The people who were tested together, of every fold."""
        return frozenset(tuple(sorted(record.facts["people"]["test"])) for record in self.records)

    @property
    def spread(self) -> Spread | None:
        """Its spread over seeds and over people; None where fits are missing."""
        return None if self.lacks else spread(self.row.by_seed)


@dataclass(frozen=True, eq=False)
class Contest:
    """Models tested on the same windows of the same people.

    Args:
        dataset: `dataset.json` of the first run.
        conditions: what all have in common, by the keys of CONDITIONS.
        entries: the models, in the order of the runs.
        majority: the row of always naming the commonest activity.
        apart: what differs from the other contests on the same dataset ("protocol arena"), or "".
    """

    dataset: Mapping[str, Any]
    conditions: Mapping[str, Any]
    entries: tuple[Entry, ...]
    majority: Row
    apart: str = ""

    @property
    def title(self) -> str:
        """The dataset, what tells this contest from others on it, and whether it leaks."""
        said = [part for part in (self.apart, "LEAKY" if self.leak else "") if part]
        return f"{self.dataset['name']} ({', '.join(said)})" if said else str(self.dataset["name"])

    @property
    def protocol(self) -> str:
        """How people were divided."""
        return str(self.conditions["protocol"])

    @property
    def subjects(self) -> tuple[str, str]:
        """What the people are called, one and many."""
        return self.majority.subjects

    @property
    def leak(self) -> str:
        """What a leaky protocol shares, or ""."""
        return next((entry.row.leak for entry in self.entries if entry.row.leak), "")


def contests(folders: Sequence[Path]) -> tuple[Contest, ...]:
    """Read runs, and put together what was tested under the same conditions.

    Args:
        folders: of the runs; one given twice counts once.

    Returns:
        in the order of the runs.

    Raises:
        KodoError: a folder is no run, holds no finished fit, or something of it is damaged or newer.
    """
    runs = [open_run(folder) for folder in {folder.resolve(): folder for folder in folders}.values()]
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(json.dumps(_conditions(run), sort_keys=True), []).append(run)
    made = [_contest(group) for group in groups.values()]
    return tuple(replace(contest, apart=_apart(contest, made)) for contest in made)


def undivided(contest: Contest, entry: Entry) -> dict[str, Any]:
    """Everything besides the division: where it is the same, two divisions can be held against each other.

    Args:
        contest: of the model.
        entry: the model.

    Returns:
        its name, who was tested, under which conditions, made by which recipes, and who was tested together.
    """
    return {
        "model": entry.row.model,
        "people": entry.row.people,
        "conditions": {k: v for k, v in contest.conditions.items() if k not in ("protocol", "folding")},
        "recipes": sorted(entry.recipes),
        "tested": sorted(entry.tested),
    }


def _contest(runs: Sequence[Run]) -> Contest:
    entries: list[Entry] = []
    for run in runs:
        *models, majority = rows(run)
        assert majority.model == MAJORITY
        for row in models:
            records = tuple(r for r in run.records if r.facts["model"] == row.model)
            entries.append(Entry(row.model, row, records, run.folder, run.lacking[row.model]))
    names = [entry.name for entry in entries]
    entries = [
        replace(entry, name=f"{entry.name} ({entry.folder.name})") if names.count(entry.name) > 1 else entry
        for entry in entries
    ]
    # The commonest activity of a fold is the same in every run; of the longest one nobody is missing.
    fullest = max(runs, key=lambda run: len(run.records))
    return Contest(runs[0].dataset, _conditions(runs[0]), tuple(entries), rows(fullest)[-1])


def _conditions(run: Run) -> dict[str, Any]:
    asked = {key: run.experiment.get(key) for key in CONDITIONS}
    # A folder made before a setting existed was made at its default.
    folding = json.loads(json.dumps(asdict(Folding()))) | run.experiment.get("folding", {})
    name = run.experiment["protocol"]
    reads = PROTOCOLS.get(name).reads if name in PROTOCOLS.names() else tuple(folding)
    asked["folding"] = {key: value for key, value in folding.items() if key in reads}
    data = {key: run.dataset.get(key) for key in ("name", "checksum", "activities")}
    return asked | data


def _apart(contest: Contest, made: Sequence[Contest]) -> str:
    """What tells a contest from others on its dataset."""
    others = [c for c in made if c is not contest and c.dataset["name"] == contest.dataset["name"]]
    said = []
    for key, value in contest.conditions.items():
        if any(other.conditions[key] != value for other in others):
            said.extend(_said(key, value, [other.conditions[key] for other in others]))
    return ", ".join(said)


def _said(key: str, value: Any, others: Sequence[Any]) -> list[str]:
    if isinstance(value, Mapping):
        differing = [
            name
            for name in value
            # A setting that another protocol does not read tells nothing apart: the protocols do.
            if any(not isinstance(o, Mapping) or o.get(name, value[name]) != value[name] for o in others)
        ]
        return [f"{name} {value[name]}" for name in differing]
    if key == "checksum":
        return [f"data {str(value)[:8]}"]
    if isinstance(value, list):
        named = [" ".join(map(str, one.values())) if isinstance(one, Mapping) else str(one) for one in value]
        if not named:
            return ["no steps" if key == "steps" else f"all {key}"]
        return [f"{key} {', '.join(named)}" if len(named) <= FEW else f"{len(named)} {key}"]
    return [f"{key} {value}"]
