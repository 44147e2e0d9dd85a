"""What each channel's values are: range, missing ones, and whether the sensor was at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.lines import shortened
from kodo.datasets.inspection.blocks import blocks, by_channels
from kodo.datasets.recording import Recording

SENSED = ("acceleration", "rotation_rate", "magnetic_field", "voltage")
"""Quantities of sensors that have a largest value; a landmark has none."""

RUN = 3
"""A channel that keeps its very lowest or highest value for so many samples in a row was at its end."""


def values(recordings: Sequence[Recording]) -> list[dict[str, Any]]:
    """The values of each channel.

    Args:
        recordings: of one dataset; those with other channels (another place) are kept apart.

    Returns:
        one mapping per channel: `channel`, `place`, `unit`, `lowest`, `highest` (None where nothing was
        measured), `missing` (share of its values, 0 to 1), and for sensors `at_lowest`, `at_highest` (share
        of its values), `run_at_lowest`, `run_at_highest` (samples in a row).
    """
    found = []
    for channels, items in by_channels(recordings).items():
        extremes = np.array([_extremes(r.signal) for r in items])
        lowest = np.fmin.reduce(extremes[:, 0], axis=0)
        highest = np.fmax.reduce(extremes[:, 1], axis=0)
        rows = sum(len(r.signal) for r in items)
        for column, channel in enumerate(channels):
            ends = (float(lowest[column]), float(highest[column]))
            seen = np.isfinite(ends[0])
            entry: dict[str, Any] = {"channel": channel.name, "place": channel.place, "unit": channel.unit}
            entry["lowest"], entry["highest"] = ends if seen else (None, None)
            entry["missing"] = float(extremes[:, 2, column].sum()) / rows
            if channel.quantity in SENSED and seen and ends[0] < ends[1]:
                for position, name in enumerate(("lowest", "highest")):
                    reached = np.flatnonzero(extremes[:, position, column] == ends[position])
                    count, run = _at(ends[position], [items[i].signal[:, column] for i in reached])
                    entry[f"at_{name}"], entry[f"run_at_{name}"] = count / rows, run
            found.append(entry)
    return found


def value_findings(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence on channels that were at the end of their range, one on missing values.

    Args:
        found: as `values` gives.
    """
    said = []
    ended = []
    for entry in found:
        for name in ("lowest", "highest"):
            if entry.get(f"run_at_{name}", 0) >= RUN:
                place = "" if entry["place"] in entry["channel"] else f" ({entry['place']})"
                share = f"{100 * entry[f'at_{name}']:.2g} % of all"
                ended.append(
                    f"{entry['channel']}{place} stays at its {name} value, {entry[name]:g} {entry['unit']}, "
                    f"for up to {entry[f'run_at_{name}']} samples in a row ({share})"
                )
    if ended:
        said.append(f"The sensor was at the end of its range: {shortened(ended, '; ')}.")
    lost = sorted((e for e in found if e["missing"] > 0), key=lambda e: -e["missing"])
    if lost:
        named = [f"{entry['channel']} {100 * entry['missing']:.3g} %" for entry in lost]
        said.append(f"{len(lost)} of {len(found)} channels have missing values: {shortened(named)}.")
    return said


def _extremes(signal: NDArray[np.float32]) -> NDArray[np.float64]:
    """(3, channel) lowest, highest and number of missing values; NaN where nothing was measured."""
    parts = [
        (np.fmin.reduce(part), np.fmax.reduce(part), np.isnan(part).sum(axis=0)) for part in blocks(signal)
    ]
    low, high, missing = (np.array(column, np.float64) for column in zip(*parts, strict=True))
    return np.stack([np.fmin.reduce(low), np.fmax.reduce(high), missing.sum(axis=0)])


def _at(end: float, columns: Sequence[NDArray[np.float32]]) -> tuple[int, int]:
    """How many samples have this value, and how many in a row."""
    count, longest = 0, 0
    for column in columns:
        places = np.flatnonzero(column == np.float32(end))
        edges = np.flatnonzero(np.diff(places) != 1) + 1
        lengths = np.diff(np.concatenate([[0], edges, [len(places)]]))
        count, longest = count + len(places), max(longest, int(lengths.max()))
    return count, longest
