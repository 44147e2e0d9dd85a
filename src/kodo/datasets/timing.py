"""What time stamps say about a recording, as facts of it: the rate found, jitter, gaps, repetitions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def timing(seconds: NDArray[np.float64], gap_before: float = 0.0) -> dict[str, str]:
    """Facts of a recording that its time stamps give.

    Args:
        seconds: (time,) the stamps as published, never decreasing.
        gap_before: how long nothing was measured between the recording before it in the same file and this
            one (seconds); 0 = there is none.

    Returns:
        `rate_found` (Hz, by the median of the steps that are not zero), `jitter` (median distance of a step
        from that median, as a share of it), `longest_step` (seconds), `repeated_stamps` (samples with the
        stamp of the one before; only where there are any) and `gap_before` (seconds; only where there is
        one). Nothing of steps for fewer than two samples, or when no stamp differs.
    """
    facts = {"gap_before": f"{gap_before:.6g}"} if gap_before > 0 else {}
    # What is finer than a nanosecond is the rounding of the stamps themselves.
    step = np.diff(seconds).round(9)
    moved = np.sort(step[step > 0])
    if len(moved):
        median = _middle(moved)
        facts["rate_found"] = f"{1 / median:.6g}"
        facts["jitter"] = f"{_middle(np.sort(np.abs(moved - median))) / median:.3g}"
        facts["longest_step"] = f"{moved[-1]:.6g}"
    if len(moved) < len(step):
        facts["repeated_stamps"] = str(len(step) - len(moved))
    return facts


def _middle(ordered: NDArray[np.float64]) -> float:
    """The median of sorted numbers; numpy's own is slower, which counts in thousands of recordings."""
    half = len(ordered) // 2
    return float(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2)
