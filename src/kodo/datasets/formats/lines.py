"""Odd lines of files in words: the first few are named, all are counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

NAMED = 3
"""So many are named."""


def named_lines(odd: Mapping[str, Mapping[int, str]]) -> str:
    """Odd lines: "4 in a.csv: line 2 (empty), line 7 (empty), line 9 (empty) and 1 more; 1 in b.csv: …".

    Args:
        odd: by the name of the file, what is odd about each line, by its number.

    Returns:
        "" where none is odd.
    """
    return "; ".join(_named(file, lines) for file, lines in odd.items() if lines)


def count_lines(named: str) -> int:
    """How many lines a text of `named_lines` counts.

    Args:
        named: the text.
    """
    return sum(int(number.replace(",", "")) for number in re.findall(r"(?:^|; )([\d,]+) in ", named))


def shortened(names: Sequence[str], between: str = ", ") -> str:
    """The first NAMED names, and how many there are besides.

    Args:
        names: all of them.
        between: two names.
    """
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return between.join(names[:NAMED]) + more


def _named(file: str, lines: Mapping[int, str]) -> str:
    return f"{len(lines):,} in {file}: " + shortened(
        [f"line {n} ({why})" for n, why in sorted(lines.items())]
    )
