"""The same samples twice, or nearly: in two recordings, under two people, or a sensor that stood still."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.lines import shortened
from kodo.datasets.inspection.near_copies import near_copies
from kodo.datasets.recording import PEOPLE, Recording, Recordings

SECONDS = 2.0
"""Shorter copied stretches are not looked for."""

EVERY = 8
"""About one row in so many is held against all others; which ones, their own values say."""

STUCK = 0.01
"""A share of rows that repeat the row before them above this is named."""

FACTOR = np.uint64(0x9E3779B97F4A7C15)


def copies(recordings: Recordings) -> dict[str, Any]:
    """Recordings and stretches whose samples are those of others, and rows that repeat the one before.

    Args:
        recordings: of one dataset.

    Returns:
        `whole` (groups of recordings with equal content, each with its person), `stretches` (mappings with
        recording, person, start, activity, the same of the other one as `other`, `other_person`, …, and
        seconds), `near` (the same of stretches that are not equal but nearly so, with difference and factor
        as `kodo.datasets.inspection.near_copies.NearCopy` has them) and `repeated_rows` (share of all rows).
    """
    groups = _groups(recordings)
    twins = {frozenset((a.name, b.name)) for group in groups for a, b in combinations(group, 2)}
    rows, same = _rows(recordings)
    found = _stretches(recordings, rows, same)
    return {
        "whole": [[{"recording": r.name, "person": r.subject} for r in group] for group in groups],
        "stretches": [
            entry for entry in found if frozenset((entry["recording"], entry["other"])) not in twins
        ],
        "near": _near(recordings, found),
        "repeated_rows": float(same.mean()) if len(same) else 0.0,
    }


def equal(recordings: Recordings) -> list[dict[str, Any]]:
    """Stretches whose samples are, bit for bit, those of another place; equal recordings of any length.

    Args:
        recordings: of one dataset.

    Returns:
        mappings as the `stretches` of `copies`.
    """
    start = dict(zip((r.name for r in recordings), recordings.start.tolist(), strict=True))
    whole = [
        _entry(recordings, np.array([start[one.name], start[other.name]]), len(one.signal))
        for group in _groups(recordings)
        for one, other in combinations(group, 2)
    ]
    known = {(entry["recording"], entry["other"]) for entry in whole}
    found = _stretches(recordings, *_rows(recordings))
    return [*whole, *(entry for entry in found if (entry["recording"], entry["other"]) not in known)]


def copy_findings(found: Mapping[str, Any], subjects: tuple[str, str] = PEOPLE) -> list[str]:
    """One sentence for each kind of copy.

    Args:
        found: as `copies` gives.
        subjects: what the people are called, one and many.
    """
    one, many = subjects
    whose = f"{many}'" if many.endswith("s") else f"{many}'s"
    said = []
    across = [group for group in found["whole"] if len({member["person"] for member in group}) > 1]
    for groups, what in (
        (across, f"the same content under two {whose} codes"),
        ([group for group in found["whole"] if group not in across], "the same content under two names"),
    ):
        if groups:
            named = [" = ".join(f"{m['recording']} ({one} {m['person']})" for m in group) for group in groups]
            said.append(f"{sum(map(len, groups)):,} recordings hold {what}: {shortened(named, '; ')}.")
    if found["stretches"]:
        named = [place(entry, one) + ")" for entry in _in_order(found["stretches"])]
        said.append(f"The same samples stand in two places: {shortened(named, '; ')}.")
    if found["near"]:
        named = [f"{place(entry, one)}; {_how_near(entry)})" for entry in _in_order(found["near"])]
        said.append(f"Nearly the same samples stand in two places: {shortened(named, '; ')}.")
    if found["repeated_rows"] > STUCK:
        said.append(f"{found['repeated_rows']:.1%} of all rows repeat the row before them, value for value.")
    return said


def _in_order(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stretches of two people first, the longest first."""
    return sorted(entries, key=lambda s: (s["person"] == s["other_person"], -s["seconds"]))


def place(entry: Mapping[str, Any], one: str) -> str:
    """Where a stretch stands twice, its last bracket open.

    Args:
        entry: one of the stretches of `copies`.
        one: what one of the people is called.
    """
    return (
        f"{entry['seconds']:.1f} s of {entry['recording']} ({one} {entry['person']}, {entry['activity']}) "
        f"are in {entry['other']} too ({one} {entry['other_person']}, {entry['other_activity']}"
    )


def _how_near(entry: Mapping[str, Any]) -> str:
    """How far apart two stretches are, and in what unit."""
    apart = "less than 0.01%" if entry["difference"] < 1e-4 else f"{entry['difference']:.2%}"
    scaled = "" if entry["factor"] == 1 else f"{entry['factor']:.4g} times as large, "
    return f"{scaled}{apart} of their standard deviation apart"


def _groups(recordings: Recordings) -> list[list[Recording]]:
    """Recordings with equal content."""
    whole: dict[bytes, list[Recording]] = {}
    for recording in recordings:
        key = hashlib.blake2b(np.ascontiguousarray(recording.signal).data, digest_size=16).digest()
        whole.setdefault(key, []).append(recording)
    return [group for group in whole.values() if len(group) > 1]


