"""Made-up people: the same every time, and each of them different."""

from __future__ import annotations

import numpy as np
import pytest

from kodo.datasets.recording import UNLABELLED
from kodo.datasets.store import load
from kodo.datasets.synthetic import SYNTHETIC, people
from kodo.errors import KodoError


def test_every_recording_holds_each_activity_once_and_moments_between() -> None:
    made = people(people=2, activities=3, seconds=4.0, rate=25.0)
    assert len(made) == 4
    for recording in made:
        changes = np.flatnonzero(np.diff(recording.label)) + 1
        runs = [part[0] for part in np.split(recording.label, changes)]
        assert runs[::2] == [UNLABELLED] * 3
        assert sorted(runs[1::2]) == [0, 1, 2]
        assert np.bincount(recording.label + 1)[1:].tolist() == [100, 100, 100]
        assert np.isfinite(recording.signal).all()


def test_gestures_are_short_unequal_and_have_one_label() -> None:
    made = people(people=2, activities=3, seconds=2.0, unequal=True)
    lengths = [len(r.signal) for r in made]
    assert made.card.window is None
    assert len(made) == 2 * 3 * 3
    assert len(set(lengths)) > 5
    assert 30 <= min(lengths) < max(lengths) <= 100
    assert all(len(set(r.label.tolist())) == 1 for r in made)


@pytest.mark.parametrize("unequal", [False, True])
def test_the_same_every_time_and_more_people_change_nobody(unequal: bool) -> None:
    few = people(people=2, seconds=2.0, unequal=unequal)
    again = people(people=2, seconds=2.0, unequal=unequal)
    more = people(people=3, seconds=2.0, unequal=unequal)
    assert few.checksum == again.checksum != more.checksum
    for one, same, other in zip(few, again, more, strict=False):
        assert np.array_equal(one.signal, same.signal)
        assert np.array_equal(one.signal, other.signal)
    assert not np.array_equal(few[0].signal[:20], people(people=2, seconds=2.0, seed=1)[0].signal[:20])


def test_people_wear_the_watch_differently() -> None:
    made = people(people=4, activities=1, seconds=10.0)
    gravity = np.array([r.signal[:, :3].mean(axis=0) for r in made if r.session == "morning"])
    assert np.allclose(np.linalg.norm(gravity, axis=1), 1, atol=0.1)
    apart = np.linalg.norm(gravity[:, None] - gravity[None], axis=2)[np.triu_indices(4, 1)]
    assert apart.min() > 0.05


def test_it_is_a_dataset_without_files(own_cache: object) -> None:
    first, second = load("synthetic"), load("synthetic")
    assert first.checksum == second.checksum
    assert first.card is SYNTHETIC
    assert np.array_equal(first[3].signal, people()[3].signal)


@pytest.mark.parametrize("settings", [{"people": 0}, {"activities": 0}, {"activities": 9}, {"seconds": 0.01}])
def test_nobody_nothing_no_time(settings: dict[str, int]) -> None:
    with pytest.raises(KodoError, match="need at least 1 person, 1 to 8 activities"):
        people(**settings)
