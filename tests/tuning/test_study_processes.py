"""A study by several processes, and by processes that are killed: always the same one, nothing done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import small_study as script
from kodo.datasets.recording import Recordings
from kodo.experiments.executors.pool import Pool
from kodo.tuning.search import search as room
from kodo.tuning.search.search import studied
from kodo.tuning.study import Study
from kodo.tuning.trial import Trial
from kodo.windows.cut import Windows
from small_study import do, facts, quick, small


@pytest.mark.slow
def test_two_workers_make_the_same_study(
    small_study: Study, recordings: Recordings, windows: Windows, study_folder: Path, tmp_path: Path
) -> None:
    pool = Pool(2)
    try:
        room.search(small_study, recordings, windows, tmp_path / "s", pool, pool.at_once, lambda trial: None)
    finally:
        pool.kill()
    assert facts(studied(tmp_path / "s").trials["cnn1d"]) == facts(studied(study_folder).trials["cnn1d"])


def begun(folder: Path, storage: str) -> subprocess.Popen[str]:
    command = [sys.executable, script.__file__, str(folder), storage]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def reference(
    recordings: Recordings, windows: Windows, folder: Path, patch: pytest.MonkeyPatch
) -> list[Trial]:
    patch.setattr(room, "tried", quick)
    asked = small(windows, explore=30, exploit=20, together=5)
    return facts(sorted(do(asked, recordings, windows, folder), key=lambda trial: trial.number))


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["", "sqlite:///{}"])
def test_a_study_that_is_killed_again_and_again_is_the_same(
    recordings: Recordings, windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    folder, place = tmp_path / "s", storage.format(tmp_path / "trials.db")
    moments, printed = random.Random(0), list[str]()
    for _ in range(5):
        child = begun(folder, place)
        assert child.stdout is not None
        for _ in range(moments.randrange(1, 10)):
            printed.append(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        printed += child.stdout.readlines()
        child.wait()
        child.stdout.close()
    child = begun(folder, place)
    printed += child.communicate()[0].splitlines()
    assert child.returncode == 0
    numbers = [line.strip() for line in printed if line.strip() not in ("begins", "")]
    assert len(numbers) == len(set(numbers))  # nothing that was finished was done again
    assert 45 <= len(numbers) <= 50  # a kill may come between the writing and the telling
    expected = reference(recordings, windows, tmp_path / "one", monkeypatch)
    assert facts(studied(folder).trials["cnn1d"]) == expected
    assert os.listdir(folder).count("journal.log.lock") == 0


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["", "sqlite:///{}"])
def test_two_processes_share_the_work(
    recordings: Recordings, windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    folder, place = tmp_path / "s", storage.format(tmp_path / "trials.db")
    children = [begun(folder, place) for _ in range(2)]
    said = [child.communicate()[0].splitlines() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    numbers = [int(line) for lines in said for line in lines if line != "begins"]
    assert sorted(numbers) == list(range(50))
    expected = reference(recordings, windows, tmp_path / "one", monkeypatch)
    assert facts(studied(folder).trials["cnn1d"]) == expected
