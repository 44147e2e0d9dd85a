"""Does a sensor look as if it were in another unit? Gravity at rest and the range of rotation say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.lines import shortened
from kodo.datasets.inspection.blocks import blocks, by_channels
from kodo.datasets.recording import PEOPLE, Channel, Recording, in_order, sensors
from kodo.units import QUANTITIES, factor

GRAVITY = (0.8, 1.25)
"""Length (g) of an acceleration that feels gravity, at rest or in the middle of its samples."""

TURNING = (35.0, 2300.0)
"""How fast (deg/s) a body-worn sensor turns in the fastest thousandth of its samples; most end at 2,000."""

QUIET = 0.1
"""Share of a person's seconds, the stillest ones, that are taken for rest."""

WITHOUT = "without gravity"
"""Said in the place or device of an acceleration from which gravity was removed."""


def plausible(recordings: Sequence[Recording]) -> list[dict[str, Any]]:
    """The length of gravity at rest, or the range of rotation, of each sensor with three axes.

    Args:
        recordings: of one dataset.

    Returns:
        one mapping per sensor: `place`, `device`, `quantity`, `unit`, `measured` (in that unit: the median
        over people of the length at rest; the length of rotation that one sample in 1,000 exceeds), `people`
        (the same by person), `looks_like` (the unit it looks like, "" when nothing fits) and `gravity` (None
        for a rotation).
    """
    found = []
    for channels, items in by_channels(recordings).items():
        groups = [group for group in sensors(channels) if len(group) == 3]
        still = [group for group in groups if channels[group[0]].quantity == "acceleration"]
        turning = [group for group in groups if channels[group[0]].quantity == "rotation_rate"]
        if still:
            lengths = _at_rest(items, still)
            found += [_told(channels[group[0]], lengths[i]) for i, group in enumerate(still)]
        found += [_told(channels[group[0]], _range(items, group)) for group in turning]
    return [entry for entry in found if entry["people"]]


def unit_findings(found: Sequence[Mapping[str, Any]], subjects: tuple[str, str] = PEOPLE) -> list[str]:
    """One sentence for each sensor, or each person's sensor, that looks as if it were in another unit.

    Args:
        found: as `plausible` gives.
        subjects: what the people are called, one and many.
    """
    return [sentence for entry in found for sentence in _said(entry, subjects[1])]


def unit_like(quantity: str, unit: str, value: float) -> str:
    """The unit that a measured value looks as if it were in.

    Args:
        quantity: "acceleration" (the value is its length at rest) or "rotation_rate" (its range).
        unit: that it is said to be in.
        value: in that unit.

    Returns:
        the unit itself where that fits, else another that fits, else "".
    """
    low, high, reference = (*GRAVITY, "g") if quantity == "acceleration" else (*TURNING, "deg/s")
    fitting = [
        other for other in QUANTITIES[quantity] if low <= value * factor(quantity, other, reference) <= high
    ]
    return unit if unit in fitting else next(iter(fitting), "")


def _said(entry: Mapping[str, Any], many: str) -> list[str]:
    quantity, unit, like = entry["quantity"], entry["unit"], entry["looks_like"]
    what = " ".join(part for part in (entry["place"], entry["device"], quantity.replace("_", " ")) if part)
    size = f"{entry['measured']:.3g} {unit}"
    if quantity == "rotation_rate":
        said = f"The {what} exceeds {size} in one sample of 1,000"
        if not like:
            return [f"{said}: that fits no unit, or hardly anybody moved."]
    else:
        said = f"The {what} is {size} long at rest, and gravity is {factor(quantity, 'g', unit):.3g} {unit}"
        removed = WITHOUT in f"{entry['place']} {entry['device']}"
        if removed:
            return [f"{said}: gravity was not removed."] if like == unit else []
        if not like:
            return [f"{said}: gravity was removed, or the unit is one that kodo does not know."]
    if like != unit:
        return [f"{said}: it looks like {like}."]
    strange = {p: other for p, v in entry["people"].items() if (other := _like(entry, v)) not in ("", unit)}
    if not strange:
        return []
    named = [f"{person} ({entry['people'][person]:.3g})" for person in strange]
    return [
        f"{said}; of {len(strange)} of {len(entry['people'])} {many} it looks like "
        f"{' or '.join(sorted(set(strange.values())))} instead: {shortened(named)}."
    ]


def _like(entry: Mapping[str, Any], value: float) -> str:
    return unit_like(entry["quantity"], entry["unit"], value)


def _told(channel: Channel, people: Mapping[str, float]) -> dict[str, Any]:
    entry: dict[str, Any] = {key: getattr(channel, key) for key in ("place", "device", "quantity", "unit")}
    entry["people"] = {name: people[name] for name in in_order(list(people))}
    if people:
        entry["measured"] = float(np.median(list(people.values())))
        entry["looks_like"] = _like(entry, entry["measured"])
        entry["gravity"] = bool(entry["looks_like"]) if channel.quantity == "acceleration" else None
    return entry


def _at_rest(items: Sequence[Recording], groups: Sequence[Sequence[int]]) -> list[dict[str, float]]:
    """For each sensor and person, the median length of the mean of the stillest seconds."""
    seen: dict[str, list[NDArray[np.float64]]] = {}
    for recording in items:
        samples = min(max(2, round(recording.rate)), len(recording.signal))
        for part in blocks(recording.signal, samples):
            whole = part[: len(part) // samples * samples].reshape(-1, samples, part.shape[1])
            middle, spread = whole.mean(axis=1, dtype=np.float64), whole.var(axis=1, dtype=np.float64)
            pairs = [
                (np.linalg.norm(middle[:, list(group)], axis=1), spread[:, list(group)].sum(axis=1))
                for group in groups
            ]
            seen.setdefault(recording.subject, []).append(np.array(pairs))
    found: list[dict[str, float]] = [{} for _ in groups]
    for person, parts in seen.items():
        together = np.concatenate(parts, axis=2)
        for position, (length, spread) in enumerate(together):
            known = np.flatnonzero(np.isfinite(length))
            if len(known):
                stillest = known[np.argsort(spread[known], kind="stable")[: max(1, int(QUIET * len(known)))]]
                found[position][person] = float(np.median(length[stillest]))
    return found


def _range(items: Sequence[Recording], group: Sequence[int]) -> dict[str, float]:
    """For each person, the length of the rotation that one sample in 1,000 exceeds."""
    seen: dict[str, list[NDArray[np.float32]]] = {}
    for recording in items:
        for part in blocks(recording.signal):
            length = np.sqrt(np.square(part[:, list(group)]).sum(axis=1))
            seen.setdefault(recording.subject, []).append(length[np.isfinite(length)])
    return {
        person: float(np.quantile(length, 0.999))
        for person, parts in seen.items()
        if len(length := np.concatenate(parts))
    }
