"""Curves that trade one rate for another: risk against coverage, known against unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from kodo.reports.drawing.svg import INK, drawable, picture

WIDTH, HEIGHT = 300, 250
"""In px."""

STYLES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)))
"""So that no line is told by its colour alone."""


@dataclass(frozen=True, eq=False)
class Line:
    """A curve that is a mean over people.

    Args:
        name: of the model.
        colour: of the model.
        middle: (point,) mean.
        band: (2, point) ends of the interval over people; None = not drawn.
    """

    name: str
    colour: str
    middle: NDArray[np.float64]
    band: NDArray[np.float64] | None


def risk_coverage(places: NDArray[np.float64], lines: Sequence[Line], name: str) -> str:
    """The part wrong of the accepted windows over the part accepted.

    Args:
        places: (point,) coverages from 0 to 1.
        lines: one per model.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        kept = places > 0.005  # nothing is accepted at 0
        _drawn(axes, places, lines, kept)
        axes.set_xlabel("windows accepted, the surest first")
        axes.set_ylabel("wrong among them")
        axes.set_ylim(bottom=0)
        axes.set_xlim(0, 1)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.legend(loc="upper left", frameon=False, handlelength=2.5)

    return picture(draw, WIDTH, HEIGHT, name)


def receiver(places: NDArray[np.float64], lines: Sequence[Line], name: str) -> str:
    """ROC: the part of known steps accepted over the part of unknown ones accepted; chance is the diagonal.

    Args:
        places: (point,) false positive rates from 0 to 1.
        lines: one per model.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (2, 3)))
        _drawn(axes, places, lines, np.ones(len(places), bool))
        axes.set_xlabel("unknown steps accepted")
        axes.set_ylabel("known steps accepted")
        axes.set_ylim(0, 1.01)
        axes.set_xlim(0, 1)
        axes.legend(loc="lower right", frameon=False, handlelength=2.5)

    return picture(draw, WIDTH, HEIGHT, name)


def _drawn(axes: Axes, places: NDArray[np.float64], lines: Sequence[Line], kept: NDArray[np.bool_]) -> None:
    for number, line in enumerate(lines):
        colour = drawable(line.colour)
        style = STYLES[number % len(STYLES)]
        if line.band is not None:
            axes.fill_between(
                places[kept], line.band[0, kept], line.band[1, kept], color=colour, alpha=0.18, linewidth=0
            )
        middle = line.middle[kept]
        axes.plot(places[kept], middle, color=colour, linewidth=1.8, linestyle=style, label=line.name)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=None))
