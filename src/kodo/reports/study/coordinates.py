"""Every trial as a line through its values: what the page's script draws and filters by score."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from kodo.reports.study.tables import trials_table
from kodo.space import Choices, Log, Space, position_of
from kodo.tuning.answers.division import shown

if TYPE_CHECKING:
    from kodo.tuning.studied import Studied
    from kodo.tuning.study import Arm


def coordinates(studied: Studied, first: str) -> Markup:
    """The trials and the axes of their arms, as JSON that may stand inside a page.

    Args:
        studied: a study.
        first: the arm that is shown at first.

    Returns:
        `head` and `rows` of `trials.csv`; per arm its axes, each with the column it reads, how it is scaled
        and the marks on it.
    """
    head, *rows = trials_table(studied)
    content = {
        "first": first,
        "head": head,
        "rows": [[_short(cell) for cell in row] for row in rows],
        "arms": {arm.name: _axes(arm, head) for arm in studied.arms},
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Inside a script element only "<" could end it.
    return Markup(text.replace("<", "\\u003c"))


def _axes(arm: Arm, head: list[object]) -> list[dict[str, Any]]:
    return [
        {"name": one.key, "column": head.index(one.key), **_scale(one.space)}
        for one in arm.searched
        if one.space is not None
    ]


def _scale(space: Space) -> dict[str, Any]:
    if isinstance(space, Choices):
        marks = [[position_of(space, value), shown(value)] for value in space.values]
        return {"kind": "choices", "values": [_short(value) for value in space.values], "marks": marks}
    ends = {"low": space.low, "high": space.high}
    if isinstance(space, Log):
        marks = [[position_of(space, value), shown(value)] for value in _decades(space)]
        return {"kind": "log", **ends, "marks": marks}
    middle = (space.low + space.high) / 2
    marks = [[0, shown(space.low)], [0.5, shown(middle)], [1, shown(space.high)]]
    return {"kind": "linear", **ends, "marks": marks}


def _decades(space: Log) -> list[float]:
    """Powers of ten inside a range, or its ends where there are fewer than two."""
    first, last = math.ceil(math.log10(space.low) - 1e-9), math.floor(math.log10(space.high) + 1e-9)
    powers = [float(10.0**power) for power in range(first, last + 1)]
    kept = [value for value in powers if space.low <= value <= space.high]
    return kept if len(kept) > 1 else [space.low, space.high]


def _short(cell: Any) -> Any:
    """A cell as JSON: numbers with six figures, lists as people read them."""
    if isinstance(cell, float):
        return float(f"{cell:.6g}")
    return cell if isinstance(cell, str | int) else shown(cell)
