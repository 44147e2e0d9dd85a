import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, max_pool2d

from kodo.models.tinierhar import SMALLEST, SeparableBlock, TinierHARParameters, build
from reference import MODES, assert_equal


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


def published(weights, signal):
    """The network as described: images (window, 1, time, channel) with the time upright."""
    maps = signal.transpose(1, 2)[:, None]
    for block in range(6):
        name = f"blocks.{block}"
        main = weights.along_time(f"{name}.main.0", maps, padding=(2, 0), groups=maps.shape[1])
        main = torch.relu(weights.batch_norm(f"{name}.main.2", weights.convolution(f"{name}.main.1", main)))
        if f"{name}.shortcut.0.weight" in weights:
            maps = weights.batch_norm(f"{name}.shortcut.1", weights.convolution(f"{name}.shortcut.0", maps))
        if block < 2:
            main, maps = max_pool2d(main, (2, 1)), max_pool2d(maps, (2, 1))
        maps = main + maps
    steps = maps.permute(0, 2, 1, 3).flatten(2)
    back = weights.gru("recurrence", steps.flip(1), way="_reverse").flip(1)
    steps = torch.cat([weights.gru("recurrence", steps), back], dim=2)
    share = torch.softmax(weights.dense("attention", steps), dim=1)
    return weights.dense("head", (share * steps).sum(dim=1))


@pytest.mark.parametrize("training", MODES.values(), ids=MODES)
def test_equal_to_the_published_form(training):
    torch.manual_seed(0)
    ours = build(6, 75, 50.0, 5, TinierHARParameters(dropout=0.0))
    assert_equal(ours, published, torch.randn(4, 6, 75), training)


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
