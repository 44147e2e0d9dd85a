"""When to stop, and which epoch to keep: pure functions of the scores so far (greater is better)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

Monitor = Literal["validation_macro_f1", "validation_f1_arena", "validation_loss"]
Rule = Literal["no_improvement", "consecutive"]


def higher(monitor: Monitor, values: Sequence[float]) -> list[float]:
    """Monitored values as scores of which the greater is the better: a loss changes its sign."""
    return [-value for value in values] if monitor == "validation_loss" else list(values)


def best(scores: Sequence[float]) -> int:
    """The epoch with the best score, the earliest of equals; -1 when there is none.

    Args:
        scores: one per epoch, greater is better.
    """
    return max(range(len(scores)), key=scores.__getitem__, default=-1)


def stop(scores: Sequence[float], patience: int, rule: Rule = "no_improvement") -> bool:
    """Whether training should end after these epochs.

    Args:
        scores: one per epoch so far, greater is better.
        patience: epochs; 0 = never stop.
        rule: `no_improvement` stops when the last `patience` epochs brought no new best; `consecutive` when
            each of the last `patience` epochs was worse than the one before it.

    Source: `consecutive` with patience 5: Nakagawa, HumanActivityRecognitionImplement-Transformer3.
    """
    if patience == 0 or len(scores) <= patience:
        return False
    if rule == "no_improvement":
        return len(scores) - 1 - best(scores) >= patience
    last = scores[-patience - 1 :]
    return all(later < earlier for earlier, later in pairwise(last))


def short(scores: Sequence[float], wanted: Sequence[float]) -> bool:
    """Whether the best score so far is below what was wanted by the last epoch.

    Args:
        scores: one per epoch so far, greater is better.
        wanted: by epoch; nothing is wanted of the epochs beyond it.
    """
    return 0 < len(scores) <= len(wanted) and max(scores) < wanted[len(scores) - 1]
