"""What a fit leaves: one folder with its settings, predictions, timeline and example windows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError
from kodo.files import replacing

VALIDATION, TEST = 0, 1
"""Values of `Predictions.side`."""

FORMAT = 1
"""Of records; raised when one that is written today could not be read by an older kodo."""

OF_EVERY_FIT = (
    "key", "model", "protocol", "fold", "seed", "leak", "fit", "seconds", "ms_per_window", "parameters",
    "size", "curves", "counts", "people", "checks",
)  # fmt: skip
"""Keys of `record.json` that scores, tables and tests rest on."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Probabilities of the scored windows of one fit.

    Args:
        log_probability: (window, class) float32, natural logarithm.
        side: (window,) int8, VALIDATION or TEST.
        label: (window,) int16, position in the activities.
        subject: (window,) int32, position in `subjects`.
        recording: (window,) int32, position in `recordings`.
        start: (window,) int64, first sample within its recording.
        length: (window,) int32, samples.
        subjects: (person,) names.
        recordings: (recording,) names.
    """

    log_probability: NDArray[np.float32]
    side: NDArray[np.int8]
    label: NDArray[np.int16]
    subject: NDArray[np.int32]
    recording: NDArray[np.int32]
    start: NDArray[np.int64]
    length: NDArray[np.int32]
    subjects: NDArray[np.str_]
    recordings: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Timeline:
    """Probabilities at every step of the whole recordings of the test people, and their true segments.

    A leaky split has no recording here that was learned from: of random windows nothing is left.

    Args:
        log_probability: (step, class) float16.
        label: (step,) int16, true activity in the middle of the window; -1 = unlabelled.
        subject: (step,) int32, position in `subjects`.
        recording: (step,) int32, position in `recordings`.
        start: (step,) int64, first sample within its recording.
        length: (step,) int32, samples.
        segment: (segment, 4) int64: recording, first sample, sample after the last, label (-1 = unlabelled).
        subjects: (person,) names.
        recordings: (recording,) names.
    """

    log_probability: NDArray[np.float16]
    label: NDArray[np.int16]
    subject: NDArray[np.int32]
    recording: NDArray[np.int32]
    start: NDArray[np.int64]
    length: NDArray[np.int32]
    segment: NDArray[np.int64]
    subjects: NDArray[np.str_]
    recordings: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Examples:
    """Up to 20 test windows with their signals, for the pictures: the surest mistakes, and right ones beside.

    Args:
        signal: (window, channel, time) float32, as measured; NaN past a shorter window's end.
        label: (window,) int16.
        predicted: (window,) int16.
        subject: (window,) names.
        recording: (window,) names.
        start: (window,) int64, first sample within its recording.
    """

    signal: NDArray[np.float32]
    label: NDArray[np.int16]
    predicted: NDArray[np.int16]
    subject: NDArray[np.str_]
    recording: NDArray[np.str_]
    start: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Record:
    """What a fit leaves.

    Args:
        facts: what stands in `record.json`. Keys: `key`, `dataset`, `model` (as asked for: "vgg" or
            "vgg:wide"), `protocol`, `fold` (from 0), `fold_name`, `seed`, `leak` (sentence or ""), `fit` (all
            settings), `seconds` (of fitting), `ms_per_window` (of predicting), `parameters` (count), `size`
            (bytes), `macs` (multiply-accumulates of one window, None for trees), `curves` (name -> one value
            per epoch), `best` (epoch, -1 = none), `notes` (sentences), `counts` (train/validation/test ->
            windows), `people` (train/validation/test -> names), `checks` (list of {code, outcome, says}),
            `provenance` (versions, processor, threads, date).
        predictions: of validation and test windows.
        timeline: of the test people's whole recordings.
        examples: for the pictures.
    """

    facts: Mapping[str, Any]
    predictions: Predictions
    timeline: Timeline
    examples: Examples


def write_record(folder: Path, record: Record) -> None:
    """Write a record whole or not at all.

    Args:
        folder: of this one record; an existing one is kept.

    Raises:
        KodoError: it could not be written.
    """
    if (folder / "record.json").is_file():
        return
    with replacing(folder) as temporary:
        temporary.mkdir()
        for name in ("predictions", "timeline", "examples"):
            part = getattr(record, name)
            np.savez_compressed(
                temporary / f"{name}.npz", **{f.name: getattr(part, f.name) for f in fields(part)}
            )
        content = {"format": FORMAT, **record.facts}
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        (temporary / "record.json").write_text(text + "\n", encoding="utf-8")


def read_record(folder: Path) -> Record:
    """Read a record.

    Raises:
        KodoError: something of it is missing or damaged, or it was written by a newer kodo.
    """
    try:
        facts = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        if not isinstance(facts, dict):
            raise ValueError("record.json holds no facts")
        written = facts.pop("format", 1)
        if written != FORMAT:
            raise KodoError(
                f"The record {folder} has format {written}, and this kodo reads format {FORMAT}: "
                "install a newer kodo."
            )
        parts = [
            read_arrays(folder / f"{kind.__name__.lower()}.npz", kind)
            for kind in (Predictions, Timeline, Examples)
        ]
        if lacks := [key for key in OF_EVERY_FIT if key not in facts]:
            raise ValueError(f"record.json lacks '{lacks[0]}'")
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise KodoError(
            f"The record {folder} is damaged ({error}); delete the folder and repeat the run."
        ) from error
    return Record(facts, *parts)


def finished(folder: Path) -> set[str]:
    """The keys of the fits whose records a run folder holds."""
    return {path.parent.name for path in (folder / "fits").glob("[!.]*/record.json")}


def failures(folder: Path) -> list[dict[str, Any]]:
    """The fits that failed: key, model, fold, seed and error of each."""
    return [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "failed").glob("*.json"))
    ]


def read_arrays(path: Path, kind: type) -> Any:
    """Arrays of a file as the fields of a dataclass.

    Args:
        path: of an `.npz` file.
        kind: the dataclass; the file holds an array for each of its fields.

    Raises:
        OSError, ValueError, KeyError, EOFError, BadZipFile: the file is missing or damaged.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return kind(**{f.name: arrays[f.name] for f in fields(kind)})
