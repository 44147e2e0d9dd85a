"""Which test windows are kept with their signals, so that a report can draw what was confused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kodo.experiments.record import Examples
from kodo.windows.cut import Windows

PAIRS = 5
"""Most confused pairs kept per fit; each with two mistakes and one right window of either activity."""


def examples(windows: Windows, rows: NDArray[np.int64], log_probability: NDArray[np.float32]) -> Examples:
    """The surest mistakes of the most confused pairs, and the surest right windows beside them.

    Args:
        windows: what the rows are positions of.
        rows: (window,) positions of the test windows.
        log_probability: (window, class) what the model said of them.

    Returns:
        at most 20 windows, signals as measured.
    """
    kept = _chosen(windows.label[rows], log_probability)
    chosen = rows[kept]
    signal = np.full((len(kept), len(windows.channels), windows.longest), np.nan, np.float32)
    for place, row in enumerate(chosen):
        start, length = windows.start[row], windows.length[row]
        signal[place, :, :length] = windows.signal[start : start + length].T
    recording = windows.recording[chosen]
    return Examples(
        signal=signal,
        label=windows.label[chosen],
        predicted=log_probability[kept].argmax(1).astype(np.int16),
        subject=np.array([windows.subjects[code] for code in windows.subject[chosen]], np.str_),
        recording=np.array([windows.recordings[code] for code in recording], np.str_),
        start=windows.start[chosen] - windows.bounds[recording, 0],
    )


def _chosen(label: NDArray[np.int16], log_probability: NDArray[np.float32]) -> NDArray[np.int64]:
    predicted = log_probability.argmax(1)
    sure = log_probability.max(1)
    wrong = np.flatnonzero(predicted != label)
    pairs, counts = np.unique(np.column_stack([label[wrong], predicted[wrong]]), axis=0, return_counts=True)
    kept: list[int] = []
    for true, taken in pairs[np.argsort(-counts, kind="stable")][:PAIRS]:
        for one, other, many in ((true, taken, 2), (true, true, 1), (taken, taken, 1)):
            candidates = np.flatnonzero((label == one) & (predicted == other))
            kept += candidates[np.argsort(-sure[candidates], kind="stable")][:many].tolist()
    return np.array(list(dict.fromkeys(kept)), np.int64)
