"""The same network once more, in torch's own functions, by the names of its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

MODES = {"evaluating": False, "training": True}


class Weights:
    """A copy of a network's weights and statistics, and the layers that take them by name.

    Args:
        network: whose state is copied, and its mode.
    """

    def __init__(self, network: nn.Module) -> None:
        learned = dict(network.named_parameters())
        self.state = {
            name: value.detach().clone().requires_grad_(name in learned)
            for name, value in network.state_dict().items()
        }
        self.training = network.training

    def __getitem__(self, name: str) -> Tensor:
        return self.state[name]

    def __contains__(self, name: str) -> bool:
        return name in self.state

    def convolution(self, name: str, signal: Tensor, **settings: Any) -> Tensor:
        weight = self[f"{name}.weight"]
        kind = functional.conv1d if weight.dim() == 3 else functional.conv2d
        return kind(signal, weight, self.state.get(f"{name}.bias"), **settings)

    def along_time(self, name: str, images: Tensor, **settings: Any) -> Tensor:
        """The convolution of a network whose images (window, map, time, channel) have the time upright."""
        weight, bias = self[f"{name}.weight"], self[f"{name}.bias"]
        return functional.conv2d(images, weight.transpose(2, 3), bias, **settings)

    def batch_norm(self, name: str, signal: Tensor) -> Tensor:
        statistics = self[f"{name}.running_mean"], self[f"{name}.running_var"]
        return functional.batch_norm(
            signal, *statistics, self[f"{name}.weight"], self[f"{name}.bias"], self.training
        )

    def layer_norm(self, name: str, tokens: Tensor) -> Tensor:
        weight, bias = self[f"{name}.weight"], self[f"{name}.bias"]
        return functional.layer_norm(tokens, weight.shape, weight, bias)

    def dense(self, name: str, features: Tensor) -> Tensor:
        return functional.linear(features, self[f"{name}.weight"], self.state.get(f"{name}.bias"))

    def gru(self, name: str, steps: Tensor, way: str = "") -> Tensor:
        """The equations of torch's documentation of GRU, step by step."""
        into, onward = (
            (self[f"{name}.weight_{kind}_l0{way}"], self[f"{name}.bias_{kind}_l0{way}"])
            for kind in ("ih", "hh")
        )
        hidden = steps.new_zeros(len(steps), onward[0].shape[1])
        said = []
        for step in steps.unbind(1):
            reset, update, new = functional.linear(step, *into).chunk(3, dim=1)
            reset_too, update_too, new_too = functional.linear(hidden, *onward).chunk(3, dim=1)
            update = torch.sigmoid(update + update_too)
            new = torch.tanh(new + torch.sigmoid(reset + reset_too) * new_too)
            hidden = (1 - update) * new + update * hidden
            said.append(hidden)
        return torch.stack(said, dim=1)


def lived_in(network: nn.Module) -> nn.Module:
    """In double precision, with biases, normalisations and gains that are no longer as they were born."""
    random = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, value in network.double().state_dict().items():
            if name.endswith("running_var"):
                value.uniform_(0.5, 2.0, generator=random)
            elif value.dim() == 1:
                value.add_(0.3 * torch.randn(value.shape, generator=random, dtype=value.dtype))
    return network


def assert_equal(
    network: nn.Module, published: Callable[[Weights, Tensor], Tensor], signal: Tensor, training: bool
) -> None:
    """Logits, gradients of signal and weights, and statistics are those of the published form.

    Args:
        network: ours, without dropout.
        published: the logits of the published form, from weights and signal.
        signal: (window, channel, time).
        training: whether normalisations take the batch's statistics.
    """
    weights = Weights(lived_in(network).train(training))
    ours, theirs = (signal.to(torch.float64, copy=True).requires_grad_() for _ in range(2))
    said, wanted = network(ours), published(weights, theirs)
    torch.testing.assert_close(said, wanted)
    for logits in (said, wanted):
        logits.square().sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(parameter.grad, weights[name].grad)
    for name, value in network.named_buffers():
        if not name.endswith("num_batches_tracked"):
            torch.testing.assert_close(value, weights[name])
