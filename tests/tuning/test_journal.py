"""The journal: a normal Optuna storage that loses nothing, counts nothing twice and outlives its writers."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kodo.errors import KodoError
from kodo.experiments.experiment import Chosen
from kodo.tuning.search import journal as room
from kodo.tuning.search import storage
from kodo.tuning.search.journal import FILE, Claim, Journal
from kodo.tuning.search.points import explored
from kodo.tuning.search.storage import shown
from kodo.tuning.study import Arm, Study
from kodo.tuning.trial import Outcome, Phase

COMPLETE = Outcome(
    "complete",
    0.1 + 0.2,
    {"anna": 0.25, "ben": 0.35},
    {"train_loss": (1 / 3, math.inf), "rate": (1.23456789e-7, 0.0)},
    best=1,
    epochs=2,
    seconds=0.5,
)
PRUNED = replace(COMPLETE, state="pruned", curves={"validation_macro_f1": (0.5, 0.25)})
FAILED = Outcome("failed", math.nan, error="The loss is no longer finite.")


@pytest.fixture(params=["file", "sqlite"])
def asked(request: pytest.FixtureRequest, small_study: Study, tmp_path: Path) -> Study:
    """A study that keeps its trials in its folder, and one that keeps them in a database."""
    storage = "" if request.param == "file" else f"sqlite:///{tmp_path / 'trials.db'}"
    return replace(small_study, search=replace(small_study.search, storage=storage))


@pytest.fixture
def journal(asked: Study, arm: Arm, tmp_path: Path) -> Journal:
    made = Journal(asked, tmp_path)
    made.begin(arm, "made")
    return made


@pytest.fixture
def points(arm: Arm, choice: Chosen) -> tuple[Any, ...]:
    return explored(arm, choice, 8, 0)


def reopened(study: Study, arm: Arm, folder: Path) -> Journal:
    again = Journal(study, folder)
    again.begin(arm, "made")
    return again


def claimed(journal: Journal, arm: Arm, number: int, point: Any, phase: Phase = "explore") -> Claim:
    claim = journal.claim(arm, number, phase, point)
    assert claim is not None
    return claim


def test_what_is_told_is_read_again(
    journal: Journal, asked: Study, arm: Arm, points: Any, tmp_path: Path
) -> None:
    told = [
        journal.tell(claimed(journal, arm, number, points[number], "exploit"), outcome)
        for number, outcome in ((2, FAILED), (0, COMPLETE), (1, PRUNED))
    ]
    kept = reopened(asked, arm, tmp_path).trials(arm)
    assert [trial.number for trial in kept] == [0, 1, 2]
    assert repr(sorted(told, key=lambda trial: trial.number)) == repr(list(kept))
    first = kept[0]
    assert (first.arm, first.phase, dict(first.point)) == (arm.name, "exploit", dict(points[0]))
    assert first.outcome.score == 0.1 + 0.2
    assert first.outcome.people == {"anna": 0.25, "ben": 0.35}
    assert first.outcome.curves["train_loss"][0] == 0.333333
    assert math.isnan(first.outcome.curves["train_loss"][1])
    assert first.outcome.curves["rate"][0] == 1.23457e-7
    assert (first.outcome.best, first.outcome.epochs, first.outcome.seconds) == (1, 2, 0.5)
    assert kept[2].outcome.error == FAILED.error
    assert math.isnan(kept[2].outcome.score)


def test_optunas_own_tools_open_it(
    journal: Journal, asked: Study, arm: Arm, points: Any, tmp_path: Path
) -> None:
    import optuna

    for number, point in enumerate(points):
        outcome = (FAILED, PRUNED)[number] if number < 2 else replace(COMPLETE, score=point["dropout"])
        journal.tell(claimed(journal, arm, number, point), outcome)
    place: Any = asked.search.storage
    if not place:
        backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / FILE))
        place = optuna.storages.JournalStorage(backend)
    study = optuna.load_study(study_name=journal.name(arm), storage=place)
    states = [trial.state.name for trial in study.trials]
    assert states == ["FAIL", "PRUNED", *["COMPLETE"] * 6]
    assert study.best_value == max(point["dropout"] for point in points[2:])
    assert study.best_params["dropout"] == study.best_value
    assert study.best_params["train.betas"] in ("[0.9, 0.999]", "[0.8, 0.99]")
    assert study.trials[1].intermediate_values == {0: 0.5, 1: 0.25}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    assert set(optuna.importance.get_param_importances(study, evaluator=evaluator)) == set(points[0])


def test_a_number_is_claimed_once(
    journal: Journal, asked: Study, arm: Arm, points: Any, tmp_path: Path
) -> None:
    other = reopened(asked, arm, tmp_path)
    claim = claimed(journal, arm, 0, points[0])
    assert other.claim(arm, 0, "explore", points[0]) is None
    assert other.running(arm) == (0,)
    journal.tell(claim, COMPLETE)
    assert other.claim(arm, 0, "explore", points[0]) is None
    assert other.running(arm) == ()
    assert len(other.trials(arm)) == 1


def test_what_is_given_back_can_be_claimed_again(journal: Journal, arm: Arm, points: Any) -> None:
    journal.release(claimed(journal, arm, 0, points[0]))
    assert journal.trials(arm) == ()
    journal.tell(claimed(journal, arm, 0, points[0]), COMPLETE)
    assert len(journal.trials(arm)) == 1


def test_the_claim_of_a_dead_process_is_free(
    journal: Journal, asked: Study, arm: Arm, points: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: gone.pid)
        patch.setattr(room, "_began", lambda pid: "12345")
        claimed(journal, arm, 0, points[0])
    other = reopened(asked, arm, tmp_path)
    assert other.running(arm) == ()
    other.tell(claimed(other, arm, 0, points[0]), COMPLETE)
    assert [trial.number for trial in other.trials(arm)] == [0]


def test_another_process_under_the_same_number_is_not_the_one_that_died(
    journal: Journal, arm: Arm, points: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(room, "_began", lambda pid: "12345")
        claimed(journal, arm, 0, points[0])
        assert journal.running(arm) == (0,)
    assert journal.running(arm) == ()


def test_the_claim_of_another_machine_is_left_alone_for_a_while(
    journal: Journal, asked: Study, arm: Arm, points: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("socket.gethostname", lambda: "elsewhere")
        far = claimed(journal, arm, 0, points[0])
    other = reopened(asked, arm, tmp_path)
    other.take_over(arm, 60.0)
    assert other.running(arm) == (0,)
    other.take_over(arm, -1.0)
    assert other.running(arm) == ()
    near = claimed(other, arm, 0, points[0])
    # Both finish: the first one counts, for both of them and for ever.
    journal.tell(far, replace(COMPLETE, score=0.75))
    other.tell(near, replace(COMPLETE, score=0.25))
    assert [trial.outcome.score for trial in other.trials(arm)] == [0.25]
    assert [trial.outcome.score for trial in journal.trials(arm)] == [0.25]


def test_a_late_result_is_kept_when_nobody_else_has_one(journal: Journal, arm: Arm, points: Any) -> None:
    for number, outcome in enumerate((COMPLETE, PRUNED, FAILED)):
        claim = claimed(journal, arm, number, points[number])
        journal.take_over(arm, -1.0)
        journal.tell(claim, outcome)
    assert [trial.outcome.state for trial in journal.trials(arm)] == ["complete", "pruned", "failed"]


def test_trials_made_otherwise_are_not_mixed(journal: Journal, arm: Arm) -> None:
    journal.begin(arm, "made")
    with pytest.raises(KodoError, match="cannot be mixed"):
        journal.begin(arm, "made otherwise")


def test_what_is_forgotten_counts_no_more(
    journal: Journal, asked: Study, arm: Arm, points: Any, tmp_path: Path
) -> None:
    journal.tell(claimed(journal, arm, 0, points[0]), FAILED)
    journal.forget(arm)
    assert journal.trials(arm) == ()
    journal.tell(claimed(journal, arm, 0, points[0]), COMPLETE)
    assert [trial.outcome.state for trial in reopened(asked, arm, tmp_path).trials(arm)] == ["complete"]


def test_trials_that_a_user_adds_by_optuna_are_not_ours(journal: Journal, arm: Arm, tmp_path: Path) -> None:
    import optuna

    study = optuna.load_study(study_name=journal.name(arm), storage=journal._storage)
    study.enqueue_trial({"dropout": 0.5})
    assert journal.trials(arm) == ()
    assert journal.running(arm) == ()


def test_studies_in_one_database_keep_apart(small_study: Study, arm: Arm, tmp_path: Path) -> None:
    names = set()
    for changes in ({}, {"seed": 1}, {"explore": 5}):
        looking = replace(small_study.search, storage=f"sqlite:///{tmp_path / 'a.db'}", **changes)
        names.add(Journal(replace(small_study, search=looking), tmp_path).name(arm))
    moved = replace(small_study.search, storage=f"sqlite:///{tmp_path}/./a.db")
    names.add(Journal(replace(small_study, search=moved), tmp_path).name(arm))
    assert len(names) == 3


def test_a_journal_cut_anywhere_loses_one_line_at_most(
    small_study: Study, arm: Arm, points: Any, tmp_path: Path
) -> None:
    journal = reopened(small_study, arm, tmp_path)
    journal.tell(claimed(journal, arm, 0, points[0]), COMPLETE)
    path = tmp_path / FILE
    before = path.stat().st_size
    journal.tell(claimed(journal, arm, 1, points[1]), PRUNED)
    whole = path.read_bytes()
    for size in range(before, len(whole) + 1):
        path.write_bytes(whole[:size])
        mended = reopened(small_study, arm, tmp_path)
        done = [trial.number for trial in mended.trials(arm)]
        assert done == ([0, 1] if size == len(whole) else [0])
        assert path.read_bytes() == whole[: whole.rfind(b"\n", 0, size) + 1]
        if size % 50 == 0 or size > len(whole) - 3:
            if 1 not in done:
                mended.take_over(arm, -1.0)
                mended.tell(claimed(mended, arm, 1, points[1]), COMPLETE)
            assert [trial.number for trial in reopened(small_study, arm, tmp_path).trials(arm)] == [0, 1]


def test_half_a_line_of_another_writer_is_removed_before_the_next(
    small_study: Study, arm: Arm, points: Any, tmp_path: Path
) -> None:
    journal = reopened(small_study, arm, tmp_path)
    claim = claimed(journal, arm, 0, points[0])
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"op_code":8,"worker')
    assert journal.trials(arm) == ()
    journal.tell(claim, COMPLETE)
    assert len(journal.trials(arm)) == 1
    assert len(reopened(small_study, arm, tmp_path).trials(arm)) == 1


def test_a_writer_that_is_killed_takes_its_lock_along(small_study: Study, arm: Arm, tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from kodo.tuning.search.storage import Lock\n"
        f"Lock(Path({str(tmp_path / FILE)!r})).acquire(); print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    reopened(small_study, arm, tmp_path)


def test_a_damaged_journal_is_named(small_study: Study, arm: Arm, tmp_path: Path) -> None:
    reopened(small_study, arm, tmp_path)
    path = tmp_path / FILE
    path.write_bytes(b"rubbish\n" + path.read_bytes())
    with pytest.raises(KodoError, match=r"journal\.log is damaged"):
        Journal(small_study, tmp_path)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("nonsense", "cannot be kept in nonsense: Could not parse"),
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("postgresql://me:secret@127.0.0.1:1/x", r"storage postgresql://me@127\.0\.0\.1:1/x "),
        ("redis://localhost", "redis://localhost cannot be opened"),
    ],
)
def test_a_storage_that_cannot_be_had_is_named(
    small_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, says: str
) -> None:
    monkeypatch.setattr(storage, "PAUSE", 0.0)
    looking = replace(small_study.search, storage=address)
    with pytest.raises(KodoError, match=says) as error:
        Journal(replace(small_study, search=looking), tmp_path)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_that_cannot_be_written_is_named(small_study: Study, tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(KodoError, match=r"journal\.log: is a directory"):
        Journal(small_study, tmp_path)


def test_without_optuna_the_install_line_is_said(
    small_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(KodoError, match=r"pip install 'kodo\[tune\]'"):
        Journal(small_study, tmp_path)


def test_passwords_are_not_shown() -> None:
    assert shown("postgresql://me:secret@host/name") == "postgresql://me@host/name"
    assert shown("sqlite:///trials.db") == "sqlite:///trials.db"
