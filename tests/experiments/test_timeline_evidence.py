"""Timelines of a run: settings from validation people alone, measures by hand, clear words for bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.experiments.evidence.timeline.reading import MEASURES, read
from kodo.experiments.evidence.timeline.results import ModelTimeline, summary, timelines
from kodo.experiments.evidence.timeline.smoothing import (
    FILTER,
    MAJORITY,
    NO_CHANGE,
    RAW,
    VITERBI,
    WAYS,
    Line,
    chosen,
    labels,
    lag,
    lines,
)
from kodo.experiments.evidence.timeline.votes import windows
from kodo.experiments.record import TEST, VALIDATION, Predictions, Record, Timeline
from kodo.experiments.summary import Run, open_run, rows

RATE, HOP, LENGTH = 10.0, 10, 20
SLIPS = (3, 9)
"""Steps at which the model of these tests is wrong, and not sure."""


def of_person(person: int, steps: int = 12, slips: tuple[int, ...] = SLIPS) -> dict[str, np.ndarray]:
    """Steps of one recording: half of it activity 0, half activity 1, with a few slips."""
    label = np.repeat([0, 1], steps // 2)
    right = np.where(np.isin(np.arange(steps), slips), 0.45, 0.9)
    log = np.log(np.where(label[:, None] == [0, 1], right[:, None], 1 - right[:, None]))
    return {
        "log_probability": log.astype(np.float32),
        "label": label.astype(np.int16),
        "subject": np.full(steps, person, np.int32),
        "recording": np.full(steps, person, np.int32),
        "start": np.arange(steps, dtype=np.int64) * HOP,
        "length": np.full(steps, LENGTH, np.int32),
    }


def joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def made_run(folder: Path, slips: tuple[int, ...] = SLIPS, unlabelled: bool = False, people: int = 4) -> Run:
    """One fold per person; each validated on the next one."""
    names = np.array([f"p{number}" for number in range(people)])
    table = {"subjects": names, "recordings": np.array([f"r{number}" for number in range(people)])}
    records = []
    for fold in range(people):
        tested, watched = of_person(fold, slips=slips), of_person((fold + 1) % people)
        side = np.repeat([VALIDATION, TEST], 12).astype(np.int8)
        line = dict(tested)
        bounds = [[fold, 0, 70, 0], [fold, 70, 130, 1]]
        if unlabelled:
            line["label"] = np.append(tested["label"][:-2], [-1, -1]).astype(np.int16)
            bounds = [[fold, 0, 70, 0], [fold, 70, 110, 1], [fold, 110, 130, -1]]
        records.append(
            Record(
                {"model": "made", "fold": fold, "seed": 0, "leak": ""},
                Predictions(**joined([watched, tested]), side=side, **table),
                Timeline(**line, segment=np.array(bounds, np.int64), **table),
                None,
            )
        )
    dataset = {"name": "made-up", "activities": ["a", "b"], "rate": RATE, "people": names.tolist()}
    return Run(folder, {"models": ["made"], "protocol": "loso"}, dataset, tuple(records), ())


@pytest.fixture
def made(tmp_path: Path) -> Run:
    return made_run(tmp_path)


def test_measures_by_hand(made: Run) -> None:
    (found,) = timelines(made)
    raw, majority, viterbi, filtered = found.ways
    assert [way.way for way in found.ways] == list(WAYS)
    # one slip in each half of twelve steps
    assert raw.intervals["macro_f1"].estimate == pytest.approx(10 / 12)
    assert raw.events.true.sum(0).tolist() == [0, 8, 0, 0, 0]
    assert raw.events.returned.sum(0).tolist() == [0, 16, 0, 0, 8]
    # a slip at 0.55 is announced; of each half the first step says so at the end of its window
    assert raw.intervals["delay"].estimate == pytest.approx((2.0 + 1.0) / 2)
    assert raw.intervals["missed"].estimate == 0
    assert raw.intervals["alarms"] is None
    assert "no tested recording has unlabelled time" in " ".join(found.notes)
    for way in (majority, viterbi):
        assert way.intervals["macro_f1"].estimate == 1
        assert way.intervals["segment_f1"].estimate == 1
        assert way.intervals["correct"].estimate == 1
        assert way.events.true.sum(0).tolist() == [8, 0, 0, 0, 0]
        assert way.changes["macro_f1"].estimate == pytest.approx(2 / 12)
    assert viterbi.intervals["delay"] is None
    # a majority of three waits for one step more
    assert set(found.settings[MAJORITY]) == {3.0}
    assert majority.intervals["delay"].estimate == pytest.approx(1.5 + HOP / RATE)
    assert filtered.intervals["delay"] is not None
    # windows beside timelines
    assert found.windows["window"].estimate == pytest.approx(10 / 12)
    assert found.windows["vote"].estimate == found.windows["majority"].estimate == 1


def test_settings_are_chosen_on_validation_people_alone(made: Run) -> None:
    """Whatever the test people's predictions say, the settings stay."""
    record = made.records[0]
    usual = chosen(record, RATE)
    test = record.predictions.side == TEST
    other = record.predictions.log_probability.copy()
    other[test] = other[test][:, ::-1]
    changed = replace(
        record,
        predictions=replace(record.predictions, log_probability=other),
        timeline=replace(record.timeline, log_probability=record.timeline.log_probability[:, ::-1]),
    )
    assert chosen(changed, RATE) == usual
    assert usual[MAJORITY] == 3
    # and they do follow the validation people: without slips there nothing is smoothed
    watched = of_person(1, slips=())["log_probability"]
    sure = replace(record.predictions, log_probability=np.concatenate([watched, other[test]]))
    assert chosen(replace(record, predictions=sure), RATE) == dict(NO_CHANGE)


