"""A fit that begins with weights from a file is known by the file's content, never by its path."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from kodo.errors import KodoError
from kodo.experiments.experiment import experiment
from kodo.experiments.fit import Fit, perform
from kodo.experiments.plan import Plan, plan
from kodo.files import sha256
from kodo.models.resnet2d import ResNet, ResNet2DParameters
from kodo.street import fit


def planned(weights: Path | None = None, **changed: object) -> Plan:
    own = {"weights": str(weights) if weights else "", **changed}
    asked = {"dataset": "synthetic", "models": ("resnet2d",), "model": {"resnet2d": own}}
    return plan(experiment({**asked, "folding": {"folds": 2}, "train": {"epochs": 1}}))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret_place") / "resnet18.pth"
    torch.save(ResNet(3, 10, ResNet2DParameters()).state_dict(), path)
    return path


def test_the_same_file_elsewhere_is_the_same_fit_and_another_file_another(
    file: Path, tmp_path: Path, cache: Path
) -> None:
    first = planned(file).fits[0]
    moved = tmp_path / "moved.pth"
    moved.write_bytes(file.read_bytes())
    assert planned(moved).fits[0].key == first.key
    torch.save(ResNet(3, 10, ResNet2DParameters()).state_dict(), moved)
    assert planned(moved).fits[0].key != first.key
    assert planned().fits[0].key != first.key
    assert first.parameters["weights"] == str(file)
    assert first.facts()["parameters"]["weights"] == f"sha256:{sha256(file)}"
    assert "secret_place" not in json.dumps(first.facts())


def test_a_file_that_changed_after_the_plan_is_refused(file: Path, tmp_path: Path, cache: Path) -> None:
    other = tmp_path / "other.pth"
    other.write_bytes(file.read_bytes())
    todo = planned(other)
    other.write_bytes(b"anything else")
    with pytest.raises(KodoError, match=r"other\.pth is no longer the file that this fit was planned with"):
        perform(todo.fits[0], todo.windows)


def test_keys_of_fits_without_a_file_are_as_they_were(todo: Plan) -> None:
    facts = todo.fits[0].facts()
    assert "weights" not in facts
    assert "weights" not in facts["parameters"]
    assert set(facts) == set(Fit.__dataclass_fields__) - {"weights"}
    assert replace(todo.fits[0], weights="0" * 64).key != todo.fits[0].key


def test_a_plan_says_before_the_run_that_nothing_was_pretrained(file: Path, cache: Path) -> None:
    assert any("resnet2d is not pretrained" in note for note in planned().notes)
    assert any("drawn at random" in note for note in planned(freeze="all").notes)
    assert not any("pretrained" in note for note in planned(file, freeze="all").notes)


def test_a_file_that_does_not_fit_stops_a_run_before_the_first_fit(file: Path, cache: Path) -> None:
    with pytest.raises(KodoError, match=r"resnet18\.pth does not fit .*missing: layer1\.2\.conv1\.weight"):
        planned(file, depth=34)


@pytest.mark.slow
def test_no_record_and_no_bundle_tells_where_the_file_lay(file: Path, tmp_path: Path, cache: Path) -> None:
    todo = planned(file, freeze="all")
    record = perform(todo.fits[0], todo.windows)
    assert "secret_place" not in json.dumps(record.facts)
    assert not any("pretrained" in note for note in record.facts["notes"])
    scratch = planned()
    assert any("pretrained" in note for note in perform(scratch.fits[0], scratch.windows).facts["notes"])
    path = fit(
        "synthetic", "resnet2d", to=tmp_path / "picture.kodo",
        model={"resnet2d": {"weights": str(file)}}, train={"epochs": 1},
    )  # fmt: skip
    assert b"secret_place" not in path.read_bytes()
