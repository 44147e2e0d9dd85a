"""Time stamps: texts and numbers into seconds, and what repeated ones mean, by measurement."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.formats.stamps import clock, parse_stamps


def parsed(texts: list[str | None], unit: str) -> list[float | None]:
    return pl.DataFrame({"t": texts}, {"t": pl.String}).select(parse_stamps(pl.col("t"), unit))["t"].to_list()


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [
        ("1.5", "s", 1.5),
        ("1600000000020", "ms", 1600000000.02),
        ("1970-01-01T00:00:01", "iso", 1.0),
        ("1970-01-01 00:00:01.25Z", "iso", 1.25),
        ("1970-01-01T02:00:01,5+02:00", "iso", 1.5),
        ("1969-12-31T19:00:01-0500", "iso", 1.0),
        ("02.01.1970 00:00:00.125", "%d.%m.%Y %H:%M:%S%.f", 86400.125),
        ("00:01:00.5", "%H:%M:%S%.f", 60.5),
        ("soon", "s", None),
        ("nan", "s", None),
        ("1e99", "s", None),
        ("1970-13-01T00:00:01", "iso", None),
        (None, "iso", None),
    ],
)
def test_a_stamp_in_seconds(text: str, unit: str, seconds: float | None) -> None:
    assert parsed([text], unit) == [pytest.approx(seconds, abs=1e-6) if seconds is not None else None]


def test_a_rate_by_rounded_stamps_and_lost_samples() -> None:
    stamps = np.round(np.delete(np.arange(600), [100, 300]) / 60, 3)
    found = clock(stamps, np.zeros((len(stamps), 1)))
    assert found.rate == pytest.approx(60, rel=1e-3)
    assert not found.coarse


def test_few_repeated_stamps_are_one_sample() -> None:
    stamps = np.arange(100) / 50
    stamps[40] = stamps[39]
    found = clock(stamps, np.arange(100.0)[:, None])
    assert (found.repeated, found.coarse, len(found.seconds)) == (1, False, 99)
    assert found.group is not None
    assert found.group[39:42].tolist() == [39, 41, 42]


def test_copies_of_every_line_are_no_faster_sampling() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=(50, 3)), 2, axis=0)
    found = clock(np.repeat(np.arange(50) / 25, 2), values)
    assert (found.coarse, found.rate, len(found.seconds)) == (False, 25.0, 50)


@settings(max_examples=30)
@given(rate=st.sampled_from([20, 50, 64, 100, 128]), first=st.floats(0, 0.99), length=st.integers(4, 12))
def test_a_clock_of_whole_seconds_is_spread(rate: int, first: float, length: int) -> None:
    true = first + np.arange(rate * length) / rate
    found = clock(np.floor(true + 1e-9), np.arange(len(true), dtype=np.float64)[:, None])
    assert found.coarse
    assert found.rate == pytest.approx(rate, rel=0.02)
    assert (np.diff(found.seconds) > 0).all()
    # Nobody knows where in the second the first one stands: less than two steps, the same for all.
    assert np.abs(found.seconds - true).max() < 2 / rate


def test_one_stamp_for_all_tells_no_rate() -> None:
    found = clock(np.zeros(10), np.arange(10.0)[:, None], 10.0)
    assert np.allclose(found.seconds, np.arange(10) / 10)
    assert clock(np.zeros(1), np.zeros((1, 1))).rate is None
