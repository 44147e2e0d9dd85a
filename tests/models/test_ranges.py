"""What the numbers among a model's parameters may be; a new model is covered without a new test."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import torch

from kodo.errors import KodoError
from kodo.experiments.experiment import experiment
from kodo.models.model import MODELS, Model, parameters
from kodo.space import Choices, Range, limits, meanings, spaces

ENTRIES = [MODELS.get(name) for name in MODELS.names()]

NOUGHT = {
    "features.depth": "no limit",
    "resnet2d.hidden": "no such layer",
    "tinierhar.blocks": "the two that halve the time are enough",
}
"""Whole numbers that may be 0, and what it means."""


def numbers(kind: type) -> list[Any]:
    """Every parameter of every model whose default is a number of that kind."""
    return [
        pytest.param(entry, name, id=f"{entry.name}.{name}")
        for entry in ENTRIES
        for name, (default, _) in meanings(entry.parameters).items()
        if type(default) is kind
    ]


def refused(entry: Model, name: str, value: float) -> None:
    """Both ways to parameters refuse a value in one sentence that names the model, the parameter and it."""
    with pytest.raises(KodoError, match=rf"^{entry.name}\.{name} is .+; got {re.escape(repr(value))}\.$"):
        parameters(entry, {name: value})
    # An experiment's kinds are checked first: there "model.vgg.width wants ..." may be said.
    with pytest.raises(KodoError, match=rf"{entry.name}\S* ?{name}\b.+ got {re.escape(repr(value))}\.$"):
        experiment({"models": entry.name, "model": {entry.name: {name: value}}})


@pytest.mark.parametrize(("entry", "name"), numbers(int))
def test_a_count_below_its_range_is_refused(entry: Model, name: str) -> None:
    refused(entry, name, -1)
    if f"{entry.name}.{name}" not in NOUGHT:
        refused(entry, name, 0)


@pytest.mark.parametrize(("entry", "name"), numbers(float))
def test_a_share_that_is_none_is_refused(entry: Model, name: str) -> None:
    for value in (-0.1, 1.5):
        refused(entry, name, value)


@pytest.mark.parametrize(("entry", "name"), numbers(int) + numbers(float))
def test_beyond_each_end_and_without_end_is_refused(entry: Model, name: str) -> None:
    allowed = limits(entry.parameters)[name]
    beyond: set[float]
    if isinstance(allowed, Choices):
        beyond = {min(allowed.values) - 1, max(allowed.values) + 1}
    else:
        beyond = {allowed.least - 1, allowed.above, allowed.most + 1, allowed.below}
    kind = type(getattr(entry.parameters(), name))
    for value in [kind(end) for end in beyond if math.isfinite(end)] + [math.inf, -math.inf, math.nan]:
        refused(entry, name, value)


@pytest.mark.parametrize(("entry", "name"), numbers(int) + numbers(float))
def test_the_ends_that_are_allowed_can_be_built(entry: Model, name: str) -> None:
    allowed = limits(entry.parameters)[name]
    ends = allowed.values if isinstance(allowed, Choices) else (allowed.least, allowed.most)
    torch.manual_seed(0)
    for end in filter(math.isfinite, ends):
        value = type(getattr(entry.parameters(), name))(end)
        network = entry.build(3, 75, 50.0, 4, parameters(entry, {name: value})).eval()
        with torch.no_grad():
            assert torch.isfinite(network(torch.randn(2, 3, 75))).all()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_where_a_search_looks_is_allowed(entry: Model) -> None:
    for name, space in spaces(entry.parameters).items():
        allowed = limits(entry.parameters).get(name)
        values = space.values if isinstance(space, Choices) else (space.low, space.high)
        if isinstance(allowed, Range):
            assert all(value in allowed for value in values), name
        elif allowed is not None:
            assert set(values) <= set(allowed.values), name


def test_every_fault_is_named() -> None:
    with pytest.raises(KodoError) as told:
        parameters(MODELS.get("vgg"), {"dropout": 1.5, "width": 0})
    assert str(told.value) == (
        "vgg.width is at least 1; got 0. vgg.dropout is at least 0 and below 1; got 1.5."
    )


def test_a_word_that_means_nothing_is_refused() -> None:
    with pytest.raises(KodoError, match=r"^resnet2d\.freeze is one of none \| last \| all; got 'first'\.$"):
        parameters(MODELS.get("resnet2d"), {"freeze": "first"})
