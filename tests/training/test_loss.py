"""The loss against torch's own, and the class weights by their law."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy as torchs
from torch.nn.functional import one_hot

from kodo.training.loss import balanced, cross_entropy

LOGITS = torch.randn(12, 4, generator=torch.Generator().manual_seed(0))
LABEL = torch.tensor([0, 1, 2, 3, 0, 1, 2, 0, 1, 0, 0, 0])
TARGET = one_hot(LABEL, 4).float()
WEIGHT = torch.tensor([0.2, 1.0, 3.0, 0.5])
EVEN = torch.ones(12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weight", [torch.ones(4), WEIGHT])
def test_one_hot_targets_equal_torchs_labels(weight, smoothing):
    ours = cross_entropy(LOGITS, TARGET, weight, EVEN, smoothing)
    assert ours.item() == pytest.approx(
        torchs(LOGITS, LABEL, weight=weight, label_smoothing=smoothing).item(), rel=1e-6
    )


def test_soft_targets_equal_torchs_probabilities():
    soft = 0.7 * TARGET + 0.3 * TARGET.roll(1, 0)
    ours = cross_entropy(LOGITS, soft, torch.ones(4), EVEN)
    assert ours.item() == pytest.approx(torchs(LOGITS, soft).item(), rel=1e-6)


def test_a_window_of_weight_two_counts_as_two_windows():
    weight = torch.ones(12)
    weight[3] = 2
    twice = torch.cat([torch.arange(12), torch.tensor([3])])
    ours = cross_entropy(LOGITS, TARGET, WEIGHT, weight)
    assert ours.item() == pytest.approx(torchs(LOGITS[twice], LABEL[twice], weight=WEIGHT).item(), rel=1e-6)


def test_windows_that_weigh_nothing_have_no_loss():
    assert cross_entropy(LOGITS, TARGET, torch.zeros(4), EVEN).item() == 0


def test_balanced_weights_are_inverse_frequencies_with_mean_one():
    weight = balanced(np.array([0] * 6 + [1] * 3 + [3]), 4)
    assert weight[2] == 0
    assert weight[[0, 1, 3]].mean() == pytest.approx(1)
    assert weight[1] / weight[0] == pytest.approx(2)
    assert weight[3] / weight[0] == pytest.approx(6)
