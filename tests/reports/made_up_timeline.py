"""A made-up run whose records know what was done when."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kodo.experiments.record import read_record, write_record
from made_up_run import made_up_run


def made_up_timeline(folder: Path, **asked: Any) -> Path:
    """Write a made-up run, each recording one stretch per activity, the last step of each unlabelled.

    Args:
        folder: of the run, made.
        asked: of `made_up_run`.
    """
    made_up_run(folder, **asked)
    for place in sorted((folder / "fits").iterdir()):
        record = read_record(place)
        line = record.timeline
        label, segments = line.label.copy(), []
        for code in np.unique(line.recording):
            rows = np.flatnonzero(line.recording == code)
            rows = rows[np.argsort(line.start[rows])]
            label[rows[-1]] = -1
            turns = np.flatnonzero(np.diff(label[rows])) + 1
            heads = np.concatenate([[0], turns])
            first = line.start[rows][heads]
            stops = np.append(first[1:], line.start[rows[-1]] + line.length[rows[-1]])
            segments += [[code, a, b, k] for a, b, k in zip(first, stops, label[rows][heads], strict=True)]
        shutil.rmtree(place)
        whole = replace(line, label=label, segment=np.array(segments, np.int64))
        write_record(place, replace(record, timeline=whole))
    return folder
