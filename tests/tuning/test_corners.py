"""What cannot be built is said before the first trial, with the constraint that fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import pytest
import torch

from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.experiments.experiment import experiment
from kodo.experiments.plan import windows_of
from kodo.models.cnn1d import CNN1D, CNN1DParameters
from kodo.models.model import MODELS
from kodo.space import Choices, Linear, Range, setting
from kodo.tuning.corners import _rows, check_corners
from kodo.tuning.hyperparameters import Hyperparameter
from kodo.tuning.spaces import space
from kodo.tuning.study import Search, Study, arms
from kodo.windows.cut import Windows

GROUPS = ("model", "optimiser", "schedule", "loss")


@pytest.fixture(scope="module")
def windows() -> Windows:
    """Of 150 samples."""
    return windows_of(experiment({"dataset": "synthetic"}), load("synthetic"))


def check(windows: Windows, *models: str, **search: Any) -> None:
    study = Study(experiment({"dataset": "synthetic", "models": models}), Search(**search))
    check_corners(study, arms(study), windows)


def refused(windows: Windows, *models: str, **search: Any) -> str:
    with pytest.raises(KodoError) as error:
        check(windows, *models, **search)
    return str(error.value)


@pytest.mark.parametrize("model", ["cnn1d", "features", "tinyhar"])
def test_what_is_declared_can_be_built(windows: Windows, model: str) -> None:
    check(windows, model)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS.names())
def test_all_that_is_declared_can_be_built(windows: Windows, model: str) -> None:
    check(windows, model, nuisance=("model",) if model == "features" else GROUPS)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["vit1d", "conv_transformer"])
def test_the_sources_spaces_can_be_built(windows: Windows, model: str) -> None:
    name = f"{model}:playbook-best"
    check(windows, name, nuisance=space("source-001", name))


def test_a_patch_longer_than_the_window_is_refused(windows: Windows) -> None:
    check(windows, "mlp_mixer", nuisance=("patch_size=8,150",))
    said = refused(windows, "mlp_mixer", nuisance=("patch_size=8,151",))
    assert said == (
        "1 corner of the search cannot be built: mlp_mixer with patch_size 151: patch_size 151 is longer "
        "than a window of 150 samples. Name values that can: NAME=LOW..HIGH or NAME=A,B,C."
    )


def test_a_scientific_value_that_cannot_be_built_is_refused(windows: Windows) -> None:
    said = refused(windows, "mlp_mixer", scientific=("patch_size=8,200",), nuisance=("depth=1,2",))
    assert "mlp_mixer, patch_size 200: patch_size 200 is longer than a window of 150 samples." in said
    assert "patch_size 8" not in said


def test_three_corners_are_named_and_the_others_counted(windows: Windows) -> None:
    said = refused(windows, "cnn1d", nuisance=("kernel=2,3,4,6,8", "dropout=0.1,1.5"))
    assert said.startswith(
        "5 corners of the search cannot be built: cnn1d with kernel 2: cnn1d.kernel is an odd number"
    )
    assert "got 4; cnn1d with kernel 6" in said
    assert "got 6; and 2 more. Name values" in said


@pytest.mark.parametrize(
    ("nuisance", "says"),
    [
        ("dropout=0.1..1.5", "cnn1d with dropout 1.5: cnn1d.dropout is at least 0 and below 1; got 1.5"),
        ("width=-3,8", "cnn1d with width -3: cnn1d.width is at least 1; got -3"),
        ("width=0,8", "cnn1d with width 0: cnn1d.width is at least 1; got 0"),
        ("width=8,wide", "cnn1d with width wide: .*width wants a whole number"),
        ("train.rate=0.0,0.1", "cnn1d with train.rate 0.0: train.rate is above 0; got 0.0"),
        (
            "train.betas=[0.9, 1.0],[0.9, 0.99]",
            r"train.betas \(0.9, 1.0\): train.betas lie from 0 to below 1",
        ),
        ("train.schedule.warmup=-1..1", "train.schedule.warmup -1: train.schedule.warmup is at least 0"),
        (
            "train.augment.time_mask=0.0..2.0",
            "time_mask 2.0: augment.time_mask is at least 0 and at most 1",
        ),
    ],
)
def test_the_constraint_that_fails_is_named(windows: Windows, nuisance: str, says: str) -> None:
    with pytest.raises(KodoError, match=says):
        check(windows, "cnn1d", nuisance=(nuisance, "kernel=3,5"))


def test_a_forest_that_cannot_grow_is_refused(windows: Windows) -> None:
    said = refused(windows, "features", nuisance=("share=0.5..2.0", "leaf=0,1"))
    assert "features with share 2.0: features.share is above 0 and at most 1; got 2.0" in said
    assert "features with leaf 0: features.leaf is at least 1; got 0" in said


def test_a_setting_is_tried_where_it_means_something(windows: Windows) -> None:
    # Adam would never look at it.
    said = refused(windows, "cnn1d", nuisance=("train.optimiser=adam,sgd", "train.momentum=0.9,1.5"))
    assert said.startswith("1 corner")
    assert "train.momentum 1.5: train.momentum is at least 0 and below 1; got 1.5" in said


def test_a_setting_that_means_nothing_anywhere_is_refused(windows: Windows) -> None:
    said = refused(windows, "cnn1d", nuisance=("train.momentum", "width"))
    assert said == (
        "--nuisance train.momentum means nothing in this study: it needs train.optimiser sgd. Search that "
        "too, or leave train.momentum out."
    )


def test_one_that_is_named_for_one_model_is_refused_as_well(windows: Windows) -> None:
    said = refused(windows, "cnn1d", "resnet1d", nuisance=("cnn1d.train.momentum", "width"))
    assert said.startswith("--nuisance train.momentum means nothing in this study")


@dataclass(frozen=True)
class Chain(CNN1DParameters):
    first: str = setting("off", "first", Choices(("off", "on")))
    second: str = setting("off", "second", Choices(("off", "on")), when={"first": ("on",)})
    third: float = setting(0.5, "third", Linear(0.0, 1.0), when={"second": ("on",)})


def test_a_chain_of_conditions_is_followed_to_its_end(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(channels: Any, length: int, rate: float, classes: int, parameters: Any) -> Any:
        if parameters.first == "on" and parameters.second == "on" and parameters.third > 0.9:
            raise KodoError("three are too many.")
        return CNN1D.build(channels, length, rate, classes, parameters)

    monkeypatch.setattr("kodo.models.cnn1d.CNN1D", replace(CNN1D, build=build, parameters=Chain))
    assert refused(windows, "cnn1d", nuisance=("first", "second", "third")).startswith(
        "1 corner of the search cannot be built: cnn1d with third 1.0: three are too many. "
    )


@dataclass(frozen=True)
class Loose(CNN1DParameters):
    width: int = setting(8, "filters", Choices((0, 8)), allowed=Range(least=0))


def test_a_network_without_weights_is_refused(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kodo.models.cnn1d.CNN1D", replace(CNN1D, parameters=Loose))
    said = refused(windows, "cnn1d", nuisance=("width", "kernel=3,5"))
    assert "cnn1d with width 0: a layer is left without weights" in said


def test_a_setting_may_mean_something_in_one_arm_alone(windows: Windows) -> None:
    forms = ("train.schedule.form=constant,cosine",)
    check(windows, "cnn1d", scientific=forms, nuisance=("train.schedule.floor",))
    # A group is taken as a whole.
    check(windows, "cnn1d", scientific=forms, nuisance=("schedule",))


def test_values_that_fail_together_are_named_without_the_others(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(channels: Any, length: int, rate: float, classes: int, parameters: Any) -> Any:
        if parameters.width > 64 and parameters.kernel < 5:
            raise AssertionError("a wide network wants a wide kernel")
        return CNN1D.build(channels, length, rate, classes, parameters)

    monkeypatch.setattr("kodo.models.cnn1d.CNN1D", replace(CNN1D, build=build))
    assert refused(windows, "cnn1d").startswith(
        "1 corner of the search cannot be built: cnn1d with width 128, kernel 3: a wide network wants a wide "
        "kernel. "
    )


def test_a_network_that_wants_numbers_is_built_with_numbers(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(channels: Any, length: int, rate: float, classes: int, parameters: Any) -> Any:
        assert float(torch.ones(1)) == 1.0
        return CNN1D.build(channels, length, rate, classes, parameters)

    monkeypatch.setattr("kodo.models.cnn1d.CNN1D", replace(CNN1D, build=build))
    check(windows, "cnn1d")


def test_no_numbers_are_drawn(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def build(*given: Any) -> Any:
        made.append(CNN1D.build(*given))
        return made[-1]

    monkeypatch.setattr("kodo.models.cnn1d.CNN1D", replace(CNN1D, build=build))
    before = torch.get_rng_state()
    check(windows, "cnn1d", nuisance=("width=8,16",))
    assert {weights.device.type for network in made for weights in network.parameters()} == {"meta"}
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 20])
def test_either_end_of_each_meets_either_end_of_every_other(count: int) -> None:
    spaces = [Choices(("low", "middle", "high")) if i % 2 else Linear(0.0, 1.0) for i in range(count)]
    searched = [Hyperparameter(str(i), one, None, "", {}) for i, one in enumerate(spaces)]
    rows = list(_rows(searched))
    assert len(rows) <= 12
    for first, second in combinations(range(count), 2):
        assert len({(row[first], row[second]) for row in rows}) == 4
