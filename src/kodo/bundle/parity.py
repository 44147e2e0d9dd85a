"""How far an exported file is from what was evaluated, on real windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kodo.bundle.bundle import run
from kodo.errors import KodoError
from kodo.training.trainer import Exported, Fitted
from kodo.training.trees import FLOOR
from kodo.windows.cut import Windows

BATCHES = (1, 3, 64)
"""Numbers of windows at which file and torch are compared."""

TOLERANCE = 1e-5
"""Largest difference of a probability, for networks."""

LOOSE_TOLERANCE = 1e-4
"""The same behind a Fourier transform, whose sums are ordered differently in each library."""

FOURIER = ("DFT", "STFT")
"""Operations that compute a Fourier transform."""


def examples(windows: Windows, count: int = max(BATCHES)) -> NDArray[np.int64]:
    """Positions of real windows to compare on, spread evenly over all that are whole.

    Args:
        windows: what was fitted on.
        count: how many; some come twice where there are fewer.

    Returns:
        (window,) positions; whole = as long as the longest, or for sequences at least the median.
    """
    needed = windows.longest if windows.cutting.seconds is not None else int(np.median(windows.length))
    whole = np.flatnonzero(windows.length >= needed)
    rows = whole if len(whole) else np.arange(len(windows))
    return rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)]


def signals(windows: Windows, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The signal of windows as measured, all as long as the shortest of them (fixed: as the longest).

    Args:
        windows: what the rows are positions of.
        rows: (window,) positions.

    Returns:
        (window, channel, time); zero past a window's end.
    """
    fixed = windows.cutting.seconds is not None
    width = windows.longest if fixed else int(windows.length[rows].min())
    gathered = np.zeros((len(rows), len(windows.channels), width), np.float32)
    for place, row in enumerate(rows.tolist()):
        start, size = int(windows.start[row]), min(int(windows.length[row]), width)
        gathered[place, :, :size] = windows.signal[start : start + size].T
    return gathered


def compare(
    parts: Exported, fitted: Fitted, session: Any, windows: Windows, shortest: int | None, fourier: bool
) -> dict[str, Any]:
    """Compare the file with torch and with what was evaluated.

    Args:
        parts: graph and estimator that were exported.
        fitted: the recipe they come from.
        session: onnxruntime with the file in it.
        windows: what was fitted on.
        shortest: fewest samples of a window where every length is taken, else None.
        fourier: whether the graph computes a Fourier transform.

    Returns:
        figures for the model card.

    Raises:
        KodoError: they differ by more than the tolerance.
    """
    rows = examples(windows)
    signal = signals(windows, rows)
    length = signal.shape[2]
    loose = fourier or parts.estimator is not None
    allowed = Allowed(LOOSE_TOLERANCE if loose else TOLERANCE, _one_split(parts.estimator))
    lengths = [length] if shortest is None else [length, other_length(length, shortest)]
    pairs = []
    for count, size in [(count, length) for count in BATCHES] + [(BATCHES[1], s) for s in lengths[1:]]:
        part = np.concatenate([signal[:count]] * 2, axis=2)[:, :, :size]
        pairs.append((f"{count} windows of {size} samples", part, reference(parts, part, windows)))
    if (windows.length[rows] == length).all():
        pairs.append(("windows it was fitted on", signal, np.exp(fitted.log_probabilities(windows, rows))))
    worst = 0.0
    changed = 0
    for at, part, wanted in pairs:
        got = np.exp(run(session, part))
        worst = max(worst, allowed.check(got, wanted, at))
        changed += int((got.argmax(axis=1) != wanted.argmax(axis=1)).sum())
    return {
        "batches": list(BATCHES),
        "lengths": lengths,
        "tolerance": allowed.difference,
        "largest_difference": worst,
        "changed_labels": changed,
    }


def reference(parts: Exported, signal: NDArray[np.float32], windows: Windows) -> NDArray[np.float32]:
    """What torch (and scikit-learn behind it) says of windows.

    Args:
        parts: graph and estimator.
        signal: (window, channel, time) as measured.
        windows: whose activities count.

    Returns:
        (window, class) probabilities.
    """
    with torch.inference_mode():
        output: NDArray[np.float32] = parts.graph.eval()(torch.from_numpy(signal)).numpy()
    if parts.estimator is None:
        return np.exp(output)
    probability = np.zeros((len(signal), len(windows.activities)), np.float32)
    probability[:, np.asarray(parts.estimator.classes_, np.int64)] = parts.estimator.predict_proba(output)
    return np.maximum(probability, np.float32(FLOOR))


def other_length(length: int, shortest: int) -> int:
    """A window length that is not the traced one, yet long enough.

    Args:
        length: the traced one, samples.
        shortest: fewest samples the model takes.
    """
    return length * 2 // 3 if length * 2 // 3 >= shortest else length + length // 2 + 1


@dataclass(frozen=True)
class Allowed:
    """How far probabilities of the file may lie from the reference.

    Args:
        difference: of a probability.
        split: share of one tree in a forest, 0 for networks. A feature that meets a threshold to its last
            digit may send a window the other way in a tree or two: so may no more than 1 window in 20, and
            each label that changes was a tie within four such shares.
    """

    difference: float
    split: float

    def check(self, got: NDArray[np.float32], wanted: NDArray[np.float32], at: str) -> float:
        """The largest difference.

        Args:
            got: (window, class) probabilities of the file.
            wanted: (window, class) of the reference.
            at: what was compared, for the message.

        Raises:
            KodoError: it is larger than allowed.
        """
        moved = np.abs(got - wanted).max(axis=1)
        worst = float(np.nan_to_num(moved, nan=np.inf).max())
        often = np.count_nonzero(~(moved <= self.difference)) > (len(moved) * 0.05 if self.split else 0)
        if (worst > self.difference and often) or worst > max(self.difference, 2 * self.split):
            raise KodoError(
                f"The exported file moves probabilities by up to {worst:.2g} on {at}, and at most "
                f"{self.difference:g} is allowed; nothing was written."
            )
        return worst


def _one_split(estimator: Any) -> float:
    return 0.0 if estimator is None else 1 / len(estimator.estimators_)
