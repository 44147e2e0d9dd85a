"""What the time stamps and lines of a dataset's files say: rate, jitter, gaps, repetitions, broken lines."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from kodo.datasets.formats.lines import count_lines, shortened
from kodo.datasets.recording import Recording

STAMPS = ("rate_found", "jitter", "longest_step", "repeated_stamps", "gap_before")
"""Facts of a recording that `kodo.datasets.timing.timing` gives."""

LINES = ("broken_lines", "mended_lines")
"""Facts of a recording that name lines of its file."""

OFF = 0.02
"""A rate found that differs by more than this share from the declared one is named."""

UNEVEN = 0.1
"""Jitter above this share is named."""

LONG = 5.0
"""A step inside a recording that lasts longer than so many usual ones is named."""


def clock(recordings: Sequence[Recording]) -> dict[str, Any]:
    """What time stamps say about a whole dataset.

    Args:
        recordings: whose facts may hold STAMPS.

    Returns:
        `stamped` (recordings with a rate found), `rate_found` (Hz) and `jitter` (share of a step), each
        with median, lowest and highest or None; `off` (recording, declared, found) where the rate differs by
        more than OFF; `longest_step` and `longest_gap` (seconds, recording) or None; `gaps` (how many);
        `repeated_stamps` (samples) and `repeating` (recordings).
    """
    found = {name: _numbers(recordings, name) for name in STAMPS}
    rates, gaps, repeated = found["rate_found"], found["gap_before"], found["repeated_stamps"]
    declared = {r.name: r.rate for r in recordings}
    return {
        "stamped": len(rates),
        "rate_found": _spread(rates),
        "jitter": _spread(found["jitter"]),
        "off": [
            {"recording": name, "declared": declared[name], "found": rate}
            for name, rate in rates.items()
            if abs(rate / declared[name] - 1) > OFF
        ],
        "longest_step": _longest(found["longest_step"]),
        "gaps": len(gaps),
        "longest_gap": _longest(gaps),
        "repeated_stamps": int(sum(repeated.values())),
        "repeating": len(repeated),
    }


def clock_findings(found: Mapping[str, Any], recordings: int, rate: float) -> list[str]:
    """One sentence for each thing that is odd about the time stamps.

    Args:
        found: as `clock` gives.
        recordings: how many there are.
        rate: of the card (Hz).
    """
    said = []
    if found["off"]:
        named = [f"{o['recording']} ({o['found']:g} instead of {o['declared']:g} Hz)" for o in found["off"]]
        said.append(
            f"In {len(named):,} of {recordings:,} recordings the time stamps give another rate than the "
            f"declared one: {shortened(named)}."
        )
    if found["gaps"]:
        longest = found["longest_gap"]
        many = f"{found['gaps']:,} times" if found["gaps"] > 1 else "Once"
        said.append(
            f"{many} nothing was measured for a while and a recording ends there; the longest gap, "
            f"{longest['seconds']:g} s, lies before {longest['recording']}."
        )
    if found["jitter"] and found["jitter"]["highest"] > UNEVEN:
        said.append(
            "Samples do not come evenly: a step differs from the usual one by "
            f"{found['jitter']['median']:.0%} in the median recording, {found['jitter']['highest']:.0%} in "
            "the worst."
        )
    step = found["longest_step"]
    if step and step["seconds"] * rate > LONG:
        said.append(
            f"The longest step inside a recording lasts {step['seconds']:g} s, the time of "
            f"{step['seconds'] * rate:.0f} samples, in {step['recording']}."
        )
    if found["repeated_stamps"]:
        said.append(
            f"{found['repeated_stamps']:,} samples in {found['repeating']:,} recordings have the time stamp "
            "of the sample before them."
        )
    return said


def odd_lines(recordings: Sequence[Recording]) -> dict[str, list[dict[str, str]]]:
    """Lines of files that gave no sample, or only after mending, as the readers named them.

    Args:
        recordings: whose facts may hold LINES.

    Returns:
        by LINES, one mapping (recording, says) for each recording that has such lines.
    """
    return {
        kind: [{"recording": r.name, "says": r.facts[kind]} for r in recordings if r.facts.get(kind)]
        for kind in LINES
    }


def line_findings(odd: Mapping[str, Sequence[Mapping[str, str]]]) -> list[str]:
    """One sentence for broken lines and one for mended ones, where there are any.

    Args:
        odd: as `odd_lines` gives.
    """
    said = []
    for kind, what in (("broken_lines", "broken and gave no sample"), ("mended_lines", "mended")):
        texts = [str(entry["says"]) for entry in odd[kind]]
        if texts:
            count = sum(map(count_lines, texts))
            lines = "1 line was" if count == 1 else f"{count:,} lines were"
            said.append(f"{lines} {what}: {shortened(texts, '; ')}.")
    return said


def _numbers(recordings: Sequence[Recording], fact: str) -> dict[str, float]:
    """A fact by recording, where it is there and a number."""
    found = {}
    for recording in recordings:
        try:
            number = float(recording.facts[fact])
        except (KeyError, ValueError):
            continue
        if math.isfinite(number):
            found[recording.name] = number
    return found


def _spread(values: Mapping[str, float]) -> dict[str, float] | None:
    if not values:
        return None
    numbers = list(values.values())
    return {"median": statistics.median(numbers), "lowest": min(numbers), "highest": max(numbers)}


def _longest(values: Mapping[str, float]) -> dict[str, Any] | None:
    if not values:
        return None
    name = max(values, key=lambda name: values[name])
    return {"seconds": values[name], "recording": name}
