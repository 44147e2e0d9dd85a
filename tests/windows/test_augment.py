from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.recording import Channel, sensor
from kodo.errors import KodoError
from kodo.windows import augment as room
from kodo.windows.augment import Augmentation, augment, triads
from kodo.windows.prepare import Missing, Prepared, Standardise

WRIST = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "rad/s"))
ALL = Augmentation(
    jitter=0.1, scaling=0.1, rotation=40, time_warp=0.3, time_mask=0.3, channel_mask=0.2, mixup=0.4
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(windows: int = 5, channels: int = 6, time: int = 40, seed: int = 0):
    signal = torch.randn(windows, channels, time, generator=generator(seed + 100))
    length = torch.randint(3, time + 1, (windows, 1), generator=generator(seed + 200))
    mask = torch.arange(time) < length
    target = torch.eye(3)[torch.arange(windows) % 3]
    return torch.where(mask[:, None], signal, 0.0), mask, target


def test_triads_are_x_y_z_of_one_sensor_in_this_order():
    x, y, z = sensor("acceleration", "hip", "g")
    pulse = Channel("pulse", "heart_rate", "", "hip", "bpm")
    two = sensor("magnetic_field", "hip", "µT", axes="xy")
    assert triads((z, pulse, x, *two, y)) == [[2, 5, 0]]
    assert triads(WRIST) == [[0, 1, 2], [3, 4, 5]]


def test_off_is_the_very_same_tensor():
    signal, mask, target = batch()
    changed, same = augment(Augmentation(), WRIST)(signal, None, target, generator())
    assert changed is signal
    assert same is target
    changed, same = augment(Augmentation(), WRIST)(signal, mask, target, generator())
    assert torch.equal(changed, signal)
    assert same is target


@pytest.mark.parametrize("name", [field.name for field in fields(Augmentation)])
def test_each_setting_changes_windows_and_keeps_their_shape(name):
    signal, mask, target = batch()
    change = augment(Augmentation(**{name: getattr(ALL, name)}), WRIST)
    changed, mixed = change(signal, mask, target, generator())
    assert changed.shape == signal.shape
    assert changed.dtype == signal.dtype
    assert not torch.equal(changed, signal)
    assert torch.equal(mixed, target) == (name != "mixup")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), windows=st.integers(1, 6), time=st.integers(3, 50))
def test_padding_stays_zero_and_everything_is_a_number(seed, windows, time):
    signal, mask, target = batch(windows, 6, time, seed)
    steps = Prepared([Missing(), Standardise(np.arange(6.0), np.arange(1.0, 7.0))])
    changed, mixed = augment(ALL, WRIST, steps)(signal, mask, target, generator(seed))
    assert not changed.masked_select(~mask[:, None]).any()
    assert torch.isfinite(changed).all()
    torch.testing.assert_close(mixed.sum(dim=1), torch.ones(windows))


def test_the_generator_decides_everything():
    signal, mask, target = batch()
    change = augment(ALL, WRIST)
    first, again, other = (change(signal, mask, target, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_the_input_is_left_as_it_was():
    signal, mask, target = batch()
    before = signal.clone(), target.clone()
    augment(ALL, WRIST)(signal, mask, target, generator())
    assert torch.equal(signal, before[0])
    assert torch.equal(target, before[1])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), degrees=st.floats(1, 180))
def test_rotation_keeps_lengths_and_angles_between_sensors(seed, degrees):
    signal, _, _ = batch(seed=seed)
    turned = room.rotation(signal, triads(WRIST), degrees, generator(seed))
    before, after = (x.unflatten(1, (2, 3)) for x in (signal, turned))
    torch.testing.assert_close(after.norm(dim=2), before.norm(dim=2), atol=1e-4, rtol=1e-4)
    # One rotation for both sensors: the angle between their vectors stays.
    torch.testing.assert_close(
        (after[:, 0] * after[:, 1]).sum(1), (before[:, 0] * before[:, 1]).sum(1), atol=1e-3, rtol=1e-3
    )


def test_rotation_is_one_proper_turn_per_window_within_its_angle():
    axes = torch.eye(3).repeat(200, 1, 1)
    turn = room.rotation(axes, [[0, 1, 2]], 30.0, generator())
    torch.testing.assert_close(torch.linalg.det(turn), torch.ones(200))
    angle = torch.rad2deg(torch.arccos((turn.diagonal(dim1=1, dim2=2).sum(1).clamp(max=3) - 1) / 2))
    assert angle.max() <= 30.1
    assert angle.max() > 25
    assert len({round(float(a), 3) for a in angle}) > 100


