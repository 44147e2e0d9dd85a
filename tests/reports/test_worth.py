"""The results in docs/models.md: tables and answers from run folders."""

from __future__ import annotations

import importlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from kodo.evaluation.interval import difference_interval
from kodo.experiments.summary import open_run, rows
from kodo.reports.worth import HEADS, section
from made_up_run import made_up_run

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- results: made by `make models` -->", "<!-- results: end -->"
MODELS = ("features", "mlp_mixer:best", "mlp_patch", "vgg", "cnn1d", "conv_transformer")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_run(tmp_path_factory.mktemp("worth") / "run", models=MODELS, seeds=2)


def cells(text: str) -> dict[str, dict[str, str]]:
    """The table: by model, by head of the column."""
    lines = [line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    heads = lines[0]
    assert heads == ["model", "macro-F1, 95 % over people", *HEADS]
    assert not any(" " in cell for line in lines[1:] for cell in line), "cells that a page may break"
    whole = [[cell.replace("\u00a0", " ") for cell in line] for line in lines[1:]]
    return {line[0]: dict(zip(heads, line, strict=False)) for line in whole}


def test_the_table_is_the_summary_from_the_best_to_the_majority(folder: Path) -> None:
    found = cells(section(open_run(folder)))
    by_name = {row.model: row for row in rows(open_run(folder))}
    assert set(found) == set(by_name)
    means = [by_name[name].intervals["macro_f1"].estimate for name in found]
    assert means[:-1] == sorted(means[:-1], reverse=True)
    assert list(found)[-1] == "majority"
    vgg = found["vgg"]
    assert vgg["macro-F1, 95 % over people"] == by_name["vgg"].intervals["macro_f1"].text()
    assert vgg["spread over seeds"] == f"{by_name['vgg'].spread:.3f}"
    assert vgg["epochs of at most"] == "40 of 40"
    assert (vgg["parameters"], vgg["million MACs"]) == ("48,307", "–")
    assert found["features"]["epochs of at most"] == "–"


def test_a_source_is_answered_in_its_own_score(folder: Path) -> None:
    run = open_run(folder)
    head, _, best, *_ = (
        line for line in section(run, ("balanced_accuracy", "accuracy")).splitlines() if line[:1] == "|"
    )
    assert head.split(" | ")[2:4] == ["balanced accuracy, 95 % over people", "accuracy, 95 % over people"]
    row = next(row for row in rows(run) if row.model == best.split(" | ")[0].strip("| "))
    assert best.split(" | ")[3].replace("\u00a0", " ") == row.intervals["accuracy"].text()


def test_windows_per_second_are_windows_times_epochs_over_seconds(folder: Path) -> None:
    run = open_run(folder)
    records = [record.facts for record in run.records if record.facts["model"] == "vgg"]
    expected = sum(40 * facts["counts"]["train"] for facts in records) / sum(f["seconds"] for f in records)
    found = cells(section(run))["vgg"]["training windows/s"]
    assert float(found.replace(",", "")) == pytest.approx(expected, abs=0.5)


def test_macs_are_shown_where_they_were_counted(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    for path in copy.glob("fits/*/record.json"):
        facts = json.loads(path.read_text())
        path.write_text(json.dumps(facts | {"macs": 1_234_567 if facts["model"] == "vgg" else None}))
    assert cells(section(open_run(copy)))["vgg"]["million MACs"] == "1.23"


def test_questions_are_answered_together_from_paired_differences(folder: Path) -> None:
    text = section(open_run(folder))
    by_name = {row.model: row for row in rows(open_run(folder))}
    asked = [line for line in text.splitlines() if line.startswith("- ")]
    assert [line.split("?")[0] for line in asked] == [
        "- Does the Mixer's transposition help",
        "- Is the Mixer's spread from seed to seed smaller",
        "- Does the IMU Transformer beat the 1-D CNN",
    ]
    assert "95 % intervals for all 3 together" in text
    differences = by_name["conv_transformer"].scores["macro_f1"] - by_name["cnn1d"].scores["macro_f1"]
    interval = difference_interval(differences, 1 - 0.05 / 3)
    numbers = [float(number) for number in re.findall(r"-?\+?\d\.\d{3}", asked[2])]
    assert "`conv_transformer` against `cnn1d`: worse by" in asked[2]
    assert numbers == pytest.approx([-differences.mean(), -interval.high, -interval.low], abs=6e-4)


def test_a_spread_is_that_of_one_person_from_seed_to_seed(folder: Path) -> None:
    by_name = {row.model: row for row in rows(open_run(folder))}
    line = next(x for x in section(open_run(folder)).splitlines() if "spread from seed to seed" in x)
    assert "`mlp_mixer:best` against `vgg`" in line
    first, second = (by_name[name].by_seed.std(axis=0, ddof=1) for name in ("mlp_mixer:best", "vgg"))
    assert f"over 2 seeds is {first.mean():.3f} and {second.mean():.3f}, mean over people." in line
    interval = difference_interval(first - second, 1 - 0.05 / 3)
    told = f"(difference {np.mean(first - second):+.3f}, {interval.low:+.3f} to {interval.high:+.3f})"
    assert told in line


def test_what_cannot_be_asked_is_left_out(tmp_path: Path) -> None:
    text = section(open_run(made_up_run(tmp_path / "run", models=("mlp_mixer", "vgg"))))
    assert "What was asked" not in text, "a spread needs two seeds"
    assert cells(text)["vgg"]["spread over seeds"] == ""


def test_a_leak_a_budget_and_missing_fits_are_said(tmp_path: Path) -> None:
    leaky = made_up_run(tmp_path / "run", models=("features", "vgg"), leak="Windows are on two sides.")
    asked = leaky / "experiment.toml"
    asked.write_text(asked.read_text() + "\n[budget]\nminutes = 2.5\n")
    one = next(
        p for p in leaky.glob("fits/*") if json.loads((p / "record.json").read_text())["model"] == "vgg"
    )
    shutil.rmtree(one)
    text = section(open_run(leaky))
    assert text.startswith("### made-up: arena, 5 folds, 1 seed, 2.5 min a fit\n")
    assert "LEAKY: Windows are on two sides." in text
    assert "a probe before the run; fewer where the validation people saw no gain.\n" in text
    for path in leaky.glob("fits/*/record.json"):
        facts = json.loads(path.read_text())
        facts["fit"]["train"]["epochs"] = len(facts["curves"].get("train_loss", ()))
        path.write_text(json.dumps(facts))
    assert "as many as 2.5 min of a fit pay for, by a probe before the run.\n" in section(open_run(leaky))
    assert "NOT COMPLETE: `vgg` has 4 of 5 fits." in text
    assert "f1_arena" in text


def test_the_page_is_rewritten_between_its_marks_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    monkeypatch.setattr(importlib.import_module("part"), "PAGES", tmp_path)
    page = tmp_path / "models.md"
    shutil.copy(ROOT / "docs" / "models.md", page)
    before, after = outside(page.read_text(encoding="utf-8"))
    script = importlib.import_module("models_table")
    script.main("results", str(folder))
    once = page.read_text(encoding="utf-8")
    script.main("results", str(folder))
    assert page.read_text(encoding="utf-8") == once
    assert outside(once) == (before, after)
    assert once.count("### made-up: kfold, 5 folds, 2 seeds") == 1
    assert "The log of looks at test people" in after


def test_without_a_mark_or_anything_to_say_a_page_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    part = importlib.import_module("part")
    monkeypatch.setattr(part, "PAGES", tmp_path)
    page = tmp_path / "models.md"
    page.write_text(f"above\n{BEGIN}\nbelow\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"^models\.md: the part 'results' stands between <!-- results"):
        part.rewrite("models.md", "results", "new")
    assert page.read_text(encoding="utf-8") == f"above\n{BEGIN}\nbelow\n"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="nothing was given"):
        part.rewrite("models.md", "results", "\n")
    assert "\nold\n" in page.read_text(encoding="utf-8"), "a command that failed says nothing"


def outside(page: str) -> tuple[str, str]:
    """What is written by hand, before and after the results."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert before
    assert after
    return before, after
