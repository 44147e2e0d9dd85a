"""The picture of an audit: a row per split, a dot per person, mean and interval, one axis of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kodo.reports.drawing.svg import BLUE, INK, picture

WIDTH, ROW = 375, 62
"""Of the picture and of a row in px, where a letter is 11 px high."""

ALARM = "#D55E00"
"""Okabe and Ito's vermilion: a leaky row; its dots are hollow as well, so that colour is never alone."""


@dataclass(frozen=True)
class Band:
    """One row.

    Args:
        name: above it.
        says: its mean, at the right end.
        scores: one per person, in the same order in every row; 0 to 1.
        mean: of them.
        low: of the interval; None where there is none.
        high: of the interval.
        leaky: whether its split shares something.
    """

    name: str
    says: str
    scores: Sequence[float]
    mean: float
    low: float | None
    high: float | None
    leaky: bool


def audited(bands: Sequence[Band], axis: str, name: str) -> str:
    """Rows from top to bottom; a thin line joins the dots of a person.

    Args:
        bands: the rows, with the scores of the same people.
        axis: what the scores are.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        heights = [-float(row) for row in range(len(bands))]
        for scores in zip(*(band.scores for band in bands), strict=True):
            axes.plot(scores, heights, color=INK, linewidth=0.6, alpha=0.22)
        for band, height in zip(bands, heights, strict=True):
            _row(axes, band, height)
        lowest = min(min(band.scores) for band in bands)
        axes.set_xlim(np.floor(10 * min(lowest, 0.95)) / 10 - 0.012, 1.012)
        axes.set_ylim(heights[-1] - 0.35, 0.72)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.tick_params(axis="x", labelsize=11)
        axes.set_xlabel(axis, fontsize=11)

    return picture(draw, WIDTH, 44 + ROW * len(bands), name)


def _row(axes: Axes, band: Band, height: float) -> None:
    colour = ALARM if band.leaky else BLUE
    if band.low is not None and band.high is not None:
        axes.fill_betweenx(
            [height - 0.17, height + 0.17], band.low, band.high, color=colour, alpha=0.25, lw=0
        )
    face = "none" if band.leaky else colour
    axes.plot(
        band.scores, [height] * len(band.scores), "o", color=colour, markerfacecolor=face, markersize=5.5,
        markeredgewidth=1.2, alpha=0.85, clip_on=False,
    )  # fmt: skip
    axes.vlines(band.mean, height - 0.2, height + 0.2, color=INK, linewidth=2.5)
    for text, place, side in ((band.name, 0.0, "left"), (band.says, 1.0, "right")):
        above = (place, height + 0.33)
        axes.annotate(text, above, xycoords=("axes fraction", "data"), ha=side, va="bottom", fontsize=11)
