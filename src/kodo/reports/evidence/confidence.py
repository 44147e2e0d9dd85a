"""The page of `kodo confidence`: how far the probabilities of a run can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.interval import Interval, difference_interval
from kodo.experiments.evidence.confidence.believed import WANTED, Believed
from kodo.experiments.evidence.confidence.refusing import ACCEPTED, GRID
from kodo.experiments.evidence.confidence.unknown import FALSE
from kodo.experiments.summary import Run
from kodo.files import write_text
from kodo.reports.drawing.curves import Line, receiver, risk_coverage
from kodo.reports.drawing.reliability import drawn_reliability
from kodo.reports.evidence import confidence_words as words
from kodo.reports.page import BLUE, cell, colours, place, render

PAGE = "confidence.html"

MEASURES = {
    "calibration_error": "calibration error",
    "brier": "Brier score",
    "negative_log_likelihood": "negative log-likelihood",
    "calibration_error_pooled": "calibration error, pooled",
    "calibration_error_mass": "pooled, bins of as many windows",
}
"""What the measures are called on the page."""


def write_confidence_page(run: Run, found: Sequence[Believed], wanted: float = WANTED) -> Path:
    """Write the page into the run's folder: one HTML file with everything inside.

    Args:
        run: its records.
        found: the models of the page, one or more.
        wanted: accuracy that thresholds were chosen for.

    Returns:
        where the page lies.

    Raises:
        KodoError: the page cannot be written.
    """
    path = run.folder / PAGE
    write_text(path, compose(run, found, wanted))
    return path


def compose(run: Run, found: Sequence[Believed], wanted: float = WANTED) -> str:
    """The page as text; the same run gives the same bytes.

    Args:
        run: its records.
        found: the models of the page, one or more.
        wanted: accuracy that thresholds were chosen for.
    """
    # Where one line is drawn alone it has the page's own colour.
    given = colours([model.model for model in found]) if len(found) > 1 else {found[0].model: BLUE}
    kinds = sorted({unknown.kind for model in found for unknown in model.unknown}, reverse=True)
    return render(
        "evidence/confidence.html.jinja",
        run=run,
        found=found,
        wanted=wanted,
        leak=run.records[0].facts["leak"],
        one=run.subjects[0],
        many=run.subjects[1],
        words=words,
        measures=MEASURES,
        part=ACCEPTED,
        colours=given,
        place=place(run.folder),
        reliability=[
            [drawn_reliability(model.reliability[after], given[model.model], f"reliability-{i}-{after}")
             for after in (0, 1)]
            for i, model in enumerate(found)
        ],
        risk=risk_coverage(GRID, [_line(m.model, given, m.refusing.risks) for m in found], "risk"),
        receivers={kind: _receiver(found, given, kind) for kind in kinds},
        data_of={
            "reliability": list(reliability_data(found)),
            "measures": list(measure_data(found)),
            "risk": list(curve_data(found)),
            "unknown": list(unknown_data(found)),
        },
    )  # fmt: skip


def summary(found: Sequence[Believed], wanted: float = WANTED) -> list[dict[str, Any]]:
    """One mapping per model: what `--json` prints.

    Args:
        found: the models.
        wanted: accuracy that thresholds were chosen for.
    """
    return [
        {
            "model": model.model,
            "people": len(model.people),
            "windows": model.windows,
            "confidence": vars(model.confidence),
            "accuracy": vars(model.accuracy),
            "gap": vars(model.gap),
            "temperatures": model.temperatures.tolist(),
            "measures": {
                name: {when: vars(interval) for when, interval in vars(change).items()}
                for name, change in model.measures.items()
            },
            "refusing": {
                "area": vars(model.refusing.area),
                "accepted": ACCEPTED,
                "accuracy": vars(model.refusing.accuracy[1]),
                "macro_f1": vars(model.refusing.macro_f1[1]),
                "wanted_accuracy": wanted,
                "thresholds": [None if np.isnan(t) else t for t in model.refusing.thresholds.tolist()],
                "coverage": _vars(model.refusing.coverage),
                "reached_accuracy": _vars(model.refusing.reached),
            },
            "unknown": [
                {
                    "kind": unknown.kind,
                    "activities": list(unknown.activities),
                    "people": len(unknown.people),
                    "known_steps": unknown.known,
                    "unknown_steps": unknown.unknown,
                    "auroc": {name: vars(interval) for name, interval in unknown.auroc.items()},
                    "false_positives": {n: vars(i) for n, i in unknown.false_positives.items()},
                    "thresholds": unknown.thresholds.tolist(),
                    "accepted": vars(unknown.accepted),
                    "false": vars(unknown.false),
                    "oscr": vars(unknown.oscr),
                }
                for unknown in model.unknown
            ],
            "notes": list(model.notes),
        }
        for model in found
    ]


def measure_data(found: Sequence[Believed]) -> Iterator[list[object]]:
    """One line per model and measure, head first.

    Args:
        found: the models.
    """
    columns = [f"{when}{end}" for when in ("before", "after", "difference") for end in ("", "_low", "_high")]
    yield ["model", "measure", *columns]
    for model in found:
        for name, change in model.measures.items():
            three = (change.before, change.after, change.difference)
            yield [model.model, name, *(one for interval in three for one in _cells(interval))]


def reliability_data(found: Sequence[Believed]) -> Iterator[list[object]]:
    """One line per model and bin, head first.

    Args:
        found: the models.
    """
    yield ["model", "temperature", "confidence", "right", "low", "high", "windows", "people"]
    for model in found:
        for when, bins in zip(("before", "after"), model.reliability, strict=True):
            for one in bins:
                cells = [f"{one.confidence:.4f}", *_cells(one.right), one.windows, one.right.people]
                yield [model.model, when, *cells]


def curve_data(found: Sequence[Believed]) -> Iterator[list[object]]:
    """One line per model and coverage, head first; people's own curves too.

    Args:
        found: the models.
    """
    yield ["model", "person", "coverage", "risk"]
    for model in found:
        for name, risks in zip(model.people, model.refusing.risks, strict=True):
            for coverage, value in list(zip(GRID, risks, strict=True))[5::5]:
                yield [model.model, name, f"{coverage:.2f}", f"{value:.4f}"]


def unknown_data(found: Sequence[Believed]) -> Iterator[list[object]]:
    """One line per model, kind of unknown and score of being known, head first.

    Args:
        found: the models.
    """
    yield ["model", "unknown", "score", "auroc", "auroc_low", "auroc_high",
           "false_positives_at_95", "low", "high", "people"]  # fmt: skip
    for model in found:
        for unknown in model.unknown:
            for name, interval in unknown.auroc.items():
                cells = [*_cells(interval), *_cells(unknown.false_positives[name]), interval.people]
                yield [model.model, unknown.kind, name, *cells]


def _receiver(found: Sequence[Believed], given: dict[str, str], kind: str) -> str:
    lines = [
        _line(model.model, given, unknown.roc)
        for model in found
        for unknown in model.unknown
        if unknown.kind == kind
    ]
    return receiver(FALSE, lines, f"roc-{kind.replace(' ', '-')}")


def _line(model: str, given: dict[str, str], by_person: NDArray[np.float64]) -> Line:
    """The mean of people's curves with its interval at every point."""
    made = [difference_interval(column) for column in by_person.T]
    band = np.array([[x.estimate if x.low is None else x.low for x in made],
                     [x.estimate if x.high is None else x.high for x in made]])  # fmt: skip
    several = len(by_person) > 1
    return Line(model, given[model], by_person.mean(0), np.clip(band, 0, 1) if several else None)


def _cells(found: Interval) -> list[object]:
    return [cell(value) for value in (found.estimate, found.low, found.high)]


def _vars(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else vars(found)
