"""A bundle says what the fitted recipe says, holds what its reader needs, and nothing of this machine."""

from __future__ import annotations

import json
import logging
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from torch import nn

from kodo.bundle.bundle import Bundle, open_bundle
from kodo.bundle.export import export
from kodo.bundle.graph import check_sizes
from kodo.bundle.parity import Allowed, other_length
from kodo.datasets.recording import Recordings
from kodo.datasets.synthetic import people
from kodo.errors import KodoError
from kodo.evaluation.protocol import Folding, everybody
from kodo.models.model import MODELS
from kodo.training.network import FittedNetwork
from kodo.training.trainer import TRAINERS, Exported, History, Recipe, silent
from kodo.training.trees import FLOOR
from kodo.windows.cut import Windows, cut
from kodo.windows.signal import Resample
from made_bundle import CARD, CHANNELS, RECIPE, Tiny, fitted


class Pooled(nn.Module):
    """Promises every length, and freezes it: torch's one-dimensional pooling does, silently."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(len(CHANNELS), 4)

    def forward(self, signal: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        logits: torch.Tensor = self.head(nn.functional.max_pool1d(signal, 2).mean(dim=-1))
        return logits


def file_of(path: Path) -> onnx.ModelProto:
    with zipfile.ZipFile(path) as archive:
        return onnx.load_from_string(archive.read("model.onnx"))


def shape(value: onnx.ValueInfoProto) -> list[str | int]:
    return [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]


def test_it_says_what_torch_says_on_all_windows(
    bundle: Bundle, tiny: FittedNetwork, windows: Windows
) -> None:
    rows = np.arange(len(windows))
    signal = windows.take(rows).signal.numpy()
    assert np.isnan(signal).any()
    wanted = np.exp(tiny.log_probabilities(windows, rows))
    np.testing.assert_allclose(np.exp(bundle.log_probabilities(signal)), wanted, atol=1e-5)
    assert len({tuple(row) for row in wanted.round(3).tolist()}) > 10


def test_any_number_of_windows_and_one_length(path: Path) -> None:
    graph = file_of(path).graph
    assert shape(graph.input[0]) == ["window", 6, 50]
    assert shape(graph.output[0]) == ["window", 4]


def test_the_meta_holds_what_a_reader_needs(bundle: Bundle) -> None:
    meta = bundle.meta
    assert bundle.channels == CHANNELS
    assert meta["window"] == {"seconds": 2.0, "overlap": 0.5, "samples": 50, "hop_seconds": 1.0}
    assert meta["dataset"]["licence"] == "CC0"
    assert meta["dataset"]["commercial"] is False
    assert meta["recipe"] == RECIPE
    assert meta["parity"]["batches"] == [1, 3, 64]
    assert meta["parity"]["largest_difference"] <= 1e-5
    assert [sensor["channels"][0] for sensor in meta["sensors"]] == [CHANNELS[0].name, CHANNELS[3].name]
    assert meta["sensors"][0]["median_length"] == pytest.approx(1, abs=0.1)


@pytest.mark.slow
def test_equal_recipes_give_equal_files(
    path: Path, windows: Windows, tiny: FittedNetwork, tmp_path: Path
) -> None:
    again = export(tiny, windows, tmp_path / "again.kodo", card=CARD.facts(), recipe=RECIPE)
    assert again.read_bytes() == path.read_bytes()


def test_no_path_of_this_machine_leaves(path: Path) -> None:
    model = file_of(path)
    assert all(not node.metadata_props and not node.doc_string for node in model.graph.node)
    assert str(Path(__file__).parent).encode() not in model.SerializeToString()
    onnx.checker.check_model(model, full_check=True)


@pytest.mark.slow
def test_it_prints_nothing(
    windows: Windows, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    recipe = fitted(windows, Tiny(windows.longest))
    export(recipe, windows, tmp_path / "a.kodo", card=CARD.facts(), recipe=RECIPE)
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []


def test_a_step_that_needs_the_whole_recording_is_refused_by_name(
    windows: Windows, tiny: FittedNetwork, tmp_path: Path
) -> None:
    with pytest.raises(KodoError, match="'resample' needs the whole recording"):
        export(tiny, windows, tmp_path / "a.kodo", card=CARD.facts(), recipe=RECIPE, steps=[Resample(20.0)])
    assert list(tmp_path.iterdir()) == []


def test_sequences_need_a_model_of_every_length(
    crowd: Recordings, tiny: FittedNetwork, tmp_path: Path
) -> None:
    with pytest.raises(KodoError, match="tiny takes windows of one length"):
        export(tiny, cut(crowd, seconds=None), tmp_path / "a.kodo", card=CARD.facts(), recipe=RECIPE)


@pytest.mark.slow
def test_a_frozen_length_is_refused(windows: Windows, tmp_path: Path) -> None:
    recipe = {"model": "pooled", "lengths": "any", "smallest": 2}
    with pytest.raises(KodoError, match="window length"):
        export(fitted(windows, Pooled()), windows, tmp_path / "a.kodo", card=CARD.facts(), recipe=recipe)
    assert list(tmp_path.iterdir()) == []


def test_a_frozen_number_of_windows_is_refused(path: Path) -> None:
    model = file_of(path)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    with pytest.raises(KodoError, match="only one number of windows"):
        check_sizes(model, any_length=False)


@pytest.mark.slow
def test_what_onnx_cannot_say_is_one_sentence(windows: Windows, tmp_path: Path) -> None:
    class Odd(Tiny):
        def forward(self, signal: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
            if signal.sum().item() > 0:
                signal = -signal
            return super().forward(signal)

    with pytest.raises(KodoError, match="cannot be exported to ONNX") as caught:
        export(
            fitted(windows, Odd(windows.longest)),
            windows,
            tmp_path / "a.kodo",
            card=CARD.facts(),
            recipe=RECIPE,
        )
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_file_that_says_something_else_is_not_written(
    windows: Windows, tiny: FittedNetwork, tmp_path: Path
) -> None:
    class Shifted(FittedNetwork):
        def export(self) -> Exported:
            parts = super().export()
            with torch.no_grad():
                parts.graph.network.head.bias[0] += 0.01
            return parts

    shifted = Shifted(tiny.graph, tiny.history, "cpu")
    with pytest.raises(KodoError, match="windows it was fitted on, and at most 1e-05 is allowed"):
        export(shifted, windows, tmp_path / "a.kodo", card=CARD.facts(), recipe=RECIPE)
    assert list(tmp_path.iterdir()) == []


def test_a_forest_may_turn_one_split_but_not_many() -> None:
    wanted = np.full((40, 2), 0.5)
    allowed = Allowed(1e-4, 1 / 100)
    one = wanted.copy()
    one[0] += [0.01, -0.01]
    assert allowed.check(one, wanted, "40 windows") == pytest.approx(0.01)
    with pytest.raises(KodoError, match=r"up to 0.01 on 40 windows"):
        allowed.check(one[:1].repeat(40, axis=0), wanted, "40 windows")
    one[0] += [0.05, -0.05]
    with pytest.raises(KodoError, match=r"up to 0.06"):
        allowed.check(one, wanted, "40 windows")
    with pytest.raises(KodoError, match="moves"):
        Allowed(1e-5, 0).check(wanted + 2e-5, wanted, "40 windows")
    with pytest.raises(KodoError, match="inf"):
        Allowed(1e-5, 0).check(wanted * np.nan, wanted, "40 windows")


@pytest.mark.parametrize(("length", "shortest"), [(100, 1), (100, 67), (100, 100), (8, 8)])
def test_the_other_length_is_another_one(length: int, shortest: int) -> None:
    assert other_length(length, shortest) != length
    assert other_length(length, shortest) >= shortest


def test_meta_is_plain_json(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["checksums.json", "meta.json", "model.onnx"]
        json.loads(archive.read("meta.json"), parse_constant=pytest.fail)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["zero", "hold", "interpolate"])
@pytest.mark.parametrize("name", [n for n in MODELS.names() if MODELS.get(n).trainer == "gradient"])
def test_every_network_leaves_the_house(name: str, policy: str, windows: Windows, tmp_path: Path) -> None:
    model = MODELS.get(name)
    torch.manual_seed(0)
    network = model.build(CHANNELS, windows.longest, windows.rate, 4, model.parameters())
    recipe = {"model": name, "lengths": model.lengths, "smallest": model.smallest, "people": 4}
    whole = fitted(windows, network, model.lengths == "any", policy=policy)
    bundle = open_bundle(export(whole, windows, tmp_path / "a.kodo", card=CARD.facts(), recipe=recipe))
    rows = np.arange(len(windows))
    np.testing.assert_allclose(
        np.exp(bundle.log_probabilities(windows.take(rows).signal.numpy())),
        np.exp(whole.log_probabilities(windows, rows)),
        atol=1e-5,
    )
    time = shape(file_of(tmp_path / "a.kodo").graph.input[0])[2]
    assert isinstance(time, str) == (model.lengths == "any")


@pytest.mark.slow
def test_whole_sequences_of_unequal_length(crowd: Recordings, tmp_path: Path) -> None:
    sequences = cut(crowd, seconds=None)
    sequences = replace(sequences, length=sequences.length - np.arange(len(sequences), dtype=np.int32))
    model = MODELS.get("cnn1d")
    network = model.build(CHANNELS, sequences.longest, sequences.rate, 4, model.parameters())
    recipe = {"model": "cnn1d", "lengths": "any", "smallest": model.smallest, "people": 4}
    whole = fitted(sequences, network, masked=True)
    bundle = open_bundle(export(whole, sequences, tmp_path / "a.kodo", card=CARD.facts(), recipe=recipe))
    for row in range(len(sequences)):
        start, length = int(sequences.start[row]), int(sequences.length[row])
        np.testing.assert_allclose(
            np.exp(bundle.log_probabilities(sequences.signal[None, start : start + length].swapaxes(1, 2))),
            np.exp(whole.log_probabilities(sequences, np.array([row]))),
            atol=1e-5,
        )


class Means(nn.Module):
    """The mean of every channel: features that export in a second."""

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        return torch.where(torch.isnan(signal), 0.0, signal).mean(dim=-1)


@dataclass(frozen=True)
class Forest:
    """A fitted recipe of mean values and an estimator, as the trees trainer gives it."""

    estimator: Any
    parameter_count: int = 0
    size: int = 0
    history: History = field(default_factory=History)

    def log_probabilities(self, windows: Windows, rows: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            means = Means()(windows.take(rows).signal).numpy()
        said = np.zeros((len(rows), len(windows.activities)), np.float32)
        said[:, self.estimator.classes_] = self.estimator.predict_proba(means)
        return np.log(np.maximum(said, np.float32(FLOOR)))

    def export(self) -> Exported:
        return Exported(Means(), self.estimator)


def test_an_estimator_that_cannot_leave_is_named(windows: Windows, tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="HistGradientBoostingClassifier cannot be exported"):
        export(
            Forest(HistGradientBoostingClassifier()),
            windows,
            tmp_path / "a.kodo",
            card=CARD.facts(),
            recipe=RECIPE,
        )


@pytest.mark.slow
@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
def test_a_forest_that_never_met_an_activity(kind: type, windows: Windows, tmp_path: Path) -> None:
    rows = np.flatnonzero(windows.label != 1)
    with torch.no_grad():
        means = Means()(windows.take(rows).signal).numpy()
    whole = Forest(kind(25, random_state=0).fit(means, windows.label[rows]))
    bundle = open_bundle(export(whole, windows, tmp_path / "a.kodo", card=CARD.facts(), recipe=RECIPE))
    everything = np.arange(len(windows))
    got = np.exp(bundle.log_probabilities(windows.take(everything).signal.numpy()))
    np.testing.assert_allclose(got, np.exp(whole.log_probabilities(windows, everything)), atol=1e-4)
    assert got[:, 1] == pytest.approx(FLOOR)
    assert shape(file_of(tmp_path / "a.kodo").graph.output[0]) == ["window", 4]


@pytest.mark.slow
def test_the_features_and_their_forest_leave_the_house(tmp_path: Path) -> None:
    windows = cut(people(people=4, seconds=12))
    model, trainer = MODELS.get("features"), TRAINERS.get("trees")
    recipe = Recipe(model, model.parameters(trees=30), model.prepare, trainer.settings())
    whole = trainer.train(recipe, windows, everybody(windows, Folding()), silent)
    facts = {"model": "features", "lengths": model.lengths, "smallest": model.smallest, "people": 3}
    bundle = open_bundle(export(whole, windows, tmp_path / "a.kodo", card=CARD.facts(), recipe=facts))
    rows = np.arange(len(windows))
    got = np.exp(bundle.log_probabilities(windows.take(rows).signal.numpy()))
    wanted = np.exp(whole.log_probabilities(windows, rows))
    # A feature that meets a threshold to its last bit turns one tree of thirty.
    assert np.abs(got - wanted).max() <= 1 / 30 + 1e-5
    assert (np.abs(got - wanted).max(axis=1) > 1e-4).mean() < 0.02
    ordered = np.sort(wanted, axis=1)
    sure = ordered[:, -1] - ordered[:, -2] > 2 / 30
    np.testing.assert_array_equal(got[sure].argmax(axis=1), wanted[sure].argmax(axis=1))
    assert sure.sum() > 10
