import pytest
import torch

from kodo.errors import KodoError
from kodo.models.blocks import (
    ConvBlock,
    channel_count,
    check_kernel,
    check_length,
    mean_pool,
    pool_pairs,
    zero_padding,
)


def test_pairs_are_pooled_as_torch_does_and_an_odd_one_is_left_out():
    for time in (2, 7, 8, 33):
        signal = torch.randn(3, 4, time, generator=torch.Generator().manual_seed(time))
        pooled, mask = pool_pairs(signal, None)
        assert mask is None
        assert torch.equal(pooled, torch.nn.functional.max_pool1d(signal, 2))


def test_a_pooled_position_counts_only_when_both_samples_did():
    mask = torch.arange(7) < torch.tensor([[7], [6], [5], [1], [0]])
    signal, pooled = pool_pairs(torch.ones(5, 1, 7), mask)
    assert torch.equal(signal[:, 0] > 0, pooled)
    assert pooled.sum(dim=1).tolist() == [3, 3, 2, 0, 0]


def test_the_mean_is_over_samples_only():
    signal = torch.tensor([[[1.0, 3.0, 100.0]], [[5.0, 7.0, 9.0]], [[4.0, 4.0, 4.0]]])
    mask = torch.tensor([[True, True, False], [True, True, True], [False] * 3])
    assert mean_pool(signal, mask).tolist() == [[2.0], [7.0], [0.0]]
    assert mean_pool(signal, None).tolist() == [[pytest.approx(104 / 3)], [7.0], [4.0]]


def test_padding_becomes_zero_even_where_it_was_nan():
    signal = torch.tensor([[[1.0, float("nan")]]])
    assert zero_padding(signal, torch.tensor([[True, False]])).tolist() == [[[1.0, 0.0]]]
    assert zero_padding(signal, None) is signal


@pytest.mark.parametrize("stride", [1, 2])
def test_padding_takes_no_part_in_the_normalisation_while_training(stride):
    torch.manual_seed(0)
    block = ConvBlock(2, 3, 5, stride)
    signal = torch.randn(4, 2, 20)
    longer = torch.cat([signal, torch.zeros(4, 2, 12)], dim=2)
    mask = (torch.arange(32) < 20).expand(4, 32)
    out, shorter = block(longer, mask)
    seen = block.normalise.running_mean.clone()
    block.normalise.reset_running_stats()
    expected, _ = block(signal, None)
    width = expected.shape[2]
    torch.testing.assert_close(out[..., :width], expected)
    assert not out[..., width:].any()
    assert shorter.sum(dim=1).tolist() == [width] * 4
    torch.testing.assert_close(block.normalise.running_mean, seen)


def test_words_for_what_does_not_fit():
    with pytest.raises(KodoError, match=r"vgg\.kernel is an odd number of samples; got 4"):
        check_kernel("vgg", 4)
    with pytest.raises(KodoError, match="vgg needs windows of at least 8 samples; got 7"):
        check_length("vgg", 7, 8)
    assert check_length("vgg", 8, 8) is None


def test_channels_may_be_a_number():
    assert channel_count(6) == channel_count(range(6)) == 6
