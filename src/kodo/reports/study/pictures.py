"""What matplotlib draws for a study: the best score against the number of points, and losses of trials."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kodo.reports.drawing.sample import thin
from kodo.reports.drawing.svg import BLUE, INK, picture
from kodo.tuning.answers.curves import Shown
from kodo.tuning.answers.enough import Enough

ORANGE = "#E69F00"

COLOURS = {"best": BLUE, "median": ORANGE}

BEYOND = 1.3
"""Losses are shown up to this many times the highest first one: what explodes would flatten all else."""


def growth(found: Enough, trials: int, name: str) -> str:
    """The best score against the number of trials: expected of quasi-random points, and as it went.

    Args:
        found: of an arm, with one complete quasi-random trial at least.
        trials: of the arm, both phases.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        points = found.points
        axes.fill_between(points, found.low, found.high, color=BLUE, alpha=0.2, linewidth=0)
        axes.plot(points, found.expected, color=BLUE, linewidth=2)
        went = [*found.rises, (trials, found.rises[-1][1])]
        axes.step(*zip(*went, strict=True), where="post", color=INK, linewidth=1)
        if trials > points[-1]:
            axes.axvline(points[-1], color=INK, linewidth=0.6, linestyle=(0, (3, 2)))
            axes.annotate("guided", (points[-1], 0), (4, 4), xycoords=("data", "axes fraction"),
                          textcoords="offset points")  # fmt: skip
        axes.set_xlim(1, max(trials, 2))
        axes.set_xlabel("trials")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        axes.yaxis.set_major_locator(MaxNLocator(5))

    return picture(draw, 300, 190, name)


def losses(shown: Sequence[Shown], name: str) -> str:
    """Training and validation losses of trials over epochs.

    Args:
        shown: the best and the median trial.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for one in shown:
            for side, line in (("train_loss", (0, (3, 1.5))), ("validation_loss", "-")):
                _line(axes, one, side, line)
        _frame(axes, shown)

    return picture(draw, 300, 200, name)


def _line(axes: Axes, one: Shown, side: str, line: object) -> None:
    values = np.array(one.curves.get(side, ()), float)
    if not len(values):
        return
    kept, colour = thin(values), COLOURS[one.which]
    axes.plot(kept + 1, values[kept], color=colour, linewidth=1.4, linestyle=line)
    if side == "validation_loss" and 0 <= one.best < len(values):
        axes.plot(one.best + 1, values[one.best], "o", color=colour, markersize=4.5, markeredgecolor=INK)


def _frame(axes: Axes, shown: Sequence[Shown]) -> None:
    lines = [list(one.curves[side]) for one in shown for side in ("train_loss", "validation_loss")
             if one.curves.get(side)]  # fmt: skip
    low, high = min(map(min, lines)), BEYOND * max(line[0] for line in lines)
    high = min(high, max(map(max, lines)))
    room = 0.05 * (high - low) or 0.05
    axes.set_ylim(low - room, high + room)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(5))
