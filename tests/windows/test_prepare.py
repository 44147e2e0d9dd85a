from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.errors import KodoError
from kodo.windows.cut import cut
from kodo.windows.moments import moments
from kodo.windows.prepare import (
    DEFAULT_PREPARE,
    PREPARE,
    Missing,
    Prepared,
    Standardise,
    StandardiseWindow,
    prepare,
)

NAN = float("nan")
POLICIES = ("zero", "hold", "interpolate")


def plain(values: list[float], policy: str) -> list[float]:
    """One channel filled by a loop that anybody can read."""
    seen = [i for i, value in enumerate(values) if np.isfinite(value)]
    filled = []
    for i, value in enumerate(values):
        before = [j for j in seen if j <= i]
        after = [j for j in seen if j >= i]
        if np.isfinite(value):
            filled.append(value)
        elif not seen or policy == "zero" or (policy == "hold" and not before):
            filled.append(0.0)
        elif policy == "hold" or not after:
            filled.append(values[before[-1]])
        elif not before:
            filled.append(values[after[0]])
        else:
            a, b = before[-1], after[0]
            filled.append(values[a] + (values[b] - values[a]) * (i - a) / (b - a))
    return filled


samples = st.one_of(st.just(NAN), st.just(float("inf")), st.floats(-100, 100, width=32))


@settings(max_examples=150, deadline=None)
@given(values=st.lists(samples, min_size=1, max_size=30), policy=st.sampled_from(POLICIES))
def test_missing_equals_the_plain_loop(values, policy):
    signal = torch.tensor(values, dtype=torch.float32)[None, None]
    filled = Missing(policy)(signal)[0, 0].numpy()
    np.testing.assert_allclose(filled, plain(values, policy), atol=1e-4)


def test_interpolation_and_hold_by_example():
    signal = torch.tensor([[[NAN, 1.0, NAN, NAN, 4.0, NAN]]])
    assert Missing("zero")(signal).tolist() == [[[0, 1, 0, 0, 4, 0]]]
    assert Missing("hold")(signal).tolist() == [[[0, 1, 1, 1, 4, 4]]]
    assert Missing("interpolate")(signal).tolist() == [[[1, 1, 2, 3, 4, 4]]]


@pytest.mark.parametrize("policy", POLICIES)
def test_padding_is_no_seen_value_and_stays_zero(policy):
    short = torch.tensor([[[2.0, NAN, 6.0, NAN]]])
    long = torch.cat([short, torch.zeros(1, 1, 3)], dim=-1)
    mask = torch.tensor([[True] * 4 + [False] * 3])
    chain = Prepared([Missing(policy)])
    filled = chain(long, mask)
    assert filled[..., 4:].tolist() == [[[0, 0, 0]]]
    assert torch.equal(filled[..., :4], chain(short))


def test_standardise_subtracts_and_divides():
    step = Standardise(np.array([1.0, -2.0]), np.array([2.0, 4.0]))
    out = step(torch.tensor([[[3.0, 1.0], [2.0, -2.0]]]))
    assert out.tolist() == [[[1.0, 0.0], [1.0, 0.0]]]


def test_decimals_round_both_and_never_divide_by_zero():
    step = Standardise(np.array([0.123456789]), np.array([1e-8]), decimals=6)
    assert step.mean.item() == pytest.approx(0.123457, abs=1e-9)
    assert step.deviation.item() == 1.0


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100), length=st.integers(2, 12))
def test_each_window_by_itself(seed, length):
    random = np.random.default_rng(seed)
    signal = torch.tensor(random.normal(5, 3, size=(4, 3, 12)), dtype=torch.float32)
    mask = (torch.arange(12) < length).expand(4, 12)
    signal = torch.where(mask[:, None], signal, 0.0)
    out = Prepared([StandardiseWindow()])(signal, mask)
    seen = signal[..., :length].numpy()
    expected = (seen - seen.mean(-1, keepdims=True)) / seen.std(-1, ddof=1, keepdims=True)
    np.testing.assert_allclose(out[..., :length], expected, atol=2e-4)
    assert not out[..., length:].any()


def test_a_constant_or_single_sample_window_becomes_zero():
    step = StandardiseWindow()
    assert not step(torch.full((2, 1, 50), 9.80665)).any()
    assert not step(torch.full((2, 1, 1), 3.0)).any()
    assert not step(torch.zeros(2, 1, 50), torch.zeros(2, 50, dtype=torch.bool)).any()


