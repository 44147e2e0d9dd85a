"""The experiments in `examples/` can be planned as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.catalogue import dataset
from kodo.datasets.recording import Recording, gather
from kodo.datasets.store import load
from kodo.experiments.experiment import chosen, read
from kodo.experiments.plan import Plan, plan, planned, windows_of
from kodo.experiments.settings import changes

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SOURCE_004 = EXAMPLES / "source_004.toml"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_an_example_is_a_whole_experiment(path: Path) -> None:
    asked = read(path)
    assert chosen(asked)
    assert set(asked.channels) <= {channel.name for channel in dataset(asked.dataset).channels}


def made_up() -> Plan:
    """Three people who do everything for two published segments, on the card of dsads."""
    card, random = dataset("dsads"), np.random.default_rng(0)
    items = [
        Recording(
            card.name, f"a{label}_p{person}", f"p{person}", "1", card.rate, card.channels,
            random.normal(size=(250, len(card.channels))).astype(np.float32), np.full(250, label, np.int16),
        )
        for person in range(3)
        for label in range(len(card.activities))
    ]  # fmt: skip
    asked, recordings = read(SOURCE_004), gather(card, items, "made up")
    return planned(asked, recordings, windows_of(asked, recordings))


def test_source_004_is_the_experiment_of_its_article() -> None:
    todo = made_up()
    assert {channel.quantity for channel in todo.windows.channels} == {"acceleration"}
    assert len(todo.windows.channels) == 15
    assert set(todo.windows.length.tolist()) == {125}
    assert len(todo.windows) == 3 * 19 * 2
    assert len(todo.fits) == 3
    assert [fit.prepare for fit in todo.fits] == 3 * [(("missing", {"policy": "zero"}), ("grey", {}))]
    assert any("not pretrained" in note for note in todo.notes)


def test_source_004_takes_a_file_with_weights_as_it_says() -> None:
    typed = re.findall(r"--set (\S+)", SOURCE_004.read_text(encoding="utf-8"))
    (choice,) = chosen(read(SOURCE_004, changes(typed)))
    assert choice.parameters.weights == "resnet34.pth"
    assert choice.model.notes(choice.parameters) == ()


@pytest.mark.slow
def test_source_004_is_planned_on_the_real_segments(kodo_data: Path) -> None:
    todo = plan(read(SOURCE_004))
    rows = sum(len(recording.signal) for recording in load("dsads"))
    assert len(todo.windows) == rows // 125
    assert len(todo.fits) == 8
