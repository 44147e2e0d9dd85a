"""A study on a Dask cluster, one worker of it killed in the middle of a trial: the study of one process."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from dask_here import scheduler, workers

from dying_trial import dies_once
from kodo.datasets.recording import Recordings
from kodo.experiments.executors.open import executor
from kodo.tuning.search import search as room
from kodo.tuning.search.search import studied
from kodo.tuning.study import Study
from kodo.tuning.trial import Trial
from kodo.windows.cut import Windows
from small_study import facts


@pytest.mark.slow
def test_a_worker_killed_in_mid_trial_changes_no_number_and_loses_and_doubles_nothing(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    study_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mark = tmp_path / "died"
    monkeypatch.setattr(room, "tried", partial(dies_once, mark=mark))
    told: list[int] = []

    def tell(trial: Trial) -> None:
        told.append(trial.number)

    folder = tmp_path / "study"
    with (
        scheduler(tmp_path) as (address, _),
        workers(address, tmp_path / "workers", Path(__file__).parent),
        executor(None, address, 8) as there,
    ):
        room.search(
            small_study,
            recordings,
            windows,
            folder,
            there,
            there.at_once,
            lambda trial: told.append(trial.number),
        )
    assert mark.exists(), "nothing was killed"
    assert Counter(told) == Counter(range(8))
    assert facts(studied(folder).trials["cnn1d"]) == facts(studied(study_folder).trials["cnn1d"])
