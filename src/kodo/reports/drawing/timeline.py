"""One recording's timeline as a picture: what was done when, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from kodo.evaluation.timeline import Segment, merge, segments
from kodo.files import replacing

OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#000000")
"""Colours of up to eight activities that colour-blind people tell apart (Okabe and Ito)."""

ROWS = 12
"""Activities that get a row of their own."""

POINTS = 300
"""Most steps of the curve; of more, means are drawn."""

PERIODS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Distances of ticks on the time axis, seconds."""

STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 11,
    "svg.fonttype": "path",
    "svg.hashsalt": "kodo",
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
}


def write_picture(
    path: Path,
    name: str,
    activities: Sequence[str],
    rate: float,
    samples: int,
    start: NDArray[np.integer],
    stop: NDArray[np.integer],
    probability: NDArray[np.floating],
) -> Path:
    """Draw a timeline: one row per activity with its stretches, below them how probable they are.

    Where windows overlap, their probabilities are averaged.

    Args:
        path: of the picture, `.svg` or `.png`.
        name: of the recording.
        activities: class names.
        rate: samples per second (Hz).
        samples: of the recording.
        start: (step,) first sample of each window.
        stop: (step,) sample after the last.
        probability: (step, class).

    Raises:
        KodoError: it could not be written.
    """
    logarithm = np.log(np.maximum(probability, np.finfo(np.float32).tiny))
    steps = merge(logarithm, start, stop - start, samples)
    stretches = segments(steps.labels(), steps.start, steps.length, rate, steps.probability)
    seconds = samples / rate
    shares = _shares(stretches, len(activities), seconds)
    shown = _shown(shares)
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        figure = Figure(figsize=(10, 1.9 + 0.36 * len(shown)), layout="constrained")
        rows, curve = figure.subplots(2, 1, sharex=True, height_ratios=[0.36 * len(shown), 0.9])
        _draw_rows(rows, stretches, shown, activities, shares)
        _draw_curve(curve, *_averaged(steps.probability.max(axis=1), np.append(steps.start, samples) / rate))
        time_axis(curve, seconds)
        figure.suptitle(title(activities, shares, seconds), x=0.01, ha="left", fontsize=15)
        rows.set_title(_caption(name, len(start), shares, shown), loc="left", fontsize=10, color="#555555")
        with replacing(path) as temporary:
            kind = path.suffix.lstrip(".").lower() or "svg"
            stamp = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
            figure.savefig(temporary, format=kind, dpi=150, metadata=stamp)
    return path


def title(activities: Sequence[str], shares: NDArray[np.float64], seconds: float) -> str:
    """What is seen, in one line.

    Args:
        activities: class names.
        shares: (class,) part of the time of each.
        seconds: of the recording.
    """
    most = int(shares.argmax())
    word = "Only" if shares[most] == 1 else "Mostly" if shares[most] >= 0.5 else "Most often"
    return f"{word} {activities[most]} ({_per_cent(shares[most])} of {duration(seconds)})"


def duration(seconds: float) -> str:
    """Seconds as people say them: 4.2 s, 2 min 10 s, 3 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        parts = ((whole // 60, "min"), (whole % 60, "s"))
    else:
        parts = (((whole + 30) // 3600, "h"), ((whole + 30) % 3600 // 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def colours(count: int) -> list[str]:
    """One colour per activity: Okabe and Ito's up to eight, else steps of one scale from dark to light."""
    if count <= len(OKABE_ITO):
        return list(OKABE_ITO[:count])
    scale = mpl.colormaps["viridis"]
    return [mpl.colors.to_hex(scale(place)) for place in np.linspace(0, 0.95, count)]


def _shares(stretches: Sequence[Segment], classes: int, seconds: float) -> NDArray[np.float64]:
    shares = np.zeros(classes)
    for stretch in stretches:
        shares[stretch.label] += (stretch.stop - stretch.start) / seconds
    return shares


def _shown(shares: NDArray[np.float64]) -> list[int]:
    """The activities with a row: all, or of many the most frequent that were seen, in their own order."""
    if len(shares) <= ROWS:
        return list(range(len(shares)))
    often = np.argsort(-shares, kind="stable")[:ROWS]
    return sorted(int(place) for place in often if shares[place] > 0)


def _draw_rows(
    axes: Axes,
    stretches: Sequence[Segment],
    shown: Sequence[int],
    activities: Sequence[str],
    shares: NDArray[np.float64],
) -> None:
    palette = colours(len(activities))
    for row, activity in enumerate(shown):
        bars = [(s.start, s.stop - s.start) for s in stretches if s.label == activity]
        axes.axhline(row, color="#DDDDDD", linewidth=0.6, zorder=0)
        # A thin edge keeps stretches visible that are shorter than a dot of the picture.
        axes.broken_barh(bars, (row - 0.36, 0.72), color=palette[activity], edgecolor=palette[activity])
        if bars:
            axes.annotate(
                _per_cent(shares[activity]), (1, row), (44, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", va="center", ha="right", fontsize=10,
            )  # fmt: skip
    axes.set_yticks(range(len(shown)), [activities[activity] for activity in shown])
    for label, activity in zip(axes.get_yticklabels(), shown, strict=True):
        label.set_color("black" if shares[activity] > 0 else "#888888")
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.tick_params(axis="x", labelbottom=False)
    axes.spines[["left", "bottom"]].set_visible(False)


def _averaged(
    probability: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A curve of steps; many of them as means over POINTS equally long stretches."""
    if len(probability) <= POINTS:
        return probability, edges
    area = np.append(0, np.cumsum(probability * np.diff(edges)))
    even = np.linspace(edges[0], edges[-1], POINTS + 1)
    return np.diff(np.interp(even, edges, area)) / np.diff(even), even


def _draw_curve(axes: Axes, probability: NDArray[np.float64], edges: NDArray[np.float64]) -> None:
    axes.stairs(probability, edges, color="#333333", linewidth=1.2, baseline=None)
    axes.stairs(probability, edges, color="#333333", alpha=0.12, fill=True)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1])
    axes.axhline(0.5, color="#DDDDDD", linewidth=0.6, zorder=0)
    axes.set_ylabel("probability", fontsize=10)


def time_axis(axes: Axes, seconds: float) -> None:
    """Label the time axis of a recording in units that suit its length.

    Args:
        axes: whose horizontal axis is seconds.
        seconds: of the recording.
    """
    axes.set_xlim(0, seconds)
    if seconds < 8:
        axes.xaxis.set_major_locator(MaxNLocator(8))
        axes.set_xlabel("time, s")
        return
    period = next((p for p in PERIODS if seconds / p <= 9), PERIODS[-1])
    axes.set_xticks(np.arange(0, seconds + 1e-9, period))
    long = seconds >= 3600
    axes.set_xlabel("time, h:min" if long else "time, min:s")
    size = 60 if long else 1
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{round(value / size) // 60}:{round(value / size) % 60:02d}")
    )


def _caption(name: str, windows: int, shares: NDArray[np.float64], shown: Sequence[int]) -> str:
    text = f"{name}, {windows:,} window{'s' if windows > 1 else ''}; share of the time at the right"
    hidden = sum(1 for place, share in enumerate(shares) if share > 0 and place not in shown)
    return text + (f"; {hidden} rarer activities are not shown" if hidden else "")


def _per_cent(share: float) -> str:
    number = 100 * share
    if share > 0 and number < 1:
        return "< 1 %"
    if share < 1 and number > 99:
        return "> 99 %"
    return f"{number:.0f} %"
