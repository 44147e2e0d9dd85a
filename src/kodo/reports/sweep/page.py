"""The page of a sweep: the score over the values of each hyperparameter, and whether the best one counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from kodo.files import write_text
from kodo.reports.drawing.sweep import Mark, limits, swept
from kodo.reports.page import place, render
from kodo.reports.sweep import words
from kodo.reports.sweep.tables import best_data, trial_data, value_data
from kodo.reports.sweep.words import compared, worded
from kodo.tuning.sweep.results import Results, Swept, results

PAGE = "report.html"


@dataclass(frozen=True)
class Panel:
    """One picture of the figure.

    Args:
        key: of the hyperparameter.
        says: its meaning.
        picture: `<svg>`.
        alt: what is seen, in a sentence.
    """

    key: str
    says: str
    picture: str
    alt: str


def write_sweep_page(folder: Path) -> Path:
    """Write the page of a sweep into its folder: one HTML file with everything inside.

    Args:
        folder: of the sweep, finished.

    Returns:
        where the page lies.

    Raises:
        KodoError: as `kodo.tuning.sweep.results.results`, or the page cannot be written.
    """
    path = folder / PAGE
    write_text(path, compose(results(folder)))
    return path


def compose(found: Results) -> str:
    """The page as text; the same sweep gives the same bytes.

    Args:
        found: the sweep.
    """
    drawn = [marks(panel) for panel in found.panels]
    ends = limits(drawn)
    panels = [
        Panel(panel.key, panel.says, swept(made, panel.axis, ends, f"sweep-{number}"), compared(panel))
        for number, (panel, made) in enumerate(zip(found.panels, drawn, strict=True))
    ]
    return render(
        "sweep/sweep.html.jinja",
        found=found,
        many=found.subjects[1],
        words=words,
        place=place(found.folder),
        panels=panels,
        ends=ends,
        default=json.dumps(found.asked["default"], indent=2, ensure_ascii=False),
        trials=list(trial_data(found)),
        bests=list(best_data(found)),
        values=list(value_data(found)),
    )


def marks(panel: Swept) -> list[Mark]:
    """What is drawn of a hyperparameter.

    Args:
        panel: the hyperparameter.
    """
    made = []
    for number, tried in enumerate(panel.tried):
        names = [name for name, at in (("default", panel.default), ("best", panel.best)) if at == number]
        bar = None
        if names and tried.interval and tried.interval.low is not None and tried.interval.high is not None:
            bar = (tried.interval.low, tried.interval.high)
        where = float(number) if panel.axis == "even" else float(tried.value)
        seeds = tried.seeds if tried.score else ()
        made.append(Mark(where, worded(tried.value), seeds, bar, ", ".join(names)))
    return made