def _rows(recordings: Recordings) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """(time,) a number per row that equal rows share; (time - 1,) whether the next row of it is the same."""
    rows = _row_codes(recordings)
    same = rows[1:] == rows[:-1]
    same[recordings.start[1:] - 1] = False
    return rows, same


def _row_codes(recordings: Recordings) -> NDArray[np.uint64]:
    """(time,) a number per row that equal rows share; in blocks, so that memory stays small."""
    end = int(recordings.start[-1]) + len(recordings[-1].signal)
    weight = np.random.default_rng(0).integers(1, 2**63, recordings.signal.shape[1], np.uint64)
    weight = weight * np.uint64(2) + np.uint64(1)
    codes = np.empty(end, np.uint64)
    step = max(1, 2**20 // len(weight))
    for first in range(0, end, step):
        part = np.ascontiguousarray(recordings.signal[first : min(first + step, end)]).view(np.uint32)
        codes[first : first + len(part)] = ((part.astype(np.uint64) + FACTOR) * (weight + np.uint64(1))).sum(
            axis=1
        )
    return codes


def _stretches(
    recordings: Recordings, rows: NDArray[np.uint64], same: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    samples = 1
    while samples < SECONDS * recordings.card.rate * 0.75:
        samples *= 2
    if len(rows) <= samples:
        return []
    code = _rolled(rows, samples)
    place = _anchors(recordings, code, same, samples)
    code = code[place]
    order = np.argsort(code, kind="stable")
    code, place = code[order], place[order]
    twice = np.flatnonzero(code[1:] == code[:-1])
    return _joined(recordings, np.stack([place[twice], place[twice + 1]], axis=1), samples)


def _rolled(rows: NDArray[np.uint64], samples: int) -> NDArray[np.uint64]:
    """(time - samples + 1,) a number per stretch of `samples` rows (a power of two) that equal ones share."""
    code, power, length = rows, FACTOR, 1
    with np.errstate(over="ignore"):
        while length < samples:
            code = code[:-length] * power + code[length:]
            power, length = power * power, 2 * length
    return code


def _anchors(
    recordings: Recordings, code: NDArray[np.uint64], same: NDArray[np.bool_], samples: int
) -> NDArray[np.int64]:
    """Rows whose stretch lies inside one recording, changes often enough, and is chosen by its own values."""
    chosen = np.flatnonzero((code >> np.uint64(33)) % np.uint64(EVERY) == 0)
    owner = np.searchsorted(recordings.start, chosen, side="right") - 1
    end = recordings.start + [len(r.signal) for r in recordings]
    still = np.concatenate([[0], np.cumsum(same)])
    repeats = still[chosen + samples - 1] - still[chosen]
    kept: NDArray[np.int64] = chosen[(chosen + samples <= end[owner]) & (repeats < samples // 2)]
    return kept


def _joined(recordings: Recordings, pairs: NDArray[np.int64], samples: int) -> list[dict[str, Any]]:
    """Pairs of equal stretches at one distance, joined where they follow one another."""
    order = np.lexsort((pairs[:, 0], pairs[:, 1] - pairs[:, 0]))
    pairs = pairs[order]
    owner = np.searchsorted(recordings.start, pairs, side="right") - 1
    distance = pairs[:, 1] - pairs[:, 0]
    new = np.ones(len(pairs), bool)
    new[1:] = (
        (np.diff(distance) != 0) | (np.diff(pairs[:, 0]) > samples) | (np.diff(owner, axis=0) != 0).any(1)
    )
    firsts = np.flatnonzero(new)
    lasts = np.append(firsts, len(pairs))[1:] - 1
    return [
        _entry(recordings, pairs[first], int(pairs[last, 0] + samples - pairs[first, 0]))
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    ]


def _near(recordings: Recordings, equal: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nearly equal stretches, without those of which more than half is told already as equal."""
    told: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for entry in equal:
        place = (entry["start"], entry["start"] + entry["seconds"])
        told.setdefault((entry["recording"], entry["other"]), []).append(place)
    found = []
    for copy in near_copies(recordings):
        entry = _entry(recordings, np.array(copy.rows), copy.samples)
        begin, end = entry["start"], entry["start"] + entry["seconds"]
        places = told.get((entry["recording"], entry["other"]), [])
        shared = sum(max(0.0, min(end, last) - max(begin, first)) for first, last in places)
        if shared <= entry["seconds"] / 2:
            found.append(entry | {"difference": copy.difference, "factor": copy.factor})
    return found


def _entry(recordings: Recordings, rows: NDArray[np.int64], samples: int) -> dict[str, Any]:
    """A stretch that begins at (2,) rows of the buffer, in words and seconds."""
    owner = np.searchsorted(recordings.start, rows, side="right") - 1
    one, other = (recordings[i] for i in owner.tolist())
    begin, other_begin = (rows - recordings.start[owner]).tolist()
    return {
        "recording": one.name, "person": one.subject, "start": begin / one.rate,
        "activity": _activity(recordings, one, begin),
        "other": other.name, "other_person": other.subject, "other_start": other_begin / one.rate,
        "other_activity": _activity(recordings, other, other_begin),
        "seconds": samples / one.rate,
    }  # fmt: skip


def _activity(recordings: Recordings, recording: Recording, sample: int) -> str:
    label = int(recording.label[sample])
    return recordings.card.activities[label] if label >= 0 else "unlabelled"
