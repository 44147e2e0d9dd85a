"""The reliability picture: of windows said to be right with some probability, how many are."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

from kodo.evaluation.calibration import Bin
from kodo.reports.drawing.svg import INK, drawable, picture

WIDTH, HEIGHT = 300, 330
"""In px."""


def drawn_reliability(bins: Sequence[Bin], colour: str, name: str) -> str:
    """The part that is right over confidence, with intervals over people; below, where the windows are.

    Args:
        bins: in order of confidence.
        colour: of the model.
        name: of the picture, unique within the page.
    """
    colour = drawable(colour)
    whole = sum(one.windows for one in bins)

    def draw(figure: Figure) -> None:
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (2, 3)))
        for one in bins:
            if one.right.low is not None and one.right.high is not None:
                axes.vlines(one.confidence, one.right.low, one.right.high, color=colour, linewidth=1.4)
        places = [one.confidence for one in bins]
        heights = [one.right.estimate for one in bins]
        axes.plot(places, heights, color=colour, linewidth=0.8, alpha=0.6)
        for one in bins:  # open: too few people for an interval
            fill = "none" if one.right.low is None else colour
            axes.plot(
                one.confidence, one.right.estimate, "o", color=colour, markerfacecolor=fill, markersize=5
            )
        below.bar(places, [one.windows / whole for one in bins], width=0.03, color=INK, alpha=0.45)
        axes.set_ylabel("right")
        below.set_ylabel("windows")
        below.set_xlabel("probability of the activity it names")
        for which, ticks in ((axes, (0, 0.25, 0.5, 0.75, 1)), (below, (0, 0.5, 1))):
            which.set_xlim(-0.02, 1.02)
            which.set_ylim(-0.02, 1.02)
            which.yaxis.set_major_locator(FixedLocator(ticks))
            which.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        below.xaxis.set_major_locator(FixedLocator((0, 0.25, 0.5, 0.75, 1)))

    return picture(draw, WIDTH, HEIGHT, name)
