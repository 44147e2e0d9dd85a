"""Stretches that stand under another name and were changed a little: how many are found, at what cost.

    KODO_DATA=... python benchmarks/near_copies.py

28 stretches of 12 s with movement are copied from one recording into another, changed, and looked for. Beside
it stand what is reported of the dataset as it is, how near to each other stretches come that are no copies
(found by a wider search), and processor time, medians of alternating runs: equal bit for bit alone, and all.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from time import process_time
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.inspection import copies as exact
from kodo.datasets.inspection import near_copies as near
from kodo.datasets.recording import Recordings, gather
from kodo.datasets.store import load
from kodo.errors import KodoError

Signal = NDArray[np.float64]
SECONDS, PLANTED, RUNS = 12.0, 28, 7
WIDER = 0.2
"""Shapes that are less alike than this are no candidates for the nearest pair that is no copy."""

CHANGES: dict[str, Callable[[Signal, Signal, np.random.Generator], Signal]] = {
    "noise of 1e-7": lambda x, _, random: x + random.normal(size=x.shape) * 1e-7,
    "noise of 1 %": lambda x, spread, random: x + random.normal(size=x.shape) * 0.01 * spread,
    "three digits": lambda x, _spread, _random: np.round(x, 3),
    "another unit": lambda x, _spread, _random: x / 9.80665,
    "another zero": lambda x, spread, _random: x + 0.3 * spread,
}


def planted(recordings: Recordings, change: str) -> tuple[Recordings, set[frozenset[str]]]:
    """The dataset with changed copies in it, and the recordings that then share one."""
    random = np.random.default_rng(0)
    items = [replace(item, signal=np.array(item.signal)) for item in recordings]
    rows = int(SECONDS * recordings.card.rate)
    long = [i for i, item in enumerate(items) if len(item.signal) > 4 * rows]
    random.shuffle(long)
    wanted = set()
    for one, other in list(zip(long[::2], long[1::2], strict=False))[:PLANTED]:
        source, target = recordings[one].signal, items[other].signal
        spread = source.std(0)
        starts = random.integers(len(source) - rows, size=200)
        moving = (s for s in starts if np.median(source[s : s + rows].std(0) / spread) > 0.3)
        if (start := next(moving, None)) is None:
            continue
        to = int(random.integers(len(target) - rows))
        part = source[start : start + rows].astype(np.float64)
        target[to : to + rows] = CHANGES[change](part, spread, random)
        wanted.add(frozenset((items[one].name, items[other].name)))
    return gather(recordings.card, items, "planted"), wanted


def nearest(recordings: Recordings) -> float:
    """How far two stretches are apart that are no copies, at least."""
    half = round(near.SECONDS / 2 * recordings.card.rate)
    with mock.patch.object(near, "ALIKE", WIDER):
        pairs = near._alike(recordings, *near._peaks(recordings, half))
    spread = near._spread(recordings, near._owner(recordings, pairs))
    apart = near._differences(recordings, pairs, spread, half)
    return float(apart[apart != near.EQUAL].min())


def seconds(recordings: Recordings) -> tuple[float, float]:
    """Processor time of looking for what is equal bit for bit, and of looking for all."""
    alone, everything = [], []
    for _ in range(RUNS):
        with mock.patch.object(exact, "near_copies", return_value=[]):
            begin = process_time()
            exact.copies(recordings)
            alone.append(process_time() - begin)
        begin = process_time()
        exact.copies(recordings)
        everything.append(process_time() - begin)
    return statistics.median(alone), statistics.median(everything)


def main() -> None:
    """Run all and print a part per dataset."""
    for name in ("watch", "hapt", "dsads"):
        try:
            recordings = load(name)
        except KodoError as error:
            print(f"{name}: left out: {error}")
            continue
        alone, everything = seconds(recordings)
        print(
            f"{name}: {len(exact.copies(recordings)['near'])} reported; nearest that is no copy "
            f"{nearest(recordings):.1%} apart, the limit is {near.LIMIT:.0%}"
        )
        print(f"  equal bit for bit {alone:.3f} s, all {everything:.3f} s   {everything / alone:.2f} x")
        for change in CHANGES:
            changed, wanted = planted(recordings, change)
            found = {frozenset((e["recording"], e["other"])) for e in exact.copies(changed)["near"]}
            print(f"  {change:14} {len(found & wanted)} of {len(wanted)} found, {len(found - wanted)} others")


if __name__ == "__main__":
    main()
