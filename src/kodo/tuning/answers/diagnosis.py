"""What learning curves say in words: overfitting, unfinished, unstable, dead, or settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SHORTEST = 5
"""Epochs without which a curve says nothing."""

FALLEN = 0.02
"""A training loss that never falls by this share of its first value is not learning."""

SPIKE, JUMP = 0.2, 0.5
"""Shares of the whole fall by which a training and a validation loss may rise at once."""

RISEN = 0.1
"""Share of its whole fall by which a validation loss that rises again is overfitting."""

LATE, STILL = 0.1, 0.02
"""An end, as a share of the epochs, that still brings this share of the whole fall is no end."""

Kind = Literal["dead", "unstable", "overfitting", "unfinished", "settled", "short"]
Loss = NDArray[np.float64]


@dataclass(frozen=True)
class Diagnosis:
    """What the curves of a trial say.

    Args:
        kinds: what was found, the worst first.
        says: the same in words, one part for each.
    """

    kinds: tuple[Kind, ...]
    says: str


def diagnosed(curves: Mapping[str, Sequence[float]], chance: float, kept: int = -1) -> Diagnosis:
    """What the curves of one training say.

    Args:
        curves: by name, a value per epoch: `train_loss`, and where there are validation people
            `validation_loss` and `validation_macro_f1`.
        chance: the macro-F1 of naming activities at random.
        kept: the epoch that was kept, from 0; -1 = unknown.
    """
    train = np.array(curves.get("train_loss", ()), float)
    validation = np.array(curves.get("validation_loss", ()), float)
    if len(train) < SHORTEST:
        return Diagnosis(("short",), f"too short to judge ({len(train)} epochs)")
    if said := dead(train, np.array(curves.get("validation_macro_f1", ()), float), chance):
        return Diagnosis(("dead",), f"dead: {said}")
    judged = validation if len(validation) else train
    found: dict[Kind, str] = {
        "unstable": unstable(train, validation),
        "overfitting": overfitting(train, validation),
        "unfinished": unfinished(judged),
    }
    kinds = tuple(kind for kind, said in found.items() if said)
    if not kinds:
        where = f"; epoch {kept + 1} of {len(train)} was kept" if kept >= 0 else ""
        return Diagnosis(("settled",), f"settled: the loss fell and stayed down{where}")
    return Diagnosis(kinds, "; ".join(f"{kind}: {found[kind]}" for kind in kinds))


def dead(train: Loss, score: Loss, chance: float) -> str:
    """Why nothing was learned, or "".

    Args:
        train: (epoch,) training loss.
        score: (epoch,) macro-F1 of the validation people; may be empty.
        chance: the macro-F1 of naming activities at random.
    """
    if train[0] - np.nanmin(train) < FALLEN * abs(train[0]):
        return f"the training loss never fell below {np.nanmin(train):.3g} from {train[0]:.3g}"
    if len(score) and np.nanmax(score) <= chance:
        return f"macro-F1 never rose above chance ({chance:.2f})"
    return ""


def unstable(train: Loss, validation: Loss) -> str:
    """Where the losses leap, or "".

    Args:
        train: (epoch,) training loss.
        validation: (epoch,) validation loss; may be empty.
    """
    lowest = np.minimum.accumulate(train)
    leaps = np.flatnonzero(~(train - lowest <= SPIKE * (train[0] - lowest[-1])))
    if len(leaps):
        return f"the training loss leaps at epoch {leaps[0] + 1} ({train[leaps[0]]:.3g})"
    if len(validation) >= SHORTEST:
        around = np.median(np.lib.stride_tricks.sliding_window_view(validation, 5), axis=1)
        leaps = np.flatnonzero(~(validation[2:-2] - around <= JUMP * np.ptp(around) + 1e-12))
        if len(leaps) and np.ptp(around) > 0:
            return f"the validation loss leaps at epoch {leaps[0] + 3} ({validation[leaps[0] + 2]:.3g})"
    return ""


def overfitting(train: Loss, validation: Loss) -> str:
    """How the validation loss rises while the training loss falls, or "".

    Args:
        train: (epoch,) training loss.
        validation: (epoch,) validation loss; may be empty.
    """
    if len(validation) < SHORTEST:
        return ""
    smooth = _smooth(validation)
    lowest = int(np.argmin(smooth))
    # A loss that rises from the first epoch on has not fallen: its own size is the measure then.
    fall = max(float(smooth[0] - smooth[lowest]), RISEN * float(smooth[lowest]))
    if smooth[-1] - smooth[lowest] <= RISEN * fall or not _smooth(train)[-1] < _smooth(train)[lowest]:
        return ""
    return (
        f"from epoch {lowest + 1} the validation loss rises ({smooth[lowest]:.3g} to {smooth[-1]:.3g}) "
        "while the training loss falls"
    )


def unfinished(loss: Loss) -> str:
    """How much the end still brought, or "".

    Args:
        loss: (epoch,) of validation where there is one, else of training.
    """
    smooth = _smooth(loss)
    end = max(1, round(LATE * len(smooth)))
    before, after = float(smooth[:-end].min()), float(smooth[-end:].min())
    fall = float(smooth[0]) - min(before, after)
    if fall <= 0 or before - after <= STILL * fall:
        return ""
    last = "epoch" if end == 1 else f"{end} epochs"
    return f"the loss still fell in the last {last} ({before:.3g} to {after:.3g})"


def _smooth(values: Loss) -> Loss:
    """(epoch,) means of three neighbours, of two at the ends."""
    total = np.convolve(values, np.ones(3), mode="same")
    return np.asarray(total / np.convolve(np.ones(len(values)), np.ones(3), mode="same"))
