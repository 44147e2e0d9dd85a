"""Units of what body-worn sensors and trackers measure, and the factors between them."""

from __future__ import annotations

import math

from kodo.errors import KodoError, near

STANDARD_GRAVITY = 9.80665
"""m/s² in one g (the defined value, CGPM 1901)."""

QUANTITIES: dict[str, dict[str, float]] = {
    "acceleration": {"g": 1.0, "mg": 1e-3, "m/s²": 1 / STANDARD_GRAVITY},
    "rotation_rate": {"rad/s": 1.0, "deg/s": math.pi / 180, "mdeg/s": math.pi / 180e3},
    "magnetic_field": {"µT": 1.0, "mT": 1e3, "G": 100.0, "mG": 0.1, "a.u.": 1.0},
    "position": {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "image": 1.0},
    "velocity": {"m/s": 1.0, "cm/s": 1e-2, "mm/s": 1e-3, "image/s": 1.0},
    "angle": {"rad": 1.0, "deg": math.pi / 180},
    "temperature": {"°C": 1.0},
    "heart_rate": {"bpm": 1.0},
    "voltage": {"mV": 1.0, "V": 1e3},
    "other": {"": 1.0},
}
"""Each quantity's units with their size in the quantity's first unit."""

SPELLINGS = {
    "m/s2": "m/s²",
    "m/s^2": "m/s²",
    "ms-2": "m/s²",
    "uT": "µT",
    "μT": "µT",
    "dps": "deg/s",
    "°/s": "deg/s",
}
"""Other spellings that files and people use."""


def unit(text: str, quantity: str) -> str:
    """The house's spelling of a unit.

    Args:
        text: the unit as written ("m/s^2").
        quantity: one of QUANTITIES.

    Raises:
        KodoError: the quantity is unknown or has no such unit.
    """
    if quantity not in QUANTITIES:
        raise KodoError(f"There is no quantity '{quantity}'. {near(quantity, list(QUANTITIES))}")
    spelled = SPELLINGS.get(text, text)
    if spelled not in QUANTITIES[quantity]:
        known = ", ".join(QUANTITIES[quantity])
        raise KodoError(f"{quantity} is measured in one of: {known}; got '{text}'.")
    return spelled


def factor(quantity: str, source: str, target: str) -> float:
    """The number that turns values in `source` into values in `target` by multiplication.

    Raises:
        KodoError: the quantity is unknown or has no such unit.
    """
    sizes = QUANTITIES.get(quantity, {})
    return sizes[unit(source, quantity)] / sizes[unit(target, quantity)]
