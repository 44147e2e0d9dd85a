"""The page of a run: what is on it, what it must never do."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.experiments.record import read_record
from kodo.experiments.summary import HEADLINE, POOLED, open_run, rows, summary
from kodo.reports.report import write_report
from made_up_run import TWELVE, made_up_run

VOID = {"meta", "link", "br", "wbr", "img", "input", "hr"}
SECTIONS = ["field", "checks", "scores", "mistakes", "people", "learning", "data", "settings"]


class Outline(HTMLParser):
    """Elements of a page, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.sections: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.handlers += [name for name in found if name.startswith("on")]
        self.ids += [found["id"]] if found.get("id") else []
        self.addresses += [str(found[key]) for key in ("href", "src", "action", "srcset") if key in found]
        if tag == "section":
            self.sections.append(str(found["id"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def words(path: Path) -> str:
    """The text of a page without marks, one space between words."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text))


def test_the_sections_stand_in_their_order(page: Path) -> None:
    outline = Outline(page.read_text(encoding="utf-8"))
    assert outline.sections == SECTIONS
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))


def test_the_page_is_small_and_whole(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) < 3_000_000
    outside = [a for a in Outline(text).addresses if not a.startswith(("data:", "#"))]
    assert outside == ["https://example.org/made-up"]
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", text)


def test_the_answer_comes_first_with_its_interval_and_people(page: Path) -> None:
    text = words(page)
    best = max(rows(open_run(page.parent))[:-1], key=lambda row: row.intervals["macro_f1"].estimate)
    interval = best.intervals["macro_f1"]
    said = (
        f"On people it has never met, {best.model} recognises the 7 activities with macro-F1 "
        f"{interval.estimate:.2f} ({interval.low:.2f} to {interval.high:.2f}, 10 people)"
    )
    assert said in text
    assert text.index(said) < text.index("The field of play")


def test_the_table_holds_the_rows_of_the_summary(page: Path) -> None:
    text = words(page)
    for row in rows(open_run(page.parent)):
        for score in HEADLINE:
            assert f"{row.intervals[score].estimate:.3f}" in text
        assert f"{row.worst[1]:.3f}{row.worst[0]}" in text
    assert "spread over seeds: not measured (one seed)" in text
    best = max(rows(open_run(page.parent))[:-1], key=lambda row: row.intervals["macro_f1"].estimate)
    assert f"Macro-F1 of all these windows together: {best.intervals[POOLED].text()}" in text


def test_every_picture_has_words_and_data(page: Path) -> None:
    figures = re.findall(r"<figure>.*?</figure>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(figures) >= 8
    for figure in figures:
        assert "<figcaption>" in figure
        assert 'href="data:text/csv' in figure
        if "<svg" in figure:
            assert re.search(r'role="img" aria-label="[^"]{20,}"', figure)
            assert "<h3>" in figure


def test_the_data_of_a_picture_are_its_numbers(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    address = re.search(r'download="field.csv" href="data:text/csv;charset=utf-8,([^"]*)"', text)
    assert address
    lines = unquote(address[1].replace("&#39;", "'")).strip().split("\n")
    assert lines[0] == "model,person,macro_f1,balanced_accuracy,accuracy"
    row = rows(open_run(page.parent))[0]
    scores = [float(line.split(",")[2]) for line in lines if line.startswith(f"{row.model},")]
    np.testing.assert_allclose(scores, row.scores["macro_f1"], atol=5e-5)


def test_the_command_the_licence_and_the_settings_are_there(page: Path) -> None:
    text = words(page)
    command = f"kodo run {page.parent.name}/experiment.toml"
    for part in (command, "CC0 1.0", "Commercial use is forbidden", "epochs = 40"):
        assert part in text
    assert "@article{made2020up" in text
    assert "1 labelled stretch is shorter than a window and left out, 1.4 s in all." in text


def test_another_process_writes_the_same_bytes_without_torch(tmp_path: Path) -> None:
    folder = made_up_run(tmp_path / "run", TWELVE[:2], ("a", "b", "c"), ("vgg",), folds=3, windows=5)
    first = write_report(folder).read_bytes()
    code = (
        "import sys, pathlib, kodo.reports.report as r; r.write_report(pathlib.Path(sys.argv[1])); "
        "print([m for m in ('torch', 'sklearn', 'polars', 'matplotlib.pyplot') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "[]"
    assert (folder / "report.html").read_bytes() == first


def test_names_cannot_break_out(hostile: Path) -> None:
    text = hostile.read_text(encoding="utf-8")
    outline = Outline(text)
    assert outline.open == []
    assert outline.handlers == []
    assert outline.tags.count("script") == 1
    assert "img" not in outline.tags
    assert not any("script:" in address for address in outline.addresses)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    quoted = shlex.quote(hostile.parent.name)
    assert f"kodo run {quoted}/experiment.toml" in unescape(words(hostile))


def test_a_leaky_run_is_marked_wherever_its_numbers_are(hostile: Path) -> None:
    text = hostile.read_text(encoding="utf-8")
    assert "never met" not in text
    assert "<title>Leaky: " in text
    assert "Windows of &lt;i&gt;one person&lt;/i&gt; are on two sides." in text
    mark = '<strong class="leaky">LEAKY</strong>'
    numbers = [
        part for part in text.split("<h3>")[1:] if "Labelled minutes" not in part.split("</figure>")[0]
    ]
    assert len(numbers) >= 4
    assert all(mark in part.split("</h3>")[0] for part in numbers)
    table = text[text.index('<table class="scores">') : text.index("</table>")]
    assert table.count(mark) == table.count("<tr>") + table.count('<tr class="best">') - 1
    assert re.findall(r'download="(?!leaky-)', text) == []


def test_a_clean_run_bears_no_mark(page: Path) -> None:
    assert "LEAKY" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("people", "folds", "activities"),
    [(1, 1, 3), (2, 2, 2), (3, 3, 1)],
    ids=["one person", "one person a fold", "one activity"],
)
def test_small_runs(tmp_path: Path, people: int, folds: int, activities: int) -> None:
    folder = made_up_run(
        tmp_path / "run",
        activities=TWELVE[:activities],
        people=[f"s{i}" for i in range(people)],
        folds=folds,
        models=("features",),
        windows=4,
    )
    assert Outline(write_report(folder).read_text(encoding="utf-8")).sections == SECTIONS


def test_seeds_are_averaged_and_their_spread_is_told(tmp_path: Path) -> None:
    folder = made_up_run(
        tmp_path / "run", TWELVE[:3], ("a", "b", "c"), ("features",), folds=3, seeds=2, windows=5
    )
    text = words(write_report(folder))
    spread = rows(open_run(folder))[0].spread
    assert f"spread over seeds: features {spread:.3f}" in text


def test_many_activities_stay_small(tmp_path: Path) -> None:
    names = [f"word number {i}" for i in range(50)]
    folder = made_up_run(tmp_path / "run", names, ("a", "b", "c"), ("features",), folds=3, windows=3)
    path = write_report(folder)
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 3_000_000
    assert "Only the activities confused most are shown" in text
    assert text.count('<th scope="row"><span>word number') == 30


def test_failed_fits_are_named(tmp_path: Path) -> None:
    folder = made_up_run(tmp_path / "run", TWELVE[:3], ("a", "b", "c"), ("features", "vgg"), 3, windows=4)
    lost = next(p for p in (folder / "fits").iterdir() if read_record(p).facts["model"] == "vgg")
    key = lost.name
    shutil.rmtree(lost)
    (folder / "failed").mkdir()
    failure = {"key": key, "model": "vgg", "fold": 1, "seed": 0, "error": "The loss became NaN."}
    (folder / "failed" / f"{key}.json").write_text(json.dumps(failure))
    text = words(write_report(folder))
    assert "A fit failed: vgg, fold 2, seed 0: The loss became NaN." in text
    assert "vgg cannot be compared with features: they were tested on different people." in text


def test_fits_of_two_machines_are_told(tmp_path: Path) -> None:
    folder = made_up_run(tmp_path / "run", TWELVE[:3], ("a", "b", "c"), ("features",), 3, windows=4)
    path = sorted(folder.glob("fits/*/record.json"))[0]
    path.write_text(path.read_text().replace("Example processor", "Another processor"))
    text = words(write_report(folder))
    assert "the fits of this run differ in processor" in text
    assert "Another processor | Example processor" in text


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("record.json", "cut"),
        ("predictions.npz", "cut"),
        ("predictions.npz", "missing"),
        ("examples.npz", "empty"),
    ],
)
def test_a_damaged_record_is_named(tmp_path: Path, name: str, how: str) -> None:
    folder = made_up_run(tmp_path / "run", TWELVE[:2], ("a", "b"), ("features",), 2, windows=3)
    path = sorted(folder.glob(f"fits/*/{name}"))[0]
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if how == "cut" else b"")
    with pytest.raises(KodoError, match=path.parent.name):
        write_report(folder)
    assert not (folder / "report.html").exists()


def test_a_damaged_dataset_is_named(tmp_path: Path) -> None:
    folder = made_up_run(tmp_path / "run", TWELVE[:2], ("a", "b"), ("features",), 2, windows=3)
    content = json.loads((folder / "dataset.json").read_text())
    del content["table"]
    (folder / "dataset.json").write_text(json.dumps(content))
    with pytest.raises(KodoError, match=r"dataset\.json lacks 'table'"):
        write_report(folder)


def test_a_run_in_progress_says_so(tmp_path: Path) -> None:
    folder = made_up_run(
        tmp_path / "run", TWELVE[:2], ("a", "b", "c"), ("features", "vgg"), 3, seeds=2, windows=3
    )
    for path in (folder / "fits").iterdir():
        facts = json.loads((path / "record.json").read_text())
        if facts["fold"] == 2 or facts["seed"] == 1:
            shutil.rmtree(path)
    text = write_report(folder).read_text(encoding="utf-8")
    assert "<code>features</code> has 2 of 6 fits" in text
    assert "kfold, 3 folds; no person is on two sides" in text
    assert "<dt>Seeds</dt><dd>2</dd>" in text
    assert [row["lacks"] for row in summary(open_run(folder))] == ["2 of 6 fits", "2 of 6 fits", ""]


def test_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="is no run"):
        write_report(tmp_path)