def test_default_chain_on_real_windows(people):
    windows = cut(people, seconds=1.0)
    rows = np.arange(len(windows) // 2)
    chain = prepare(DEFAULT_PREPARE, windows, rows)
    out = chain(windows.take(rows).signal).numpy().transpose(0, 2, 1).reshape(-1, 6)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(axis=0, ddof=1), 1, atol=1e-5)
    mean, _ = moments(windows, rows)
    np.testing.assert_allclose(chain.steps[1].mean[:, 0], mean, rtol=1e-6)


def test_padding_is_zero_after_standardising(people):
    windows = cut(people, seconds=None)
    rows = np.arange(len(windows))
    batch = windows.take(rows)
    out = prepare(DEFAULT_PREPARE, windows, rows)(batch.signal, batch.mask)
    assert not out.masked_select(~batch.mask[:, None]).any()
    assert out.masked_select(batch.mask[:, None]).all()


@settings(max_examples=30, deadline=None)
@given(
    person=st.integers(0, 3),
    scale=st.sampled_from([0.0, NAN, float("inf"), -1e6, 3.0]),
    seconds=st.sampled_from([0.5, 1.0, None]),
)
def test_the_scaler_never_sees_test_people(people, person, scale, seconds):
    windows = cut(people, seconds=seconds)
    train = np.flatnonzero(windows.subject != person)
    signal = windows.signal.copy()
    for first, after in windows.bounds[windows.owner == person]:
        signal[first:after] = np.float32(scale)
    changed = replace(windows, signal=signal)
    before = prepare(DEFAULT_PREPARE, windows, train).state_dict()
    after = prepare(DEFAULT_PREPARE, changed, train).state_dict()
    assert before.keys() == after.keys() == {"steps.1.mean", "steps.1.deviation"}
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, rtol=1e-6, atol=0)


def test_the_scaler_does_see_training_people(people):
    windows = cut(people, seconds=1.0)
    changed = replace(windows, signal=windows.signal * 2)
    rows = np.arange(len(windows))
    before, after = (prepare(DEFAULT_PREPARE, w, rows).state_dict() for w in (windows, changed))
    assert not torch.allclose(before["steps.1.mean"], after["steps.1.mean"])


def test_steps_say_what_they_learn_from(people):
    windows = cut(people, seconds=1.0)
    rows = np.arange(len(windows))
    chain = prepare([("missing", {}), ("standardise", {"over": "window"})], windows, rows)
    assert [step.scope for step in chain.steps] == ["window", "window"]
    assert not chain.state_dict()
    assert Standardise.scope == "train"
    assert all(entry.says for entry in PREPARE.values())


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([], "The first batch step, and only the first, is 'missing'; got no step."),
        ([("standardise", {})], "got standardise"),
        ([("standardise", {}), ("missing", {})], "standardise -> missing"),
        ([("missing", {}), ("missing", {})], "missing -> missing"),
        ([("missing", {}), ("standardize", {})], "no batch step 'standardize'. Did you mean 'standardise'"),
        ([("missing", {"polcy": "hold"})], "no setting 'polcy'. Did you mean 'policy'"),
        ([("missing", {"policy": "drop"})], "zero | hold | interpolate; got 'drop'"),
        ([("missing", {}), ("standardise", {"over": "person"})], "train | window; got 'person'"),
        ([("missing", {}), ("standardise", {"over": "window", "decimals": 6})], "got decimals = 6"),
    ],
)
def test_bad_chains_are_refused_in_words(people, steps, says):
    windows = cut(people, seconds=1.0)
    with pytest.raises(KodoError) as error:
        prepare(steps, windows, np.arange(len(windows)))
    assert says in str(error.value)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("over", ["train", "window"])
def test_chains_leave_the_house(people, policy, over, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    windows = cut(people, seconds=1.0)
    steps = [("missing", {"policy": policy}), ("standardise", {"over": over})]
    chain = prepare(steps, windows, np.arange(len(windows))).eval()
    random = np.random.default_rng(0)
    path = tmp_path / "chain.onnx"
    example = torch.tensor(random.normal(size=(2, 6, 20)), dtype=torch.float32)
    sizes = {0: torch.export.Dim("window"), 2: torch.export.Dim("time", min=2)}
    torch.onnx.export(chain, (example,), path, dynamo=True, dynamic_shapes=(sizes,), verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for shape in ((1, 6, 20), (64, 6, 20), (3, 6, 33)):
        signal = random.normal(size=shape).astype(np.float32)
        signal[random.random(shape) < 0.4] = np.nan
        (got,) = session.run(None, {session.get_inputs()[0].name: signal})
        np.testing.assert_allclose(got, chain(torch.tensor(signal)), atol=1e-5)
