"""The optimiser and its groups of parameters, each with its own share of the learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from kodo.errors import KodoError, near
from kodo.training.schedule import rate_at

if TYPE_CHECKING:
    from kodo.training.gradient import GradientSettings


def layer_groups(
    network: nn.Module, rates: Sequence[tuple[str, float]]
) -> list[tuple[float, list[nn.Parameter]]]:
    """Parameters by their share of the learning rate.

    Args:
        network: whose parameters are divided.
        rates: pairs (start of a parameter's name, factor); the longest that fits wins, 1 where none does.

    Returns:
        pairs (factor, parameters), each parameter once.

    Raises:
        KodoError: a start that fits no parameter.
    """
    names = [name for name, _ in network.named_parameters()]
    for start, _ in rates:
        if not any(_starts(name, start) for name in names):
            known = list(dict.fromkeys(name.partition(".")[0] for name in names))
            raise KodoError(f"train.rates names '{start}', but no layer starts so. {near(start, known)}")
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        fitting = [(len(start), factor) for start, factor in rates if _starts(name, start)]
        groups.setdefault(max(fitting)[1] if fitting else 1.0, []).append(parameter)
    return list(groups.items())


def _starts(name: str, start: str) -> bool:
    """Whether a dotted name begins with whole parts: "head" fits "head.weight", not "header.weight"."""
    return name == start or name.startswith(start.rstrip(".") + ".")


def optimiser(network: nn.Module, settings: GradientSettings) -> torch.optim.Optimizer:
    """The optimiser that the settings name, one group per share of the rate (`group["factor"]`).

    Args:
        network: already on its device.
        settings: optimiser, rate, weight_decay, betas, eps, amsgrad, momentum, rates.

    Raises:
        KodoError: `settings.rates` names a layer that the network lacks.
    """
    groups = [
        {"params": parameters, "factor": factor, "lr": settings.rate * factor}
        for factor, parameters in layer_groups(network, settings.rates)
    ]
    if settings.optimiser == "sgd":
        return torch.optim.SGD(
            groups, lr=settings.rate, momentum=settings.momentum, weight_decay=settings.weight_decay
        )
    kind = torch.optim.Adam if settings.optimiser == "adam" else torch.optim.AdamW
    return kind(
        groups,
        lr=settings.rate,
        betas=settings.betas,
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        amsgrad=settings.amsgrad,
        fused=True,
    )


def set_rate(
    optimiser: torch.optim.Optimizer, settings: GradientSettings, epoch: int, batch: int, batches: int
) -> float:
    """Set every group's learning rate for the next step.

    Args:
        optimiser: made by `optimiser`.
        settings: epochs, rate and schedule.
        epoch: counted from 0.
        batch: within the epoch, counted from 0.
        batches: in every epoch.

    Returns:
        the rate of a group whose share is 1.
    """
    step, total, length = epoch * batches + batch, settings.epochs * batches, batches
    if settings.schedule.every == "epoch":
        step, total, length = epoch, settings.epochs, 1
    for group in optimiser.param_groups:
        group["lr"] = rate_at(settings.schedule, settings.rate * group["factor"], step, total, length)
    return rate_at(settings.schedule, settings.rate, step, total, length)
