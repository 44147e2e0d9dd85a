import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.windows.batch import Source, batches
from kodo.windows.cut import cut


def plain(windows, row: int) -> np.ndarray:
    """(channel, time) of one window, as a slice of its recording."""
    return windows.signal[windows.start[row] : windows.start[row] + windows.length[row]].T


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    seconds=st.sampled_from([0.5, 1.0, 2.0, None]),
    channels=st.sampled_from([None, ["wrist_rotation_rate_z", "wrist_acceleration_x"]]),
)
def test_a_batch_is_the_slices_and_then_zeros(people, data, seconds, channels):
    windows = cut(people, seconds=seconds, short="pad", channels=channels)
    rows = np.array(data.draw(st.lists(st.integers(0, len(windows) - 1), min_size=1, max_size=12)), np.int64)
    batch = windows.take(rows)
    width = windows.longest if seconds else int(windows.length[rows].max())
    assert batch.signal.shape == (len(rows), len(windows.channels), width)
    assert batch.signal.dtype == torch.float32
    assert batch.label.dtype == torch.int64
    np.testing.assert_array_equal(batch.label, windows.label[rows])
    assert batch.weight.tolist() == [1.0] * len(rows)
    for place, row in enumerate(rows):
        length = int(windows.length[row])
        np.testing.assert_array_equal(batch.signal[place, :, :length], plain(windows, row))
        assert not batch.signal[place, :, length:].any()
        if batch.mask is not None:
            assert batch.mask[place].tolist() == [t < length for t in range(width)]
    if batch.mask is None:
        assert (windows.length[rows] == width).all()


def test_equal_windows_have_no_mask(make):
    whole = cut(make([[0] * 40], ["a"]), seconds=1.0)
    assert whole.take(np.arange(3)).mask is None
    sequences = cut(make([[0] * 5, [0] * 5, [0] * 8], ["a", "a", "a"]), seconds=None)
    assert sequences.take(np.array([0, 1])).mask is None
    assert sequences.take(np.array([0, 2])).mask is not None


def test_what_follows_a_short_window_does_not_show_even_if_it_is_nan(make):
    recordings = make([[0] * 4, [1] * 20], ["a", "b"])
    recordings.signal[4:8] = np.nan
    windows = cut(recordings, seconds=1.0, short="pad")
    batch = windows.take(np.array([0]))
    assert torch.isfinite(batch.signal).all()
    assert not batch.signal[..., 4:].any()


def test_a_gap_inside_a_window_stays_nan(make):
    recordings = make([[0] * 20], ["a"])
    recordings.signal[3, 1] = np.nan
    batch = cut(recordings, seconds=1.0).take(np.array([0]))
    assert torch.isnan(batch.signal).nonzero().tolist() == [[0, 1, 3]]


def test_a_padded_window_at_the_very_end_of_the_buffer(make):
    windows = cut(make([[0] * 30, [1] * 3], ["a", "b"]), seconds=2.0, short="pad")
    batch = windows.take(np.array([len(windows) - 1]))
    assert batch.mask.sum() == 3
    np.testing.assert_array_equal(batch.signal[0, :, :3], plain(windows, -1))


def test_a_padded_window_longer_than_every_recording(make):
    windows = cut(make([[0] * 7, [1] * 3], ["a", "b"]), seconds=2.0, short="pad")
    batch = windows.take(np.array([0, 1]))
    assert batch.signal.shape == (2, 6, 20)
    assert batch.mask.sum(dim=1).tolist() == [7, 3]
    np.testing.assert_array_equal(batch.signal[1, :, :3], plain(windows, 1))


@pytest.mark.parametrize("seconds", [1.0, None])
def test_no_rows_are_an_empty_batch(people, seconds):
    batch = cut(people, seconds=seconds, short="pad").take(np.zeros(0, np.int64))
    assert len(batch.signal) == len(batch.label) == 0


def test_the_buffer_is_shared_not_copied(people):
    windows = cut(people, seconds=1.0)
    assert Source(windows).signal.data_ptr() == windows.signal.ctypes.data


@settings(max_examples=60, deadline=None)
@given(
    seconds=st.sampled_from([1.0, None]),
    size=st.integers(1, 9),
    count=st.integers(0, 30),
    seed=st.one_of(st.none(), st.integers(0, 99)),
)
def test_every_row_is_in_one_batch(people, seconds, size, count, seed):
    windows = cut(people, seconds=seconds)
    rows = np.random.default_rng(0).permutation(len(windows))[:count]
    random = None if seed is None else np.random.default_rng(seed)
    parts = list(batches(windows, rows, size, random))
    assert sorted(np.concatenate([*parts, np.zeros(0, np.int64)]).tolist()) == sorted(rows.tolist())
    assert [len(part) for part in parts if len(part) != size] in ([], [len(rows) % size])
    if seed is not None:
        again = list(batches(windows, rows, size, np.random.default_rng(seed)))
        assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))


def test_the_order_is_kept_without_a_shuffle_and_changed_by_one(people):
    windows = cut(people, seconds=0.5)
    rows = np.arange(40)[::-1].copy()
    assert np.concatenate(list(batches(windows, rows, 7))).tolist() == rows.tolist()
    shuffled = np.concatenate(list(batches(windows, rows, 7, np.random.default_rng(0))))
    assert shuffled.tolist() != rows.tolist()


@pytest.mark.parametrize("seed", [None, 0])
def test_batches_of_unequal_windows_hold_little_padding(make, seed):
    lengths = np.random.default_rng(0).integers(1, 200, size=120)
    windows = cut(make([[0] * int(n) for n in lengths], ["a"] * 120), seconds=None)
    random = None if seed is None else np.random.default_rng(seed)
    parts = list(batches(windows, np.arange(120), 8, random))
    padded = sum(int(windows.length[part].max()) * len(part) for part in parts)
    assert padded < 1.15 * windows.length.sum()
