"""The page of a study in a real browser: held to what every page promises, and its lines to their filter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kodo.reports.study.page import compose
from kodo.tuning.answers.answers import answers
from made_up_study import made_up_study
from test_in_chromium import CHROMIUM, browser, look

__all__ = ["browser"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")]

# How many pixels of the canvas are neither empty nor grey.
COLOURED = """() => {
  const canvas = document.getElementById("lines");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
    if (data[i + 3] > 20 && Math.max(r, g, b) - Math.min(r, g, b) > 40) count++;
  }
  return count;
}"""
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def study_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = made_up_study(("vit1d", "a model with a long name, train.schedule.form one_cycle"), 24, 16)
    path = tmp_path_factory.mktemp("study") / "report.html"
    path.write_text(
        compose(study, answers(study), path.parent, None, "the search goes on."), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1400, "light")])
def test_the_page_of_a_study(browser: Any, study_page: Path, width: int, scheme: str) -> None:
    look(browser, study_page, width, scheme)


def test_lines_are_filtered_by_score(browser: Any, study_page: Path) -> None:
    tab = browser.new_page(viewport={"width": 1000, "height": 900})
    tab.goto(study_page.as_uri())
    said = tab.text_content("#count")
    count, whole = (int(word) for word in said.split(" trials")[0].split(" of "))
    assert count == whole > 30
    everything = tab.evaluate(COLOURED)
    tab.fill("#least", "900")
    tab.evaluate(DRAWN)
    fewer = int(tab.text_content("#count").split(" ")[0])
    assert 0 < fewer < count / 2
    assert 0 < tab.evaluate(COLOURED) < everything
    tab.select_option("#arm", index=1)
    tab.evaluate(DRAWN)
    assert tab.text_content("#count") != said
    tab.close()


def test_the_trials_are_one_click_away(browser: Any, study_page: Path, tmp_path: Path) -> None:
    tab = browser.new_page()
    tab.goto(study_page.as_uri())
    with tab.expect_download() as waiting:
        tab.click("#trials-csv")
    waiting.value.save_as(tmp_path / "trials.csv")
    lines = (tmp_path / "trials.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 81
    assert lines[0].startswith("arm,trial,phase,state,macro_f1")
    assert '"(0.9, 0.999)"' in "".join(lines)
    tab.close()
