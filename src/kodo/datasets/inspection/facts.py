"""The facts of a dataset as it lies here, for tables, reports and `dataset.json`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.check import counts, findings
from kodo.datasets.recording import Recordings, in_order

MET = {"all": "all files", "part": "part", "format": "format only"}
"""What a reader has been run on, in the words of tables, by `met` of the card."""


def facts(recordings: Recordings) -> dict[str, Any]:
    """What recordings hold, as JSON can hold it.

    Args:
        recordings: as `kodo.load` gives them.

    Returns:
        all facts of the card, and as found here: `checksum`, `counts` (recordings, people, rows, labelled,
        segments, sessions), `rates` (Hz), `seconds` (all, labelled), `people`, `activities`, `table`
        (person x activity, seconds), `channels`, `missing` (share of values, 0 to 1), `findings`
        (sentences).
    """
    people = in_order([r.subject for r in recordings])
    table = seconds(recordings)
    number = counts(recordings)
    number["sessions"] = len({(r.subject, r.session) for r in recordings})
    return recordings.card.facts() | {
        "checksum": recordings.checksum,
        "counts": number,
        "rates": sorted({r.rate for r in recordings}),
        "seconds": {
            "all": float(sum(len(r.signal) / r.rate for r in recordings)),
            "labelled": float(table.sum()),
        },
        "people": people,
        "activities": list(recordings.card.activities),
        "table": [[round(value, 3) for value in row] for row in table.tolist()],
        "channels": [vars(channel) for channel in recordings[0].channels],
        "missing": _missing(recordings),
        "findings": list(findings(recordings)),
    }


def seconds(recordings: Recordings) -> NDArray[np.float64]:
    """(person, activity) seconds labelled; people in counting order, activities as on the card."""
    people = {name: row for row, name in enumerate(in_order([r.subject for r in recordings]))}
    classes = len(recordings.card.activities)
    table = np.zeros((len(people), classes))
    for recording in recordings:
        samples = np.bincount(recording.label + 1, minlength=classes + 1)[1:]
        table[people[recording.subject]] += samples / recording.rate
    return table


def _missing(recordings: Recordings) -> float:
    """Share of values that were not measured; one recording at a time, so that memory stays small."""
    lost = sum(int(np.isnan(r.signal).sum()) for r in recordings)
    return lost / sum(r.signal.size for r in recordings)
