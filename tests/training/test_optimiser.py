"""Groups of layers, each with its share of the learning rate."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from kodo.errors import KodoError
from kodo.training.gradient import GradientSettings
from kodo.training.optimiser import layer_groups, optimiser, set_rate
from kodo.training.schedule import Schedule


class Body(nn.Module):
    """A body of two layers and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        self.head = nn.Linear(2, 1)
        self.header = nn.Linear(1, 1)


def shares(network, rates):
    names = {parameter: name for name, parameter in network.named_parameters()}
    return {names[p]: factor for factor, group in layer_groups(network, rates) for p in group}


def test_the_longest_start_wins_and_the_rest_has_the_full_rate():
    found = shares(Body(), (("body", 0.1), ("body.1", 0.5), ("head", 2.0)))
    assert found == {
        "body.0.weight": 0.1, "body.0.bias": 0.1, "body.1.weight": 0.5, "body.1.bias": 0.5,
        "head.weight": 2.0, "head.bias": 2.0, "header.weight": 1.0, "header.bias": 1.0,
    }  # fmt: skip
    assert set(shares(Body(), ()).values()) == {1.0}


def test_a_start_that_fits_nothing_is_refused():
    with pytest.raises(KodoError, match=r"'haed', but no layer starts so. Did you mean 'head'"):
        layer_groups(Body(), (("haed", 0.1),))


def test_every_group_follows_the_schedule_with_its_share():
    for every in ("batch", "epoch"):
        schedule = Schedule(every=every, warmup=0, floor=1e-5)
        settings = GradientSettings(epochs=4, rate=0.01, rates=(("body", 0.1),), schedule=schedule)
        made = optimiser(Body(), settings)
        steps = []
        for batch in range(3):
            full = set_rate(made, settings, 2, batch, 3)
            steps.append({group["factor"]: group["lr"] for group in made.param_groups})
            assert steps[-1][1.0] == full
        assert steps[0][1.0] == pytest.approx(1e-5 + (0.01 - 1e-5) / 2)
        assert steps[0][0.1] == pytest.approx(1e-5 + (0.001 - 1e-5) / 2)
        assert (steps[1] == steps[0]) == (every == "epoch")


@pytest.mark.parametrize(
    ("name", "kind"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW), ("sgd", torch.optim.SGD)]
)
def test_the_optimiser_has_every_setting(name, kind):
    settings = GradientSettings(
        optimiser=name, rate=0.3, weight_decay=0.2, betas=(0.5, 0.6), eps=1e-3, amsgrad=True, momentum=0.4
    )
    made = optimiser(Body(), settings)
    assert type(made) is kind
    group = made.param_groups[0]
    assert (group["lr"], group["weight_decay"]) == (0.3, 0.2)
    if name == "sgd":
        assert group["momentum"] == 0.4
    else:
        assert (group["betas"], group["eps"], group["amsgrad"]) == ((0.5, 0.6), 1e-3, True)
