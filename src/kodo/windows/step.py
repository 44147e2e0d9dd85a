"""What a signal step is: something done to a whole recording before it is cut, or to a stream in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import ClassVar, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import Channel, Recording

Scope = Literal["recording", "causal"]
State = TypeVar("State")


class SignalStep(Protocol):
    """A step from a recording to a recording; it may change length, rate, channels and labels.

    `scope` says where it can run: `recording` needs the whole recording (offline only), `causal` uses past
    samples with a state and runs in the stream too. `key` is what JSON can hold of its name, code version and
    settings: equal keys, equal results.
    """

    @property
    def scope(self) -> Scope: ...

    @property
    def key(self) -> list[object]: ...

    def __call__(self, recording: Recording) -> Recording: ...


class CausalStep(SignalStep, Protocol[State]):
    """A signal step that also runs piece by piece: however a signal is cut up, the result is the same."""

    def start(self, rate: float, channels: Sequence[Channel]) -> State: ...

    def run(self, chunk: NDArray[np.float32], state: State) -> tuple[NDArray[np.float32], State]: ...


class Settings:
    """What the dataclasses of signal steps share: a key of all that decides the result.

    Each has the class variables `name`, as in settings, and `version`, raised by hand when the step computes
    something else, so that nothing kept before is taken for it.
    """

    name: ClassVar[str]
    version: ClassVar[int]

    @property
    def key(self) -> list[object]:
        """Name, version of the code, settings."""
        return [self.name, self.version, asdict(self)]  # type: ignore[call-overload]
