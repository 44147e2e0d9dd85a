"""The results of a sweep and its page, on scores that were made up."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.evaluation.compare import holm, sign_flip
from kodo.reports.drawing.sweep import WIDTH, Mark, limits, swept
from kodo.reports.sweep import words
from kodo.reports.sweep.page import compose, marks, write_sweep_page
from kodo.reports.sweep.tables import best_data, trial_data, value_data
from kodo.tuning.sweep.results import Results, results
from made_up_sweep import PEOPLE, made_up_sweep


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return results(made_up_sweep(tmp_path_factory.mktemp("sweeps") / "sweep"))


def test_the_best_is_the_highest_mean(found: Results) -> None:
    depth, dim, optimiser = found.panels
    assert (depth.at_default.value, depth.at_best.value) == (6, 4)
    assert (dim.at_default.value, optimiser.at_default.value) == (32, "adamw")
    for panel in found.panels:
        means = [tried.score.mean for tried in panel.tried if tried.score]
        assert panel.at_best.score is not None
        assert panel.at_best.score.mean == max(means)


def test_people_are_averaged_over_seeds_and_paired(found: Results) -> None:
    p = []
    for panel in found.panels:
        best, default = panel.at_best.score, panel.at_default.score
        assert best is not None
        assert default is not None
        assert best.people == PEOPLE
        assert np.mean(panel.at_best.seeds) == pytest.approx(best.mean)
        assert panel.comparison.difference == pytest.approx(np.mean(best.values - default.values))
        p.append(sign_flip(best.values - default.values))
    assert [panel.comparison.adjusted for panel in found.panels] == holm(p)
    assert {panel.comparison.comparisons for panel in found.panels} == {3}


def test_of_equal_scores_the_default_is_the_best(tmp_path: Path) -> None:
    made = made_up_sweep(tmp_path / "s", [("depth", "linear", 6, (1, 6))], failed=[("depth", 1, 0)])
    (panel,) = results(made).panels
    assert panel.best == panel.default
    assert panel.tried[0].score is None
    assert panel.tried[0].failed == ("seed 0: The training diverged.",)


def test_without_its_default_a_sweep_says_nothing(tmp_path: Path) -> None:
    made = made_up_sweep(tmp_path / "s", failed=[("", None, 1)])
    with pytest.raises(
        KodoError, match=r"The default could not be trained, .*: seed 1: The training diverged"
    ):
        results(made)


@pytest.mark.parametrize(
    ("gain", "people", "says"),
    [
        (
            {("depth", 4): 0.06},
            10,
            r"With `depth` 4 instead of 6, `mlp_mixer` is better by 0\.\d+ \(.*10 people",
        ),
        (
            {("depth", 4): 0.06},
            4,
            r"None of 3 hyperparameters of `mlp_mixer` can be told from its default over 4",
        ),
        ({}, 1, r"can be told from its default over 1 person; most is gained with"),
    ],
)
def test_the_answer_in_one_sentence(
    gain: dict[tuple[str, object], float], people: int, says: str, tmp_path: Path
) -> None:
    found = results(made_up_sweep(tmp_path / "s", people=PEOPLE[:people], gain=gain))
    assert re.search(says, words.answer(found))
    assert len(re.findall(r"\.(?!\d)", words.answer(found))) == 1


def test_when_nothing_beats_the_default(tmp_path: Path) -> None:
    gain = {("depth", value): -0.2 for value in (1, 12)}
    swept_ = [("depth", "linear", 6, (1, 6, 12))]
    found = results(made_up_sweep(tmp_path / "s", swept_, gain=gain))
    assert words.answer(found) == (
        "No value of `depth` that was tried scores higher than the default of `mlp_mixer` over 10 people."
    )
    assert words.compared(found.panels[0]) == "`depth`: the default 6 is the best value that was tried."
    assert words.apart(found.panels[0]) == "is default"


def test_the_warning_says_that_the_best_is_optimistic(found: Results) -> None:
    said = words.warning(found)
    assert "optimistic" in said
    assert "reserved are 3 people" in said


def test_marks_carry_seeds_names_and_intervals(found: Results) -> None:
    depth, _, optimiser = (marks(panel) for panel in found.panels)
    assert [mark.place for mark in depth] == [1, 4, 6, 9, 12]
    assert [mark.place for mark in optimiser] == [0, 1, 2]
    assert [mark.name for mark in depth] == ["", "best", "default", "", ""]
    for mark in depth:
        assert len(mark.seeds) == 3
        assert (mark.bar is not None) == bool(mark.name)
    low, high = limits([depth, optimiser])
    heights = [height for mark in (*depth, *optimiser) for height in (*mark.seeds, *(mark.bar or ()))]
    assert low < min(heights) < max(heights) < high


def lines_of(picture: str) -> list[list[tuple[float, float]]]:
    """The points of every path of a picture but those of letters, which lie outside it."""
    found = []
    for path in ElementTree.fromstring(picture).iter("path"):
        numbers = re.findall(r"[ML] (-?[\d.]+) (-?[\d.]+)", path.attrib.get("d", ""))
        found.append([(float(x), float(y)) for x, y in numbers])
    return [line for line in found if all(x <= WIDTH for x, _ in line)]


def test_a_logarithmic_axis_puts_powers_at_equal_steps() -> None:
    made = [Mark(8.0 * 2**n, str(8 * 2**n), (0.5 + 0.05 * n, 0.6)) for n in range(4)]
    for axis, even in (("log", True), ("linear", False)):
        line = max(
            (line for line in lines_of(swept(made, axis, (0.4, 0.8), "x")) if len(line) == 4),
            key=lambda line: line[-1][0] - line[0][0],
        )
        steps = np.diff([x for x, _ in line])
        assert (np.ptp(steps) < 0.5) == even


def test_values_without_an_order_are_not_joined() -> None:
    made = [Mark(float(n), name, (0.5, 0.6)) for n, name in enumerate(("adam", "adamw", "sgd"))]
    joined = [line for line in lines_of(swept(made, "even", (0.4, 0.7), "x")) if len(line) == 3]
    assert joined == []


def test_the_page_holds_everything_and_asks_for_nothing(found: Results) -> None:
    page = compose(found)
    assert page == compose(found)
    assert page.count('class="plot"') == 3
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "optimistic" in page
    assert "kodo sweep" in page
    assert page.index("<h1>") < page.index('class="plots"') < page.index("<table")
    assert "lowest to the highest of 3 seeds" in page
    assert "Logarithmic: dim." in page
    assert page.count("Data (CSV)") == 3


def test_tables_of_the_page_are_csv(found: Results) -> None:
    tables = [list(table) for table in (trial_data(found), value_data(found), best_data(found))]
    assert [len(table) - 1 for table in tables] == [3 * 13, 13, 3]
    assert all(len(line) == len(table[0]) for table in tables for line in table)
    address = re.findall(r'download="values.csv" href="data:text/csv;charset=utf-8,([^"]+)"', compose(found))
    rows = list(csv.DictReader(io.StringIO(unquote(address[0]))))
    assert {row["place"] for row in rows} == {"", "default", "best", "default and best"} - (
        set() if any(p.best == p.default for p in found.panels) else {"default and best"}
    )


def test_failed_values_are_named_and_have_no_score(tmp_path: Path) -> None:
    made = made_up_sweep(tmp_path / "s", failed=[("depth", 12, 0), ("depth", 12, 2)])
    page = write_sweep_page(made).read_text(encoding="utf-8")
    assert "12 failed and has no score: seed 0: The training diverged." in page
    assert results(made).panels[0].tried[-1].interval is None


def test_hostile_names_are_written_out(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    made = made_up_sweep(tmp_path / "s", [("depth", "even", "a", ("a", evil))], model=evil)
    page = compose(results(made))
    assert evil not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("value", [None, True, 3, 0.0001, "sgd", [0.9, 0.99]])
def test_values_in_words(value: object) -> None:
    said = {
        "None": "none",
        "True": "yes",
        "3": "3",
        "0.0001": "0.0001",
        "sgd": "sgd",
        "[0.9, 0.99]": "0.9, 0.99",
    }
    assert words.worded(value) == said[str(value)]
