"""The picture of a learning-rate sweep, as a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kodo.errors import KodoError
from kodo.files import replacing
from kodo.reports.drawing.svg import BLUE, INK, STYLE

SUFFIXES = (".svg", ".png")

SIZE = (6.0, 3.6)
"""Width and height, inches."""

BEYOND = 1.15
"""The smoothed loss is shown up to this many times its first value: what explodes would flatten all else."""


def draw_rate(
    path: Path,
    rate: NDArray[np.float64],
    loss: NDArray[np.float64],
    smoothed: NDArray[np.float64],
    marks: Mapping[str, float],
) -> None:
    """Draw losses over learning rates on a logarithmic axis.

    Args:
        path: of the picture; its suffix, .svg or .png, is its format.
        rate: (step,) growing.
        loss: (step,) of each batch.
        smoothed: (step,) the line that is read.
        marks: rates by what is said of them.

    Raises:
        KodoError: another suffix, or the picture could not be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise KodoError(f"A picture ends in {' or '.join(SUFFIXES)}; got {path}.")
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE | {"figure.facecolor": "white"})
        figure = Figure(figsize=SIZE, dpi=150)
        axes = figure.add_subplot()
        axes.plot(rate, loss, ".", color=INK, alpha=0.25, markersize=3)
        axes.plot(rate, smoothed, color=BLUE, linewidth=2)
        low, high = float(min(smoothed.min(), loss.min())), max(BEYOND * float(smoothed[0]), 1e-6)
        axes.set_ylim(low - 0.05 * (high - low), high)
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        for height, (says, where) in enumerate(marks.items()):
            axes.axvline(where, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
            axes.annotate(
                f"{where:.1e} {says}",
                (where, 0.98 - 0.08 * height),
                (4, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                va="top",
                bbox=paper,
            )
        axes.set(xscale="log", xlabel="learning rate", ylabel="training loss")
        axes.xaxis.set_major_formatter(lambda value, place: f"{value:g}")
        metadata = {"Date": None, "Creator": None} if suffix == ".svg" else {"Software": None}
        with replacing(path) as temporary:
            figure.savefig(temporary, format=suffix[1:], metadata=metadata)
