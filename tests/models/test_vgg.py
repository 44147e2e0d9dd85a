import pytest
import torch
from torch.nn.functional import max_pool1d

from kodo.models.vgg import VGGParameters, build
from reference import MODES, assert_equal


def published(weights, signal):
    """Three times two convolutions and pooling; the mean over time, a dense layer with ReLU, linear."""
    for stage in range(3):
        for half in ("first", "second"):
            signal = weights.convolution(f"{half}.{stage}.convolution", signal, padding=1)
            signal = torch.relu(weights.batch_norm(f"{half}.{stage}.normalise", signal))
        signal = max_pool1d(signal, 2)
    return weights.dense("head", torch.relu(weights.dense("dense", signal.mean(dim=2))))


@pytest.mark.parametrize("training", MODES.values(), ids=MODES)
def test_equal_to_the_published_form(training):
    torch.manual_seed(0)
    ours = build(6, 75, 50.0, 5, VGGParameters(width=8, hidden=32, dropout=0.0))
    assert_equal(ours, published, torch.randn(4, 6, 75), training)
