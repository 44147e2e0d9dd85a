"""A short piece of signal as a small picture: a panel per sensor, a line per axis; needs no matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

WIDTH, PANEL, FOOT = 240, 76, 16
"""Size in px of a picture, where a letter is 10 px high."""

LEFT, TOP = 34, 4
"""Room for the numbers at the vertical axis, and above a panel."""

POINTS = 200
"""Most points of one line in any picture."""

FEW = 120
"""Most points of one line of a sample: one for every second px, and no more of the data than that."""

GREY = "#767676"
"""Letters and axes of a sheet, to be read on white and on black."""


def height(panels: int) -> int:
    """Height in px of a picture with so many panels."""
    return panels * PANEL + FOOT


def sample(
    panels: Sequence[tuple[str, NDArray[np.float32]]],
    rate: float,
    limits: NDArray[np.float64],
    colours: Sequence[str],
) -> str:
    """A piece of signal as an `<svg>` element.

    Args:
        panels: per sensor the letters of its axes and its signal (channel, time), NaN where nothing was
            measured.
        rate: samples per second (Hz).
        limits: (sensor, 2) lowest and highest value of each vertical axis.
        colours: of the lines, one per axis.
    """
    seconds = max((signal.shape[1] - 1) / rate for _, signal in panels)
    parts = []
    for number, (letters, signal) in enumerate(panels):
        top, low, high = number * PANEL + TOP, float(limits[number, 0]), float(limits[number, 1])
        bottom = top + PANEL - TOP - 6
        parts.append(_axis(top, bottom, low, high))
        for values, colour in zip(signal, colours, strict=False):
            for points in _lines(values, top, bottom, low, high):
                parts.append(
                    f'<polyline points="{points}" stroke="{colour}" fill="none" stroke-width="1.1"/>'
                )
        shown = letters[: len(colours)]
        for place, (letter, colour) in enumerate(zip(shown, colours, strict=False)):
            x = WIDTH - 9 * (len(shown) - place)
            parts.append(f'<text x="{x}" y="{top + 7}" fill="{colour}">{escape(letter)}</text>')
    foot = height(len(panels))
    parts.append(f'<text x="{LEFT}" y="{foot - 4}">0</text>')
    parts.append(f'<text x="{WIDTH}" y="{foot - 4}" text-anchor="end">{seconds:.3g} s</text>')
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {foot}" aria-hidden="true" font-size="10" '
        f'fill="currentColor" stroke-linejoin="round">{"".join(parts)}</svg>'
    )


def sheet(pictures: Sequence[tuple[str, str]], panels: int, title: str, columns: int = 3) -> str:
    """Small pictures side by side as a file of their own, readable on a light and on a dark ground.

    Args:
        pictures: heading and `<svg>` of each, as `sample` gives.
        panels: of each picture.
        title: what is seen, for those who cannot see it.
        columns: pictures in a row.
    """
    across, down, head = WIDTH + 20, height(panels) + 34, 14
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    parts = []
    for place, (heading, picture) in enumerate(pictures):
        x, y = place % columns * across, place // columns * down
        text = heading if len(heading) <= 40 else heading[:39] + "…"
        inner = picture.replace("<svg ", f'<svg x="{x}" y="{y + head + 4}" width="{WIDTH}" ', 1)
        inner = inner.replace("viewBox", f'height="{height(panels)}" viewBox', 1)
        parts.append(f'<text x="{x}" y="{y + head - 2}" font-weight="600">{escape(text)}</text>{inner}')
    size = f"{columns * across - 20} {rows * down}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" color="{GREY}" fill="{GREY}" '
        f'font-family="system-ui, sans-serif" font-size="11"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>\n"
    )


def thin(values: NDArray[np.floating], points: int = POINTS) -> NDArray[np.int64]:
    """Positions that keep the shape of a line: the lowest and highest of each of `points` / 2 stretches.

    Args:
        values: (time,), NaN where nothing was measured.
        points: most positions to keep.

    Returns:
        (kept,) positions, rising; all of them when there are few.
    """
    count = len(values)
    if count <= points:
        return np.arange(count)
    edges = np.linspace(0, count, points // 2 + 1).astype(int)
    low, high = np.nan_to_num(values, nan=np.inf), np.nan_to_num(values, nan=-np.inf)
    kept = {0, count - 1}
    for first, last in pairwise(edges):
        kept |= {first + int(low[first:last].argmin()), first + int(high[first:last].argmax())}
    return np.array(sorted(kept), np.int64)


def _axis(top: int, bottom: int, low: float, high: float) -> str:
    return (
        f'<path d="M{LEFT} {top}V{bottom}H{WIDTH}" stroke="currentColor" stroke-width=".6" fill="none"/>'
        f'<text x="{LEFT - 4}" y="{top + 7}" text-anchor="end">{_number(high)}</text>'
        f'<text x="{LEFT - 4}" y="{bottom}" text-anchor="end">{_number(low)}</text>'
    )


def _number(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"


def _lines(values: NDArray[np.float32], top: int, bottom: int, low: float, high: float) -> list[str]:
    """Points of each stretch in which something was measured."""
    kept = thin(values, FEW)
    across = LEFT + kept * (WIDTH - LEFT) / max(1, len(values) - 1)
    down = bottom - (values[kept].astype(float) - low) / (high - low) * (bottom - top)
    found: list[list[str]] = [[]]
    for x, y in zip(across.tolist(), down.tolist(), strict=True):
        if y == y:
            found[-1].append(f"{x:.0f},{y:.1f}")
        elif found[-1]:
            found.append([])
    return [" ".join(points) for points in found if points]
