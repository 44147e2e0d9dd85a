"""Every hyperparameter of every model and trainer says where it may be searched; how they are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace

import pytest

from kodo.errors import KodoError
from kodo.experiments.experiment import Chosen, experiment
from kodo.models.model import MODELS
from kodo.space import Choices, Linear, Log, conditions, meanings, position_of, setting, spaces
from kodo.training.trainer import TRAINERS
from kodo.tuning.hyperparameters import applied, declared, matters, named
from kodo.tuning.trial import choice_of

NOT_SEARCHED = {
    "GradientSettings.epochs": "how long it trains; the search trains as the final training does",
    "GradientSettings.patience": "how long it trains",
    "GradientSettings.monitor": "which epoch is kept",
    "GradientSettings.rule": "when it stops",
    "GradientSettings.rates": "names layers of one network",
    "Schedule.every": "one curve in finer or coarser steps",
    "TreesSettings.constant": "keeps rounding from being learned",
    "FeaturesParameters.trees": "more trees are not worse, they only cost more",
    "SimpleISLRParameters.pool": "padded: a probability depends on the sequences beside it",
    "ResNet2DParameters.weights": "a file of the user's",
    "ResNet2DParameters.freeze": "means something only where a file was named",
}
"""Settings that no search looks at, and why."""


def nested(kind: type) -> Iterator[type]:
    """A dataclass of settings and those inside it."""
    yield kind
    for field in fields(kind):
        if is_dataclass(field.default) and not isinstance(field.default, type):
            yield from nested(type(field.default))


KINDS = dict.fromkeys(
    kind
    for parent in (
        *(MODELS.get(name).parameters for name in MODELS.names()),
        *(TRAINERS.get(name).settings for name in TRAINERS.names()),
    )
    for kind in nested(parent)
)
"""Each once, in one order in every process that tests side by side."""


@pytest.fixture
def choice() -> Chosen:
    asked = experiment({"dataset": "synthetic", "models": ("vit1d",)})
    return choice_of(asked, "vit1d")


def test_every_setting_has_a_space_or_a_reason_not_to() -> None:
    found = {
        f"{kind.__name__}.{field.name}"
        for kind in KINDS
        for field in fields(kind)
        if field.name not in spaces(kind) and not is_dataclass(field.default)
    }
    assert found == set(NOT_SEARCHED)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_default_lies_in_its_space(kind: type) -> None:
    outside = {
        name: default
        for name, (default, _) in meanings(kind).items()
        if name in spaces(kind) and position_of(spaces(kind)[name], default) is None
    }
    assert outside == {}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_space_is_empty_or_says_a_choice_twice(kind: type) -> None:
    for name, space in spaces(kind).items():
        if isinstance(space, Choices):
            assert len(set(space.values)) == len(space.values) >= 2, name
        else:
            assert space.low < space.high, name
            assert space.low > 0 or isinstance(space, Linear), name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_condition_names_values_of_a_setting_above_it(kind: type) -> None:
    order = [field.name for field in fields(kind)]
    for name, when in conditions(kind).items():
        for beside, values in when.items():
            assert beside in order[: order.index(name)], name
            space = spaces(kind)[beside]
            assert all(position_of(space, value) is not None for value in values), name
            # Else it would be no condition.
            assert isinstance(space, Linear | Log) or set(values) < set(space.values), name


def test_what_is_declared_has_the_experiments_values(choice: Chosen) -> None:
    found = {one.key: one for one in declared(choice)}
    assert found["depth"].default == 2
    assert found["train.rate"].space == Log(1e-5, 1e-1)
    assert found["train.schedule.floor"].when == {"train.schedule.form": ("cosine",)}
    assert found["train.augment.rotation"].default == 0.0
    assert "train.schedule" not in found


def test_a_name_is_searched_where_it_is_declared_or_where_the_user_says(choice: Chosen) -> None:
    assert named(choice, "depth", "--nuisance").space == Linear(1, 9)
    assert named(choice, "depth=2, 4", "--nuisance").space == Choices((2, 4))
    assert named(choice, "train.rate=1e-4..1e-2", "--nuisance").space == Log(1e-4, 1e-2)
    assert named(choice, "dropout=0.1..0.2", "--nuisance").space == Linear(0.1, 0.2)
    assert named(choice, "train.betas=[0.9, 0.99],[0.5, 0.9]", "").space == Choices(((0.9, 0.99), (0.5, 0.9)))
    assert named(choice, "train.epochs=5..50", "").space == Log(5, 50)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("dept", "--nuisance: vit1d has no setting 'dept'. Did you mean 'depth'"),
        ("train.epochs", "no space is declared for train.epochs; write one behind it"),
        ("depth=4..2", "the range 4..2 is empty"),
        ("depth=,", "at least one value is needed"),
        ("depth=a..b", "a range is LOW..HIGH in numbers"),
        ("train.rate=0..1", "searched by the logarithm, so LOW must be above 0"),
    ],
)
def test_a_name_that_cannot_be_searched_is_refused(choice: Chosen, asked: str, says: str) -> None:
    with pytest.raises(KodoError, match=says.replace(".", r"\.")):
        named(choice, asked, "--nuisance")


def test_a_setting_matters_where_what_it_depends_on_has_the_right_value(choice: Chosen) -> None:
    momentum = named(choice, "train.momentum", "")
    betas = named(choice, "train.betas", "")
    assert matters(betas, {}, choice)
    assert not matters(momentum, {}, choice)
    assert matters(momentum, {"train.optimiser": "sgd"}, choice)
    assert not matters(betas, {"train.optimiser": "sgd"}, choice)


@dataclass(frozen=True)
class Chain:
    first: str = setting("off", "first", Choices(("off", "on")))
    second: str = setting("on", "second", Choices(("off", "on")), when={"first": ("on",)})
    third: float = setting(0.5, "third", Linear(0.0, 1.0), when={"second": ("on",)})


def test_what_depends_on_something_without_meaning_has_none(choice: Chosen) -> None:
    chained = replace(choice, parameters=Chain())
    third = named(chained, "third", "")
    assert not matters(third, {}, chained)
    assert matters(third, {"first": "on"}, chained)
    assert not matters(third, {"first": "on", "second": "off"}, chained)


def test_a_point_is_laid_over_the_settings_of_one_model() -> None:
    asked = experiment(
        {
            "dataset": "synthetic",
            "models": ("cnn1d", "vit1d"),
            "model": {"vit1d": {"depth": 3, "train": {"batch": 32}}},
        }
    )
    point = {"dim": 16, "train.rate": 0.01, "train.schedule.floor": 1e-5}
    made = choice_of(applied(asked, "vit1d", point), "vit1d")
    assert (made.parameters.dim, made.parameters.depth) == (16, 3)
    assert (made.settings.rate, made.settings.batch, made.settings.schedule.floor) == (0.01, 32, 1e-5)
    assert choice_of(applied(asked, "vit1d", point), "cnn1d") == choice_of(asked, "cnn1d")
    assert asked.model["vit1d"] == {"depth": 3, "train": {"batch": 32}}
