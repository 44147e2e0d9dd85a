"""What every entry of the dataset registry keeps to; a new dataset is covered without a new test."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from here import HERE, SAID
from kodo.datasets.catalogue import DATASETS
from kodo.datasets.check import counts, differences
from kodo.datasets.locate import find
from kodo.datasets.store import load, open_stored
from kodo.units import unit

NAMES = DATASETS.names()
LARGE = ("dsads", "traduttore", "wisdm19_watch")  # unpacked and parsed in five seconds or more
READ = [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in NAMES]


@pytest.fixture(autouse=True)
def real_data_if_there(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    if "KODO_DATA" not in os.environ and beside.is_dir():
        monkeypatch.setenv("KODO_DATA", str(beside))


@pytest.mark.parametrize("name", NAMES)
def test_the_card_is_complete(name: str) -> None:
    card = DATASETS.get(name)
    assert card.name == name
    for text in (card.title, card.licence, card.population, card.pattern):
        assert text.strip()
    assert len(set(card.activities)) == len(card.activities) >= 2
    names = [channel.name for channel in card.channels]
    assert len(set(names)) == len(names) >= 1
    for channel in card.channels:
        assert unit(channel.unit, channel.quantity) == channel.unit
    assert card.rate > 0
    assert card.window is None or card.window > 0
    assert not card.citation or card.citation.startswith("@")
    json.dumps(card.facts(), allow_nan=False)


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_what_the_card_says(name: str) -> None:
    card = DATASETS.get(name)
    if find(card) is None:
        pytest.skip(f"{name} is not here: set KODO_DATA to the folder that holds it")
    recordings = load(name)
    # Of some datasets only a part is here; a complete one is as good.
    got = counts(recordings)
    if got == HERE.get(name):
        recordings = replace(recordings, card=replace(card, counts=got))
    assert differences(recordings) == SAID.get(name, ())
    assert recordings.card.counts.items() <= got.items()
    for recording in recordings:
        assert recording.signal.dtype == np.float32
        assert recording.label.dtype == np.int16
        assert recording.signal.shape == (len(recording.label), len(recording.channels))
        assert -1 <= recording.label.min() <= recording.label.max() < len(card.activities)
    tail = int(recordings.start[-1]) + len(recordings[-1].signal)
    assert not recordings.signal[tail:].any()
    assert (recordings.label[tail:] == -1).all()


@pytest.mark.parametrize("name", READ)
def test_what_is_stored_is_what_was_read(name: str) -> None:
    if find(DATASETS.get(name)) is None:
        pytest.skip(f"{name} is not here: set KODO_DATA to the folder that holds it")
    recordings = load(name)
    again = open_stored(recordings.checksum)
    assert [r.name for r in again] == [r.name for r in recordings]
    assert again.signal.shape == recordings.signal.shape
    first, last = recordings[0].signal, recordings[-1].signal
    assert np.array_equal(again[0].signal, first, equal_nan=True)
    assert np.array_equal(again[-1].signal, last, equal_nan=True)
