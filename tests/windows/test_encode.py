from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.recording import sensor
from kodo.errors import KodoError
from kodo.windows.augment import Augmentation, augment
from kodo.windows.cut import cut
from kodo.windows.encode import Grey, GreyWindow, rows_by_place
from kodo.windows.moments import extremes
from kodo.windows.prepare import prepare

MISSING = ("missing", {"policy": "zero"})
GREY = (MISSING, ("grey", {}))
WINDOW = (MISSING, ("grey", {"over": "window"}))
MIXED = (
    *sensor("acceleration", "left_arm", "m/s²"),
    *sensor("acceleration", "torso", "m/s²"),
    *sensor("rotation_rate", "left_arm", "rad/s"),
)


@pytest.fixture(scope="module")
def windows(people):
    return cut(people, seconds=1.0)


def test_rows_of_one_body_part_lie_together():
    assert rows_by_place(MIXED) == [0, 1, 2, 6, 7, 8, 3, 4, 5]
    assert rows_by_place(MIXED[:1]) == [0]


def test_the_darkest_and_the_brightest_are_the_extremes_of_the_training_windows(windows):
    rows = np.arange(0, len(windows), 2)
    picture = prepare(GREY, windows, rows)(windows.take(rows).signal)
    assert picture.amin(dim=(0, 2)).tolist() == pytest.approx([0] * 6)
    assert picture.amax(dim=(0, 2)).tolist() == pytest.approx([1] * 6)


def test_extremes_are_those_of_the_windows_themselves(windows):
    signal = windows.signal.copy()
    signal[3, 1] = np.nan
    signal[:, 2] = np.nan
    holed = replace(windows, signal=signal)
    rows = np.arange(1, len(windows), 3)
    taken = holed.take(rows).signal.numpy()
    low, high = extremes(holed, rows)
    others = [0, 1, 3, 4, 5]
    assert (low[others] == np.nanmin(taken[:, others], axis=(0, 2))).all()
    assert (high[others] == np.nanmax(taken[:, others], axis=(0, 2))).all()
    assert (low[2], high[2]) == (0, 0)
    assert (low < extremes(holed, rows[:1])[0]).any()


def test_other_windows_change_nothing(windows):
    rows = np.flatnonzero(windows.subject == 0)
    signal = np.where(
        np.isin(np.arange(len(windows.signal)), _held(windows, rows))[:, None], windows.signal, 99
    )
    poisoned = replace(windows, signal=signal.astype(np.float32))
    assert (extremes(poisoned, rows)[1] == extremes(windows, rows)[1]).all()


def _held(windows, rows):
    return np.concatenate(
        [np.arange(s, s + n) for s, n in zip(windows.start[rows], windows.length[rows], strict=True)]
    )


def test_rows_are_reordered_with_their_ranges():
    low, high = np.zeros(9, np.float32), np.arange(1, 10, dtype=np.float32)
    signal = torch.arange(1.0, 10.0)[None, :, None].expand(2, 9, 4)
    assert (Grey(rows_by_place(MIXED), low, high)(signal) == 1).all()


values = st.floats(-1e4, 1e4, width=32)


@settings(max_examples=60, deadline=None)
@given(table=st.lists(st.tuples(values, values, values), min_size=1, max_size=20))
def test_a_picture_lies_between_black_and_white(table):
    signal = torch.tensor(table, dtype=torch.float32).T[None]
    trained = Grey([0, 1, 2], np.full(3, -1, np.float32), np.array([1, 3, -1], np.float32))
    for picture in (trained(signal), GreyWindow([0, 1, 2])(signal)):
        assert torch.isfinite(picture).all()
        assert picture.min() >= 0
        assert picture.max() <= 1
    assert (trained(signal)[:, 2] == 0).all()


def test_every_window_by_itself(windows):
    rows = np.arange(len(windows))
    signal = windows.take(rows).signal
    picture = prepare(WINDOW, windows, rows[:1])(signal)
    assert (picture.amin(dim=-1) == 0).all()
    assert (picture.amax(dim=-1) == 1).all()
    torch.testing.assert_close(prepare(WINDOW, windows, rows[:1])(signal * 7 - 2), picture, atol=1e-5, rtol=0)
    assert prepare(WINDOW, windows, rows).learned_from is None
    assert prepare(GREY, windows, rows).learned_from is rows


def test_a_resting_row_is_black():
    signal = torch.full((1, 2, 5), 9.81)
    signal[0, 1, 2] += 1e-6
    assert (GreyWindow([0, 1])(signal) == 0).all()


def test_padding_is_not_looked_at_and_stays_zero(windows):
    signal = torch.full((2, 6, 8), 5.0)
    signal[:, :, :4] = torch.arange(1.0, 5.0)
    mask = torch.arange(8) < torch.tensor([[4], [8]])
    picture = prepare(WINDOW, windows, np.arange(2))(signal, mask)
    assert picture[0, 0].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1, 0, 0, 0, 0])
    assert picture[1, 0, 3].item() == pytest.approx(0.75)


def test_what_cannot_be_encoded_is_refused(windows):
    rows = np.arange(4)
    with pytest.raises(KodoError, match=r"grey.over is one of train \| window; got 'person'"):
        prepare((MISSING, ("grey", {"over": "person"})), windows, rows)
    with pytest.raises(KodoError, match="grey learns from windows as they were measured"):
        prepare((MISSING, ("standardise", {}), ("grey", {})), windows, rows)
    prepare((MISSING, ("standardise", {}), ("grey", {"over": "window"})), windows, rows)
    for steps in (GREY, WINDOW):
        with pytest.raises(KodoError, match=r"augment.rotation turns sensors"):
            augment(Augmentation(rotation=10), windows.channels, prepare(steps, windows, rows))
        augment(Augmentation(jitter=0.1), windows.channels, prepare(steps, windows, rows))
