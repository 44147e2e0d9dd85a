"""Made-up people who move: for tests, documentation and first steps, without any file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import UNLABELLED, Dataset, Recording, Recordings, gather, sensor
from kodo.errors import KodoError
from kodo.files import digest

ACTIVITIES = ("rest", "walk", "wave", "stir", "lift", "turn", "shake", "climb")
CHANNELS = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "rad/s"))
SESSIONS = ("morning", "evening")
REPEATS = 3
"""Times that everybody makes each gesture."""


def people(
    people: int = 6,
    activities: int = 4,
    seconds: float = 20.0,
    rate: float = 50.0,
    seed: int = 0,
    unequal: bool = False,
) -> Recordings:
    """Recordings of made-up people; each has a tempo, a strength and a way of wearing the watch.

    Args:
        people: how many; adding people does not change the others.
        activities: how many, 1 to 8; the first is rest.
        seconds: length of each labelled stretch; of the longest gesture when `unequal`.
        rate: samples per second (Hz).
        seed: other seeds are other people.
        unequal: one gesture per recording, 0.3 to 1 times `seconds` long, instead of recordings that hold
            every activity once with unlabelled moments between.

    Raises:
        KodoError: nobody, nothing to do, or no time.
    """
    if people < 1 or not 1 <= activities <= len(ACTIVITIES) or seconds * rate < 4:
        raise KodoError(
            f"Made-up people need at least 1 person, 1 to {len(ACTIVITIES)} activities and 4 samples; got "
            f"{people} people, {activities} activities, {seconds:g} s at {rate:g} Hz."
        )
    card = _card(activities, rate, None if unequal else 3.0)
    made = _gestures if unequal else _days
    recordings = [recording for person in range(people) for recording in made(person, card, seconds, seed)]
    settings = [people, activities, seconds, rate, seed, unequal]
    return gather(card, recordings, digest(["synthetic", card.version, settings], 64))


def read(folder: Path) -> Iterator[Recording]:
    """The recordings of the dataset `synthetic`; the folder is not looked at."""
    yield from people().items


def _days(person: int, card: Dataset, seconds: float, seed: int) -> Iterator[Recording]:
    """Two recordings of a person with every activity once, in another order."""
    for session, name in enumerate(SESSIONS):
        random = np.random.default_rng([seed, person, 1 + session])
        parts, labels = [], []
        for code in random.permutation(len(card.activities)).tolist():
            for label, length in ((UNLABELLED, random.uniform(1, 2)), (code, seconds)):
                parts.append(_movement(person, code, round(length * card.rate), card.rate, seed, random))
                labels.append(np.full(len(parts[-1]), label, np.int16))
                if label == UNLABELLED:  # on the way into the activity: rest fades into it
                    rest = _movement(person, 0, len(parts[-1]), card.rate, seed, random)
                    fade = np.linspace(0, 1, len(rest), dtype=np.float32)[:, None]
                    parts[-1] = (1 - fade) * rest + fade * parts[-1]
        yield _recording(card, person, name, name, np.concatenate(parts), np.concatenate(labels))


def _gestures(person: int, card: Dataset, seconds: float, seed: int) -> Iterator[Recording]:
    """Short recordings, each one movement that swells and fades."""
    for code, activity in enumerate(card.activities):
        for repeat in range(REPEATS):
            random = np.random.default_rng([seed, person, 10 + code, repeat])
            rows = max(4, round(random.uniform(0.3, 1) * seconds * card.rate))
            signal = _movement(person, code, rows, card.rate, seed, random)
            still = _movement(person, code, rows, card.rate, seed, random, strength=0)
            swell = np.sin(np.linspace(0, np.pi, rows, dtype=np.float32))[:, None]
            label = np.full(rows, code, np.int16)
            signal = still + swell * (signal - still)
            yield _recording(card, person, str(repeat + 1), f"{activity}-{repeat + 1}", signal, label)


def _recording(
    card: Dataset,
    person: int,
    session: str,
    name: str,
    signal: NDArray[np.float32],
    label: NDArray[np.int16],
) -> Recording:
    who = str(person + 1)
    return Recording(
        card.name, f"{who}-{name}", who, session, card.rate, CHANNELS, signal.astype(np.float32), label
    )


def _movement(
    person: int,
    code: int,
    rows: int,
    rate: float,
    seed: int,
    random: np.random.Generator,
    strength: float = 1.0,
) -> NDArray[np.float32]:
    """(time, 6): gravity in the posture of the activity, two harmonics of its tempo, noise."""
    activity = np.random.default_rng([code, 77])  # the same for everybody
    posture = np.array([0.0, 0.0, 2.0]) + activity.normal(size=3)
    posture /= np.linalg.norm(posture)
    swing = activity.uniform(0.15, 0.6, (2, 6)) * np.array([1, 1, 1, 3, 3, 3]) * (code > 0)
    phase = activity.uniform(0, 2 * np.pi, (2, 6))
    tempo = 0.9 + 0.2 * code

    habit = np.random.default_rng([seed, person, 0])  # the same whatever the person does
    tempo *= habit.normal(1, 0.15)
    strength *= habit.lognormal(0, 0.4)
    worn = _turned(habit.normal(0, 0.6, 3))

    time = np.arange(rows) / rate + random.uniform(0, 10)
    signal = np.zeros((rows, 6))
    for harmonic in (0, 1):
        angle = 2 * np.pi * tempo * (harmonic + 1) * time[:, None] + phase[harmonic]
        signal += strength / (harmonic + 1) * swing[harmonic] * np.sin(angle)
    signal[:, :3] += posture
    turned = np.concatenate([signal[:, :3] @ worn, signal[:, 3:] @ worn], axis=1)
    noise = random.normal(0, 1, (rows, 6)) * np.array([0.1] * 3 + [0.3] * 3)
    moved: NDArray[np.float32] = (turned + noise).astype(np.float32)
    return moved


def _turned(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) rotation about x, then y, then z (radians)."""
    turn = np.eye(3)
    for axis, angle in enumerate(angles):
        first, second = [a for a in range(3) if a != axis]
        one = np.eye(3)
        one[first, first] = one[second, second] = np.cos(angle)
        one[first, second], one[second, first] = -np.sin(angle), np.sin(angle)
        turn = turn @ one
    return turn


def _here() -> Path:
    return Path(__file__).parent


def _card(activities: int, rate: float, window: float | None) -> Dataset:
    return Dataset(
        name="synthetic",
        title="Made-up people",
        activities=ACTIVITIES[:activities],
        channels=CHANNELS,
        rate=rate,
        window=window,
        population="synthetic",
        licence="Made up by kodo; free for any use.",
        commercial=True,
        citation="",
        address="",
        folders=(),
        pattern=Path(__file__).name,  # whoever changes these lines changes the data
        read=read,
        locate=_here,
    )


SYNTHETIC = _card(4, 50.0, 3.0)
