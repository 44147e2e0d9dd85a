import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kodo.datasets.recording import Channel, sensor
from kodo.errors import KodoError
from kodo.models.features import FEATURES, Features, MinimalFeatures, build
from kodo.models.model import parameters, preset

RATE = 50.0
WRIST = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "rad/s"))


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def table(signal: torch.Tensor, channels=WRIST) -> dict[str, np.ndarray]:
    """Every feature by name, (window,) each."""
    module = Features(channels, signal.shape[-1], RATE)
    values = module(signal)
    assert values.shape[1] == len(module.names) == len(set(module.names))
    return dict(zip(module.names, values.numpy().T.astype(np.float64), strict=True))


def test_statistics_equal_numpy_and_scipy():
    signal = noise(5, 6, 150) * 2 + 1
    found = table(signal)
    x = signal[:, 1].numpy().astype(np.float64)
    middle = x.mean(axis=1, keepdims=True)
    expected = {
        "mean": x.mean(axis=1),
        "deviation": x.std(axis=1),
        "minimum": x.min(axis=1),
        "maximum": x.max(axis=1),
        "lower quartile": np.quantile(x, 0.25, axis=1),
        "median": np.median(x, axis=1),
        "upper quartile": np.quantile(x, 0.75, axis=1),
        "interquartile range": stats.iqr(x, axis=1),
        "mean absolute deviation": np.abs(x - middle).mean(axis=1),
        "root mean square": np.sqrt((x**2).mean(axis=1)),
        "crossings of the mean": (np.diff(x > middle, axis=1) != 0).mean(axis=1),
        "skewness": stats.skew(x, axis=1),
        "kurtosis": stats.kurtosis(x, axis=1, fisher=False),
        "mean absolute jerk": np.abs(np.diff(x, axis=1) * RATE).mean(axis=1),
        "jerk deviation": np.std(np.diff(x, axis=1) * RATE, axis=1),
        "largest jerk": np.abs(np.diff(x, axis=1) * RATE).max(axis=1),
    }
    for kind, value in expected.items():
        np.testing.assert_allclose(found[f"wrist_acceleration_y: {kind}"], value, rtol=1e-4, err_msg=kind)


@pytest.mark.parametrize("length", [74, 75, 150])
def test_the_spectrum_equals_that_of_the_fast_transform(length):
    signal = noise(4, 6, length, seed=length)
    found = table(signal)
    x = signal[:, 0].numpy().astype(np.float64)
    centred = (x - x.mean(axis=1, keepdims=True)) * np.hanning(length)
    power = np.abs(np.fft.rfft(centred))[:, 1:] ** 2
    share = power / power.sum(axis=1, keepdims=True)
    frequency = np.fft.rfftfreq(length, 1 / RATE)[1:]
    centroid = share @ frequency
    expected = {
        "centroid": centroid,
        "spread": np.sqrt((share * (frequency - centroid[:, None]) ** 2).sum(axis=1)),
        "entropy": stats.entropy(share, axis=1) / np.log(len(frequency)),
        "peak share": share.max(axis=1),
        "share of power 0 to 1 Hz": share[:, frequency < 1].sum(axis=1),
        "share of power 2 to 4 Hz": share[:, (frequency >= 2) & (frequency < 4)].sum(axis=1),
        "share of power above 16 Hz": share[:, frequency >= 16].sum(axis=1),
    }
    for kind, value in expected.items():
        np.testing.assert_allclose(found[f"wrist_acceleration_x: {kind}"], value, rtol=1e-3, err_msg=kind)


def test_a_wave_is_found_at_its_frequency():
    time = torch.arange(150) / RATE
    wave = torch.sin(2 * torch.pi * 5.0 * time).expand(1, 6, 150) + 3
    found = table(wave)
    assert found["wrist_acceleration_x: peak frequency"][0] == pytest.approx(5.0, abs=0.05)
    assert found["wrist_acceleration_x: share of power 4 to 8 Hz"][0] == pytest.approx(1.0, abs=1e-3)
    assert found["wrist_acceleration_x: crossings of the mean"][0] == pytest.approx(0.2, abs=0.01)


