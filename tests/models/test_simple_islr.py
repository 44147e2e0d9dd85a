"""The network, and that sequences of unequal length walk the whole street with it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool1d, cross_entropy, linear

import kodo
from kodo.bundle.bundle import open_bundle
from kodo.bundle.recogniser import recognise
from kodo.datasets.synthetic import people
from kodo.errors import KodoError
from kodo.models.model import MODELS, parameters
from kodo.models.simple_islr import SimpleISLRParameters, build
from kodo.training.suitable import check_windows

LENGTHS = torch.tensor([[30], [12], [1]])


def built(channels=6, classes=5, **changed):
    torch.manual_seed(0)
    return build(channels, 30, 30.0, classes, replace(SimpleISLRParameters(), **changed)).eval()


def batch(channels=6, seed=0):
    """Sequences of 30, 12 and 1 frames, and their mask."""
    mask = torch.arange(30) < LENGTHS
    signal = torch.randn(3, channels, 30, generator=torch.Generator().manual_seed(seed))
    return torch.where(mask[:, None], signal, 0.0), mask


def described(model, signal):
    """The source's words in torch's own functions: linear, ReLU, mean over all frames, linear."""
    frames = linear(signal.transpose(1, 2), model.linear.weight, model.linear.bias).relu().transpose(1, 2)
    pooled = avg_pool1d(frames, kernel_size=frames.shape[-1]).flatten(1)
    return linear(pooled, model.head.weight, model.head.bias)


def test_as_large_as_the_network_the_source_prints():
    model = built(channels=543 * 3, classes=10)
    assert (model.linear.in_features, model.linear.out_features, model.head.out_features) == (1629, 64, 10)
    assert sum(parameter.numel() for parameter in model.parameters()) == 104_970


def test_padded_is_the_mean_of_the_source_over_the_whole_batch():
    model = built(pool="padded")
    signal, mask = batch()
    torch.testing.assert_close(model(signal, mask), described(model, signal))


def test_masked_is_the_mean_of_the_source_over_each_sequence_alone():
    model = built()
    signal, mask = batch()
    alone = [described(model, signal[i : i + 1, :, :length]) for i, length in enumerate(LENGTHS.flatten())]
    torch.testing.assert_close(model(signal, mask), torch.cat(alone))


def test_padding_moves_padded_probabilities_and_no_masked_one():
    signal, mask = batch()
    longer = torch.nn.functional.pad(signal, (0, 40))
    further = torch.nn.functional.pad(mask, (0, 40))
    moved = {}
    for pool in ("masked", "padded"):
        model = built(pool=pool)
        # An untrained network gives padding almost nothing to say.
        torch.nn.init.constant_(model.linear.bias, 0.5)
        moved[pool] = (model(longer, further).softmax(1) - model(signal, mask).softmax(1)).abs().amax().item()
    assert moved["masked"] < 1e-6
    assert moved["padded"] > 1e-2


@pytest.mark.parametrize("pool", ["masked", "padded"])
def test_one_frame_one_channel_one_class_one_sequence(pool):
    model = built(channels=1, classes=1, pool=pool)
    assert model(torch.randn(1, 1, 1)).shape == (1, 1)
    assert model(torch.randn(1, 1, 1), torch.ones(1, 1, dtype=torch.bool)).shape == (1, 1)


def test_another_pooling_is_refused():
    with pytest.raises(KodoError, match=r"simple_islr\.pool is one of masked \| padded; got 'mean'"):
        parameters(MODELS.get("simple_islr"), {"pool": "mean"})


def test_it_learns_32_sequences_by_heart():
    model = built().train()
    random = torch.Generator().manual_seed(1)
    mask = torch.arange(30) < torch.randint(1, 31, (32, 1), generator=random)
    signal = torch.randn(32, 6, 30, generator=random)
    target = torch.arange(32) % 5
    optimiser = torch.optim.Adam(model.parameters(), 3e-2)
    for _ in range(120):
        optimiser.zero_grad()
        cross_entropy(model(signal, mask), target).backward()
        optimiser.step()
    assert (model(signal, mask).argmax(dim=1) == target).all()


def test_networks_of_one_length_refuse_sequences_by_name():
    windows = kodo.cut(people(unequal=True, people=2))
    with pytest.raises(KodoError, match="mlp_mixer takes windows of one length, but these have"):
        check_windows(MODELS.get("mlp_mixer"), windows)
    check_windows(MODELS.get("simple_islr"), windows)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["simple_islr", "simple_islr:source-002"])
def test_made_up_gestures_walk_the_street(name, tmp_path):
    walk(people(people=6, unequal=True), name, tmp_path, epochs=60)


@pytest.mark.slow
def test_tracked_people_walk_the_street(kodo_data, tmp_path):
    walk(kodo.load("utd_mhad_skeleton"), "simple_islr", tmp_path, epochs=6)


def walk(recordings, name, place, epochs):
    """Evaluate over people, fit on everybody, recognise whole recordings with the file alone."""
    windows = kodo.cut(recordings)
    assert windows.length.min() < windows.longest
    train = {"epochs": epochs, "patience": 0}
    found = kodo.evaluate(windows, [name], folding={"folds": 2}, train=train)
    network, majority = found.rows
    assert network.model == name
    assert len(network.people) == len(windows.subjects)
    assert network.intervals["accuracy"].estimate > majority.intervals["accuracy"].estimate
    bundle = open_bundle(kodo.fit(windows, name, to=place / "signs.kodo", train=train))
    right = []
    for recording in recordings.items:
        recognition = recognise(bundle, recording)
        assert recognition.probability.shape == (1, len(windows.activities))
        assert recognition.stop.tolist() == [len(recording.signal)]
        right.append(recognition.label[0] == recording.label[0])
    assert np.mean(right) > majority.intervals["accuracy"].estimate
    one = replace(recordings.items[0], signal=recording.signal[:1], label=recording.label[:1])
    assert np.isfinite(recognise(bundle, one).probability).all()
