"""Experiments: complete, checked, and the same after being written and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kodo.errors import KodoError
from kodo.experiments.experiment import Experiment, chosen, experiment, read, written
from kodo.experiments.plan import plan
from kodo.models.model import DEFAULT_MODELS


def test_without_settings_the_defaults_are_those_of_the_registries() -> None:
    made = experiment({})
    assert (made.dataset, made.models, made.protocol) == ("watch", DEFAULT_MODELS, "kfold")


def test_written_and_read_it_asks_for_the_same_fits(tmp_path: Path, small: Experiment) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(written(small))
    again = read(path)
    assert written(again) == written(small)
    assert [fit.key for fit in plan(again).fits] == [fit.key for fit in plan(small).fits]


def test_the_written_file_is_complete(small: Experiment) -> None:
    text = written(small)
    for key in ("overlap", "folds", "validation", "batch", "weight_decay", "trees", "policy"):
        assert f"{key} = " in text


def test_a_preset_changes_the_model_and_train_wins_over_it() -> None:
    plain, wide = chosen(experiment({"models": ("vgg", "vgg:wide"), "train": {"epochs": 7}}))
    assert plain.parameters != wide.parameters
    assert (plain.settings.epochs, wide.settings.epochs) == (7, 7)


def test_a_preset_brings_its_batch_steps_and_the_user_wins_over_them(tmp_path: Path) -> None:
    unscaled = (("missing", {"policy": "zero"}),)
    models = ("simple_islr", "simple_islr:source-002")
    usual, source = chosen(experiment({"dataset": "synthetic", "models": models}))
    assert [name for name, _ in usual.prepare] == ["missing", "standardise"]
    assert source.prepare == unscaled
    path = tmp_path / "experiment.toml"
    path.write_text(written(experiment({"dataset": "synthetic", "models": models})))
    assert [choice.prepare for choice in chosen(read(path))] == [usual.prepare, unscaled]
    held = (("missing", {"policy": "hold"}),)
    assert chosen(experiment({"models": models, "prepare": held}))[1].prepare == held
    own = {"simple_islr:source-002": {"prepare": [{"step": "missing", "policy": "hold"}]}}
    assert chosen(experiment({"models": models, "model": own}))[1].prepare == held


def test_a_model_has_training_settings_of_its_own() -> None:
    asked = {"models": ("vgg", "cnn1d"), "train": {"epochs": 7}, "model": {"cnn1d": {"train": {"epochs": 3}}}}
    vgg, cnn1d = chosen(experiment(asked))
    assert (vgg.settings.epochs, cnn1d.settings.epochs) == (7, 3)


def test_one_model_stands_twice_under_a_label(tmp_path: Path) -> None:
    asked = {
        "models": ("cnn1d", "cnn1d@wide", "vgg:wide@slow"),
        "train": {"epochs": 7},
        "model": {"cnn1d@wide": {"width": 64}, "vgg:wide@slow": {"train": {"rate": 1e-4}}},
    }
    plain, wide, slow = chosen(experiment(asked))
    assert (plain.name, plain.parameters.width, plain.settings.epochs) == ("cnn1d", 32, 7)
    assert (wide.name, wide.parameters.width, wide.model.name) == ("cnn1d@wide", 64, "cnn1d")
    assert (slow.model.name, slow.settings.rate, slow.parameters) == (
        "vgg",
        1e-4,
        chosen(experiment({"models": ("vgg:wide",)}))[0].parameters,
    )
    path = tmp_path / "experiment.toml"
    path.write_text(written(experiment(asked)), encoding="utf-8")
    assert chosen(read(path)) == (plain, wide, slow)


def test_whole_stretches_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(
        written(experiment({"dataset": "synthetic", "window": {"seconds": None}, "models": "cnn1d"}))
    )
    assert 'seconds = "whole"' in path.read_text()
    assert read(path).window.seconds is None


def test_the_arena_protocol_brings_its_cut_and_the_user_wins_over_it() -> None:
    assert experiment({"protocol": "arena"}).window.end == "arena"
    assert experiment({"protocol": "arena", "window": {"end": "samples"}}).window.end == "samples"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"datasett": "watch"}, ["datasett", "'dataset'"]),
        ({"dataset": "wach"}, ["wach", "'watch'"]),
        ({"models": ("vgh",)}, ["vgh", "'vgg'"]),
        ({"models": ("vgg:wid",)}, ["wid", "'wide'"]),
        ({"protocol": "lozo"}, ["lozo", "'loso'"]),
        ({"window": {"second": 3}}, ["window.second", "'seconds'"]),
        ({"train": {"epoch": 3}}, ["epoch", "'epochs'"]),
        ({"train": {"schedule": {"warm": 3}}}, ["schedule.warm"]),
        ({"train": {"epochs": "many"}}, ["epochs", "many"]),
        ({"train": {"epochs": "many", "batch": "few"}}, ["epochs", "many", "batch", "few"]),
        ({"models": ("features",), "train": {"epochs": 3}}, ["train.epochs", "features"]),
        ({"model": {"cnn2d": {"width": 8}}}, ["model.cnn2d", "'cnn1d'"]),
        ({"model": {"cnn1d": {"widht": 8}}}, ["widht", "'width'"]),
        ({"seeds": 0}, ["seeds", "0"]),
        ({"models": ()}, ["at least one model"]),
        ({"device": "tpu"}, ["device", "tpu"]),
        ({"prepare": ("missing",)}, ["prepare", "missing"]),
    ],
)
def test_what_is_wrong_is_named(asked: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(KodoError) as caught:
        experiment(asked)
    for word in words:
        assert word in str(caught.value)


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="absent"):
        read(tmp_path / "absent.toml")
    path = tmp_path / "broken.toml"
    path.write_text("models = [")
    with pytest.raises(KodoError, match=r"broken\.toml is not valid TOML"):
        read(path)
