"""The box plot of repeats: a box per model over its seeds, and every seed as a dot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from kodo.reports.drawing.svg import BLUE, INK, picture, shortened

WIDTH = 320
"""Of the picture in px, where a letter is 10 px high."""
LONGEST = 24
"""Letters of a name that are shown."""


def boxes(repeats: Sequence[tuple[str, NDArray[np.float64]]], name: str) -> str:
    """Median and quartiles as a box, whiskers to the outermost seeds, each seed as a dot.

    Args:
        repeats: (model, (seed,) means over people), top to bottom.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for row, (_, values) in enumerate(repeats):
            low, first, middle, third, high = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
            axes.plot([low, high], [row, row], color=INK, linewidth=0.8)
            axes.barh(row, third - first, 0.5, first, color=BLUE, alpha=0.25, linewidth=0)
            axes.plot([middle, middle], [row - 0.25, row + 0.25], color=INK, linewidth=2)
            axes.plot(values, np.full(len(values), row), "o", color=BLUE, markersize=4)
        labels = [shortened(model, LONGEST) for model, _ in repeats]
        axes.set_yticks(range(len(repeats)), labels)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_ylim(len(repeats) - 0.5, -0.5)
        axes.margins(x=0.06)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.set_xlabel("macro-F1")

    return picture(draw, WIDTH, 46 + 26 * len(repeats), name)