def test_sensors_have_a_magnitude_correlations_and_a_direction():
    signal = noise(3, 6, 100)
    signal[:, 0] = 2 * signal[:, 1] + 5
    signal[:, 2] = -signal[:, 1]
    found = table(signal)
    np.testing.assert_allclose(found["wrist acceleration: correlation xy"], 1, atol=1e-5)
    np.testing.assert_allclose(found["wrist acceleration: correlation xz"], -1, atol=1e-5)
    size = signal[:, :3].norm(dim=1).mean(dim=1)
    np.testing.assert_allclose(found["wrist acceleration magnitude: mean"], size, rtol=1e-5)
    mean = signal[:, :3].mean(dim=2)
    direction = (mean / mean.norm(dim=1, keepdim=True)).numpy()
    for column, axis in enumerate("xyz"):
        np.testing.assert_allclose(
            found[f"wrist acceleration: direction {axis}"], direction[:, column], atol=1e-5
        )
    assert "wrist rotation_rate: direction x" not in found
    still = torch.tensor([0.0, 0.6, 0.8, 0, 0, 0])[None, :, None].expand(1, 6, 50)
    assert table(still)["wrist acceleration: steadiness"][0] == pytest.approx(1.0)


def test_axes_may_stand_in_any_order_and_other_channels_beside_them():
    pulse = Channel("pulse", "heart_rate", "", "wrist", "bpm")
    z, x, y = WRIST[2], WRIST[0], WRIST[1]
    signal = noise(2, 3, 60)
    one = table(signal, WRIST[:3])
    other = table(torch.cat([noise(2, 1, 60, seed=9), signal[:, [2, 0, 1]]], dim=1), (pulse, z, x, y))
    for name, value in one.items():
        np.testing.assert_allclose(other[name], value, atol=1e-5, err_msg=name)
    assert "pulse: median" in other


@settings(max_examples=40, deadline=None)
@given(
    level=st.sampled_from([0.0, 1e-30, 1e-3, 9.80665, -3000.0, 1e8]),
    length=st.sampled_from([8, 9, 75]),
    move=st.sampled_from([0.0, 1e-12, 1.0]),
)
def test_always_numbers_and_nothing_is_made_of_rounding(level, length, move):
    signal = torch.full((2, 6, length), level) + move * noise(2, 6, length)
    found = table(signal)
    assert all(np.isfinite(value).all() for value in found.values())
    # A constant window has no shape and no spectrum.
    if move == 0.0:
        for kind in ("skewness", "crossings of the mean", "centroid", "peak frequency", "entropy"):
            assert not found[f"wrist_acceleration_x: {kind}"].any(), kind
        assert not found["wrist acceleration: correlation xy"].any()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), level=st.sampled_from([0.0, 1.0, 10.0]))
def test_single_precision_is_enough(seed, level):
    signal = noise(4, 6, 128, seed=seed) + level
    module = Features(WRIST, 128, RATE)
    single, double = module(signal), module.double()(signal.double())
    crossings = [name.endswith("crossings of the mean") for name in module.names]
    kept = ~torch.tensor(crossings)
    torch.testing.assert_close(single.double()[:, kept], double[:, kept], rtol=1e-3, atol=1e-4)


def test_only_bands_below_half_the_rate_are_there():
    names = Features(1, 60, 20.0).names
    assert "channel 1: share of power 8 to 16 Hz" in names
    assert not any("above 16 Hz" in name for name in names)
    assert not any("wrist" in name for name in names)


def test_the_forest_gets_windows_as_measured():
    assert FEATURES.prepare == (("missing", {"policy": "zero"}),)
    assert parameters(FEATURES, {"trees": 10}).trees == 10


def test_minimal_features_equal_numpy():
    signal = noise(5, 6, 151, seed=3) * 2 + 1
    module = MinimalFeatures(WRIST, 151)
    found = dict(zip(module.names, module(signal).numpy().T.astype(np.float64), strict=True))
    x = signal[:, 4].numpy().astype(np.float64)
    expected = {
        "sum": x.sum(axis=1),
        "median": np.median(x, axis=1),
        "mean": x.mean(axis=1),
        "length": np.full(5, 151.0),
        "deviation": x.std(axis=1),
        "variance": x.var(axis=1),
        "root mean square": np.sqrt((x**2).mean(axis=1)),
        "maximum": x.max(axis=1),
        "absolute maximum": np.abs(x).max(axis=1),
        "minimum": x.min(axis=1),
    }
    assert len(module.names) == 6 * len(expected)
    for kind, value in expected.items():
        np.testing.assert_allclose(found[f"wrist_rotation_rate_y: {kind}"], value, rtol=1e-4, err_msg=kind)


def test_the_preset_arena_has_ten_numbers_a_channel():
    chosen = parameters(FEATURES, preset(FEATURES, "arena").model)
    assert len(build(6, 150, RATE, 12, chosen).names) == 60


def test_a_negative_depth_is_refused():
    with pytest.raises(KodoError, match=r"features\.depth is at least 0; got -1"):
        parameters(FEATURES, {"depth": -1})
