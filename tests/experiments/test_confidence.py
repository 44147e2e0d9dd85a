"""What a run's probabilities are worth: chosen on validation windows, measured on test windows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.evaluation.calibration import calibration_error, temperature
from kodo.evaluation.open_set import auroc
from kodo.experiments.evidence.confidence.believed import Believed, believed
from kodo.experiments.evidence.confidence.chosen import chosen
from kodo.experiments.evidence.confidence.unknown import KINDS, MIXED, truth, untold
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import experiment
from kodo.experiments.plan import plan
from kodo.experiments.record import TEST, VALIDATION, Record, Timeline
from kodo.experiments.run import run as work
from kodo.experiments.summary import Run, open_run

SMALL = {
    "dataset": "synthetic",
    "models": ("features",),
    "folding": {"folds": 3},
    "model": {"features": {"trees": 10}},
}


@pytest.fixture(scope="module")
def run(done: Path) -> Run:
    return open_run(done)


@pytest.fixture(scope="module")
def found(run: Run) -> tuple[Believed, ...]:
    return believed(run)


@pytest.fixture(scope="module")
def without_one(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that left the last activity out."""
    from kodo.datasets.store import load

    names = load("synthetic").card.activities
    folder = tmp_path_factory.mktemp("runs") / "left-out"
    work(plan(experiment({**SMALL, "activities": names[:-1]})), folder, InProcess(), lambda *told: None)
    return open_run(folder)


def altered(record: Record, side: int) -> Record:
    """The record with other labels on one side."""
    stored = record.predictions
    label = np.where(stored.side == side, (stored.label + 1) % stored.log_probability.shape[1], stored.label)
    return replace(record, predictions=replace(stored, label=label.astype(np.int16)))


def test_choosing_never_sees_a_test_label(run: Run) -> None:
    for record in run.records:
        kept, other = chosen(record, 0.9), chosen(altered(record, TEST), 0.9)
        assert (kept.temperature, kept.threshold) == (other.temperature, other.threshold)
    # ... and it does see those it is meant to see
    moved = [chosen(altered(record, VALIDATION), 0.9).temperature for record in run.records]
    assert moved != [chosen(record, 0.9).temperature for record in run.records]


def test_choosing_never_sees_a_test_probability(run: Run) -> None:
    record = run.records[0]
    stored = record.predictions
    flat = np.where((stored.side == TEST)[:, None], np.float32(-1), stored.log_probability)
    other = replace(record, predictions=replace(stored, log_probability=flat))
    assert chosen(record, 0.9).temperature == chosen(other, 0.9).temperature


def test_measures_are_means_over_people_of_their_own(run: Run, found: tuple[Believed, ...]) -> None:
    before, after = [], []
    for record in run.records:
        if record.facts["model"] == found[0].model:
            p = record.predictions
            held = p.side == VALIDATION
            by = temperature(p.log_probability[held], p.label[held])
            for person in np.unique(p.subject[p.side == TEST]):
                mine = (p.side == TEST) & (p.subject == person)
                logs = p.log_probability[mine].astype(np.float64)
                tempered = logs / by - np.log(np.exp(logs / by).sum(1, keepdims=True))
                before.append(calibration_error(logs, p.label[mine]))
                after.append(calibration_error(tempered, p.label[mine]))
    change = found[0].measures["calibration_error"]
    assert change.before.estimate == pytest.approx(np.mean(before))
    assert change.after.estimate == pytest.approx(np.mean(after))
    assert change.difference.estimate == pytest.approx(np.mean(after) - np.mean(before))
    assert change.before.people == len(before) == len(found[0].people) == 6


def test_accuracy_is_that_of_the_summary(run: Run, found: tuple[Believed, ...]) -> None:
    from kodo.experiments.summary import rows

    for model, row in zip(found, rows(run), strict=False):
        assert model.accuracy.estimate == pytest.approx(row.intervals["accuracy"].estimate)
        assert model.refusing.macro_f1[0].estimate == pytest.approx(row.intervals["macro_f1"].estimate)
        assert model.gap.estimate == pytest.approx(model.confidence.estimate - model.accuracy.estimate)
        assert model.refusing.risks[:, -1].mean() == pytest.approx(1 - model.accuracy.estimate)


