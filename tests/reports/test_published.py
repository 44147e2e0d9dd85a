"""Published figures beside ours, and the page that says so."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kodo.errors import KodoError
from kodo.experiments.evidence.comparison.comparison import compared
from kodo.experiments.evidence.comparison.contest import contests
from kodo.reports.comparison import words
from kodo.reports.comparison.published import _datasets, _published, beside
from made_up_comparison import counted, made
from made_up_run import TWELVE

ROOT = Path(__file__).resolve().parents[2]


def test_ours_beside_the_published(arena):
    found = beside(contests([arena])[0], "arena")
    assert (found.called, found.differs, len(found.quoted)) == ("hapt", (), 17)
    assert dict(found.quoted)["cnn_har"] == 0.848
    said = list(words.published(found))
    ours = {entry.name: made.arena for entry, made in found.ours}
    for name, there in (("cnn_har:arena", 0.848), ("features:arena", 0.6713)):
        assert f"`{name}`: {ours[name]:.4f} here, {there:.4f} published, {ours[name] - there:+.4f}." in said
    assert not any(sentence.startswith("`features`") for sentence in said)
    assert (
        said[-1] == "quoted: WHAR Arena, arXiv 2606.13194: one run per fold, one seed; not reproduced here."
    )
    assert f"more than {found.ceiling:.4f}" in said[0]


def test_what_is_not_comparable_says_why(tmp_path):
    half = made(tmp_path / "half", activities=TWELVE, leak="Shared.", changes=counted(561_386))
    (contest,) = contests([half])
    assert beside(contest, "arena").differs == ("the data is not complete: 561,386 of 1,122,772 rows",)
    assert next(words.published(beside(contest, "arena"))).startswith("NOT COMPARABLE: the data is not comp")
    other = made(tmp_path / "kfold", activities=TWELVE, changes=counted(1_122_772))
    text = (other / "experiment.toml").read_text().replace("seconds = 3.0", "seconds = 5.0")
    (other / "experiment.toml").write_text(f"channels = ['x']\n{text}")
    assert beside(contests([other])[0], "arena").differs == (
        "the protocol is kfold, so f1_arena is made of other folds",
        "window.seconds is 5.0, published 3.0",
        "only some channels were used",
    )
    few = made(tmp_path / "few", leak="Shared.", changes=counted(1_122_772))
    assert beside(contests([few])[0], "arena").differs == ("only some activities were used",)
    text = (half / "experiment.toml").read_text()
    for line, says in (
        ('[window]\nlabel = "majority"', "window.label is majority, published pure"),
        ('[folding]\nreserved = ["a"]', "people were reserved, so that folds are other ones"),
        ('steps = [{ step = "gravity" }]\n[window]', "signal steps changed the recordings"),
    ):
        changed = text.replace(line.partition("\n")[0] if line[0] == "[" else "[window]", line)
        (half / "experiment.toml").write_text(changed)
        assert beside(contests([half])[0], "arena").differs[1:] == (says,)
    (half / "experiment.toml").write_text(text.replace('"arena"', '"arena_people"'))
    assert beside(contests([half])[0], "arena").differs[1] == (
        "people validate, not windows, so that it was trained otherwise"
    )
    text = (half / "experiment.toml").read_text()
    (half / "experiment.toml").write_text(text.replace("validation = 0.2", "validation = 0.0"))
    assert beside(contests([half])[0], "arena").differs[1] == (
        "nobody validates, so that it was trained otherwise"
    )


def test_a_dataset_of_another_make_is_not_comparable(tmp_path):
    changes = counted(1) | {"name": "elsewhere", "published": {"whar-arena": "pamap2"}}
    there = made(tmp_path / "there", activities=TWELVE, leak="Shared.", changes=changes)
    assert beside(contests([there])[0], "arena").differs == (
        "it has 6 channels here, 52 as published",
        "it has 12 activities here, 13 as published",
    )
    assert set(_datasets()) == set(_published())
    assert _datasets()["hapt"] == {"channels": 6, "activities": 12}


def test_only_the_published_preset_stands_beside_its_figure(arena):
    contest = contests([arena])[0]
    found = beside(contest, "arena")
    there = {entry.name: found.of(entry) for entry in contest.entries}
    assert there == {"features": None, "cnn_har:arena": 0.848, "features:arena": 0.6713}
    mixer = replace(contest.entries[1], row=replace(contest.entries[1].row, model="mlp_mixer"))
    assert found.of(mixer) is None, "a model of the same name is another one"


def test_a_dataset_without_published_figures(run):
    found = beside(contests([run])[0], "arena")
    assert (found.called, found.quoted) == ("", ())
    assert list(words.published(found)) == ["made-up is not in the published table."]


def test_a_name_that_the_published_table_lacks(tmp_path):
    there = made(tmp_path / "there", changes={"published": {"whar-arena": "nowhere"}})
    found = beside(contests([there])[0], "arena")
    assert (found.called, found.quoted, found.differs) == ("", (), ())


def test_an_unknown_published_table(run):
    with pytest.raises(KodoError, match=r"no published table 'arna'\. Did you mean 'arena'"):
        beside(contests([run])[0], "arna")


def test_ours_beside_the_published_scores_are_written_between_the_marks(
    arena: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = made(
        tmp_path / "people",
        activities=TWELVE,
        models=("features", "cnn_har:arena"),
        changes=counted(1_122_772),
    )
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    monkeypatch.setattr(importlib.import_module("part"), "PAGES", tmp_path)
    page = tmp_path / "compare.md"
    shutil.copy(ROOT / "docs" / "compare.md", page)
    room = importlib.import_module("published_table")
    monkeypatch.setattr(room, "KEPT", tmp_path / "published.json")
    room.main(str(arena))
    assert "validation by people" not in page.read_text(encoding="utf-8").partition("published: end")[0]
    room.main(str(people))
    text = page.read_text(encoding="utf-8")
    room.main(str(arena), str(people))
    assert page.read_text(encoding="utf-8") == text, "what was kept says what its run says"
    nobody = shutil.copytree(people, tmp_path / "nobody")
    asked = (nobody / "experiment.toml").read_text()
    (nobody / "experiment.toml").write_text(asked.replace("validation = 0.2", "validation = 0.0"))
    room.main(str(nobody))
    assert page.read_text(encoding="utf-8") == text, "nobody who validates is not people who validate"
    shutil.rmtree(people)
    room.main()
    assert page.read_text(encoding="utf-8") == text, "no run is needed again"
    lines = text.partition("published: end")[0].splitlines()
    contest = compared([arena]).contests[0]
    entry, scores = next(one for one in beside(contest, "arena").ours if one[0].name == "cnn_har:arena")
    reached = f"{scores.arena:.4f} | 0.8480 | {scores.present:.4f}"
    over = entry.row.intervals["macro_f1"].text().replace(" ", "\u00a0")
    assert f"| hapt | `cnn_har:arena` | 1 | {reached} | {over} |" in lines
    assert not [line for line in lines if line.startswith("| hapt | `features` | 1 | ") and "0.6713" in line]
    assert lines.count("LEAKY: Windows are shared.") == 1
    assert "than 1.0000 on `hapt`: an activity that a fold lacks counts 0." in text
    worth = [line for line in lines if line.endswith(": equivalent | 1.000 |")]
    assert (
        "Intervals and p are for these 2 comparisons together. Those that windows validated score higher on "
        "the people tested in 0 of 2; decided: 0."
    ) in lines
    assert [line.split(" | ")[1] for line in worth] == ["`cnn_har:arena`", "`features`"]
    before = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    assert text.partition("<!-- published:")[0] == before.partition("<!-- published:")[0]
    assert text.partition("published: end -->")[2] == before.partition("published: end -->")[2]


def test_the_docs_say_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    monkeypatch.setattr(importlib.import_module("part"), "PAGES", tmp_path)
    room = importlib.import_module("published_table")
    monkeypatch.setattr(room, "KEPT", tmp_path / "published.json")
    for name in ("compare.md", "published.json"):
        shutil.copy(ROOT / "docs" / name, tmp_path)
    room.main()
    for name in ("compare.md", "published.json"):
        assert (tmp_path / name).read_text("utf-8") == (ROOT / "docs" / name).read_text("utf-8")
    (tmp_path / "published.json").unlink()
    with pytest.raises(SystemExit, match="Nothing was kept yet"):
        room.main()
