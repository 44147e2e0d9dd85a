"""What is left of a run, and how it is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import typer

from kodo.cli.screen.progress import remaining, span, stoppable


def fits(*models: str) -> list[Any]:
    return [SimpleNamespace(model=model) for model in models]


def test_fits_to_come_take_what_finished_ones_of_their_model_took() -> None:
    took = {"vgg": [10.0, 20.0], "features": [1.0]}
    assert remaining(took, fits("vgg", "vgg", "features"), 1) == pytest.approx(31)
    assert remaining(took, fits("vgg", "vgg", "features"), 2) == pytest.approx(15.5)


def test_a_model_without_a_finished_fit_takes_what_is_usual() -> None:
    assert remaining({"vgg": [10.0, 20.0]}, fits("cnn1d"), 4) == pytest.approx(15)
    assert remaining({}, fits("cnn1d"), 4) == 0


@pytest.mark.parametrize(
    ("seconds", "words"), [(12.4, "12 s"), (89, "89 s"), (300, "5 min"), (9000, "2.5 h")]
)
def test_a_span_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_ctrl_c_ends_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, stoppable("Finished trials are kept"):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    said = "Stopped. Finished trials are kept; the same command goes on from there.\n"
    assert capsys.readouterr().err == said
