"""The page of a comparison in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kodo.experiments.evidence.comparison.comparison import compared
from kodo.reports.comparison.page import compose
from made_up_run import made_up_run
from test_in_chromium import CHROMIUM, browser, look

__all__ = ["browser"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")]


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two datasets, one of them leaky, with hostile names, beside published figures."""
    folder = tmp_path_factory.mktemp("comparison")
    runs = [
        made_up_run(
            folder / "a run; rm 'x'", models=("features", "vgg", "cnn1d", "mlp_mixer:" + "long" * 9), seeds=3
        ),
        made_up_run(
            folder / "b",
            models=("features:<b>", "cnn_har:arena", "vgg"),
            leak="Windows of <i>one person</i> are on two sides.",
            changes={"name": "hapt", "published": {"whar-arena": "hapt"}},
        ),
    ]
    for run in runs:
        (run / "summary.json").write_text("[]", encoding="utf-8")
    page = folder / "comparison.html"
    page.write_text(compose(compared(runs), "arena"), encoding="utf-8")
    return page


@pytest.mark.parametrize(
    ("width", "scheme"), [(375, "light"), (375, "dark"), (1400, "light"), (1400, "dark")]
)
def test_a_comparison(browser: Any, comparison: Path, width: int, scheme: str) -> None:
    look(browser, comparison, width, scheme)


def test_the_example_of_the_docs(browser: Any) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "gallery" / "comparison.html"
    look(browser, page, 375, "light")
