import pytest
import torch

from kodo.models.cnn1d import CNN1DParameters, build
from reference import MODES, assert_equal


def published(weights, signal):
    """Convolution with stride 2, normalisation, ReLU, three times; the mean over time, linear."""
    for layer in range(3):
        name = f"convolutions.{layer}"
        signal = weights.convolution(f"{name}.convolution", signal, stride=2, padding=3)
        signal = torch.relu(weights.batch_norm(f"{name}.normalise", signal))
    return weights.dense("head", signal.mean(dim=2))


@pytest.mark.parametrize("training", MODES.values(), ids=MODES)
def test_equal_to_the_published_form(training):
    torch.manual_seed(0)
    ours = build(6, 75, 50.0, 5, CNN1DParameters(width=8, dropout=0.0))
    assert_equal(ours, published, torch.randn(4, 6, 75), training)
