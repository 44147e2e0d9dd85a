"""Intervals: their formulas against scipy, their coverage against invented and real people."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kodo.errors import KodoError
from kodo.evaluation.interval import (
    Interval,
    difference_interval,
    jackknife_interval,
    mean_interval,
    pooled_interval,
)
from kodo.evaluation.score import f1_of_present
from kodo.experiments.summary import open_run, rows

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "interval.md"
SCORES = np.array([0.81, 0.77, 0.93, 0.62, 0.88, 0.95, 0.7, 0.84])


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_difference_has_student_s_t(level):
    found = difference_interval(SCORES - 0.8, level)
    low, high = stats.ttest_1samp(SCORES - 0.8, 0).confidence_interval(level)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)
    assert (found.estimate, found.people, found.level) == (pytest.approx(np.mean(SCORES) - 0.8), 8, level)


def test_a_mean_has_student_s_t_on_the_logit():
    found = mean_interval(SCORES)
    mean, error = SCORES.mean(), stats.sem(SCORES)
    half = stats.t(7).ppf(0.975) * error / (mean * (1 - mean))
    middle = np.log(mean / (1 - mean))
    low, high = (1 / (1 + np.exp(-(middle + sign * half))) for sign in (-1, 1))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)


def test_an_interval_reads_as_people_write_it():
    assert Interval(0.8125, 0.7, 0.891, 0.95, 8).text(2) == "0.81 (0.70 to 0.89)"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=12))
def test_a_mean_s_interval_holds_the_mean_and_stays_inside_0_and_1(scores):
    found = mean_interval(np.array(scores))
    if found.low is None:
        assert np.ptp(scores) <= 1e-12
        assert "all" in found.note
    else:
        assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_scores_of_0_and_1_alone_have_plain_t_cut_off():
    scores = np.array([1.0, 1, 1, 0, 1])
    low, high = stats.ttest_1samp(scores, 0).confidence_interval(0.95)
    found = mean_interval(scores)
    assert high > 1
    assert found.low == pytest.approx(low)
    assert found.high == 1


@pytest.mark.parametrize("interval", [mean_interval, difference_interval])
def test_no_spread_gives_no_interval_and_says_why(interval):
    lone = interval(np.array([0.5]))
    assert (lone.low, lone.high, lone.people) == (None, None, 1)
    assert lone.text() == "0.500 (no interval: one person says nothing about others)"
    equal = interval(np.full(6, 0.1 + 0.2))
    assert (equal.low, equal.high) == (None, None)
    assert "all 6 people have the same value" in equal.text()


def test_the_jackknife_of_a_mean_is_student_s_t():
    found = jackknife_interval(lambda kept: float(SCORES[kept].mean()), len(SCORES))
    plain = difference_interval(SCORES)
    assert (found.estimate, found.low, found.high) == pytest.approx((plain.estimate, plain.low, plain.high))
    lone = jackknife_interval(lambda kept: 0.5, 1)
    assert (lone.estimate, lone.low, lone.people) == (0.5, None, 1)
    assert "changes nothing" in jackknife_interval(lambda kept: 0.5, 4).note


def test_a_pooled_score_s_interval_leaves_out_one_person_at_a_time():
    confusions = np.random.default_rng(0).integers(0, 30, (6, 3, 3)) + 40 * np.eye(3, dtype=np.int64)
    without = [f1_of_present(np.delete(confusions, i, 0).sum(0)) for i in range(6)]
    error = np.sqrt(5 / 6 * np.sum((without - np.mean(without)) ** 2))
    found = pooled_interval(f1_of_present, confusions)
    assert found.estimate == pytest.approx(f1_of_present(confusions.sum(0)))
    assert found.high - found.estimate == pytest.approx(stats.t(5).ppf(0.975) * error)
    nearly = np.array([np.diag([9, 9]), np.diag([9, 9]), [[9, 0], [9, 9]]])
    assert pooled_interval(f1_of_present, nearly).high == 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mean_interval(np.array([])), "at least one person; got none"),
        (lambda: difference_interval(np.array([0.5, np.nan])), "got NaN"),
        (lambda: mean_interval(np.array([0.5, 1.5])), "from 0 to 1; got 0.5 to 1.5"),
        (lambda: difference_interval(np.array([0.5, 0.6]), 95), "between 0 and 1 .0.95.; got 95"),
        (lambda: jackknife_interval(lambda kept: 0.5, 0), "at least one person; got none"),
    ],
)
def test_bad_scores_are_refused(call, says):
    with pytest.raises(KodoError, match=says):
        call()


@pytest.fixture
def script(monkeypatch):
    """The script that writes the page's tables: what it draws and counts is tested here."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("coverage_table")


KEPT = (
    "normal, 0.8 with spread 0.04",
    "beta(17, 3)",
    "beta(8, 1)",
    "75 % beta(20, 4), the others beta(8, 5)",
    "Student's t5, 0.02 with scale 0.03",
    "4 activities, recall beta(17, 3)",
    "`hapt`: `resnet1d`",
    "`hapt`: `features`",
    "`hapt`: `resnet1d` less `features`",
    "`watch`: `resnet1d`",
    "`watch`: `features`",
    "`watch`: `resnet1d` less `features`",
)
BROKEN = ("15 % fail, beta(2, 8); the others beta(30, 3)", "15 % have 0, the others 1")


def tables(text):
    """The rows of a page's tables, each a list of cells."""
    return [line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("| ")]


def on_the_page(population, people):
    """The coverage that docs/interval.md shows."""
    rows = {first: rest for first, *rest in tables(PAGE.read_text(encoding="utf-8"))}
    return float(rows[population][rows["people drawn from"].index(f"{people} people")]) / 100


