"""Learning rates as pure functions of the step: constant, cosine, one-cycle, each after a warm-up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from kodo.space import NOT_NEGATIVE, PART, Choices, Linear, Log, Range, setting

COSINE = {"form": ("cosine",)}
ONE_CYCLE = {"form": ("one_cycle",)}


@dataclass(frozen=True)
class Schedule:
    """How the learning rate moves during a fit.

    `every` has no space: it writes one curve in finer or coarser steps. `after` is searched with `period` = 0
    too, where both its values are the same.
    """

    form: Literal["constant", "cosine", "one_cycle"] = setting(
        "cosine",
        "constant, cosine, or one_cycle (up to the rate, then far below where it began)",
        Choices(("constant", "cosine", "one_cycle")),
    )
    every: Literal["batch", "epoch"] = setting("batch", "the rate changes after every batch, or every epoch")
    warmup: float = setting(
        0.5,
        "epochs in which the rate grows in a straight line; 0 = none",
        Linear(0.0, 3.0),
        allowed=NOT_NEGATIVE,
        when={"form": ("constant", "cosine")},
    )
    period: float = setting(
        0.0,
        "epochs from the full rate down to the floor (torch's T_max); 0 = all that warm-up leaves",
        Choices((0.0, 5.0, 10.0, 20.0, 50.0)),
        when=COSINE,
        allowed=NOT_NEGATIVE,
    )
    after: Literal["hold", "repeat"] = setting(
        "hold",
        "what follows a period: hold the floor, or repeat: up again and down, as torch's form does",
        Choices(("hold", "repeat")),
        when=COSINE,
    )
    floor: float = setting(
        0.0,
        "lowest rate of the cosine (torch's eta_min)",
        Choices((0.0, 1e-6, 1e-5)),
        when=COSINE,
        allowed=NOT_NEGATIVE,
    )
    rise: float = setting(
        0.3,
        "one_cycle: share of the training in which the rate rises",
        Linear(0.1, 0.5),
        when=ONE_CYCLE,
        allowed=PART,
    )
    start: float = setting(
        25.0,
        "one_cycle: the rate over the rate it begins with",
        Log(5.0, 100.0),
        when=ONE_CYCLE,
        allowed=Range(above=0),
    )
    end: float = setting(
        1e4,
        "one_cycle: the rate it begins with over the rate it ends with",
        Log(10.0, 1e5),
        when=ONE_CYCLE,
        allowed=Range(above=0),
    )


def rate_at(schedule: Schedule, peak: float, step: float, total: float, epoch: float = 1.0) -> float:
    """The learning rate of one step.

    A step is one change of the rate, counted from 0: a batch where `schedule.every` is "batch" (then `epoch`
    is the number of batches in one), an epoch where it is "epoch" (then `epoch` is 1). `schedule.warmup` and
    `schedule.period` are epochs in both cases, so a source's T_max can be typed as it was written.

    Args:
        schedule: the form.
        peak: the full rate.
        step: which one, 0 to total - 1.
        total: steps of the whole training.
        epoch: steps in one epoch.

    Returns:
        the rate, never below `schedule.floor` in the cosine (unless `peak` is).

    Source: Loshchilov and Hutter, SGDR (2017), equation 5; Smith and Topin, Super-Convergence (2019).
    """
    if schedule.form == "one_cycle":
        return _one_cycle(schedule, peak, step, total)
    warmup = schedule.warmup * epoch
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if schedule.form == "constant":
        return peak
    period = schedule.period * epoch if schedule.period else total - warmup
    done = (step - warmup) / max(period, 1e-9)
    if schedule.after == "hold":
        done = min(done, 1.0)
    return _between(peak, schedule.floor, done)


def _one_cycle(schedule: Schedule, peak: float, step: float, total: float) -> float:
    start = peak / schedule.start
    top = schedule.rise * total - 1
    if step <= top:
        return _between(start, peak, step / top if top > 0 else 1.0)
    return _between(peak, start / schedule.end, min((step - top) / max(total - 1 - top, 1e-9), 1.0))


def _between(first: float, last: float, done: float) -> float:
    """On half a cosine wave from `first` (done = 0) to `last` (done = 1), and back to `first` at 2."""
    return last + (first - last) * (1 + math.cos(math.pi * done)) / 2
