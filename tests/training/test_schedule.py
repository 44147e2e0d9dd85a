"""The rates of `kodo.training.schedule` against torch's own schedulers and by hand-derived laws."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kodo.training.schedule import Schedule, rate_at

PEAK = 0.01


def torchs(make, steps: int) -> list[float]:
    """What a torch scheduler sets, one rate per step."""
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    scheduler = make(optimiser)
    rates = []
    for _ in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize("floor", [0.0, 1e-4])
def test_repeat_per_epoch_is_torchs_cosine(floor):
    schedule = Schedule(every="epoch", warmup=0, period=7, after="repeat", floor=floor)
    ours = [rate_at(schedule, PEAK, epoch, 40) for epoch in range(40)]
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR
    assert ours == pytest.approx(torchs(lambda o: cosine(o, T_max=7, eta_min=floor), 40), abs=1e-12)
    assert ours[14] == pytest.approx(PEAK)


def test_repeat_per_batch_is_torchs_cosine_with_the_period_in_batches():
    schedule = Schedule(every="batch", warmup=0, period=3, after="repeat")
    ours = [rate_at(schedule, PEAK, step, 50, epoch=5) for step in range(50)]
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR
    assert ours == pytest.approx(torchs(lambda o: cosine(o, T_max=15), 50), abs=1e-12)


@pytest.mark.parametrize("total", [10, 37, 200])
def test_one_cycle_is_torchs(total):
    ours = [rate_at(Schedule(form="one_cycle"), PEAK, step, total) for step in range(total)]
    cycle = torch.optim.lr_scheduler.OneCycleLR
    theirs = torchs(lambda o: cycle(o, PEAK, total_steps=total, cycle_momentum=False), total)
    assert ours == pytest.approx(theirs, abs=1e-12)
    assert ours[-1] == pytest.approx(PEAK / 25 / 1e4)


def test_hold_stays_on_the_floor_where_repeat_rises_again():
    hold = Schedule(warmup=0, period=4, floor=1e-3, after="hold")
    assert [rate_at(hold, PEAK, step, 20) for step in range(4, 20)] == pytest.approx([1e-3] * 16)
    assert rate_at(Schedule(warmup=0, period=4, after="repeat"), PEAK, 8, 20) == pytest.approx(PEAK)


def test_warmup_grows_in_a_straight_line_to_the_full_rate():
    schedule = Schedule(form="constant", warmup=2)
    rates = [rate_at(schedule, PEAK, step, 100, epoch=4) for step in range(12)]
    assert rates[:8] == pytest.approx([PEAK * k / 9 for k in range(1, 9)])
    assert rates[8:] == [PEAK] * 4


def test_the_default_period_is_what_warmup_leaves():
    schedule = Schedule(warmup=1, floor=0.0)
    assert rate_at(schedule, PEAK, 10, 110, epoch=10) == pytest.approx(PEAK)
    assert rate_at(schedule, PEAK, 60, 110, epoch=10) == pytest.approx(PEAK / 2)
    assert rate_at(schedule, PEAK, 109, 110, epoch=10) < PEAK * 1e-3


forms = st.sampled_from(["constant", "cosine", "one_cycle"])


@given(forms, st.sampled_from(["hold", "repeat"]), st.floats(0, 5), st.floats(0, 30), st.integers(1, 60))
def test_rates_stay_between_zero_and_the_peak(form, after, warmup, period, epochs):
    schedule = Schedule(form=form, after=after, warmup=warmup, period=period)
    for epoch in (1, 3):
        rates = [rate_at(schedule, PEAK, step, epochs * epoch, epoch) for step in range(epochs * epoch)]
        assert all(math.isfinite(rate) and -1e-15 <= rate <= PEAK * (1 + 1e-12) for rate in rates)
