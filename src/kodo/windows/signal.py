"""Signal steps: what is done to a whole recording before it is cut (numpy and scipy only)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from kodo.datasets.recording import Recording, Recordings, gather
from kodo.files import digest


class SignalStep(Protocol):
    """A step from a recording to a recording; it may change length, rate and labels.

    `scope` says where it can run: `recording` needs the whole recording (offline only), `causal` uses past
    samples with a state and runs in the stream too. `key` is what JSON can hold of its name, settings and
    code version: equal keys, equal results.
    """

    @property
    def scope(self) -> Literal["recording", "causal"]: ...

    @property
    def key(self) -> list[object]: ...

    def __call__(self, recording: Recording) -> Recording: ...


def apply(steps: Sequence[SignalStep], recordings: Recordings) -> Recordings:
    """Apply signal steps, in order, to every recording.

    Args:
        steps: none gives back the very same recordings.
        recordings: as loaded.
    """
    if not steps:
        return recordings
    changed = list(recordings)
    for step in steps:
        changed = [step(recording) for recording in changed]
    return gather(recordings.card, changed, digest([recordings.checksum, [step.key for step in steps]]))