def test_rotation_leaves_other_channels_alone():
    channels = (Channel("pulse", "heart_rate", "", "wrist", "bpm"), *WRIST[:3])
    signal, _, target = batch(channels=4)
    changed, _ = augment(Augmentation(rotation=90), channels)(signal, None, target, generator())
    assert torch.equal(changed[:, 0], signal[:, 0])
    assert not torch.equal(changed[:, 1:], signal[:, 1:])


def test_rotation_turns_what_was_measured_not_what_was_scaled():
    measured, _, target = batch()
    steps = Prepared(
        [Missing(), Standardise(np.array([0, 1, -1, 0, 2, 0.0]), np.array([1, 2, 3, 4, 5, 6.0]))]
    )
    turned, _ = augment(Augmentation(rotation=180), WRIST)(measured, None, target, generator())
    scaled, _ = augment(Augmentation(rotation=180), WRIST, steps)(steps(measured), None, target, generator())
    torch.testing.assert_close(scaled, steps(turned), atol=1e-5, rtol=1e-5)


def test_a_warp_of_a_straight_line_is_rising_and_keeps_its_ends():
    line = torch.arange(60.0).expand(8, 1, 60)
    warped = room.time_warp(line, None, 0.5, generator())
    assert torch.equal(warped[..., 0], line[..., 0])
    torch.testing.assert_close(warped[..., -1], line[..., -1])
    assert (warped.diff(dim=-1) > 0).all()
    # Smooth: the speed changes little from one sample to the next.
    assert warped.diff(dim=-1).diff(dim=-1).abs().max() < 0.25
    assert (warped - line).abs().max() > 1


def test_a_warp_stays_within_the_window_s_own_samples():
    line = torch.arange(1.0, 31.0).expand(4, 1, 30)
    mask = torch.arange(30) < torch.tensor([[30], [17], [5], [1]])
    warped = room.time_warp(torch.where(mask[:, None], line, 0.0), mask, 0.5, generator())
    for row, length in enumerate((30, 17, 5, 1)):
        assert warped[row, 0, 0] == 1
        assert warped[row, 0, length - 1] == pytest.approx(length)
        assert (warped[row, 0, :length] >= 1).all()


def test_a_time_mask_is_one_stretch_of_all_channels_within_its_share():
    signal = torch.ones(300, 2, 40)
    gone = room.time_mask(signal, None, 0.25, generator()) == 0
    assert torch.equal(gone[:, 0], gone[:, 1])
    width = gone[:, 0].sum(dim=1)
    assert width.max() == 10
    assert width.min() == 0
    starts = (gone[:, 0, 1:] & ~gone[:, 0, :-1]).sum(dim=1) + gone[:, 0, 0]
    assert starts.max() == 1


def test_a_channel_mask_never_takes_all_channels():
    gone = (room.channel_mask(torch.ones(500, 3, 4), 1.0, generator()) == 0).all(dim=2)
    assert (gone.sum(dim=1) == 2).all()
    some = (room.channel_mask(torch.ones(2000, 6, 4), 0.2, generator()) == 0).all(dim=2)
    assert float(some.float().mean()) == pytest.approx(0.2, abs=0.02)


def test_mixup_gives_the_larger_share_to_the_window_itself():
    count = 400
    signal = torch.arange(float(count))[:, None, None].expand(count, 1, 2)
    mixed, target = room.mixup(signal, None, torch.eye(count), 0.4, generator())
    own = target.diagonal()
    assert (own >= 0.5).all()
    torch.testing.assert_close(target.sum(dim=1), torch.ones(count))
    torch.testing.assert_close(mixed[:, 0, 0], target @ torch.arange(float(count)), atol=1e-2, rtol=1e-4)
    assert own.min() < 0.6
    assert own.max() > 0.99


def test_tiny_alpha_is_no_nan():
    signal, mask, target = batch(64)
    mixed, soft = room.mixup(signal, mask, target, 1e-4, generator())
    assert torch.isfinite(mixed).all()
    assert torch.isfinite(soft).all()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Augmentation(jitter=-0.1), "augment.jitter is at least 0; got -0.1."),
        (Augmentation(rotation=270.0), "augment.rotation is at least 0 and at most 180; got 270.0."),
        (replace(ALL, time_mask=2.0), "augment.time_mask is at least 0 and at most 1; got 2.0."),
        (replace(ALL, channel_mask=float("nan")), "augment.channel_mask"),
    ],
)
def test_settings_out_of_range_are_refused_in_words(settings, says):
    with pytest.raises(KodoError) as error:
        augment(settings, WRIST)
    assert says in str(error.value)
