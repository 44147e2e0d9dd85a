"""Makes the files of this folder: six made-up people, three exercises, thirty seconds each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kodo.datasets.synthetic import people

RATE = 20.0
EXERCISES = ("rest", "curl", "press")


def main(folder: Path) -> None:
    """Write one CSV per person: ten seconds of each exercise, with unlabelled moments between.

    Args:
        folder: where to.
    """
    header = "time,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z,exercise"
    for recording in people(people=6, activities=3, seconds=10.0, rate=RATE, seed=1):
        if recording.session != "morning":
            continue
        names = np.array([*EXERCISES, ""])[recording.label]
        lines = [header]
        for row, (values, name) in enumerate(zip(recording.signal.tolist(), names, strict=True)):
            lines.append(f"{row / RATE:.2f}," + ",".join(f"{v:.3f}" for v in values) + f",{name}")
        file = folder / f"person{recording.subject}.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(__file__).parent)
