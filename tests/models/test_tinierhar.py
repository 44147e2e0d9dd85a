import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from kodo.models.tinierhar import SMALLEST, SeparableBlock, TinierHARParameters, build


@pytest.mark.parametrize(
    ("channels", "length", "classes", "count"),
    [(6, 128, 5, 7_252), (6, 150, 12, 7_483), (6, 150, 27, 7_978), (45, 75, 19, 37_666)],
)
def test_as_many_weights_as_published(channels, length, classes, count):
    model = build(channels, length, 50.0, classes, TinierHARParameters())
    assert sum(parameter.numel() for parameter in model.parameters()) == count


@pytest.mark.parametrize(("length", "steps"), [(150, 37), (75, 18), (SMALLEST, 1)])
def test_the_time_is_halved_twice(length, steps):
    model = build(6, length, 50.0, 5, TinierHARParameters())
    assert model.blocks(torch.zeros(6, 1, 1, length)).shape == (6, 8, 1, steps)


def test_the_shortcut_is_the_signal_itself_where_filters_stay_as_many():
    block = SeparableBlock(3, 3, halve=False).eval()
    nn.init.zeros_(block.main[1].weight)
    nn.init.zeros_(block.main[1].bias)
    maps = torch.randn(2, 3, 1, 9)
    torch.testing.assert_close(block(maps), maps)


def test_halving_comes_before_the_sum():
    torch.manual_seed(0)
    block = SeparableBlock(1, 2, halve=True).eval()
    maps = torch.randn(2, 1, 1, 9)
    depth, across, norm, relu = block.main
    wide = nn.functional.pad(maps, (2, 2))
    taps = sum(depth.weight[0, 0, 0, tap] * wide[..., tap : tap + 9] for tap in range(5)) + depth.bias
    main = relu(norm(across(taps)))
    pairs = torch.maximum(main[..., :8:2], main[..., 1:8:2])
    beside = block.shortcut(maps)
    wanted = pairs + torch.maximum(beside[..., :8:2], beside[..., 1:8:2])
    torch.testing.assert_close(block(maps), wanted)


def test_the_steps_are_weighed_by_shares_that_sum_to_one():
    torch.manual_seed(0)
    model = build(2, 40, 20.0, 3, TinierHARParameters()).eval()
    seen = []
    model.recurrence.register_forward_hook(lambda module, given, got: seen.append(got[0]))
    nn.init.zeros_(model.attention.weight)
    said = model(torch.randn(4, 2, 40))
    torch.testing.assert_close(said, model.head(seen[0].mean(dim=1)))


def test_learns_32_windows_by_heart():
    torch.manual_seed(0)
    model = build(3, 24, 20.0, 4, TinierHARParameters(dropout=0.0))
    signal, target = torch.randn(32, 3, 24), torch.arange(32) % 4
    optimiser = torch.optim.Adam(model.parameters(), 2e-2)
    for _ in range(60):
        optimiser.zero_grad()
        cross_entropy(model(signal), target).backward()
        optimiser.step()
    assert (model.eval()(signal).argmax(dim=1) == target).all()
