from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from kodo.models.mlp import MLPParameters, build


def built(channels=3, length=256, classes=6, **changed):
    torch.manual_seed(0)
    return build(channels, length, 100.0, classes, replace(MLPParameters(), **changed)).eval()


def linear(model):
    return [module for module in model.modules() if isinstance(module, nn.Linear)]


def test_eight_layers_on_the_windows_of_the_source():
    assert len(linear(built())) == 8
    assert sum(parameter.numel() for parameter in built().parameters()) == 593_158


def test_equal_to_torchs_own_layers_in_a_row():
    model = built()
    first, *others = linear(model)
    reference = nn.Sequential(nn.Flatten(), first, *(part for layer in others for part in (nn.ReLU(), layer)))
    signal = torch.randn(5, 3, 256)
    assert torch.equal(model(signal), reference(signal))


def test_a_signal_keeps_its_size_through_all_layers():
    model = built(width=512)
    signal = torch.randn(64, 3, 256)
    sizes = []
    for layer in model.layers:
        layer.register_forward_hook(lambda module, given, found: sizes.append(found.square().mean().item()))
    model(signal)
    assert len(sizes) == 7
    assert all(1 < size < 4 for size in sizes)


@pytest.mark.parametrize(("channels", "length", "classes"), [(1, 1, 1), (1, 256, 1), (9, 1, 4)])
def test_the_smallest_windows(channels, length, classes):
    model = built(channels, length, classes)
    assert model(torch.randn(1, channels, length)).shape == (1, classes)


def test_units_are_left_out_while_training_only():
    model = built(dropout=0.5)
    signal = torch.randn(4, 3, 256)
    assert torch.equal(model(signal), model(signal))
    assert not torch.equal(model.train()(signal), model(signal))


def test_it_learns_32_windows_by_heart():
    model = built(width=64).train()
    signal = torch.randn(32, 3, 256, generator=torch.Generator().manual_seed(1))
    target = torch.arange(32) % 6
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(60):
        optimiser.zero_grad()
        cross_entropy(model(signal), target).backward()
        optimiser.step()
    assert (model(signal).argmax(dim=1) == target).all()


def test_one_layer_is_enough():
    assert len(linear(built(depth=1))) == 1
