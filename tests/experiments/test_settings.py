"""Settings: layers, assignments, faults."""

from __future__ import annotations

import re

import pytest

from kodo.errors import KodoError
from kodo.experiments.experiment import experiment
from kodo.experiments.settings import changes, merged


def test_what_comes_later_wins_key_by_key() -> None:
    assert merged({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}, "d": 4}) == {"a": {"b": 3, "c": 2}, "d": 4}


@pytest.mark.parametrize(
    ("text", "value"),
    [("40", 40), ("1e-3", 1e-3), ("true", True), ("[1, 2]", [1, 2]), ("loso", "loso"), ('"3"', "3")],
)
def test_a_value_is_read_as_toml_or_as_a_word(text: str, value: object) -> None:
    assert changes([f"a.b={text}"]) == {"a": {"b": value}}


def test_assignments_add_up() -> None:
    assert changes(["a.b=1", "a.c=2", "a.b=3"]) == {"a": {"b": 3, "c": 2}}


@pytest.mark.parametrize("text", ["epochs", "=3", "a..b=3"])
def test_an_assignment_without_key_or_value_is_refused(text: str) -> None:
    with pytest.raises(KodoError, match="key=value"):
        changes([text])


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("key", ["train.eps", "train.augment.time_warp", "train.betas", "window.overlap"])
def test_a_number_that_is_not_finite_is_refused(key: str, number: str) -> None:
    value = f"[0.9, {number}]" if key == "train.betas" else number
    with pytest.raises(KodoError, match=rf": {key}\S* wants a finite number, got {number}\.$"):
        experiment({"models": "cnn1d"} | changes([f"{key}={value}"]))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("folding.reserved=p8", "a list, such as [\"p8\"], got 'p8'"),
        ("channels=9", "a list, got 9"),
        ("window.seconds=abc", "a number, got 'abc'"),
        ("model.cnn1d.width=3.5", "a whole number, got 3.5"),
        ("train.amsgrad=7", "true or false, got 7"),
        ("train.optimiser=lion", "'adam', 'adamw' or 'sgd', got 'lion'"),
        ("window=3", "a table, got 3"),
        ("train=3", "a table, got 3"),
    ],
)
def test_a_value_of_the_wrong_kind_is_answered_with_the_right_one(typed: str, wanted: str) -> None:
    said = f"the command line: {typed.partition('=')[0]} wants {wanted}."
    with pytest.raises(KodoError, match=f"^{re.escape(said)}$"):
        experiment({"models": "cnn1d"} | changes([typed]), "the command line")


def test_a_list_of_the_wrong_length_says_which_place_lacks_a_value() -> None:
    with pytest.raises(KodoError, match=r"train\.betas: list should have at most 2 items, not 3, got \[0\.9"):
        experiment({"models": "cnn1d"} | changes(["train.betas=[0.9, 0.9, 0.9]"]))
    with pytest.raises(KodoError, match=r"train\.betas\.1: field required, got \[0\.9\]"):
        experiment({"models": "cnn1d"} | changes(["train.betas=[0.9]"]))


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("vgg.width=8", "model.vgg"),
        ("epochs=3", "train.epochs"),
        ("seconds=3", "window.seconds"),
        ("reserved=[]", "folding.reserved"),
    ],
)
def test_a_setting_outside_its_section_says_where_it_belongs(typed: str, place: str) -> None:
    with pytest.raises(KodoError, match=rf"no setting '\w+'\. It is written {place}\.$"):
        experiment(changes([typed]))


def test_a_hyperparameter_without_its_model_says_whose_it_is() -> None:
    said = r"'width'\. It is written model\.cnn1d\.width or model\.vgg:wide\.width\.$"
    with pytest.raises(KodoError, match=said):
        experiment({"models": ("cnn1d", "vgg:wide")} | changes(["width=8"]))


@pytest.mark.parametrize("models", [3, [3], ["vgg", 3]])
def test_a_misplaced_setting_beside_models_that_are_none_is_refused(models: object) -> None:
    with pytest.raises(KodoError, match="there is no setting 'width'"):
        experiment({"models": models, "width": 8})
