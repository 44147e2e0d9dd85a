import pytest
import torch

from kodo.models.resnet1d import ResNet1DParameters, build
from reference import MODES, assert_equal


def convolved(weights, name, signal, **settings):
    width = weights[f"{name}.convolution.weight"].shape[2]
    signal = weights.convolution(f"{name}.convolution", signal, padding=width // 2, **settings)
    return weights.batch_norm(f"{name}.normalise", signal)


def published(weights, signal):
    """He's blocks of two convolutions: the second is added to the shortcut before its ReLU."""
    signal = torch.relu(convolved(weights, "stem", signal))
    for block, stride in enumerate((1, 2, 2)):
        name = f"blocks.{block}"
        hidden = torch.relu(convolved(weights, f"{name}.first", signal, stride=stride))
        if f"{name}.shortcut.convolution.weight" in weights:
            signal = convolved(weights, f"{name}.shortcut", signal, stride=stride)
        signal = torch.relu(convolved(weights, f"{name}.second", hidden) + signal)
    return weights.dense("head", torch.cat([signal.mean(dim=2), signal.amax(dim=2)], dim=1))


@pytest.mark.parametrize("training", MODES.values(), ids=MODES)
def test_equal_to_the_published_form(training):
    torch.manual_seed(0)
    ours = build(6, 75, 50.0, 5, ResNet1DParameters(width=8))
    assert_equal(ours, published, torch.randn(4, 6, 75), training)


def test_the_shortcut_is_the_signal_itself_where_nothing_changes():
    ours = build(6, 75, 50.0, 5, ResNet1DParameters(width=8))
    assert [block.shortcut is None for block in ours.blocks] == [True, False, False]
