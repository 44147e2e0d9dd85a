"""One recording as coloured strips: what was done, and what was said of it in several ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kodo.evaluation.events import Stretches, differing
from kodo.evaluation.timeline import NOTHING
from kodo.reports.drawing.svg import INK, picture
from kodo.reports.drawing.timeline import colours, time_axis

WIDTH = 760
"""Px of a picture; on a narrow screen it scrolls in its box."""


def palette(activities: int) -> list[str]:
    """One colour per activity; black becomes the colour of the text, so that it shows on a dark ground.

    Args:
        activities: how many there are.
    """
    return [INK if colour == "#000000" else colour for colour in colours(activities)]


def strips(rows: Mapping[str, Stretches], rate: float, seconds: float, activities: int, name: str) -> str:
    """Draw the strips one below the other, each error marked by a line below its strip.

    Args:
        rows: name -> stretches, the truth first.
        rate: samples per second (Hz).
        seconds: of the recording.
        activities: how many there are.
        name: of the picture, unique within the page.
    """
    chosen = palette(activities)
    truth = next(iter(rows.values()))

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for row, stretches in enumerate(rows.values()):
            _strip(axes, row, stretches, rate, chosen)
            wrong = [(a / rate, (b - a) / rate) for a, b in differing(truth, stretches)]
            axes.broken_barh(wrong, (row + 0.34, 0.1), color=INK, linewidth=0)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set_ylim(len(rows) - 0.45, -0.45)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        time_axis(axes, seconds)

    return picture(draw, WIDTH, 46 + 34 * len(rows), name)


def _strip(axes: Axes, row: int, stretches: Stretches, rate: float, chosen: Sequence[str]) -> None:
    axes.axhline(row, color=INK, linewidth=0.5, alpha=0.35, zorder=0)
    for activity in np.unique(stretches.label[stretches.label != NOTHING]).tolist():
        own = stretches.label == activity
        bars = np.column_stack([stretches.start[own], (stretches.stop - stretches.start)[own]]) / rate
        axes.broken_barh(bars.tolist(), (row - 0.32, 0.6), color=chosen[activity], linewidth=0)
