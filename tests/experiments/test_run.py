"""Runs: what is kept, what is refused, and the same numbers after a kill."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.experiments.executors.open import executor
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import experiment
from kodo.experiments.fit import Fit, execute, perform
from kodo.experiments.plan import Plan, plan
from kodo.experiments.record import TEST, VALIDATION, Record, failures, finished, read_record
from kodo.experiments.run import run
from kodo.experiments.work import estimate, missing, prepared, work
from kodo.windows.prepare import prepare


def silent(fit: Fit, record: Record | None, error: str) -> None:
    """Nobody watches."""


def test_a_run_folder_holds_the_experiment_the_data_and_every_fit(todo: Plan, done: Path) -> None:
    assert finished(done) == {fit.key for fit in todo.fits}
    assert len(todo.fits) == 2 * 3
    assert json.loads((done / "dataset.json").read_text())["counts"]["windows"] == len(todo.windows)
    assert not list(done.rglob(".*"))


def test_every_person_is_tested_once_and_never_learned_from_in_that_fold(todo: Plan, done: Path) -> None:
    records = [read_record(done / "fits" / fit.key) for fit in todo.fits if fit.model == "cnn1d"]
    tested = [person for record in records for person in record.facts["people"]["test"]]
    assert sorted(tested) == sorted(todo.windows.subjects)
    for record in records:
        people = record.facts["people"]
        assert not set(people["test"]) & {*people["train"], *people["validation"]}


def test_a_record_holds_scored_windows_and_the_whole_timeline(todo: Plan, done: Path) -> None:
    record = read_record(done / "fits" / todo.fits[0].key)
    scored, timeline = record.predictions, record.timeline
    counts = record.facts["counts"]
    assert [(scored.side == VALIDATION).sum(), (scored.side == TEST).sum()] == [
        counts["validation"],
        counts["test"],
    ]
    assert np.allclose(np.exp(scored.log_probability).sum(1), 1, atol=1e-4)
    assert (timeline.label == -1).any()
    people = {str(timeline.subjects[code]) for code in timeline.subject}
    assert people == set(record.facts["people"]["test"])
    for recording in np.unique(timeline.recording):
        parts = timeline.segment[timeline.segment[:, 0] == recording]
        assert parts[0, 1] == 0
        assert (parts[1:, 1] == parts[:-1, 2]).all()


@pytest.mark.parametrize(("model", "trainer"), [("features", "trees"), ("cnn1d", "gradient")])
def test_a_trainer_that_scales_on_everybody_is_found_out(
    todo: Plan, done: Path, monkeypatch: pytest.MonkeyPatch, model: str, trainer: str
) -> None:
    fit = next(fit for fit in todo.fits if fit.model == model)
    at_home = json.loads((done / "fits" / fit.key / "record.json").read_text())
    of_all = lambda steps, windows, rows: prepare(steps, windows, np.arange(len(windows)))  # noqa: E731
    monkeypatch.setattr(f"kodo.training.{trainer}.prepare", of_all)
    record = perform(replace(fit, prepare=(("missing", {}), ("standardise", {}))), todo.windows)
    (check,) = (check for check in record.facts["checks"] if check["code"] == "KODO03")
    assert check["outcome"] == "issue"
    assert check["says"].startswith("Constants were taken from test people too")
    (check,) = (check for check in at_home["checks"] if check["code"] == "KODO03")
    assert check["outcome"] in ("passed", "not applicable")


def test_equal_fits_leave_equal_bits(todo: Plan, done: Path) -> None:
    fit = next(fit for fit in todo.fits if fit.model == "cnn1d")
    again, kept = execute(fit), read_record(done / "fits" / fit.key)
    assert np.array_equal(again.predictions.log_probability, kept.predictions.log_probability)
    assert again.facts["curves"] == kept.facts["curves"]


def test_the_key_depends_on_every_setting_and_not_on_where_the_data_lie(todo: Plan) -> None:
    fit = todo.fits[0]
    others = [
        replace(fit, seed=1),
        replace(fit, fold=1),
        replace(fit, data="other"),
        replace(fit, numerics=fit.numerics + 1),
        replace(fit, train={**fit.train, "x": 1}),
        replace(fit, cutting=replace(fit.cutting, overlap=0.25)),
    ]
    assert len({fit.key, *(other.key for other in others)}) == len(others) + 1


def test_a_finished_run_does_nothing_again(todo: Plan, done: Path) -> None:
    asked: list[Fit] = []
    run(todo, done, InProcess(), silent, lambda fit: asked.append(fit) or execute(fit))
    assert asked == []


def test_a_folder_of_another_experiment_is_refused(done: Path) -> None:
    other = plan(experiment({"dataset": "synthetic", "models": "cnn1d"}))
    with pytest.raises(KodoError, match="another experiment"):
        run(other, done, InProcess(), silent)


def test_a_folder_that_is_no_run_is_refused(todo: Plan, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(KodoError, match="is no run"):
        run(todo, tmp_path, InProcess(), silent)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_run_killed_at_its_very_beginning_begins_again(todo: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("dataset.json", ".experiment.toml.1234abcd"):
        (folder / name).write_text("{}")
    few = replace(todo, fits=todo.fits[-1:])
    run(few, folder, InProcess(), silent)
    assert finished(folder) == {few.fits[0].key}
    assert json.loads((folder / "dataset.json").read_text())["checksum"] == todo.dataset["checksum"]


def test_what_a_killed_writer_left_is_swept_away(todo: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    few = replace(todo, fits=todo.fits[-1:])
    run(few, folder, InProcess(), silent)
    (folder / "fits" / ".half.1234abcd").mkdir()
    run(few, folder, InProcess(), silent)
    assert [path.name for path in (folder / "fits").iterdir()] == [few.fits[0].key]


def test_fits_made_otherwise_are_not_mixed(todo: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    few = replace(todo, fits=todo.fits[-1:])
    run(few, folder, InProcess(), silent)
    faster = replace(few, fits=(replace(few.fits[0], precision="bfloat16"),))
    with pytest.raises(KodoError, match="cannot be mixed"):
        run(faster, folder, InProcess(), silent)


def test_a_fit_that_fails_is_named_and_the_others_go_on(todo: Plan, tmp_path: Path) -> None:
    def some(fit: Fit) -> Record:
        if fit.fold == 1:
            raise KodoError("diverged")
        return execute(fit)

    few = replace(todo, fits=tuple(fit for fit in todo.fits if fit.model == "cnn1d"))
    folder = tmp_path / "run"
    run(few, folder, InProcess(), silent, some)
    assert [(fit["fold"], fit["error"]) for fit in failures(folder)] == [(1, "diverged")]
    assert len(finished(folder)) == 2
    run(few, folder, InProcess(), silent)
    assert failures(folder) == []
    assert len(finished(folder)) == 3


def test_when_every_fit_fails_the_run_fails(todo: Plan, tmp_path: Path) -> None:
    def none(fit: Fit) -> Record:
        raise KodoError("diverged")

    with pytest.raises(KodoError, match="diverged"):
        run(todo, tmp_path / "run", InProcess(), silent, none)


def test_a_run_folder_is_repeated_from_its_own_file(todo: Plan, done: Path) -> None:
    again, folder = prepared(done / "experiment.toml", {}, None)
    assert folder == done
    assert [fit.key for fit in again.fits] == [fit.key for fit in todo.fits]


def test_an_estimate_counts_what_is_left(todo: Plan, done: Path, tmp_path: Path) -> None:
    assert estimate(todo, done, 2)["minutes"] == 0
    found = estimate(todo, tmp_path / "new", 2)
    assert (found["fits"], found["finished"], found["people"]) == (6, 0, 6)
    assert found["minutes"] > 0


@pytest.mark.slow
def test_killed_and_repeated_it_ends_with_the_same_numbers(todo: Plan, done: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    source = tmp_path / "experiment.toml"
    shutil.copy(done / "experiment.toml", source)
    command = [sys.executable, "-m", "kodo", "run", str(source), "--out", str(folder), "--jobs", "2"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("[1/"):
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stderr.close()
    kept = finished(folder)
    assert 1 <= len(kept) < len(todo.fits)
    assert not (folder / "summary.json").exists()
    subprocess.run(command, check=True, capture_output=True)
    for fit in todo.fits:
        ours, theirs = read_record(folder / "fits" / fit.key), read_record(done / "fits" / fit.key)
        assert np.array_equal(ours.predictions.log_probability, theirs.predictions.log_probability)
    assert (folder / "summary.json").is_file()


@pytest.mark.slow
def test_ctrl_c_says_one_line_and_leaves_no_process(done: Path, tmp_path: Path) -> None:
    source = tmp_path / "experiment.toml"
    shutil.copy(done / "experiment.toml", source)
    command = [
        sys.executable,
        "-m",
        "kodo",
        "run",
        str(source),
        "--out",
        str(tmp_path / "run"),
        "--jobs",
        "2",
    ]
    child = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True
    )
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("[1/"):
            break
    os.killpg(child.pid, signal.SIGINT)
    rest = [line for line in child.stderr if not line.startswith("[")]
    assert child.wait() == 130
    child.stderr.close()
    assert len(rest) == 1
    assert rest[0].startswith("Stopped.")
    assert alive_after_a_second(child.pid) == []


def alive_after_a_second(group: int) -> list[str]:
    """Processes of a process group that are still there; those that ended and wait to be read are not."""
    for _ in range(20):
        there = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _, of = path.read_text().rpartition(")")[2].split()[:3]
                if int(of) == group and state not in "ZX":
                    there.append((path.parent / "cmdline").read_text().replace("\0", " "))
        if not there:
            break
        select.poll().poll(50)
    return there


@pytest.mark.slow
def test_two_processes_give_the_bits_of_one(todo: Plan, done: Path, tmp_path: Path) -> None:
    with executor(2, None, missing(todo, tmp_path / "run")) as workers:
        work(todo, tmp_path / "run", workers, silent)
    for fit in todo.fits:
        ours, theirs = read_record(tmp_path / "run" / "fits" / fit.key), read_record(done / "fits" / fit.key)
        assert np.array_equal(ours.predictions.log_probability, theirs.predictions.log_probability)
