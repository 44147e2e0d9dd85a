"""What matplotlib draws for a report: learning curves, and the signals of confused windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from kodo.reports.drawing.sample import POINTS, thin
from kodo.reports.drawing.svg import BLUE, INK, drawable, picture

AXES = (BLUE, "#E69F00", "#CC79A7")
"""Colours of the three axes of a sensor."""


@dataclass(frozen=True)
class Curve:
    """One line of a learning picture.

    Args:
        fit: which fit it is of ("fold 1, seed 0").
        side: "train" or "validation".
        values: one per epoch.
        best: the chosen epoch, from 0; -1 = none.
    """

    fit: str
    side: str
    values: Sequence[float]
    best: int


def learning(curves: Sequence[Curve], colour: str, name: str, points: int = POINTS) -> str:
    """Curves over epochs: a thin line per fit, the median thick, the chosen epoch of each fit marked.

    Args:
        curves: of one quantity; training and validation.
        colour: of the model.
        name: of the picture, unique within the page.
        points: most points of one line.
    """

    colour = drawable(colour)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        ends = []
        for side, line in (("train", (0, (3, 1.5))), ("validation", "-")):
            chosen = [curve for curve in curves if curve.side == side]
            if chosen:
                middle = _lines(axes, chosen, colour, line, points)
                ends.append((side, len(middle), middle[-1]))
        for (side, epoch, _), height in zip(ends, _apart(axes, [end[2] for end in ends]), strict=True):
            axes.annotate(side, (epoch, height), (5, 0), textcoords="offset points", va="center", fontsize=10)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_locator(MaxNLocator(5))

    return picture(draw, 300, 190, name)


def signals(
    panels: Sequence[tuple[str, NDArray[np.float32]]], rate: float, low_high: NDArray[np.float64], name: str
) -> str:
    """The signal of one window: one panel per sensor, one line per axis.

    Args:
        panels: per sensor the letters of its axes and its signal (channel, time), as measured.
        rate: samples per second (Hz).
        low_high: (sensor, 2) limits of the vertical axes, shared by the pictures that are compared.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axes, (letters, signal), limits in zip(rows, panels, low_high, strict=True):
            for position, values in enumerate(signal):
                kept = thin(values)
                colour = AXES[position % 3]
                axes.plot(kept / rate, values[kept], color=colour, linewidth=1.1)
            axes.set_ylim(*limits)
            axes.yaxis.set_major_locator(MaxNLocator(2))
            _letters(axes, letters)
        rows[-1].set_xlabel("seconds")
        rows[-1].xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))

    return picture(draw, 225, 36 + 50 * len(panels), name)


def _lines(
    axes: Axes, curves: Sequence[Curve], colour: str, line: object, points: int
) -> NDArray[np.float64]:
    longest = max(len(curve.values) for curve in curves)
    table = np.full((len(curves), longest), np.nan)
    for row, curve in zip(table, curves, strict=True):
        row[: len(curve.values)] = curve.values
        kept = thin(row[: len(curve.values)], points)
        if len(curves) > 1:
            axes.plot(kept + 1, row[kept], color=colour, linewidth=0.8, alpha=0.5, linestyle=line)
        if curve.side == "validation" and 0 <= curve.best < len(curve.values):
            axes.plot(curve.best + 1, row[curve.best], "o", color=colour, markersize=4.5, markeredgecolor=INK)
    # Past the end of a fit that stopped early the median would jump: it is drawn while half of them run.
    running = np.isfinite(table).sum(0) * 2 >= len(curves)
    middle: NDArray[np.float64] = np.nanmedian(table[:, running], axis=0)
    kept = thin(middle, points)
    axes.plot(kept + 1, middle[kept], color=colour, linewidth=2, linestyle=line)
    return middle


def _apart(axes: Axes, heights: Sequence[float]) -> list[float]:
    """Heights of labels, moved so that two of them do not overlap."""
    low, high = axes.get_ylim()
    room = 0.09 * (high - low)
    if len(heights) == 2 and abs(heights[0] - heights[1]) < room:
        middle, sign = sum(heights) / 2, 1 if heights[0] >= heights[1] else -1
        return [middle + sign * room / 2, middle - sign * room / 2]
    return list(heights)


def _letters(axes: Axes, letters: str) -> None:
    for position, letter in enumerate(letters[:3]):
        axes.annotate(
            letter,
            (1, 1),
            (-2 - 9 * (min(len(letters), 3) - 1 - position), 1),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            color=AXES[position % 3],
            fontsize=10,
        )
