"""Odd lines in words: all are counted, the first are named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from kodo.datasets.formats.lines import count_lines, named_lines, shortened

REASONS = some.sampled_from(["empty", "not a,b;", "wanted 3 columns, got 2", "its end is missing; 2 of 3"])


def test_the_first_are_named_in_the_order_of_the_file() -> None:
    odd = {"a.csv": {9: "empty", 2: "cut", 11: "empty", 30: "empty"}, "b.csv": {}, "c.csv": {1: "empty"}}
    assert named_lines(odd) == (
        "4 in a.csv: line 2 (cut), line 9 (empty), line 11 (empty) and 1 more; 1 in c.csv: line 1 (empty)"
    )
    assert named_lines({"a.csv": {}}) == ""
    assert shortened(["a", "b", "c"], "; ") == "a; b; c"


@given(
    some.dictionaries(
        some.sampled_from(["a.csv", "p 1; 2.txt", "in.csv"]),
        some.dictionaries(some.integers(1, 10**6), REASONS, max_size=6),
    )
)
def test_all_are_counted(odd: dict[str, dict[int, str]]) -> None:
    assert count_lines(named_lines(odd)) == sum(map(len, odd.values()))


def test_thousands_are_counted() -> None:
    assert count_lines(named_lines({"a.csv": dict.fromkeys(range(1, 1205), "empty")})) == 1204
