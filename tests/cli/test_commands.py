"""Every command, in this process, as typed."""

from __future__ import annotations

import inspect
import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command_line import typed
from kodo.bundle.bundle import open_bundle
from kodo.cli import fit, lr_find
from kodo.datasets.synthetic import people
from kodo.models import cnn1d
from kodo.models.model import DEFAULT_MODEL

SMALL = ("--set", "folding.folds=3", "--set", "train.epochs=2", "--jobs", "1")
VGG = ("run", "-d", "synthetic", "-m", "vgg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A run made by the command line."""
    place = tmp_path_factory.mktemp("cli") / "run"
    assert typed("run", "-d", "synthetic", "-m", "cnn1d", *SMALL, "--out", str(place)) == 0
    return place


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    place = tmp_path_factory.mktemp("cli") / "wrist.kodo"
    assert typed("fit", "-d", "synthetic", "-m", "cnn1d", "--set", "train.epochs=3", "--to", str(place)) == 0
    return place


def test_help_has_a_line_for_every_command_and_little_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("--help") == 0
    lines = capsys.readouterr().out.splitlines()
    listed = lines[lines.index("Commands:") + 1 :]
    named = [line.split()[0] for line in listed if line]
    assert {"run", "report", "compare", "audit", "fit", "predict", "datasets", "doctor"} < set(named)
    assert len(named) == len(set(named)) == len([line for line in listed if line])
    assert len(lines) <= len(named) + 12


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("--version") == 0
    assert capsys.readouterr().out.startswith("kodo ")


def test_run_prints_a_table_and_the_page_and_leaves_everything(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("run", str(folder)) == 0
    out = capsys.readouterr()
    assert "macro-F1" in out.out
    assert "majority" in out.out
    assert str(folder / "report.html") in out.out
    assert "3 of 3 fits are there already" in out.err
    for name in ("experiment.toml", "dataset.json", "summary.json", "report.html"):
        assert (folder / name).is_file()
    assert tomllib.loads((folder / "experiment.toml").read_text())["train"]["epochs"] == 2


def test_run_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("run", str(folder), "--json") == 0
    assert [row["model"] for row in json.loads(capsys.readouterr().out)] == ["cnn1d", "majority"]


def test_dry_run_prints_the_plan_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ("run", "-d", "synthetic", "-m", "cnn1d", "-m", "features", "--dry-run", "--out", str(out))
    assert typed(*words, *SMALL) == 0
    text = capsys.readouterr().out
    assert "6 fits" in text
    assert "6 people" in text
    assert "minutes" in text
    assert not out.exists()


def test_a_dry_run_refuses_what_the_run_would(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("run", "-d", "synthetic", "-m", "features", "--out", str(folder))
    for way in ((), ("--dry-run",)):
        assert typed(*words, *way) == 2
        assert "holds another experiment" in " ".join(capsys.readouterr().err.split())


def test_report_writes_the_same_page_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert typed("report", str(folder)) == 0
    assert (folder / "report.html").read_bytes() == before


def test_datasets_lists_and_cites(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("datasets", "--json") == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert names[:2] == ["watch", "hapt"]
    assert typed("datasets") == 0
    assert typed("datasets", "--cite") == 0
    assert "@" in capsys.readouterr().out


def test_inspect_shows_what_a_dataset_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("inspect", "synthetic") == 0
    assert "wrist_acceleration_x (g)" in capsys.readouterr().out
    assert typed("inspect", "synthetic", "--json") == 0
    assert json.loads(capsys.readouterr().out)["people"]


def test_models_lists_and_explains(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("models") == 0
    assert "vgg" in capsys.readouterr().out
    assert typed("models", "vgg", "--json") == 0
    assert {"setting", "default", "meaning", "space"} <= set(json.loads(capsys.readouterr().out)[0])
    assert typed("models", "vgg", "--training", "--json") == 0
    spaces = {row["setting"]: row["space"] for row in json.loads(capsys.readouterr().out)}
    assert spaces["train.schedule.start"] == "5 to 100, log, with train.schedule.form one_cycle"
    assert (spaces["width"], spaces["train.epochs"]) == ("8 to 64, log", "")
    assert typed("models", "conv_transformer", "--json") == 0
    allowed = {row["setting"]: row["allowed"] for row in json.loads(capsys.readouterr().out)}
    assert (allowed["depth"], allowed["dropout"]) == ("at least 1", "at least 0 and below 1")
    assert allowed["tokens"] == "samples | filters"


def test_models_names_each_preset_once_and_says_what_it_sets(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("models", "--json") == 0
    for row in json.loads(capsys.readouterr().out):
        names = row["presets"].split(", ")
        assert names[0] == "default"
        assert len(names) == len(set(names)), row
    assert typed("models", "vgg") == 0
    out = capsys.readouterr().out
    assert "--model vgg:wide" in out
    assert "Log(" not in out
    assert "log" in out


def test_doctor_measures_and_says_where_things_lie(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("doctor", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["speeds"]["cpu"]["float32"] > 0
    assert str(cache) in found["cache"]
    assert json.loads((cache / "doctor.json").read_text())["cpu"]["bfloat16"] > 0


def test_fit_and_predict_a_timeline(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = people(people=1, seed=7)[0]
    table = tmp_path / "day.csv"
    head = ",".join(["time", *(f"{channel.name} [{channel.unit}]" for channel in recording.channels)])
    time = np.arange(len(recording.signal)) / recording.rate
    np.savetxt(table, np.column_stack([time, recording.signal]), delimiter=",", header=head, comments="")
    assert typed("predict", str(bundle), str(table)) == 0
    lines = (tmp_path / "day.timeline.csv").read_text().splitlines()
    assert lines[0].startswith("start_s,stop_s,activity,probability,")
    assert len(lines) > 10
    assert (tmp_path / "day.timeline.svg").read_text().lstrip().startswith("<")


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> str:
    """What cnn1d says of itself, here."""

    def notes(parameters: cnn1d.CNN1DParameters) -> tuple[str, ...]:
        return (f"cnn1d is small: {parameters.width} filters.",)

    monkeypatch.setattr(cnn1d, "CNN1D", replace(cnn1d.CNN1D, notes=notes))
    return "cnn1d is small: 8 filters."


@pytest.mark.parametrize("command", ["fit", "lr-find"])
def test_what_a_model_says_of_itself_is_said(
    command: str, noted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / {"fit": "small.kodo", "lr-find": "rates.csv"}[command]
    words = ("-d", "synthetic", "-m", "cnn1d", "--set", "model.cnn1d.width=8", "--set", "train.epochs=1")
    assert typed(command, *words, "--to", str(to)) == 0
    out = capsys.readouterr()
    assert f"Note: {noted}\n" in out.err
    assert "Note:" not in out.out
    assert to.is_file()


def test_fit_says_what_the_minutes_came_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kodo.experiments.plan.epoch_seconds", lambda *_: 0.25)
    to = tmp_path / "small.kodo"
    words = ("fit", "-d", "synthetic", "-m", "cnn1d", "--to", str(to))
    assert typed(*words, "--set", "budget.minutes=0.01") == 0
    said = (
        "Note: cnn1d: 2 epochs in 0.01 min a fit; one took 0.25 s in a probe of 2, which was thrown away.\n"
    )
    assert said in capsys.readouterr().err
    assert open_bundle(to).meta["recipe"]["train"]["epochs"] == 2
    assert typed(*words, "--set", "train.epochs=1") == 0
    assert "Note:" not in capsys.readouterr().err


def test_a_publisher_who_forbids_commercial_use_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kodo.datasets import synthetic

    forbidding = replace(synthetic.SYNTHETIC, commercial=False, licence="Research only.")
    monkeypatch.setattr(synthetic, "SYNTHETIC", forbidding)
    words = ("fit", "-d", "synthetic", "-m", "cnn1d", "--set", "train.epochs=1")
    assert typed(*words, "--to", str(tmp_path / "wrist.kodo")) == 0
    out = capsys.readouterr().out
    assert "Research only." in out
    assert "forbids commercial use" in out


def test_a_channel_that_never_moves_is_said_before_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for person in range(5):
        rows = [f"{i / 20},0.5,{i % 7 / 7 + person},{'walk' if i % 200 < 100 else 'sit'}" for i in range(400)]
        (tmp_path / f"p{person}.csv").write_text("\n".join(["time,ax,ay,label", *rows]) + "\n")
    assert typed("inspect", str(tmp_path), "--write") == 0
    capsys.readouterr()
    assert typed("run", "-d", str(tmp_path), "-m", "cnn1d", "--dry-run") == 0
    assert "ax" in capsys.readouterr().out.partition("Note:")[2]


def test_describe_proposes_a_description(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for person in ("anna", "bo"):
        rows = [
            "time,ax,ay,az,label",
            *(f"{i / 50},0.0,0.1,0.99,{'walk' if i < 200 else 'sit'}" for i in range(400)),
        ]
        (tmp_path / f"{person}.csv").write_text("\n".join(rows) + "\n")
    assert typed("inspect", str(tmp_path)) == 0
    out = capsys.readouterr()
    assert tomllib.loads(out.out)
    assert "Guessed:" in out.err
    assert typed("inspect", str(tmp_path), "--write") == 0
    assert (tmp_path / "dataset.toml").read_text() == out.out.removesuffix("\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "-d", "wach"), ["'wach'", "'watch'"]),
        (("run", "-d", "synthetic", "-m", "vgh"), ["'vgh'", "'vgg'"]),
        (("run", "-d", "synthetic", "--set", "train.epoch=3"), ["epoch", "'epochs'"]),
        (("run", "-d", "synthetic", "--set", "epochs"), ["key=value"]),
        (("run", "-d", "synthetic", "--set", "folding.folds=9"), ["9", "6 people"]),
        (("run", "-d", "synthetic", "--set", "window.seconds=60"), ["60 s", "longer"]),
        (("run", "-d", "synthetic", "--set", "window.overlap=1"), ["Overlap", "got 1"]),
        (("run", "-d", "synthetic", "--set", 'channels=["wrist_x"]'), ["wrist_x", "channel"]),
        (("run", "-d", "synthetic", "--set", 'activities=["wlk"]'), ["wlk", "'walk'"]),
        (("run", "-d", "synthetic", "--short", "keep"), ["short", "keep"]),
        (("run", "-d", "synthetic", "--set", "train.epochs=0"), ["train.epochs", "at least 1"]),
        ((*VGG, "--set", "model.vgg.width=0"), ["kodo: vgg.width is at least 1; got 0.\n"]),
        ((*VGG, "--set", "model.vgg.dropout=1.5"), ["vgg.dropout is at least 0 and below 1; got 1.5.\n"]),
        ((*VGG, "--set", "model.vgg.dropout=nan"), ["model.vgg", "dropout", "finite number, got nan.\n"]),
        ((*VGG, "--set", "model.vgg.width=0", "--dry-run"), ["vgg.width is at least 1; got 0."]),
        (("fit", *VGG[1:], "--set", "model.vgg.kernel=0", "--to", "x.kodo"), ["vgg.kernel is at least 1"]),
        (("lr-find", *VGG[1:], "--set", "model.vgg.hidden=-1", "-o", "x.csv"), ["vgg.hidden is at least 1"]),
        (("tune", *VGG[1:], "--set", "model.vgg.width=0", "--out", "x"), ["vgg.width is at least 1"]),
        (("tune", *VGG[1:], "--nuisance", "width=0,8", "--out", "x"), ["vgg.width is at least 1; got 0"]),
        (("sweep", *VGG[1:], "--over", "width=0,8", "--out", "x"), ["vgg.width is at least 1; got 0"]),
        (("run", "-d", "synthetic", "--set", 'prepare=[{step="mising"}]'), ["missing", "mising"]),
        (("run", "-d", "synthetic", "--seeds", "0"), ["seeds", "at least 1"]),
        (("run", "absent.toml"), ["absent.toml"]),
        (("report", "absent"), ["absent"]),
        (("models", "vgh"), ["'vgh'", "'vgg'"]),
        (("inspect", "hpat"), ["'hpat'", "'hapt'"]),
        (("inspect", "synthetic", "--write"), ["synthetic", "--write", "dataset.toml"]),
        (("predict", "absent.kodo", "absent.csv"), ["absent.kodo"]),
        (("fit", "-d", "synthetic", "-m", "vgh", "--to", "x.kodo"), ["'vgh'"]),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    words: tuple[str, ...],
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed(*words) == 2
    text = capsys.readouterr().err
    assert text.startswith("kodo: ")
    assert text.count("\n") == 1
    assert "Traceback" not in text
    for word in said:
        assert word in text
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert typed("run", "-d", "synthetic", "-m", "cnn1d", *SMALL, "--out", str(blocked / "run")) == 2
    assert f"Could not write {blocked / 'run'}" in capsys.readouterr().err


def test_a_full_disk_is_said_and_nothing_is_left(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import errno

    def full(*arguments: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    out = tmp_path / "run"
    assert typed("run", "-d", "synthetic", "-m", "cnn1d", *SMALL, "--out", str(out)) == 2
    assert "no space left on device" in capsys.readouterr().err
    assert not list((out / "fits").rglob("*"))


def test_a_bug_exits_1_and_says_where_to_report_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kodo.models.model.MODELS.get", lambda name: 1 / 0)
    assert typed("models") == 1
    assert "bug in kodo" in capsys.readouterr().err


@pytest.mark.parametrize("command", [fit.fit, lr_find.lr_find])
def test_the_model_that_is_taken_when_none_is_named(command: Callable[..., None]) -> None:
    # Written out in the command, so that its help appears without importing the models' registry.
    assert inspect.signature(command).parameters["model"].default.default == DEFAULT_MODEL
