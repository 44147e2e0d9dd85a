"""The loss of all networks: cross entropy with soft targets, class weights and window weights."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def cross_entropy(
    logits: Tensor, target: Tensor, class_weight: Tensor, window_weight: Tensor, smoothing: float = 0.0
) -> Tensor:
    """Mean cross entropy, weighted by class and by window.

    With one-hot targets and equal window weights this is torch's own cross entropy with `weight` and
    `label_smoothing`: the sum over windows is divided by the sum of the weights.

    Args:
        logits: (window, class).
        target: (window, class) probabilities; one-hot, or mixed by mixup.
        class_weight: (class,).
        window_weight: (window,).
        smoothing: share of every target that is spread evenly over all classes, 0 to 1.

    Returns:
        a scalar tensor.
    """
    logarithm = torch.log_softmax(logits.float(), dim=1)
    smooth = target * (1 - smoothing) + smoothing / target.shape[1]
    loss = -(smooth * class_weight * logarithm).sum(dim=1)
    total = (window_weight * (target * class_weight).sum(dim=1)).sum()
    # Windows of classes that nobody taught may weigh nothing at all: their loss is 0, not 0 / 0.
    return (window_weight * loss).sum() / total.clamp(min=torch.finfo(total.dtype).tiny)


def balanced(label: NDArray[np.integer], classes: int) -> NDArray[np.float32]:
    """Class weights inverse to how often a class occurs; their mean over the classes that occur is 1.

    Args:
        label: (window,) of the training windows.
        classes: how many there are.

    Returns:
        (class,) float32; 0 for a class that does not occur.
    """
    count = np.bincount(label, minlength=classes)
    weight = np.zeros(classes)
    weight[count > 0] = 1 / count[count > 0]
    return np.asarray(weight / weight[count > 0].mean(), np.float32)
