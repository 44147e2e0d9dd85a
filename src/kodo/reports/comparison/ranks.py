"""The critical-difference diagram: average ranks on an axis, bars under what cannot be told apart."""

from __future__ import annotations

from matplotlib.figure import Figure

from kodo.evaluation.ranks import Ranks
from kodo.reports.drawing.svg import BLUE, INK, picture, shortened

WIDTH = 320
"""Of the picture in px, where a letter is 10 px high."""
ROW = 17
"""Height of a line of the picture in px."""
LETTER = 6.2
"""Width of a letter in px."""
NAMES = 0.45
"""The widest part of the picture that names may take; longer ones are cut."""


def critical_difference(ranks: Ranks, name: str) -> str:
    """A row per model, best first: its average rank as a dot; groups as bars below.

    Args:
        ranks: of the models.
        name: of the picture, unique within the page.
    """
    models, groups = len(ranks.names), ranks.groups
    longest = int(NAMES * WIDTH / LETTER)
    labels = [shortened(model, longest) for model in ranks.names]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for row, mean in enumerate(ranks.mean):
            axes.plot([1, mean], [row, row], color=INK, linewidth=0.5, alpha=0.4)
            axes.plot(mean, row, "o", color=BLUE, markersize=6)
            axes.annotate(f"{mean:.2f}", (mean, row), (6, 0), textcoords="offset points", va="center")
        for line, group in enumerate(groups):
            ends = [ranks.mean[ranks.names.index(model)] for model in (group[0], group[-1])]
            height = models + 0.1 + 0.5 * line
            axes.plot([ends[0] - 0.04, ends[1] + 0.04], [height, height], color=INK, linewidth=3.5)
        foot = models + 0.1 + 0.5 * len(groups) + 0.4
        axes.plot([1, 1 + ranks.distance], [foot, foot], color=BLUE, linewidth=1.5)
        for end in (1, 1 + ranks.distance):
            axes.plot(end, foot, "|", color=BLUE, markersize=8, markeredgewidth=1.5)
        axes.annotate(
            f"critical difference {ranks.distance:.2f}",
            (1, foot),
            (0, -7),
            textcoords="offset points",
            va="top",
        )
        axes.set_ylim(foot + 1.4, -0.6)
        axes.set_xlim(0.9, max(models, 1 + ranks.distance) + 0.35)
        axes.set_xticks(range(1, models + 1, 1 + models // 12))
        axes.set_yticks(range(models), labels)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("average rank (1 is best)")

    height = ROW * (models + 3.5 + 0.5 * len(groups)) + 30
    return picture(draw, WIDTH, round(height), name)