def test_without_validation_windows_nothing_is_smoothed(made: Run) -> None:
    records = []
    for record in made.records:
        test = np.flatnonzero(record.predictions.side == TEST)
        names = ("log_probability", "side", "label", "subject", "recording", "start", "length")
        kept = {name: getattr(record.predictions, name)[test] for name in names}
        records.append(replace(record, predictions=replace(record.predictions, **kept)))
    (found,) = timelines(replace(made, records=tuple(records)))
    assert [way.way for way in found.ways] == [RAW]
    assert "no validation windows" in " ".join(found.notes)


@pytest.mark.parametrize("way", WAYS)
def test_the_least_setting_of_each_way_changes_nothing(way: str) -> None:
    line = lines(Timeline(**of_person(0), segment=np.zeros((0, 4)), subjects=(), recordings=()), RATE)[0]
    for threshold in (0.0, 0.6):
        for mine, raw in zip(
            labels(line, way, NO_CHANGE[way], threshold), labels(line, RAW, 0, threshold), strict=True
        ):
            assert mine.tolist() == raw.tolist()


def test_thresholds_silence_what_is_not_sure() -> None:
    (line,) = lines(Timeline(**of_person(0), segment=np.zeros((0, 4)), subjects=(), recordings=()), RATE)
    assert isinstance(line, Line)
    said, announced = labels(line, RAW, 0, 0.6)
    assert said.tolist() == [0, 0, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1]
    assert announced.tolist() == [0, 0, 0, -1, 0, 0, 1, 1, 1, -1, 1, 1]
    # the stretches of the most probable sequence have a mean probability of 0.825
    for threshold, silent in ((0.82, 0), (0.83, 12)):
        path, heard = labels(line, VITERBI, 20, threshold)
        assert path.tolist() == [0] * 6 + [1] * 6
        assert (heard == -1).sum() == silent
    assert (lag(RAW, 0), lag(MAJORITY, 5), lag(FILTER, 8), lag(VITERBI, 8)) == (0, 2, 0, None)


