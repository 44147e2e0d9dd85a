"""What lies in the shared data where only a part of a dataset is there; cards say what the whole holds."""

from __future__ import annotations

HERE: dict[str, dict[str, int]] = {
    "dsads": {"recordings": 242, "people": 8, "rows": 570_000, "labelled": 570_000, "segments": 242},
    "wisdm19_watch": {
        "recordings": 829,
        "people": 46,
        "rows": 2_968_529,
        "labelled": 2_968_529,
        "segments": 829,
    },
}
"""By dataset, as `kodo.datasets.check.counts` gives them."""

SAID: dict[str, tuple[str, ...]] = {
    "utd_mhad": (
        "190 of 861 recordings have other channels than the card of utd_mhad; a22_s1_t1 has: "
        "place 'right thigh' instead of 'right wrist' (acceleration_x, acceleration_y, acceleration_z, "
        "rotation_rate_x, rotation_rate_y, rotation_rate_z).",
    ),
}
"""What differs from the card by design: the sensor of actions 22 to 27 sits at the thigh."""
