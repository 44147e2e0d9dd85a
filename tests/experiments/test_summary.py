"""Summaries: recomputed from stored predictions, as evidence defines the scores."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from kodo.errors import KodoError
from kodo.experiments.health import run_checks
from kodo.experiments.record import TEST
from kodo.experiments.summary import MAJORITY, POOLED, open_run, rows, summary


def test_a_row_is_the_mean_over_people_of_their_own_scores(done: Path) -> None:
    run = open_run(done)
    row = rows(run)[0]
    expected = {}
    for record in run.records:
        if record.facts["model"] == row.model:
            p = record.predictions
            for code in np.unique(p.subject[p.side == TEST]):
                mine = (p.subject == code) & (p.side == TEST)
                guess = p.log_probability[mine].argmax(1)
                present = np.unique(p.label[mine])
                expected[str(p.subjects[code])] = f1_score(
                    p.label[mine], guess, labels=present, average="macro"
                )
    assert dict(zip(row.people, row.scores["macro_f1"], strict=True)) == pytest.approx(expected)
    assert row.intervals["macro_f1"].estimate == pytest.approx(np.mean(list(expected.values())))
    assert row.worst[1] == pytest.approx(min(expected.values()))


def test_all_windows_together_have_an_interval_that_leaves_one_person_out_at_a_time(done: Path) -> None:
    run = open_run(done)
    test = [record.predictions for record in run.records if record.facts["model"] == "cnn1d"]
    label, guess, person = (
        np.concatenate([of(p)[p.side == TEST] for p in test])
        for of in (lambda p: p.label, lambda p: p.log_probability.argmax(1), lambda p: p.subject)
    )

    def pooled(kept: np.ndarray) -> float:
        return f1_score(label[kept], guess[kept], labels=np.unique(label[kept]), average="macro")

    without = np.array([pooled(person != one) for one in np.unique(person)])
    half = stats.t(5).ppf(0.975) * np.sqrt(5 / 6 * np.sum((without - without.mean()) ** 2))
    found = rows(run)[1].intervals[POOLED]
    assert found.people == 6
    assert found.estimate == pytest.approx(pooled(person >= 0))
    assert found.low == pytest.approx(max(0.0, found.estimate - half))
    assert found.high == pytest.approx(min(1.0, found.estimate + half))
    assert summary(run)[1]["macro_f1_pooled"] == vars(found)


def test_models_come_in_the_order_asked_for_and_the_majority_last(done: Path) -> None:
    assert [row.model for row in rows(open_run(done))] == ["features", "cnn1d", MAJORITY]


def test_the_summary_is_json_with_every_row(done: Path) -> None:
    found = summary(open_run(done))
    assert [row["model"] for row in found] == ["features", "cnn1d", MAJORITY]
    assert found[0]["people"] == 6
    assert found[0]["macro_f1"]["low"] <= found[0]["macro_f1"]["estimate"] <= found[0]["macro_f1"]["high"]


def test_every_check_is_answered_once(done: Path) -> None:
    found = run_checks(open_run(done))
    codes = [check["code"] for check in found]
    assert codes == sorted(set(codes))
    assert {"KODO01", "KODO02", "KODO03", "KODO05", "KODO08", "KODO09"} <= set(codes)
    by_code = {check["code"]: check["outcome"] for check in found}
    assert by_code["KODO01"] == by_code["KODO02"] == "passed"


def test_a_folder_that_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="is no run"):
        open_run(tmp_path)


def test_a_damaged_record_is_named(done: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(done, folder)
    broken = next((folder / "fits").glob("*/predictions.npz"))
    broken.write_bytes(broken.read_bytes()[:100])
    with pytest.raises(KodoError, match=broken.parent.name):
        open_run(folder)