def test_a_threshold_does_to_test_windows_what_it_says(run: Run) -> None:
    of = believed(run, "cnn1d", accuracy=0.7)[0].refusing
    coverage, reached = [], []
    records = [record for record in run.records if record.facts["model"] == "cnn1d"]
    for record, limit in zip(records, of.thresholds, strict=True):
        p = record.predictions
        for person in np.unique(p.subject[p.side == TEST]):
            mine = (p.side == TEST) & (p.subject == person)
            logs = p.log_probability[mine].astype(np.float64)
            accepted = np.exp(logs.max(1)) >= limit
            if not np.isnan(limit):
                coverage.append(accepted.mean())
            if accepted.any():
                reached.append((logs.argmax(1) == p.label[mine])[accepted].mean())
    assert of.coverage is not None
    assert of.reached is not None
    assert of.coverage.estimate == pytest.approx(np.mean(coverage))
    assert of.reached.estimate == pytest.approx(np.mean(reached))
    assert of.silent == len(coverage) - len(reached)


def test_an_accuracy_that_no_threshold_gives_is_none(run: Run) -> None:
    wrong = tuple(altered(record, VALIDATION) for record in run.records)
    of = believed(replace(run, records=wrong), "features", accuracy=1.0)[0].refusing
    assert np.isnan(of.thresholds).all()
    assert (of.coverage, of.reached) == (None, None)


def test_an_activity_that_nobody_validates_is_said(run: Run) -> None:
    record = run.records[0]
    stored = record.predictions
    kept = ~((stored.side == VALIDATION) & (stored.label == 0))
    fewer = {name: getattr(stored, name)[kept] for name in ("log_probability", "side", "label", "subject")}
    made = replace(run, records=(replace(record, predictions=replace(stored, **fewer)),))
    (note,) = [note for note in believed(made)[0].notes if "validation windows" in note]
    assert run.dataset["activities"][0] in note
    assert "1 of 1" in note


def test_a_run_in_progress_says_who_is_missing(run: Run) -> None:
    first = believed(replace(run, records=run.records[:1]))[0]
    (note,) = [note for note in first.notes if "are tested" in note]
    assert note.startswith("`features`: 2 of 6 people are tested")


def test_one_person_has_no_interval(run: Run) -> None:
    record = run.records[0]
    stored = record.predictions
    kept = (stored.side == VALIDATION) | (stored.subject == stored.subject[stored.side == TEST][0])
    fewer = {name: getattr(stored, name)[kept] for name in ("log_probability", "side", "label", "subject")}
    made = replace(run, records=(replace(record, predictions=replace(stored, **fewer)),))
    alone = believed(made)[0]
    assert len(alone.people) == 1
    assert alone.gap.low is None
    assert "one person" in alone.gap.note
    assert alone.measures["calibration_error_pooled"].before.low is None


def test_no_validation_windows_is_said(run: Run) -> None:
    record = run.records[0]
    stored = record.predictions
    tested = replace(stored, side=np.full_like(stored.side, TEST))
    with pytest.raises(KodoError, match="features, fold 1 of 3, seed 0 has no validation windows"):
        believed(replace(run, records=(replace(record, predictions=tested),)))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"model": "featurs"}, "Did you mean 'features'"),
        ({"accuracy": 0.0}, "above 0"),
        ({"accuracy": 95}, "up to 1"),
    ],
)
def test_what_cannot_be_asked_is_said(run: Run, asked: dict[str, object], says: str) -> None:
    with pytest.raises(KodoError, match=says):
        believed(run, **asked)  # type: ignore[arg-type]


