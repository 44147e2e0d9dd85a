"""The picture of a timeline says in its title what is seen, and is the same file every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.reports.drawing.timeline import (
    OKABE_ITO,
    _averaged,
    _shares,
    _shown,
    colours,
    duration,
    title,
    write_picture,
)

PNG = b"\x89PNG\r\n\x1a\n"


def draw(path: Path, activities: int, windows: int = 40) -> Path:
    random = np.random.default_rng(0)
    start = np.arange(windows) * 25
    probability = random.dirichlet(np.full(activities, 0.3), windows)
    names = [f"activity {number}" for number in range(activities)]
    return write_picture(path, "walk.csv", names, 25.0, windows * 25 + 30, start, start + 50, probability)


@pytest.mark.parametrize("activities", [1, 2, 8, 12, 30])
def test_it_draws_any_number_of_activities(activities: int, tmp_path: Path) -> None:
    text = draw(tmp_path / "a.svg", activities).read_text(encoding="utf-8")
    assert text.startswith("<?xml")
    assert text.endswith("</svg>\n")


def test_the_same_file_every_time(tmp_path: Path) -> None:
    assert draw(tmp_path / "a.svg", 3).read_bytes() == draw(tmp_path / "b.svg", 3).read_bytes()
    assert draw(tmp_path / "a.png", 3).read_bytes()[:8] == PNG


def test_one_window_and_very_many(tmp_path: Path) -> None:
    draw(tmp_path / "one.svg", 3, windows=1)
    assert draw(tmp_path / "many.svg", 3, windows=5_000).stat().st_size < 3_000_000


@pytest.mark.parametrize(
    ("shares", "seconds", "says"),
    [
        ([0.38, 0.62], 130, "Mostly walk (62 % of 2 min 10 s)"),
        ([0.3, 0.4, 0.3], 59.6, "Most often walk (40 % of 1 min)"),
        ([1, 0], 4.2, "Only sit (100 % of 4.2 s)"),
        ([0.999, 0.001], 3600, "Mostly sit (> 99 % of 1 h)"),
    ],
)
def test_the_title_says_what_is_seen(shares: list[float], seconds: float, says: str) -> None:
    assert title(("sit", "walk", "run"), np.array(shares), seconds) == says


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (59.4, "59 s"),
        (3599.4, "59 min 59 s"),
        (3600, "1 h"),
        (12240, "3 h 24 min"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, says: str) -> None:
    assert duration(seconds) == says


def test_every_activity_has_its_own_colour() -> None:
    assert colours(8) == list(OKABE_ITO)
    assert all(len(set(colours(count))) == count for count in (1, 5, 9, 30))


def test_of_many_activities_the_frequent_ones_have_a_row() -> None:
    shares = np.zeros(30)
    shares[[3, 17, 29]] = [0.2, 0.5, 0.3]
    assert _shown(shares) == [3, 17, 29]
    assert _shown(np.zeros(12)) == list(range(12))
    assert _shares([], 2, 10.0).tolist() == [0, 0]


def test_a_long_curve_keeps_its_mean() -> None:
    random = np.random.default_rng(0)
    edges = np.append(0, np.cumsum(random.uniform(0.1, 2, 5000)))
    probability = random.uniform(0, 1, 5000)
    short, even = _averaged(probability, edges)
    assert (len(short), even[0], even[-1]) == (300, 0, edges[-1])
    mean = np.average(probability, weights=np.diff(edges))
    assert short.mean() == pytest.approx(mean)
    np.testing.assert_array_equal(_averaged(probability[:300], edges[:301])[0], probability[:300])


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KodoError, match="Could not write"):
        draw(tmp_path / "file" / "a.svg", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