def test_lines_are_recordings_in_order_of_time() -> None:
    one, other = of_person(0), of_person(1)
    random = np.random.default_rng(0).permutation(24)
    mixed = {name: values[random] for name, values in joined([one, other]).items()}
    found = lines(Timeline(**mixed, segment=np.zeros((0, 4)), subjects=(), recordings=()), RATE)
    assert [line.subject for line in found] == [0, 1]
    assert all(line.start.tolist() == one["start"].tolist() for line in found)
    assert found[0].seconds.tolist() == [0] + [1.0] * 11


def test_false_alarms_are_of_unlabelled_time(tmp_path: Path) -> None:
    (found,) = timelines(made_run(tmp_path, unlabelled=True))
    # two steps of a second, in which one activity goes on
    assert found.ways[0].intervals["alarms"].estimate == pytest.approx(1 / (2 / 3600))
    (silent,) = timelines(made_run(tmp_path, unlabelled=True), threshold=0.95)
    assert silent.ways[0].intervals["alarms"].estimate == 0
    assert silent.ways[0].intervals["missed"].estimate == 1
    assert silent.ways[0].intervals["delay"] is None


def test_of_a_real_run(done: Path) -> None:
    run = open_run(done)
    found = timelines(run)
    usual = {row.model: row for row in rows(run)}
    for one in found:
        assert isinstance(one, ModelTimeline)
        # the same steps and the same windows as the run's own table
        assert one.ways[0].intervals["macro_f1"] == usual[one.model].slid
        assert one.windows["window"] == usual[one.model].intervals["macro_f1"]
        assert len(one.strips) == 2
        for strip in one.strips:
            assert list(strip.rows) == ["truth", *WAYS]
            assert {int(row.stop[-1]) for row in strip.rows.values()} == {round(strip.seconds * 50)}
    assert [one["model"] for one in summary(found)] == ["features", "cnn1d"]
    assert set(summary(found)[0]["ways"][RAW]) >= set(MEASURES)
    assert timelines(run, "cnn1d")[0].people == found[1].people


def test_what_it_does_not_look_at(made: Run) -> None:
    """A person's time counts from that person's recordings alone."""
    one = read(made.records[0], made, RAW, 0.0, (0.5, 1))
    assert [reading.line.subject for reading in one] == [0]
    assert windows(made.records, 2, ("person", "people"))["window"].people == 4


def test_bad_input_is_said_in_one_sentence(made: Run) -> None:
    with pytest.raises(KodoError, match=r"no finished fit of a model 'mode'.*made"):
        timelines(made, "mode")
    with pytest.raises(KodoError, match=r"from 0 to 1; got 1\.5"):
        timelines(made, threshold=1.5)
    with pytest.raises(KodoError, match="1 step in a row or more; got 0"):
        timelines(made, consecutive=0)
    bare = [replace(r, timeline=replace(r.timeline, segment=np.zeros((0, 4), int))) for r in made.records]
    with pytest.raises(KodoError, match="no timelines of made: what was done when"):
        timelines(replace(made, records=tuple(bare)))
    names = ("log_probability", "label", "subject", "recording", "start", "length")
    single = [
        replace(r, timeline=replace(r.timeline, **{n: getattr(r.timeline, n)[:1] for n in names}))
        for r in made.records
    ]
    with pytest.raises(KodoError, match="each of its recordings is one window"):
        timelines(replace(made, records=tuple(single)))


def test_a_run_under_way_and_one_person_are_shown_as_what_they_are(made: Run) -> None:
    (found,) = timelines(replace(made, records=made.records[:2]))
    assert "2 of 4 people have been tested: the run is under way" in found.notes[0]
    (alone,) = timelines(replace(made, records=made.records[:1]))
    assert alone.ways[0].intervals["macro_f1"].low is None
    assert "One person was tested: nothing is said about others." in alone.notes
    assert len(alone.strips) == 1
