"""What the files hold, held against the card; everything that differs is said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kodo.datasets.recording import UNLABELLED, Channel, Recordings
from kodo.errors import KodoError


def counts(recordings: Recordings) -> dict[str, int]:
    """How much there is: recordings, people, rows, labelled rows, segments of one activity."""
    label = recordings.label
    edge = np.flatnonzero(label[1:] != label[:-1]) + 1
    first = np.unique(np.concatenate([edge, recordings.start]))
    return {
        "recordings": len(recordings),
        "people": len({r.subject for r in recordings}),
        "rows": sum(len(r.signal) for r in recordings),
        "labelled": int(np.count_nonzero(label != UNLABELLED)),
        "segments": int(np.count_nonzero(label[first] != UNLABELLED)),
    }


def usable(recordings: Recordings) -> None:
    """Refuse recordings with which nothing can be done.

    Args:
        recordings: as parsed.

    Raises:
        KodoError: there are none, two have one name, a label is no activity, nothing is labelled, a rate is
            not positive, or a channel was never measured.
    """
    card = recordings.card
    if len(recordings) == 0:
        raise KodoError(f"The files of {card.name} hold no recording.")
    names = [r.name for r in recordings]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise KodoError(f"{card.name} holds two recordings named '{twice}'.")
    low, high = int(recordings.label.min()), int(recordings.label.max())
    if high < 0:
        raise KodoError(
            f"Nothing in {card.name} is labelled with one of its {len(card.activities)} activities."
        )
    if low < UNLABELLED or high >= len(card.activities):
        wanted = f"from {UNLABELLED} to {len(card.activities) - 1}"
        raise KodoError(f"{card.name} holds the label {low if low < UNLABELLED else high}; wanted {wanted}.")
    wrong = next((r for r in recordings if not 0 < r.rate < np.inf), None)
    if wrong is not None:
        raise KodoError(f"Recording {wrong.name} of {card.name} has a rate of {wrong.rate:g} Hz.")
    # A channel that was measured once needs no further look.
    suspect = np.arange(len(recordings[0].channels))
    for recording in recordings:
        if not len(suspect):
            break
        suspect = suspect[np.isnan(recording.signal[:, suspect]).all(axis=0)]
    never = [recordings[0].channels[c].name for c in suspect]
    if never:
        raise KodoError(
            f"Channel {', '.join(never)} of {card.name} was never measured: all values of all "
            f"{len(recordings)} recordings are missing; leave it out of the description."
        )


def findings(recordings: Recordings) -> tuple[str, ...]:
    """All that is odd about recordings without making them useless, one sentence each.

    Args:
        recordings: as `kodo.load` gives them.

    Returns:
        what the card notes, differences from it (counts, rates, channels, activities), then constant
        channels and channels that single recordings lack; empty when there is nothing to say.
    """
    return (*recordings.card.notes, *differences(recordings), *_constant(recordings), *_lacking(recordings))


def differences(recordings: Recordings) -> tuple[str, ...]:
    """Where recordings differ from their card, one sentence each."""
    card = recordings.card
    said = []
    for noun, number in counts(recordings).items():
        wanted = card.counts.get(noun, number)
        if number != wanted:
            noun = card.subjects[1] if noun == "people" else noun
            said.append(f"{card.name} has {wanted:,} {noun} when complete; here are {number:,}.")
    rates = sorted({r.rate for r in recordings} - {card.rate})
    if rates:
        got = ", ".join(f"{rate:g}" for rate in rates)
        said.append(f"The card of {card.name} says {card.rate:g} Hz; some recordings have {got} Hz.")
    other = [r for r in recordings if r.channels != card.channels]
    if other:
        said.append(
            f"{len(other)} of {len(recordings)} recordings have other channels than the card of {card.name}; "
            f"{other[0].name} has: {_other(other[0].channels, card.channels)}."
        )
    present = np.unique(recordings.label)
    absent = [name for code, name in enumerate(card.activities) if code not in present]
    if absent:
        said.append(f"Nothing in {card.name} is labelled {', '.join(absent)}.")
    return tuple(said)


def _other(channels: Sequence[Channel], wanted: Sequence[Channel]) -> str:
    """What is different about channels; where their names are the same, the facts that are not."""
    if [c.name for c in channels] != [c.name for c in wanted]:
        return ", ".join(c.name for c in channels)
    facts: dict[str, list[str]] = {}
    for channel, card in zip(channels, wanted, strict=True):
        for fact, value in vars(channel).items():
            if value != getattr(card, fact):
                facts.setdefault(f"{fact} '{value}' instead of '{getattr(card, fact)}'", []).append(
                    channel.name
                )
    return "; ".join(f"{fact} ({', '.join(names)})" for fact, names in facts.items())


def _constant(recordings: Recordings) -> list[str]:
    # One recording at a time: a dataset may be larger than memory.
    parts = [(np.fmin.reduce(r.signal), np.fmax.reduce(r.signal)) for r in recordings]
    low = np.fmin.reduce([part[0] for part in parts])
    high = np.fmax.reduce([part[1] for part in parts])
    names = [channel.name for channel in recordings[0].channels]
    return [
        f"Channel {names[channel]} is {low[channel]:g} in every sample: it says nothing."
        for channel in np.flatnonzero(low == high)
    ]


def _lacking(recordings: Recordings) -> list[str]:
    """One sentence for all channels that the same recordings lack: a lost hand is not 63 lost channels."""
    lacks: dict[int, list[str]] = {}
    for recording in recordings:
        # A missing value at the start makes a channel suspect; only those are read whole.
        suspect = np.flatnonzero(np.isnan(recording.signal[0]))
        for number in suspect[np.isnan(recording.signal[:, suspect]).all(axis=0)].tolist():
            lacks.setdefault(number, []).append(recording.name)
    lost: dict[tuple[str, ...], list[str]] = {}
    for number in sorted(lacks):
        lost.setdefault(tuple(lacks[number]), []).append(recordings[0].channels[number].name)
    said = []
    for without, names in lost.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        which = f"Channel {names[0]} is" if len(names) == 1 else f"Channels {', '.join(names[:3])}{more} are"
        said.append(
            f"{which} missing in {len(without)} of {len(recordings)} recordings, such as {without[0]}."
        )
    return said
