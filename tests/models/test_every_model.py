"""What every entry of the model registry keeps; a new model is covered without a new test."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.recording import sensor
from kodo.errors import KodoError
from kodo.models.model import DEFAULT_MODEL, DEFAULT_MODELS, MODELS, parameters, preset
from kodo.models.weights import load_weights
from kodo.space import meanings, spaces

ENTRIES = [MODELS.get(name) for name in MODELS.names()]
NETWORKS = [entry for entry in ENTRIES if entry.trainer == "gradient"]
ANY = [entry for entry in NETWORKS if entry.lengths == "any"]
SENSORS = (
    *sensor("acceleration", "wrist", "g"),
    *sensor("rotation_rate", "wrist", "rad/s"),
    *sensor("magnetic_field", "wrist", "µT"),
)
RATE = 50.0
ROOT = Path(__file__).resolve().parents[2]

NOT_SEARCHED = {
    "features.trees": "more trees are not worse, they only cost more",
    "simple_islr.pool": "padded: a probability depends on the sequences beside it",
    "resnet2d.weights": "a file of the user's",
    "resnet2d.freeze": "means something only where a file was named",
}
"""Hyperparameters that no search looks at, and why."""

COUNTS = {
    "resnet1d": 178_053,
    "vgg": 29_029,
    "cnn1d": 44_997,
    "cnn_har": 63_165,
    "tinyhar": 105_830,
    "tinierhar": 7_252,
    "mlp_mixer": 212_439,
    "mlp_patch": 257_157,
    "mlp": 511_493,
    "simple_islr": 773,
    "resnet2d": 11_172_805,
    "conv_transformer": 23_173,
    "vit1d": 19_269,
    "conformer": 34_853,
}
"""Parameters of every network of ours at its defaults, for 6 channels, 75 samples, 5 classes."""


def channels(count: int):
    return sensor("acceleration", "wrist", "g", axes="x") if count == 1 else SENSORS[:count]


def built(entry, count: int = 6, length: int = 75, classes: int = 5, seed: int = 0, **changed):
    torch.manual_seed(seed)
    return entry.build(channels(count), length, RATE, classes, parameters(entry, changed))


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def every(entries):
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: entry.name)


@every(ENTRIES)
@pytest.mark.parametrize("count", [1, 3, 6, 9])
@pytest.mark.parametrize("length", ["smallest", 75, 150])
@pytest.mark.parametrize("classes", [2, 12])
def test_shapes_and_numbers(entry, count, length, classes):
    length = entry.smallest if length == "smallest" else length
    model = built(entry, count, length, classes).eval()
    with torch.no_grad():
        out = model(noise(4, count, length))
    assert out.shape == (4, classes if entry.trainer == "gradient" else len(model.names))
    assert torch.isfinite(out).all()


@every(ENTRIES)
def test_still_and_empty_windows_give_numbers(entry):
    model = built(entry).eval()
    with torch.no_grad():
        assert torch.isfinite(model(torch.zeros(2, 6, 75))).all()
        assert torch.isfinite(model(torch.full((2, 6, 75), 9.81))).all()


@every(ENTRIES)
def test_a_number_of_channels_is_enough(entry):
    model = entry.build(4, 75, RATE, 3, entry.parameters()).eval()
    assert torch.isfinite(model(noise(2, 4, 75))).all()


@every(ENTRIES)
def test_same_seed_same_result_other_seed_other_weights(entry):
    one, again, other = (built(entry, seed=seed).eval() for seed in (1, 1, 2))
    signal = noise(3, 6, 75)
    assert torch.equal(one(signal), again(signal))
    if entry.trainer == "gradient":
        assert not torch.equal(one(signal), other(signal))


@every(ENTRIES)
def test_one_channel_one_class_one_window(entry):
    model = built(entry, count=1, length=entry.smallest, classes=1).eval()
    with torch.no_grad():
        out = model(noise(1, 1, entry.smallest))
    assert out.shape == (1, 1 if entry.trainer == "gradient" else len(model.names))
    assert torch.isfinite(out).all()


@every([entry for entry in ENTRIES if entry.lengths == "fixed"])
@pytest.mark.parametrize("length", [74, 76, 150])
def test_another_length_than_built_for_is_refused_or_makes_no_difference(entry, length):
    model, said = built(entry).eval(), ""
    try:
        with torch.no_grad():
            assert torch.isfinite(model(noise(2, 6, length))).all()
    except KodoError as error:
        said = str(error)
    assert said in ("", f"{entry.name} was built for windows of 75 samples; got {length}.")


def test_every_network_is_counted():
    assert set(COUNTS) == {entry.name for entry in NETWORKS}


@pytest.mark.parametrize("name", COUNTS)
def test_as_many_parameters_as_before(name):
    assert sum(parameter.numel() for parameter in built(MODELS.get(name)).parameters()) == COUNTS[name]


@every(NETWORKS)
def test_weights_fit_their_own_network_and_no_other(entry):
    own, other = built(entry, seed=1), built(entry, seed=2)
    weights = own.state_dict()
    load_weights(entry.name, other, weights, Path("own.pth"), fresh=())
    assert all(torch.equal(value, weights[name]) for name, value in other.state_dict().items())
    missing = next(iter(weights))
    odd = {name: value for name, value in weights.items() if name != missing} | {"odd": torch.ones(1)}
    said = f"odd.pth does not fit {entry.name}; missing: {missing}; surplus: odd"
    with pytest.raises(KodoError, match=said):
        load_weights(entry.name, other, odd, Path("odd.pth"), fresh=())


@every(ENTRIES)
def test_every_hyperparameter_says_where_to_search(entry):
    unsearched = {field.name for field in fields(entry.parameters)} - set(spaces(entry.parameters))
    assert unsearched == {
        name for model, name in (key.split(".") for key in NOT_SEARCHED) if model == entry.name
    }


@every(ENTRIES)
def test_windows_do_not_influence_each_other(entry):
    model, signal = built(entry).eval(), noise(5, 6, 75)
    with torch.no_grad():
        torch.testing.assert_close(model(signal)[2:3], model(signal[2:3]), atol=1e-5, rtol=1e-5)


@every(ENTRIES)
def test_too_short_a_window_is_refused(entry):
    assert entry.smallest >= 1
    with pytest.raises(KodoError, match=f"{entry.name} needs windows of at least {entry.smallest} samples"):
        built(entry, length=entry.smallest - 1)


@every(NETWORKS)
def test_the_gradient_reaches_every_parameter(entry):
    model = built(entry, seed=3)
    with torch.no_grad():
        for parameter in model.parameters():
            if not parameter.any():  # a gain that begins at 0 hides what lies behind it
                parameter.fill_(0.1)
    target = torch.arange(16) % 5
    torch.nn.functional.cross_entropy(model(noise(16, 6, 75)), target).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


@every(ANY)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_padding_never_changes_a_probability(entry, data):
    length = data.draw(st.integers(entry.smallest, 80))
    padding = data.draw(st.integers(0, 70))
    seed = data.draw(st.integers(0, 20))
    model = trained(entry, seed)
    signal = noise(2, 6, length, seed=seed)
    other = noise(1, 6, length + padding, seed=seed + 1)
    batch = torch.cat([torch.nn.functional.pad(signal, (0, padding)), other])
    mask = torch.arange(length + padding) < torch.tensor([[length], [length], [length + padding]])
    with torch.no_grad():
        alone, together = model(signal).softmax(1), model(batch, mask).softmax(1)[:2]
        garbage = torch.where(mask[:, None], batch, 1e3)
        filled = model(garbage, mask).softmax(1)[:2]
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=0)
    torch.testing.assert_close(filled, alone, atol=1e-6, rtol=0)


def trained(entry, seed: int):
    """In evaluation mode, with normalisations that are no longer as they were born."""
    model = built(entry, seed=seed)
    with torch.no_grad():
        for step in range(2):
            model(noise(8, 6, 75, seed=step) * 3 + 1)
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3)
    return model.eval()


@every(ANY)
def test_unequal_windows_can_be_learned_from(entry):
    model = built(entry)
    mask = torch.arange(60) < torch.tensor([[60], [30], [entry.smallest], [1]])
    loss = model(noise(4, 6, 60), mask).logsumexp(1).sum()
    loss.backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())


@every(ENTRIES)
def test_an_entry_is_found_by_its_name(entry):
    assert MODELS.get(entry.name) is entry


@every(ENTRIES)
def test_an_entry_says_what_it_is(entry):
    assert entry.says.endswith(".")
    assert any(year in entry.source for year in map(str, range(1950, 2100)))
    for name, (_, says) in meanings(entry.parameters).items():
        assert says, name
    for name, space in spaces(entry.parameters).items():
        default = meanings(entry.parameters)[name][0]
        if hasattr(space, "values"):
            assert default in space.values, name
        else:
            assert space.low <= default <= space.high, name
    assert spaces(entry.parameters)


@every(ENTRIES)
def test_every_preset_builds(entry):
    for name in ("default", *entry.presets):
        chosen = preset(entry, name)
        assert set(chosen.model) <= {field.name for field in fields(entry.parameters)}
        model = built(entry, **chosen.model).eval()
        assert torch.isfinite(model(noise(2, 6, 75))).all()
        assert name == "default" or chosen.says


def test_the_model_of_the_page_keeps_the_contract():
    page = (ROOT / "docs" / "add_model.md").read_text(encoding="utf-8")
    code = re.search(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1]
    names = {"__name__": "page"}
    exec(compile(code, "add_model.md", "exec", dont_inherit=True), names)
    for promise in (
        test_still_and_empty_windows_give_numbers,
        test_a_number_of_channels_is_enough,
        test_windows_do_not_influence_each_other,
        test_too_short_a_window_is_refused,
        test_one_channel_one_class_one_window,
        test_the_gradient_reaches_every_parameter,
        test_every_hyperparameter_says_where_to_search,
        test_an_entry_says_what_it_is,
    ):
        promise(names["PLAIN"])


def test_the_defaults_are_in_the_registry():
    assert set(DEFAULT_MODELS) <= set(MODELS.names())
    assert DEFAULT_MODELS[0] == DEFAULT_MODEL


def test_unknown_names_are_refused_with_near_ones():
    vgg = MODELS.get("vgg")
    with pytest.raises(KodoError, match=r"no preset 'wode'\. Did you mean 'wide'"):
        preset(vgg, "wode")
    with pytest.raises(KodoError, match=r"no parameter 'widht'\. Did you mean 'width'"):
        parameters(vgg, {"widht": 3})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@every(ENTRIES)
def test_every_model_leaves_the_house(entry, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    model = trained(entry, 0) if entry.trainer == "gradient" else built(entry).eval()
    sizes = {0: torch.export.Dim("window")}
    if entry.lengths == "any":
        sizes[2] = torch.export.Dim("time", min=entry.smallest)
    path = tmp_path / "model.onnx"
    torch.onnx.export(model, (noise(2, 6, 75),), path, dynamo=True, dynamic_shapes=(sizes,), verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    lengths = (75, 120, entry.smallest) if entry.lengths == "any" else (75,)
    for length in lengths:
        for count in (1, 3, 64):
            signal = noise(count, 6, length, seed=count)
            (got,) = session.run(None, {session.get_inputs()[0].name: signal.numpy()})
            with torch.no_grad():
                expected = model(signal).numpy()
            size = np.maximum(np.abs(expected), 1)
            assert np.abs((got - expected) / size).max() < 1e-5
