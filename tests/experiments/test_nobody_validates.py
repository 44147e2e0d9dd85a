"""Runs in which nobody validates: all who are not tested are learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from kodo.errors import KodoError
from kodo.experiments.evidence.confidence.chosen import chosen
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import experiment
from kodo.experiments.plan import Plan, plan
from kodo.experiments.run import run
from kodo.experiments.summary import Run, open_run, rows
from kodo.reports.report import compose
from kodo.reports.results import results
from kodo.reports.sentences import learned

ASKED = {
    "dataset": "synthetic",
    "models": ("cnn1d",),
    "protocol": "arena_people",
    "folding": {"validation": 0.0},
    "train": {"epochs": 2, "patience": 1},
}


@pytest.fixture(scope="module")
def planned(cache: Path) -> Plan:
    return plan(experiment(ASKED))


@pytest.fixture(scope="module")
def ended(planned: Plan, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "nobody"
    run(planned, folder, InProcess(), lambda fit, record, error: None)
    return open_run(folder)


def test_it_is_said_before_the_first_fit(planned: Plan) -> None:
    assert [note for note in planned.notes if note.startswith("Nobody validates: networks keep their last")]


def test_all_others_are_learned_from_and_the_last_epoch_is_kept(planned: Plan, ended: Run) -> None:
    for record in ended.records:
        people = record.facts["people"]
        assert people["validation"] == []
        assert {*people["train"], *people["test"]} == {*planned.windows.subjects}
        assert record.facts["best"] == 1
        assert len(record.facts["curves"]["train_loss"]) == 2
    assert learned(results(ended).models[0]) == "`cnn1d` kept the last of 2 epochs: nobody validated"


def test_the_report_speaks_of_no_validation_beside_the_learning_curves(ended: Run) -> None:
    page = compose(ended)
    assert "dashed training; nobody validated. The vertical axis" in page
    assert 'over epochs, training."' in page
    assert "solid validation" not in page


def test_scores_of_the_published_protocol_are_made_without_its_leak(ended: Run) -> None:
    row = rows(ended)[0]
    assert row.leak == ""
    assert set(row.published) == {"f1_arena", "f1_present"}


def test_nothing_is_chosen_on_other_windows_instead(ended: Run) -> None:
    with pytest.raises(KodoError, match=r"has no validation windows: .* with a larger folding\.validation\."):
        chosen(ended.records[0], 0.9)
