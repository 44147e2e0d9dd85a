"""The tables of a sweep's page, as the CSV inside it: a head, then a line each."""

from __future__ import annotations

from collections.abc import Iterator

from kodo.reports.page import cell
from kodo.reports.sweep.words import mean, worded
from kodo.tuning.sweep.results import Results, Swept


def trial_data(found: Results) -> Iterator[list[object]]:
    """One line per value and seed, head first.

    Args:
        found: the sweep.
    """
    yield ["hyperparameter", "value", "place", "seed", "macro_f1"]
    for panel in found.panels:
        for number, tried in enumerate(panel.tried):
            for seed, score in enumerate(tried.seeds if tried.score else ()):
                yield [panel.key, worded(tried.value), _place(panel, number), seed, f"{score:.6f}"]


def value_data(found: Results) -> Iterator[list[object]]:
    """One line per value, head first.

    Args:
        found: the sweep.
    """
    yield [
        "hyperparameter", "value", "place", "macro_f1", "low", "high", "lowest_seed", "highest_seed",
        "seconds", "failed",
    ]  # fmt: skip
    for panel in found.panels:
        for number, tried in enumerate(panel.tried):
            seeds = [min(tried.seeds), max(tried.seeds)] if tried.seeds else [None, None]
            interval = tried.interval
            scores = [interval.estimate, interval.low, interval.high] if interval else [None] * 3
            yield [
                panel.key, worded(tried.value), _place(panel, number), *map(cell, [*scores, *seeds]),
                f"{tried.seconds:.6g}", "; ".join(tried.failed),
            ]  # fmt: skip


def best_data(found: Results) -> Iterator[list[object]]:
    """One line per hyperparameter, head first.

    Args:
        found: the sweep.
    """
    yield [
        "hyperparameter", "default", "default_macro_f1", "best", "best_macro_f1", "difference",
        "difference_low", "difference_high", "p", "p_holm", "outcome",
    ]  # fmt: skip
    for panel in found.panels:
        versus, default, best = panel.comparison, panel.at_default, panel.at_best
        numbers = [versus.difference, versus.interval.low, versus.interval.high, versus.p, versus.adjusted]
        yield [
            panel.key, worded(default.value), mean(default, 6), worded(best.value), mean(best, 6),
            *map(cell, numbers), versus.outcome,
        ]  # fmt: skip


def _place(panel: Swept, number: int) -> str:
    return " and ".join(n for n, at in (("default", panel.default), ("best", panel.best)) if at == number)