def test_a_step_counts_where_all_of_it_is_the_same() -> None:
    start = np.array([0, 5, 10, 15, 20, 25, 30])
    timeline = Timeline(
        log_probability=np.zeros((7, 2), np.float16), label=np.zeros(7, np.int16),
        subject=np.zeros(7, np.int32), recording=np.ones(7, np.int32), start=start,
        length=np.full(7, 10, np.int32),
        segment=np.array([[0, 0, 99, 1], [1, 0, 12, 0], [1, 12, 40, -1]]),
        subjects=np.array(["a"]), recordings=np.array(["r0", "r1"]),
    )  # fmt: skip
    plain = [0, MIXED, MIXED, -1, -1, -1, -1]
    assert truth(timeline, {}).tolist() == plain
    out = KINDS["left out"]
    assert truth(timeline, {"r1": [(20, 26), (26, 40)]}).tolist() == [*plain[:3], MIXED, out, out, out]
    assert truth(timeline, {"r0": [(20, 40)]}).tolist() == plain
    # a stretch that somebody labelled as an activity of the run stays that activity
    assert truth(timeline, {"r1": [(0, 10)]}).tolist() == plain


def test_activities_left_out_are_told_apart_from_unlabelled_time(without_one: Run) -> None:
    (model,) = believed(without_one)
    kinds = {unknown.kind: unknown for unknown in model.unknown}
    left = kinds["left out"]
    assert left.activities == (without_one.dataset["left_out"][0][3],)
    assert left.activities[0] not in without_one.dataset["activities"]
    assert len(left.people) == left.auroc["probability"].people == 6
    values, unknown = [], 0
    for record in without_one.records:
        line = record.timeline
        spans = [(r, a, b) for r, a, b, _ in without_one.dataset["left_out"]]
        stop = line.start + line.length
        names = line.recordings[line.recording]
        inside = np.array([any(n == r and a <= s and e <= b for r, a, b in spans)
                           for n, s, e in zip(names, line.start, stop, strict=True)])  # fmt: skip
        known = truth(line, {}) >= 0
        sure = np.exp(line.log_probability.astype(np.float64).max(1))
        for person in np.unique(line.subject):
            own = line.subject == person
            values.append(auroc(sure[own & known], sure[own & inside]))
            unknown += int((own & inside).sum())
    assert left.unknown == unknown > 0
    assert left.auroc["probability"].estimate == pytest.approx(np.mean(values))


def flat(record: Record, side: int) -> Record:
    """The record with probabilities on one side, and in the timeline of the test people, that say nothing."""
    stored, line = record.predictions, record.timeline
    logs = np.where((stored.side == side)[:, None], np.float32(-1), stored.log_probability)
    zero = line if side == VALIDATION else replace(line, log_probability=np.zeros_like(line.log_probability))
    return replace(record, predictions=replace(stored, log_probability=logs), timeline=zero)


def test_the_threshold_of_known_asks_validation_windows_only(without_one: Run) -> None:
    def thresholds(side: int) -> list[float]:
        made = tuple(flat(record, side) for record in without_one.records)
        return list(believed(replace(without_one, records=made))[0].unknown[0].thresholds)

    kept = list(believed(without_one)[0].unknown[0].thresholds)
    assert thresholds(TEST) == kept
    assert thresholds(VALIDATION) != kept


def test_a_run_that_does_not_say_what_it_left_out(without_one: Run, run: Run) -> None:
    before = {key: value for key, value in without_one.dataset.items() if key != "left_out"}
    assert untold(replace(without_one, dataset=before))
    assert not untold(without_one)
    assert not untold(run)
    kinds = [unknown.kind for unknown in believed(replace(without_one, dataset=before))[0].unknown]
    assert "left out" not in kinds


def test_the_dataset_facts_name_what_was_left_out(without_one: Run, run: Run) -> None:
    assert run.dataset["left_out"] == []
    kept = json.loads((without_one.folder / "dataset.json").read_text())["left_out"]
    assert {len(stretch) for stretch in kept} == {4}
    assert all(first < after for _, first, after, _ in kept)