@pytest.mark.slow
@pytest.mark.parametrize("people", [8, 10, 30])
@pytest.mark.parametrize("population", KEPT)
def test_95_percent_is_95_percent(population, people, script):
    found = script.coverage(script.populations()[population], people, script.REPEATS)
    assert abs(found.held - 0.95) <= 0.025
    assert found.silent == 0
    # The same draws as the page's; on another machine the last digit may differ.
    assert found.held == pytest.approx(on_the_page(population, people), abs=0.002)


@pytest.mark.parametrize("population", ["`hapt`: `resnet1d`", "`hapt`: `resnet1d` less `features`"])
def test_real_people_are_covered_in_a_short_simulation_too(population, script):
    assert abs(script.coverage(script.populations()[population], 8, 800).held - 0.95) <= 0.025


@pytest.mark.slow
def test_people_who_fail_outright_are_not_covered(script):
    """Known and shown in the docs: where 15 % of people fail, 8 people are too few for any interval."""
    failing = script.populations()[script.FAILING]
    few, many = (script.coverage(failing, people, script.REPEATS) for people in (8, 30))
    assert 0.7 < few.held < 0.82 < many.held < 0.95
    assert few.above > 0.9 * (1 - few.held), "they lie too high"
    assert few.held == pytest.approx(on_the_page(script.FAILING, 8), abs=0.002)


def figures(row):
    """The last three cells, without the name of the model."""
    return [float(cell.split()[0]) for cell in row[3:]]


@pytest.mark.slow
def test_some_models_on_real_people_are_not_covered(script):
    """Known and shown in the docs: every model of the runs, so that no two chosen ones hide the others."""
    made = tables("\n".join(script._models()))[1:]
    written = tables(PAGE.read_text(encoding="utf-8"))[-len(made) :]
    for ours, there in zip(made, written, strict=True):
        assert ours[:3] == there[:3]
        assert figures(ours) == pytest.approx(figures(there), abs=0.2)
    lowest = {(dataset, of): float(worst.split()[0]) for dataset, of, _, _, worst, _ in made}
    assert lowest["`watch`", "mean"] < 90 < min(lowest["`hapt`", "mean"], lowest["`hapt`", "difference"])


def test_where_all_scores_are_0_or_1_plain_t_covers_and_many_have_no_interval(script):
    found = script.coverage(script.populations()[script.RIGHT_OR_WRONG], 8, 2_000)
    assert found.silent == pytest.approx(0.85**8, abs=0.035)
    assert found.held > 0.95


def test_intervals_that_miss_and_draws_that_have_none_are_counted_apart(script, monkeypatch):
    ends = iter([(0.4, 0.6), (0.6, 0.7), (0.1, 0.2), (None, None), (0.5, 0.5)])
    monkeypatch.setitem(script.INTERVALS, "mean", lambda drawn: Interval(0.5, *next(ends), 0.95, len(drawn)))
    population = script.resampled("two people", "mean", np.array([0.0, 1.0]))
    assert script.coverage(population, 3, 5) == script.Coverage(
        held=0.5, above=0.25, silent=pytest.approx(0.2)
    )


def test_real_people_are_drawn_with_replacement_and_paired(script):
    assert {name: len(models) for name, models in script.real_scores().items()} == {"hapt": 17, "watch": 15}
    for dataset, people in (("hapt", 30), ("watch", 10)):
        of_model = script.real_scores()[dataset]
        assert {len(scores) for scores in of_model.values()} == {people}
        paired = script.populations()[f"`{dataset}`: `resnet1d` less `features`"]
        differences = of_model["resnet1d"] - of_model["features"]
        drawn = paired.draw(np.random.default_rng(0), 200)
        assert len(drawn) == 200
        assert set(drawn) == set(differences)
        assert paired.truth == pytest.approx(of_model["resnet1d"].mean() - of_model["features"].mean())
    assert len({int(np.argmin(scores)) for scores in script.real_scores()["watch"].values()}) == 1, "the page"


def test_scores_are_kept_from_run_folders(script, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "reports"))
    run = open_run(importlib.import_module("made_up_run").made_up_run(tmp_path / "run", seeds=2))
    monkeypatch.setattr(script, "SCORES", tmp_path / "scores.csv")
    script.keep([run])
    text = script.SCORES.read_text(encoding="utf-8")
    asked = "".join(f" --model {model}" for model in run.experiment["models"])
    assert f"# kodo run --dataset made-up --seeds 2{asked}\n" in text
    kept = script.real_scores()["made-up"]
    assert kept.keys() == set(run.experiment["models"])
    for row in rows(run)[:-1]:
        assert kept[row.model] == pytest.approx(row.scores["macro_f1"], abs=5.1e-5)


def test_the_page_is_rewritten_between_its_marks_only(script, monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.import_module("part"), "PAGES", tmp_path)
    monkeypatch.setattr(script, "REPEATS", 40)
    shutil.copy(PAGE, tmp_path)
    script.main()
    was, made = PAGE.read_text(encoding="utf-8"), (tmp_path / PAGE.name).read_text(encoding="utf-8")
    marks = "<!-- coverage: made by `make coverage` -->", "<!-- coverage: end -->"
    assert was.partition(marks[0])[0] == made.partition(marks[0])[0]
    assert was.partition(marks[1])[2] == made.partition(marks[1])[2]
    first = [[line[0] for line in tables(text)] for text in (was, made)]
    assert first[0] == first[1], "the page is not what the command makes: make coverage"
    assert [name for name in first[1] if name in (*KEPT, *BROKEN)] == [*KEPT, *BROKEN]
