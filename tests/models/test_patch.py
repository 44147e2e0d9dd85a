import pytest
import torch

from kodo.models.patch import patch_count, patches


@pytest.mark.parametrize(("channels", "length", "size"), [(3, 256, 32), (1, 75, 32), (6, 7, 8), (2, 5, 1)])
def test_one_layer_per_patch_is_a_convolution_with_steps_of_a_patch(channels, length, size):
    torch.manual_seed(length)
    convolution = torch.nn.Conv1d(channels, 4, size, stride=size)
    signal = torch.randn(5, channels, length)
    cut = patches(signal, size)
    assert cut.shape == (5, patch_count(length, size), channels * size)
    got = torch.nn.functional.linear(cut, convolution.weight.flatten(1), convolution.bias)
    filled = torch.cat([signal, torch.zeros(5, channels, size)], dim=2)[..., : cut.shape[1] * size]
    torch.testing.assert_close(got.transpose(1, 2), convolution(filled))


def test_a_patch_holds_samples():
    assert [patch_count(length, 8) for length in (1, 8, 9, 16)] == [1, 1, 2, 2]
