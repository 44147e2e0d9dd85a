"""The page of a run's timelines: whole recordings drawn, events counted, smoothing judged over people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kodo.evaluation.events import RETURNED, TIMES, TRUE
from kodo.evaluation.timeline import NOTHING
from kodo.experiments.evidence.timeline.reading import MEASURES
from kodo.experiments.evidence.timeline.results import ModelTimeline
from kodo.experiments.evidence.timeline.votes import WINDOWS
from kodo.experiments.summary import Run
from kodo.files import write_text
from kodo.reports.drawing.strips import palette, strips
from kodo.reports.drawing.svg import INK
from kodo.reports.evidence import timeline_words as words
from kodo.reports.page import colours, place, render

PAGE = "timeline.html"


@dataclass(frozen=True)
class Panel:
    """One recording, drawn.

    Args:
        says: what is seen.
        recording: its name.
        picture: `<svg>`.
        data: its stretches, head first.
    """

    says: str
    recording: str
    picture: str
    data: list[list[object]]


def write_timeline_page(
    run: Run, found: Sequence[ModelTimeline], threshold: float = 0.5, consecutive: int = 1
) -> Path:
    """Write the page of timelines into the folder of the run.

    Args:
        run: its records.
        found: of `kodo.experiments.evidence.timeline.results.timelines`.
        threshold: probability from which an activity was announced.
        consecutive: steps in a row that must name it.

    Returns:
        where the page lies.

    Raises:
        KodoError: the page cannot be written.
    """
    path = run.folder / PAGE
    write_text(path, compose(run, found, threshold, consecutive))
    return path


def compose(run: Run, found: Sequence[ModelTimeline], threshold: float = 0.5, consecutive: int = 1) -> str:
    """The page as text; the same run gives the same bytes.

    Args: as `write_timeline_page`.
    """
    activities = run.dataset["activities"]
    # The model whose windows are recognised best stands first.
    ordered = sorted(found, key=lambda one: -one.windows["window"].estimate)
    keys = zip(activities, palette(len(activities)), strict=True)
    return render(
        "evidence/timeline.html.jinja",
        run=run,
        words=words,
        found=ordered,
        place=place(run.folder),
        one=run.subjects[0],
        many=run.subjects[1],
        leak=ordered[0].leak,
        threshold=threshold,
        consecutive=consecutive,
        names=MEASURES,
        window_names=WINDOWS,
        true_names=TRUE,
        returned_names=RETURNED,
        time_names=TIMES,
        keys=[(name, "currentColor" if colour == INK else colour) for name, colour in keys],
        colours=colours([one.model for one in ordered]),
        panels={one.model: _panels(run, one, f"strips-{n}") for n, one in enumerate(ordered)},
        people_data=people_data(ordered, run.subjects[0]),
        event_data=event_data(ordered),
        activity_data=activity_data(ordered, activities),
    )


def people_data(found: Sequence[ModelTimeline], one: str) -> list[list[object]]:
    """Every measure of every person, head first.

    Args:
        found: models.
        one: what a person is called.
    """
    rows: list[list[object]] = [["model", "way", one, *MEASURES]]
    for model in found:
        for way in model.ways:
            for number, person in enumerate(model.people):
                own = [way.values[name][number] for name in MEASURES]
                rows.append([model.model, way.way, person, *("" if np.isnan(v) else f"{v:.4f}" for v in own)])
    return rows


def event_data(found: Sequence[ModelTimeline]) -> list[list[object]]:
    """Counts of events and samples by kind, of all people and seeds together, head first.

    Args:
        found: models.
    """
    head = ["model", "way", *(f"true: {n}" for n in TRUE), *(f"returned: {n}" for n in RETURNED)]
    rows: list[list[object]] = [[*head, *(f"samples: {name}" for name in TIMES[:-1])]]
    for model in found:
        for way in model.ways:
            kinds = (way.events.true, way.events.returned, way.events.samples[:, :-1])
            rows.append([model.model, way.way, *(int(n) for kind in kinds for n in kind.sum(0))])
    return rows


def activity_data(found: Sequence[ModelTimeline], activities: Sequence[str]) -> list[list[object]]:
    """Events of each activity, head first.

    Args:
        found: models.
        activities: names.
    """
    names = ("segment_f1", "missed", "delay")
    rows: list[list[object]] = [["model", "way", "activity", "true events", *names]]
    for model in found:
        for way in model.ways:
            for number, activity in enumerate(activities):
                own = [way.by_activity[name][number] for name in names]
                every = int(way.events.true[number].sum())
                numbers = ("" if np.isnan(v) else f"{v:.4f}" for v in own)
                rows.append([model.model, way.way, activity, every, *numbers])
    return rows


def _panels(run: Run, model: ModelTimeline, name: str) -> list[Panel]:
    rate, activities = float(run.dataset["rate"]), run.dataset["activities"]
    made = []
    for number, strip in enumerate(model.strips):
        rows: list[list[object]] = [["row", "from (s)", "to (s)", "activity"]]
        for row, own in strip.rows.items():
            for start, stop, label in zip(own.start, own.stop, own.label, strict=True):
                said = "" if label == NOTHING else activities[label]
                rows.append([row, f"{start / rate:.2f}", f"{stop / rate:.2f}", said])
        drawn = strips(strip.rows, rate, strip.seconds, len(activities), f"{name}-{number}")
        made.append(Panel(words.strip(strip, run.subjects[0]), strip.recording, drawn, rows))
    return made
