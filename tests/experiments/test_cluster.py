"""Fits on a Dask cluster: a real scheduler, real workers that die, and the numbers of one process."""

from __future__ import annotations

import os
import pickle
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from dask_here import scheduler, workers

from kodo.errors import KodoError
from kodo.experiments.executors import cluster
from kodo.experiments.executors.cluster import Cluster, alone, check_threads, differences
from kodo.experiments.executors.open import executor
from kodo.experiments.fit import Fit, execute, opened, perform
from kodo.experiments.plan import Plan
from kodo.experiments.record import Record, finished, read_record
from kodo.experiments.run import run

slow = pytest.mark.slow
HERE = Path(__file__).parent


def note(fit: Fit, record: Record | None, error: str) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a scheduler with two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as (address, _), workers(address, folder, HERE):
        yield address


def dies_once(fit: Fit, marks: Path) -> Record:
    """Do a fit; of the one that `marks` names, the first try kills its process after an epoch."""
    mark = marks / fit.key
    mark.parent.mkdir(exist_ok=True)
    first = not mark.exists()
    with mark.open("a") as file:
        file.write(f"{os.getpid()}\n")

    def progress(done: int, epochs: int) -> None:
        if first and (marks / f"kill-{fit.key}").exists():
            os.kill(os.getpid(), signal.SIGKILL)

    return perform(fit, opened(fit), progress)


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def facts() -> tuple[int, int]:
    """Torch's threads in the middle of a call, and whose process it is."""
    import torch

    return torch.get_num_threads(), os.getpid()


def locked() -> bool:
    """Whether another call would have to wait, in the middle of one."""
    return cluster._ALONE.locked()


@slow
def test_a_worker_killed_in_mid_fit_changes_no_number(
    address: str, todo: Plan, done: Path, tmp_path: Path
) -> None:
    fatal = next(fit for fit in todo.fits if fit.model == "cnn1d")
    (tmp_path / "marks").mkdir()
    (tmp_path / "marks" / f"kill-{fatal.key}").touch()
    told: list[str] = []
    with executor(None, address, len(todo.fits)) as there:
        run(
            todo,
            tmp_path / "run",
            there,
            lambda fit, record, error: told.append(fit.key),
            partial(dies_once, marks=tmp_path / "marks"),
        )
    assert sorted(told) == sorted(fit.key for fit in todo.fits), "every fit is told of once"
    assert finished(tmp_path / "run") == {fit.key for fit in todo.fits}
    tries = (tmp_path / "marks" / fatal.key).read_text().split()
    assert len(tries) == len(set(tries)) == 2
    for fit in todo.fits:
        ours, theirs = read_record(tmp_path / "run" / "fits" / fit.key), read_record(done / "fits" / fit.key)
        assert np.array_equal(ours.predictions.log_probability, theirs.predictions.log_probability)
        assert np.array_equal(ours.timeline.log_probability, theirs.timeline.log_probability)
        assert ours.facts["curves"] == theirs.facts["curves"]


@slow
def test_a_call_whose_workers_all_die_fails_alone(address: str) -> None:
    with executor(None, address, 2) as there:
        dead = there.submit(dies)
        with pytest.raises(KodoError, match="its workers died 2 times"):
            dead.result()
        assert there.submit(facts).result()[0] == 1
        assert there.submit(facts).result()[1] != os.getpid()


@slow
def test_other_data_are_refused_by_name(address: str, todo: Plan) -> None:
    with executor(None, address, 2) as there:
        with pytest.raises(KodoError, match=r"files of synthetic on .* are not those"):
            there.submit(execute, replace(todo.fits[0], data="0" * 64)).result()
        with pytest.raises(KodoError, match=r"recordings of 'mine', and a folder of your own"):
            there.submit(execute, replace(todo.fits[0], dataset="mine", data="0" * 64)).result()


