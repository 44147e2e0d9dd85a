"""What the page of a sweep says in words. Names stand between backticks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kodo.reports.page import counted
from kodo.tuning.sweep.results import Results, Swept, Tried

APART = {
    "better": "better",
    "worse": "worse",
    "equivalent": "equivalent",
    "undecided": "no",
    "impossible": "too few",
}
"""What a comparison found, in a word or two of a table."""


def answer(found: Results) -> str:
    """What the sweep found, in one sentence.

    Args:
        found: the sweep.
    """
    model, count = found.asked["model"], len(found.panels)
    better = [panel for panel in found.panels if panel.comparison.outcome == "better"]
    moved = [panel for panel in found.panels if panel.best != panel.default]
    if better:
        first = max(better, key=lambda panel: panel.comparison.difference)
        rest = f"; {counted(len(better), 'hyperparameter')} of {count} can be told from the default"
        return (
            f"With `{first.key}` {worded(first.at_best.value)} instead of {worded(first.at_default.value)}, "
            f"`{model}` is {first.comparison.sentence}{rest if count > 1 else ''}."
        )
    people = counted(found.people, *found.subjects)
    if not moved:
        of = f"any of {count} hyperparameters" if count > 1 else f"`{found.panels[0].key}`"
        return f"No value of {of} that was tried scores higher than the default of `{model}` over {people}."
    first = max(moved, key=lambda panel: panel.comparison.difference)
    none = f"None of {count} hyperparameters" if count > 1 else f"No value of `{first.key}`"
    return (
        f"{none} of `{model}` can be told from its default over {people}; most is gained with `{first.key}` "
        f"{worded(first.at_best.value)} instead of {worded(first.at_default.value)}: macro-F1 "
        f"{mean(first.at_best)} instead of {mean(first.at_default)}."
    )


def warning(found: Results) -> str:
    """What a best value is worth.

    Args:
        found: the sweep.
    """
    return (
        f"Each best is the best of several values, chosen on the very {found.subjects[1]} it is scored on: "
        f"its score and its lead are optimistic. Only {found.subjects[1]} who took no part can confirm it: "
        f"reserved are {counted(len(found.asked['reserved']), *found.subjects)}."
    )


def facts(found: Results) -> dict[str, str]:
    """What stands small below the answer.

    Args:
        found: the sweep.
    """
    fit, asked = found.asked["default"], found.asked
    trials = {name for panel in asked["panels"] for names in panel["trials"] for name in names}
    return {
        "Dataset": f"{found.dataset['title']} ({counted(found.people, *found.subjects)} scored, "
        f"{len(asked['reserved'])} reserved)",
        "Model": asked["model"],
        "Scores": f"macro-F1 on held-out {found.subjects[1]} of "
        f"{counted(asked['splits'], 'inner split')} ({fit['protocol']})",
        "Seeds": str(asked["seeds"]),
        "Fits": str(len(trials) * asked["splits"]),
    }


def title(found: Results) -> str:
    """What is seen in the figure.

    Args:
        found: the sweep.
    """
    spans = {panel.key: _span(panel) for panel in found.panels}
    widest = max(spans, key=lambda key: spans[key])
    if len(spans) == 1:
        return f"Over the values of `{widest}` macro-F1 differs by {spans[widest]:.3f}"
    return f"`{widest}` moves macro-F1 most: by {spans[widest]:.3f} between its best and its worst value"


def caption(found: Results, ends: tuple[float, float]) -> str:
    """How the figure is read.

    Args:
        found: the sweep.
        ends: of the score axis.
    """
    many, seeds = found.subjects[1], found.asked["seeds"]
    band = "one seed, so that no spread over seeds is seen"
    if seeds > 1:
        band = f"the band reaches from the lowest to the highest of {seeds} seeds"
    log = [panel.key for panel in found.panels if panel.axis == "log"]
    parts = [
        f"Macro-F1 of {counted(found.people, *found.subjects)}: the line joins the means over seeds, {band}.",
        f"Open circle: default; diamond: best; bars: 95 % intervals over {many}.",
        "Values without an order have a bar each." if any(p.axis == "even" for p in found.panels) else "",
        f"All panels share the vertical axis, from {max(ends[0], 0):.2f} to {min(ends[1], 1):.2f}.",
        f"Logarithmic: {', '.join(log)}." if log else "",
        "While one value varies, all others are the default's.",
    ]
    return " ".join(part for part in parts if part)


def compared(panel: Swept) -> str:
    """How the best value of a hyperparameter stands against its default.

    Args:
        panel: the hyperparameter.
    """
    if panel.best == panel.default:
        return (
            f"`{panel.key}`: the default {worded(panel.at_default.value)} is the best value that was tried."
        )
    return (
        f"`{panel.key}` {worded(panel.at_best.value)} against the default {worded(panel.at_default.value)}: "
        f"{panel.comparison.sentence}."
    )


def apart(panel: Swept) -> str:
    """Whether the best value can be told from the default, in a word or two.

    Args:
        panel: the hyperparameter.
    """
    return "is default" if panel.best == panel.default else APART[panel.comparison.outcome]


def failures(found: Results) -> Iterator[str]:
    """Values whose training failed, a sentence for each.

    Args:
        found: the sweep.
    """
    for panel in found.panels:
        for tried in panel.tried:
            if tried.failed:
                why = "; ".join(tried.failed)
                yield f"`{panel.key}` {worded(tried.value)} failed and has no score: {why}"


def worded(value: Any) -> str:
    """A value as people read it.

    Args:
        value: of a hyperparameter.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(worded, value)) if isinstance(value, list | tuple) else str(value)


def mean(tried: Tried, digits: int = 3) -> str:
    """The score of a value; empty where its training failed.

    Args:
        tried: the value.
        digits: after the point.
    """
    return "" if tried.score is None else f"{tried.score.mean:.{digits}f}"


def _span(panel: Swept) -> float:
    means = [tried.score.mean for tried in panel.tried if tried.score]
    return max(means) - min(means)
