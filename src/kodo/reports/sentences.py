"""What a page says in words, computed from what was measured. Names stand between backticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kodo.evaluation.compare import Comparison
from kodo.evaluation.interval import Interval
from kodo.evaluation.score import MEANINGS
from kodo.experiments.summary import HEADLINE
from kodo.reports.page import amount, counted, listed, score
from kodo.reports.results import Result, Results


def answer(results: Results) -> str:
    """The answer of a run in one sentence.

    Args:
        results: of its models.
    """
    best = results.headline
    one, many = results.subjects
    where = "On the test windows of a leaky division" if results.leak else f"On {many} it has never met"
    activities = counted(len(results.activities), "activity", "activities")
    interval = best.row.intervals[HEADLINE[0]]
    return (
        f"{where}, `{best.name}` recognises the {activities} with macro-F1 "
        f"{with_interval(interval, one, many)}{_others(results)}."
    )


def with_interval(interval: Interval, one: str, many: str) -> str:
    """A score with its interval and its people: "0.81 (0.74 to 0.87, 10 people)"."""
    people = counted(interval.people, one, many)
    if interval.low is None or interval.high is None:
        return f"{score(interval.estimate)} ({people}, no interval)"
    return f"{score(interval.estimate)} ({score(interval.low)} to {score(interval.high)}, {people})"


def comparisons(results: Results) -> list[str]:
    """One sentence per model against the baseline.

    Args:
        results: of the models.
    """
    base = results.models[results.baseline].name
    said = []
    for position, model in enumerate(results.models):
        if position == results.baseline:
            continue
        if model.against is None:
            said.append(
                f"`{model.name}` cannot be compared with `{base}`: "
                f"they were tested on different {results.subjects[1]}."
            )
        else:
            said.append(f"`{model.name}` against `{base}`: {model.against.sentence}.")
    return said


def published(results: Results) -> list[str]:
    """Scores that are made as published tables make them, each with its meaning; they stand beside no other.

    Args:
        results: of the models.
    """
    said = []
    for name in ("f1_arena", "f1_present"):
        parts = [f"`{m.name}` {m.row.published[name]:.3f}" for m in results.models if name in m.row.published]
        if parts:
            said.append(f"{name} ({MEANINGS[name]}): {listed(parts)}.")
    return said


def slid(results: Results) -> str:
    """What the scores become on whole recordings, where windows straddle changes.

    Args:
        results: of the models.
    """
    parts = [f"`{m.name}` {m.row.slid.text()}" for m in results.models if m.row.slid is not None]
    if not parts:
        return (
            "Slid over whole recordings: not measured, no tested recording is free of windows learned from."
        )
    return (
        "Slid over whole recordings, every step whose middle is labelled, windows that straddle a change "
        f"included: macro-F1 {listed(parts)}."
    )


def spread(results: Results) -> str:
    """The line under a table of scores.

    Args:
        results: of the models.
    """
    line = f"95 % interval over {results.subjects[1]}, for these trained models; spread over seeds: "
    if results.seeds < 2:
        return line + "not measured (one seed)."
    parts = [f"`{m.name}` {m.row.spread:.3f}" for m in results.models if m.row.spread is not None]
    return line + f"{listed(parts)} (standard deviation of the mean macro-F1, {results.seeds} seeds)."


def field(results: Results) -> str:
    """What the field of play shows.

    Args:
        results: of the models.
    """
    best = results.headline
    low, high = int(np.argmin(best.scores)), int(np.argmax(best.scores))
    people, one = best.row.people, results.subjects[0]
    if len(people) == 1:
        return f"`{best.name}` reaches {score(best.scores[0])} for the one {one} tested ({people[0]})"
    return (
        f"`{best.name}` reaches {score(best.scores[high])} for {one} {people[high]}, "
        f"but {score(best.scores[low])} for {one} {people[low]}"
    )


def confused(result: Result, pairs: Sequence[tuple[int, int]], names: Sequence[str]) -> str:
    """What a confusion matrix shows.

    Args:
        result: of the model.
        pairs: its most confused ones, (true, predicted).
        names: of the activities.
    """
    if not pairs:
        return f"`{result.name}` took no test window for another activity"
    true, taken = pairs[0]
    wrong = result.confusion.sum() - np.trace(result.confusion)
    most = result.confusion[true, taken]
    return f"Of {wrong:,.0f} wrong windows, {most:,.0f} are {names[true]} taken for {names[taken]}"


def one_in(share: float) -> str:
    """A share as people say it: "1 of 5", "2 of 3", "fewer than 1 of 100".

    Args:
        share: above 0, at most 1.
    """
    if share < 0.01:
        return "fewer than 1 of 100"
    if share > 0.4:
        top, bottom = min(
            ((a, b) for b in range(1, 11) for a in range(1, b + 1)), key=lambda f: abs(f[0] / f[1] - share)
        )
        return f"{top} of {bottom}"
    return f"1 of {round(1 / share)}"


def worst(result: Result) -> str:
    """For whom a model fails most.

    Args:
        result: of the model.
    """
    name, value = result.row.worst
    mean, one = float(np.mean(result.scores)), result.row.subjects[0]
    if len(result.row.people) == 1:
        return f"One {one} was tested ({name}): {score(value)}"
    return f"`{result.name}` fails most for {one} {name}: {score(value)}, where the mean is {score(mean)}"


def learned(result: Result) -> str:
    """When a model stopped improving.

    Args:
        result: of a model with epochs.
    """
    best = [r.facts["best"] + 1 for r in result.records if r.facts["best"] >= 0]
    ran = [max((len(values) for values in r.facts["curves"].values()), default=0) for r in result.records]
    epochs = f"{np.median(ran):g}"
    if not best:
        return f"`{result.name}` learned for {epochs} epochs"
    if not any(name.startswith("validation_") for r in result.records for name in r.facts["curves"]):
        return f"`{result.name}` kept the last of {epochs} epochs: nobody validated"
    fits = counted(len(best), "fit")
    return f"`{result.name}` was best at epoch {np.median(best):g} of {epochs} (median of {fits})"


def whose(dataset: Mapping[str, Any]) -> str:
    """On whose data a run was made.

    Args:
        dataset: of the run.
    """
    minutes = np.array(dataset["minutes"], float)
    one, many = dataset["subjects"]
    people = counted(len(minutes), one, many)
    each = minutes.sum(1)
    return f"{people}, {minutes.sum():,.1f} labelled minutes: {each.min():.1f} to {each.max():.1f} a {one}"


def left_out(dataset: Mapping[str, Any]) -> str:
    """What was not scored, and why.

    Args:
        dataset: of the run.
    """
    dropped = dataset.get("dropped") or []
    if not dropped:
        return "Nothing was left out: every labelled stretch holds at least one window."
    seconds = sum(float(entry["seconds"]) for entry in dropped)
    stretches = counted(len(dropped), "labelled stretch is", "labelled stretches are")
    return f"{stretches} shorter than a window and left out, {amount(seconds)} s in all."


def _others(results: Results) -> str:
    best, base = results.headline, results.models[results.baseline]
    if best is not base:
        return _beside(base.name, best.against)
    groups: dict[str, list[str]] = {}
    for model in results.models:
        if model is not base and model.against is not None:
            groups.setdefault(_kind(model.against), []).append(f"`{model.name}`")
    parts = []
    for kind, says in (
        ("worse", "worse"),
        ("equivalent", "equivalent to it"),
        ("open", "not distinguishable from it"),
    ):
        if kind in groups:
            parts.append(f"{listed(groups[kind])} {'is' if len(groups[kind]) == 1 else 'are'} {says}")
    return "; " + ", ".join(parts) if parts else ""


def _beside(base: str, comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    if comparison.outcome == "better":
        low, high = comparison.interval.low, comparison.interval.high
        return f", better than `{base}` by {comparison.difference:.3f} ({low:.3f} to {high:.3f})"
    says = "equivalent to it" if comparison.outcome == "equivalent" else "not distinguishable from it"
    return f"; `{base}` is {says}"


def _kind(comparison: Comparison) -> str:
    return comparison.outcome if comparison.outcome in ("worse", "equivalent") else "open"
