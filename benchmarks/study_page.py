"""Seconds until the page of a made-up study of 10,000 trials is written, and open in Chromium; its size.

    python benchmarks/study_page.py

Three arms of 2,500 quasi-random and 834 guided trials with eight hyperparameters each. Open: from the call
to the browser until two frames after the page was loaded, so that the lines of the first arm are drawn; the
median of five, at 1400 and at 375 px. Needs Playwright and a Chromium.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from playwright.sync_api import sync_playwright

from kodo.reports.study.page import compose
from kodo.tuning.answers.answers import answers

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "reports"))
from made_up_study import made_up_study

EXPLORE, EXPLOIT, TIMES = 2_500, 834, 5
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main() -> None:
    """Write the page, open it, print what it took."""
    study = made_up_study(explore=EXPLORE, exploit=EXPLOIT)
    with tempfile.TemporaryDirectory() as place:
        page = Path(place) / "report.html"
        began = perf_counter()
        made = answers(study)
        answered = perf_counter()
        page.write_text(compose(study, made, page.parent), encoding="utf-8")
        written = perf_counter()
        print(f"{made.trials:,} trials: answers {answered - began:.1f} s, page {written - answered:.1f} s")
        print(f"{page.stat().st_size / 1e6:.2f} MB")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for width in (1400, 375):
                taken = []
                for _ in range(TIMES):
                    tab = browser.new_page(viewport={"width": width, "height": 900})
                    began = perf_counter()
                    tab.goto(page.as_uri())
                    tab.evaluate(DRAWN)
                    taken.append(perf_counter() - began)
                    tab.close()
                print(f"{width} px: open in {statistics.median(taken):.2f} s (slowest {max(taken):.2f} s)")
            browser.close()


if __name__ == "__main__":
    main()
