"""What paths say: by a pattern, and guessed from what differs between them."""

from __future__ import annotations

from itertools import product

import pytest

from kodo.datasets.own.names import said
from kodo.datasets.own.paths import template


@pytest.mark.parametrize(
    ("pattern", "name", "parts"),
    [
        ("{subject}_{label}_{session}.csv", "p1_walk_fast_2.csv", ("p1", "walk_fast", "2")),
        ("{subject}_{session}_{label}.csv", "p1_2_walk_fast.csv", ("p1", "walk_fast", "2")),
        ("{label}{session}/{subject}.csv", "walk12/p1.csv", ("p1", "walk", "12")),
        (
            "{label}/*-{session}-{subject}.txt",
            "Brush_teeth/Acc-2011-03-24-f1.txt",
            ("f1", "Brush_teeth", "2011-03-24"),
        ),
        ("S{subject}A{label}R{session}.txt", "S01A02R3.txt", ("01", "02", "3")),
        ("{label}/{subject}/{session}.txt", "a01/p1/s01.txt", ("p1", "a01", "s01")),
        ("{subject} (x).{label}.{session}.csv", "anna maria (x).sit.1.csv", ("anna maria", "sit", "1")),
    ],
)
def test_a_pattern_says_who_what_and_when(pattern: str, name: str, parts: tuple[str, ...]) -> None:
    found = said(pattern, name)
    assert found is not None
    assert tuple(found.parts[part] for part in ("subject", "label", "session")) == parts
    assert found.whole == name.rpartition(".")[0]


def test_files_of_sensors_share_the_rest() -> None:
    one, two = (said("{subject}_{label}/{sensor}.csv", f"p1_sit/{s}.csv") for s in ("Acc", "Gyro"))
    assert one is not None
    assert two is not None
    assert one.whole == two.whole == "p1_sit"
    assert said("{subject}.csv", "p1/a.csv") is None


@pytest.mark.parametrize(
    ("form", "words", "path", "unsure"),
    [
        ("p{}_{}.csv", ((1, 2, 10), ("walk", "sit")), "{subject}_{label}.csv", set()),
        ("p{}_{}_{}.csv", ((1, 2), ("walk_fast", "sit"), (1, 2)), "{subject}_{label}_{session}.csv", set()),
        ("{}/{}-3.csv", (("01", "02"), ("walk", "sit")), "{subject}/{label}-3.csv", {"subject"}),
        ("S{}A{}R{}.txt", (("01", "02"), ("01", "02"), (1, 2)), "S{subject}A{label}R{session}.txt", set()),
        ("a{}/p{}/s{}.txt", (("01", "02"), (1, 2), ("01", "02")), "{label}/{subject}/{session}.txt", set()),
        ("{}_{}.csv", (("anna", "ben"), ("walk", "sit")), "{subject}_{label}.csv", set()),
        (
            "{}_{}/sub_{}.csv",
            (("dws", "ups"), (1, 2), (1, 2, 3)),
            "{label}_{session}/sub_{subject}.csv",
            set(),
        ),
        (
            "{}/{}/{}.csv",
            (("p1", "p2"), ("run", "sit"), ("Accelerometer", "Gyroscope")),
            "{subject}/{label}/{sensor}.csv",
            set(),
        ),
        (
            "{}_{}_s{}_{}.csv",
            (("walking", "sitting"), ("left", "right"), (1, 2), (1, 2)),
            "{label}_{recording}_{subject}_{session}.csv",
            set(),
        ),
        (
            "{}/Acc-2011-0{}-01-{}.txt",
            (("Brush_teeth", "Climb_stairs"), (1, 2), ("f1", "m1")),
            "{label}/Acc-{session}-{subject}.txt",
            set(),
        ),
        ("rec{}.csv", ((1, 2, 3),), "{session}.csv", set()),
    ],
)
def test_a_template_of_what_differs(
    form: str, words: tuple[tuple[object, ...], ...], path: str, unsure: set[str]
) -> None:
    names = [form.format(*combination) for combination in product(*words)]
    made = template(names)
    assert made.path == path
    assert made.unsure == unsure
    assert all(said(made.path, name) is not None for name in names)


def test_what_columns_say_is_not_sought_in_paths() -> None:
    assert template(["anna.csv", "ben.csv"], known={"label"}).path == "{subject}.csv"
    assert template(["only.csv"]).path == "only.csv"
