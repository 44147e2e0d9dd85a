"""The report of a run: one page, from the run folder alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from kodo.errors import KodoError
from kodo.experiments.record import TEST
from kodo.experiments.summary import HEADLINE, Row, Run, open_run
from kodo.files import write_text
from kodo.reports import sentences
from kodo.reports.field import field_data, strips
from kodo.reports.history import histories
from kodo.reports.marks import marks
from kodo.reports.page import counted, place, render
from kodo.reports.pairs import pairs
from kodo.reports.results import Results, results
from kodo.reports.tables import MANY, confused_pairs, confusion_grid, minutes_grid, recall_grid, shown

PAGE = "report.html"

OF_DATASET = (
    "name", "title", "activities", "channels", "rate", "licence", "commercial", "citation", "address",
    "table", "people", "dropped", "findings", "checksum", "checks",
)  # fmt: skip
OF_RECORD = (
    "protocol", "fold", "seed", "leak", "fit", "seconds", "curves", "best", "notes", "checks", "provenance",
    "training_counts",
)  # fmt: skip


def write_report(folder: Path) -> Path:
    """Write the report of a run beside its records: one HTML file with everything inside.

    Args:
        folder: of the run.

    Returns:
        where the page lies.

    Raises:
        KodoError: the folder is no run, something of it is missing or damaged, or the page cannot be written.
    """
    run = open_run(folder)
    _complete(run)
    path = folder / PAGE
    write_text(path, compose(run))
    return path


def compose(run: Run) -> str:
    """The page as text; the same run gives the same bytes.

    Args:
        run: its records.
    """
    found = results(run)
    best = found.headline
    order = shown(best.confusion)
    minutes = [[seconds / 60 for seconds in line] for line in run.dataset["table"]]
    one, many = run.subjects
    dataset = {**run.dataset, "minutes": minutes, "subjects": run.subjects}
    return render(
        "report.html.jinja",
        run=run,
        one=one,
        many=many,
        place=place(run.folder),
        dataset=dataset,
        results=found,
        best=best,
        sentences=sentences,
        facts=facts(run, found),
        strips=strips(found),
        field_data=field_data(found),
        marks=marks(run),
        columns=HEADLINE,
        table=[*(model.row for model in found.models), found.majority],
        table_data=score_data(found),
        bold=distinguished(found),
        confusion=confusion_grid(best.confusion, found.activities, order),
        confused=confused_pairs(best.confusion),
        others=[
            (model.name, confusion_grid(model.confusion, found.activities, order))
            for model in found.models
            if model is not best
        ],
        pairs=pairs(best.records, best.confusion, dataset),
        worst=worst(found),
        recall=recall_grid(best.counts, best.scores, best.row.people, found.activities, order, one),
        part=len(found.activities) > MANY,
        histories=histories(found.models),
        minutes=minutes_grid(dataset, order),
        notes=sorted({note for record in run.records for note in record.facts["notes"]}),
        provenance=provenance(run),
        experiment=(run.folder / "experiment.toml").read_text(encoding="utf-8"),
        settings=settings(found),
    )


def facts(run: Run, found: Results) -> dict[str, str]:
    """What stands small below the answer.

    Args:
        run: its records.
        found: its results.
    """
    first = run.records[0].facts
    one, many = run.subjects
    dates = sorted({str(record.facts["provenance"]["date"])[:10] for record in run.records})
    seconds = run.experiment.get("window", {}).get("seconds")
    length = f"{seconds:g} s" if isinstance(seconds, int | float) else "whole stretches"
    return {
        "Dataset": f"{run.dataset['title']} ({counted(len(found.headline.row.people), one, many)}, "
        f"{counted(found.headline.row.windows, 'test window')} of {length} at {run.dataset['rate']:g} Hz)",
        "Protocol": f"{first['protocol']}, {counted(run.folds, 'fold')}"
        + ("" if found.leak else f"; no {one} is on two sides"),
        "Seeds": str(run.experiment["seeds"]),
        "Date": dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
    }


def distinguished(found: Results) -> str:
    """The model that is shown bold: the best one, where it surely beats what it was compared with.

    Args:
        found: the models.
    """
    best, base = found.headline, found.models[found.baseline]
    if len(found.models) < 2:
        return ""
    if best is base:
        said = [model.against.outcome if model.against else "" for model in found.models if model is not base]
        return best.name if all(outcome == "worse" for outcome in said) else ""
    # Against a third model nothing was tested: with more than two, only the baseline can be the best one.
    return best.name if len(found.models) == 2 and best.against and best.against.outcome == "better" else ""


def worst(found: Results) -> tuple[str, float, str, float]:
    """The person for whom the best model fails most, and the recording in which it does.

    Args:
        found: the models.

    Returns:
        person, macro-F1, recording, and the part of its windows that is right.
    """
    best = found.headline
    person, score = best.row.worst
    right: dict[str, list[bool]] = {}
    for record in best.records:
        predictions = record.predictions
        mine = (predictions.side == TEST) & (predictions.subjects[predictions.subject] == person)
        hits = predictions.log_probability[mine].argmax(1) == predictions.label[mine]
        for name, hit in zip(predictions.recordings[predictions.recording[mine]], hits, strict=True):
            right.setdefault(str(name), []).append(bool(hit))
    shares = {name: float(np.mean(hits)) for name, hits in right.items()}
    recording = min(shares, key=lambda name: shares[name])
    return person, score, recording, shares[recording]


def score_data(found: Results) -> list[list[object]]:
    """The table of scores, head first.

    Args:
        found: the models.
    """
    kinds = [f"{kind}{end}" for kind in HEADLINE for end in ("", "_low", "_high")]
    one, many = found.subjects
    more = [
        many,
        f"worst_{one}",
        "worst_macro_f1",
        "fit_seconds",
        "ms_per_window",
        "parameters",
        "size_bytes",
    ]
    return [
        ["model", *kinds, *more],
        *(_score_line(row) for row in (*(m.row for m in found.models), found.majority)),
    ]


def provenance(run: Run) -> list[tuple[str, list[str]]]:
    """What the numbers may depend on besides the settings: every value that occurs among the fits.

    Args:
        run: its records.
    """
    found: dict[str, set[str]] = {}
    for record in run.records:
        fit = record.facts["fit"]
        told = dict(record.facts["provenance"]) | {
            key: fit[key] for key in ("precision", "numerics") if key in fit
        }
        told.pop("date", None)
        for name, value in told.items():
            found.setdefault(name, set()).add(str(value))
    return [(name, sorted(values)) for name, values in found.items()]


def settings(found: Results) -> list[tuple[str, str]]:
    """Per model, its parameters and training settings with all defaults, as JSON.

    Args:
        found: the models.
    """
    wanted = ("parameters", "train", "prepare", "precision", "device")
    made = []
    for model in found.models:
        fit = model.records[0].facts["fit"]
        content = {key: fit[key] for key in wanted if key in fit}
        made.append((model.name, json.dumps(content, indent=2, ensure_ascii=False)))
    return made


def _complete(run: Run) -> None:
    lacking = [f"dataset.json lacks '{key}'" for key in OF_DATASET if key not in run.dataset]
    for record in run.records:
        name = record.facts.get("key", "?")
        lacking += [f"record {name} lacks '{key}'" for key in OF_RECORD if key not in record.facts]
    if lacking:
        raise KodoError(f"The run {run.folder} is damaged: {', '.join(lacking[:3])}. Repeat it.")


def _score_line(row: Row) -> list[object]:
    cells: list[object] = [row.model]
    for kind in HEADLINE:
        interval = row.intervals[kind]
        cells += ["" if v is None else f"{v:.4f}" for v in (interval.estimate, interval.low, interval.high)]
    person, score = row.worst
    ends = [row.seconds, row.ms_per_window, row.parameters, row.size]
    return [*cells, len(row.people), person, f"{score:.4f}", *(f"{end:.6g}" for end in ends)]