@slow
def test_a_cluster_that_grows_is_given_more(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FRESH", 0.0)
    with executor(None, address, 9) as there, executor(1, address, 9) as narrow:
        assert there.at_once() in (2, 3), "two workers, of which one may be starting again"
        with workers(address, tmp_path, HERE, 3):
            for _ in range(600):
                if there.at_once() > 4:
                    break
                select.poll().poll(100)
            assert there.at_once() > 4
            assert narrow.at_once() == 1


@slow
def test_a_scheduler_that_has_no_workers_or_goes_away_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with scheduler(tmp_path) as (address, child):
        monkeypatch.setattr(cluster, "PATIENCE", 0.2)
        with pytest.raises(KodoError, match=r"no worker for 0\.2 s"), executor(None, address, 9, told.append):
            pass
        assert [sentence.partition(" for ")[0] for sentence in told] == ["Waiting up to 0.2 s"]
        monkeypatch.setattr(cluster, "PATIENCE", 60.0)
        lost = pytest.raises(KodoError, match=r"connection to the Dask scheduler .* was lost")
        with workers(address, tmp_path, HERE, 1), lost, executor(None, address, 9) as there:
            waiting = there.submit(signal.pause)
            os.killpg(child.pid, signal.SIGKILL)
            waiting.result()


@slow
def test_ctrl_c_says_one_line_and_takes_its_fits_back(
    address: str, todo: Plan, done: Path, tmp_path: Path
) -> None:
    source = tmp_path / "experiment.toml"
    shutil.copy(done / "experiment.toml", source)
    command = [sys.executable, "-m", "kodo", "run", str(source), "--out", str(tmp_path / "run")]
    with subprocess.Popen(
        [*command, "--executor", address], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as child:
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith("[1/"):
                break
        child.send_signal(signal.SIGINT)
        rest = [line for line in child.stderr if not line.startswith("[")]
        assert child.wait() == 130
    assert [line.partition(".")[0] for line in rest] == ["Stopped"]
    kept = finished(tmp_path / "run")
    told: list[str] = []
    with executor(None, address, len(todo.fits)) as there:
        run(todo, tmp_path / "run", there, lambda fit, record, error: told.append(fit.key))
    assert kept
    assert sorted([*kept, *told]) == sorted(fit.key for fit in todo.fits)


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 0.2)
    with pytest.raises(KodoError, match=r"No Dask scheduler answered at tcp://127\.0\.0\.1:1 within 0\.2 s"):
        Cluster("tcp://127.0.0.1:1", None, note)


@pytest.mark.parametrize(
    "address", ["host:8786", "http://host:8786", "tcp://host", "tcp://:1", "tcp://a:b", "x"]
)
def test_an_address_of_another_form_is_refused(address: str) -> None:
    with pytest.raises(KodoError, match="--executor is the address of a Dask scheduler"):
        Cluster(address, None, note)


def test_a_call_has_its_process_for_itself() -> None:
    assert alone(pickle.dumps(locked))
    assert not locked()


def test_a_worker_with_several_threads_is_refused() -> None:
    check_threads({"tcp://a:1": 1, "tcp://b:1": 1})
    with pytest.raises(KodoError, match=r"tcp://b:1 has 8 threads.*--nthreads 1 --nworkers 8"):
        check_threads({"tcp://a:1": 1, "tcp://b:1": 8})


def test_other_versions_on_workers_are_said_once_for_each_package() -> None:
    def machine(torch: str, python: str = "3.11.4.final.0") -> dict[str, object]:
        packages = {"kodo": "1", "torch": torch, "numpy": "2", "scikit-learn": "1"}
        return {"host": {"python": python}, "packages": packages}

    here = machine("2.13.0")
    assert list(differences({"client": here, "workers": {"a": machine("2.13.0")}})) == []
    others = {"a": machine("2.12.0"), "b": machine("2.12.0"), "c": machine("2.13.0", "3.12.1.final.0")}
    said = list(differences({"client": here, "workers": others}))
    assert [sentence.partition(":")[0] for sentence in said] == [
        "Workers have python 3.12.1, here it is 3.11.4",
        "Workers have torch 2.12.0, here it is 2.13.0",
    ]


def test_work_that_was_taken_away_is_no_failed_fit() -> None:
    with pytest.raises(KodoError, match="was lost"), executor(1, None, 1):
        raise CancelledError
