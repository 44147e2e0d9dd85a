"""Where a fit runs, with which arithmetic, and what is written down of it."""

from __future__ import annotations

import json

import pytest
import torch

from kodo.errors import KodoError
from kodo.training import device as room
from kodo.training.device import device, device_name, measure, one_thread, precision, single_thread, versions


def test_auto_takes_a_gpu_only_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (device("auto"), device("cpu")) == ("cpu", "cpu")
    with pytest.raises(KodoError, match="torch sees no GPU"):
        device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert (device("auto"), device("cpu"), device("cuda")) == ("cuda", "cpu", "cuda")
    with pytest.raises(KodoError, match=r"auto \| cpu \| cuda; got 'gpu'"):
        device("gpu")


def stored(path, **changes):
    """A measurement file as `kodo doctor` keeps it."""
    found = {"name": device_name(), "torch": torch.__version__, "float32": 100.0, "bfloat16": 300.0}
    path.write_text(json.dumps({"cpu": found | changes}))
    return path


def test_bfloat16_only_where_it_was_measured_clearly_faster(tmp_path):
    file = tmp_path / "doctor.json"
    assert precision("auto", "cpu") == "float32"
    assert precision("auto", "cpu", file) == "float32"
    assert precision("auto", "cpu", stored(file)) == "bfloat16"
    assert precision("float32", "cpu", stored(file)) == "float32"
    assert precision("auto", "cpu", stored(file, bfloat16=110.0)) == "float32"
    assert precision("auto", "cpu", stored(file, name="another processor")) == "float32"
    assert precision("auto", "cpu", stored(file, torch="0.1")) == "float32"
    assert precision("auto", "cuda", stored(file)) == "float32"
    assert precision("bfloat16", "cpu") == "bfloat16"


def test_bad_words_and_damaged_measurements_are_sentences(tmp_path):
    with pytest.raises(KodoError, match="got 'half'"):
        precision("half", "cpu")
    file = tmp_path / "doctor.json"
    for text in ("{", "[]", '{"cpu": 3}'):
        file.write_text(text)
        with pytest.raises(KodoError, match=r"doctor\.json is damaged"):
            precision("auto", "cpu", file)
    stored(file)
    file.write_text(file.read_text().replace("bfloat16", "bf16"))
    with pytest.raises(KodoError, match="repeat `kodo doctor`"):
        precision("auto", "cpu", file)


def test_a_measurement_is_what_precision_reads(tmp_path, monkeypatch):
    found = measure("cpu", seconds=0.002)
    assert found["float32"] > 0
    assert found["bfloat16"] > 0
    file = tmp_path / "doctor.json"
    file.write_text(json.dumps({"cpu": found}))
    ratio = found["bfloat16"] / found["float32"]
    monkeypatch.setattr(room, "GAIN", 0.5 * ratio)
    assert precision("auto", "cpu", file) == "bfloat16"
    monkeypatch.setattr(room, "GAIN", 2 * ratio)
    assert precision("auto", "cpu", file) == "float32"


def test_a_slow_arithmetic_is_measured_on_small_matrices_only(monkeypatch):
    sizes = []

    def slow(matrix):
        sizes.append(len(matrix))
        return 0.5

    monkeypatch.setattr(room, "_product", slow)
    assert measure("cpu", seconds=0.2)["bfloat16"] == pytest.approx(2 * 64**3 / 0.5 / 1e9, abs=0.05)
    assert set(sizes) == {64}


def test_fits_use_one_thread_and_the_caller_keeps_theirs():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        single_thread()
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_versions_are_words_that_json_holds():
    facts = versions()
    assert facts["torch"] == torch.__version__.partition("+")[0] or facts["torch"] == torch.__version__
    assert set(facts) >= {"python", "kodo", "numpy", "scikit-learn", "processor", "instructions", "threads"}
    assert all(isinstance(value, str) and value for value in facts.values())
    assert json.loads(json.dumps(facts)) == facts
