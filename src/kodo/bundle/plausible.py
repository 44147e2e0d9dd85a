"""Does a file look as if it were in another unit than it should?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kodo.bundle.bundle import Bundle
from kodo.datasets.inspection.plausible import GRAVITY
from kodo.errors import KodoError
from kodo.units import QUANTITIES, factor

BELIEVABLE = 2.5
"""How many times longer or shorter an acceleration with gravity may be than the one that was trained on."""

NOTEWORTHY = 20.0
"""The same for a rotation, which differs far more between activities: above it, a note is all."""


def check_lengths(name: str, signal: NDArray[np.float32], bundle: Bundle) -> str:
    """Compare the median length of each sensor's vector with the one the bundle was trained on.

    Args:
        name: of the file, for messages.
        signal: (time, channel), the bundle's channels.
        bundle: holds what is usual.

    Returns:
        a sentence on rotations that look odd, else "".

    Raises:
        KodoError: an acceleration that should feel gravity has another length; the unit it looks like is
            named.
    """
    names = [channel.name for channel in bundle.channels]
    notes = []
    for sensor in bundle.meta["sensors"]:
        columns = [names.index(channel) for channel in sensor["channels"]]
        channel = bundle.channels[columns[0]]
        usual, here = sensor["median_length"], _median_length(signal[:, columns])
        if not usual or not here or channel.quantity not in ("acceleration", "rotation_rate"):
            continue
        ratio = here / usual
        looks = _unit_like(channel.quantity, channel.unit, ratio)
        what = f"{channel.place} {channel.quantity.replace('_', ' ')}".strip()
        if channel.quantity == "rotation_rate":
            if not 1 / NOTEWORTHY < ratio < NOTEWORTHY and looks != channel.unit:
                notes.append(
                    f"The {what} in {name} looks like {looks}, and this bundle needs {channel.unit}: its "
                    f"median length is {here:.3g}, in training it was {usual:.3g}."
                )
        elif _feels_gravity(usual, channel.unit) and not 1 / BELIEVABLE < ratio < BELIEVABLE:
            raise KodoError(
                f"This bundle needs {what} in {channel.unit}; {name} looks like {looks}: the median length "
                f"of its vector is {here:.3g}, and {usual:.3g} is usual with gravity."
                if looks != channel.unit
                else f"This bundle needs {what} in {channel.unit} with gravity; the median length of its "
                f"vector in {name} is {here:.3g}, and {usual:.3g} is usual."
            )
    return " ".join(notes)


def _median_length(signal: NDArray[np.float32]) -> float | None:
    length = np.sqrt(np.square(signal.astype(np.float64)).sum(axis=1))
    seen = length[np.isfinite(length)]
    return float(np.median(seen)) if len(seen) else None


def _feels_gravity(length: float, unit: str) -> bool:
    return GRAVITY[0] <= length * factor("acceleration", unit, "g") <= GRAVITY[1]


def _unit_like(quantity: str, unit: str, ratio: float) -> str:
    """The unit in which a value `ratio` times too large would be as large as usual."""
    return min(QUANTITIES[quantity], key=lambda other: abs(np.log(ratio * factor(quantity, other, unit))))
