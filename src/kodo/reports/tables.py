"""Tables with coloured cells: confusions, people x activities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.score import FEW
from kodo.reports.page import percent

MANY = 40
"""With more activities than this, a grid shows the MOST that are most often confused."""
MOST = 30


@dataclass(frozen=True)
class Cell:
    """One coloured cell.

    Args:
        text: what stands in it.
        kind: CSS classes: "right", "wrong", "much", "absent", "few", "total".
        share: strength of its ground, 0 to 1.
        small: what stands below, small.
    """

    text: str
    kind: str = ""
    share: float = 0.0
    small: str = ""

    @property
    def classes(self) -> str:
        """Its CSS classes."""
        step = round(10 * min(max(self.share, 0.0), 1.0))
        return f"{self.kind} s{step}" if step else self.kind


@dataclass(frozen=True)
class Grid:
    """A table of coloured cells.

    Args:
        corner: what the rows are, what the columns are.
        columns: heads.
        rows: (name, cells).
        data: the same as plain numbers, head first, for CSV.
    """

    corner: tuple[str, str]
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    data: Sequence[Sequence[object]]


def near_diagonal(confusion: NDArray[np.float64]) -> list[int]:
    """An order of the classes in which what is confused stands close together.

    Each class is moved to where the confusions lie nearest to the diagonal, until no move helps.

    Args:
        confusion: (class, class) windows.
    """
    share = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    pull = share + share.T

    def far(order: list[int]) -> float:
        place = np.argsort(order)
        return float((pull * np.abs(place[:, None] - place[None])).sum())

    order = list(range(len(confusion)))
    best, better = far(order), True
    while better:
        better = False
        for item in range(len(order)):
            for place in range(len(order)):
                moved = [other for other in order if other != item]
                moved.insert(place, item)
                if (cost := far(moved)) < best - 1e-9:
                    order, best, better = moved, cost, True
    return order


def shown(confusion: NDArray[np.float64]) -> list[int]:
    """The classes that grids show, in their order: all, or the most confused where there are many.

    Args:
        confusion: (class, class) windows.
    """
    classes = np.arange(len(confusion))
    if len(classes) > MANY:
        wrong = confusion.sum(1) + confusion.sum(0) - 2 * np.diag(confusion)
        classes = np.sort(np.argsort(-wrong, kind="stable")[:MOST])
    return [int(classes[i]) for i in near_diagonal(confusion[np.ix_(classes, classes)])]


def confused_pairs(confusion: NDArray[np.float64], most: int = 3) -> list[tuple[int, int]]:
    """The pairs (true, predicted) with most wrong windows; each two classes once.

    Args:
        confusion: (class, class) windows.
        most: how many pairs.
    """
    wrong = confusion * (1 - np.eye(len(confusion)))
    pairs: list[tuple[int, int]] = []
    for flat in np.argsort(-wrong, axis=None, kind="stable"):
        true, taken = divmod(int(flat), len(confusion))
        if wrong[true, taken] <= 0 or len(pairs) == most:
            break
        if (taken, true) not in pairs:
            pairs.append((true, taken))
    return pairs


def confusion_grid(confusion: NDArray[np.float64], names: Sequence[str], order: Sequence[int]) -> Grid:
    """Rows true, columns predicted, in per cent of the row, with the windows small.

    Args:
        confusion: (class, class) windows, mean over seeds.
        names: of the classes.
        order: classes shown.
    """
    total = confusion.sum(1)
    rows = []
    for true in order:
        cells = []
        for taken in order:
            share = confusion[true, taken] / total[true] if total[true] else 0.0
            kind = "right" if true == taken else "wrong"
            if confusion[true, taken]:
                cells.append(Cell(percent(share), kind, share, _count(confusion[true, taken])))
            else:
                cells.append(Cell("", kind))
        rows.append((names[true], cells))
    data = [["true", *names], *([names[i], *map(_count, line)] for i, line in enumerate(confusion))]
    return Grid(("true", "predicted"), [names[i] for i in order], rows, data)


def recall_grid(
    counts: NDArray[np.float64], scores: NDArray[np.float64], people: Sequence[str], names: Sequence[str],
    order: Sequence[int], one: str,
) -> Grid:  # fmt: skip
    """People x activities: how much of each activity was recognised, the worst person first.

    Args:
        counts: (person, class, class) windows, true then predicted, mean over seeds.
        scores: (person,) macro-F1.
        people: names.
        names: of the classes.
        order: classes shown.
        one: what a person is called.
    """
    windows = counts.sum(2)
    right = np.diagonal(counts, axis1=1, axis2=2)
    rows, data = (
        [],
        [[one, "macro_f1", *(f"{name} {what}" for name in names for what in ("recall", "windows"))]],
    )
    for person in np.argsort(scores, kind="stable"):
        cells = [Cell(f"{scores[person]:.2f}", "total")]
        for activity in order:
            count = windows[person, activity]
            if not count:
                cells.append(Cell("–", "absent"))
                continue
            share = right[person, activity] / count
            kind = "wrong few" if count < FEW else "wrong"
            cells.append(Cell(percent(share), kind, 1 - share, _count(count)))
        rows.append((people[person], cells))
        parts = zip(right[person], windows[person], strict=True)
        data.append(
            [people[person], f"{scores[person]:.4f}"]
            + [part for r, w in parts for part in (f"{r / w:.4f}" if w else "", _count(w))]
        )
    return Grid((one, "recall, %"), ["macro-F1", *(names[i] for i in order)], rows, data)


def minutes_grid(dataset: Mapping[str, Any], order: Sequence[int]) -> Grid:
    """People x activities: labelled minutes.

    Args:
        dataset: of the run.
        order: classes shown.
    """
    minutes, names, one = np.array(dataset["minutes"], float), dataset["activities"], dataset["subjects"][0]
    top = float(minutes.max()) or 1.0
    rows = []
    for person, line in zip(dataset["people"], minutes, strict=True):
        cells = [Cell(f"{line.sum():.1f}", "total")]
        cells += [
            Cell(f"{line[i]:.1f}", "much", line[i] / top) if line[i] else Cell("–", "absent") for i in order
        ]
        rows.append((person, cells))
    data = [
        [one, *names],
        *([p, *line.tolist()] for p, line in zip(dataset["people"], minutes, strict=True)),
    ]
    return Grid((one, "minutes"), ["all", *(names[i] for i in order)], rows, data)


def _count(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
