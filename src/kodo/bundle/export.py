"""What leaves the house: a fitted recipe as one file that needs no torch."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from kodo.bundle.bundle import CHECKSUMS, FORMAT, META, MODEL, session
from kodo.bundle.graph import to_onnx
from kodo.bundle.parity import FOURIER, compare, examples, signals
from kodo.datasets.recording import Channel, Recording, sensors
from kodo.errors import KodoError
from kodo.files import replacing
from kodo.training.trainer import Fitted
from kodo.windows.cut import Windows
from kodo.windows.step import SignalStep

CARD = ("name", "title", "subjects", "licence", "commercial", "citation", "address")
"""Facts of the dataset that travel with what was learned from it."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of the files in a bundle: equal recipes give equal bundles."""


def export(
    fitted: Fitted,
    windows: Windows,
    path: Path,
    *,
    card: Mapping[str, Any],
    recipe: Mapping[str, Any],
    steps: Sequence[SignalStep] = (),
) -> Path:
    """Write a bundle: the graph with its batch steps, what it needs, where it comes from, checksums.

    Args:
        fitted: the recipe, fitted.
        windows: what it was fitted on; file and torch are compared on some of them.
        path: of the bundle (`NAME.kodo`); written whole or not at all.
        card: the dataset's facts (`Dataset.facts()`).
        recipe: what was fitted, as JSON can hold it: `model` (name), `lengths` ("fixed" | "any"),
            `smallest` (samples), `people` (number trained on), and all that a reader of the model card
            should see: `parameters`, `prepare`, `train`, `seed`, `evaluated`.
        steps: signal steps that were applied before cutting.

    Returns:
        the path.

    Raises:
        KodoError: a step needs whole recordings, a part has no counterpart in ONNX, the file differs from
            torch, or it could not be written.
    """
    for step in steps:
        if step.scope != "causal":
            raise KodoError(
                f"The signal step {_name(step)} needs the whole recording, so it cannot run where samples "
                "arrive one by one: fit without it, or with a causal step in its place."
            )
    shortest = int(recipe.get("smallest", 1)) if recipe["lengths"] == "any" else None
    if shortest is None and windows.cutting.seconds is None:
        raise KodoError(
            f"{recipe['model']} takes windows of one length, and these are whole sequences of unequal "
            "length: cut windows of fixed seconds, or take a model that takes every length."
        )
    needed = _needed(windows, card, steps)
    parts = fitted.export()
    example = signals(windows, examples(windows, 2))
    graph = to_onnx(parts, example, len(windows.activities), shortest)
    content = graph.SerializeToString(deterministic=True)
    fourier = any(node.op_type in FOURIER for node in graph.graph.node)
    parity = compare(parts, fitted, session(content, path.name), windows, shortest, fourier)
    meta = _meta(windows, card, recipe, steps) | {"channels": [vars(channel) for channel in needed]}
    meta["sensors"] = _sensors(windows, [channel.name for channel in needed])
    meta |= {"parameter_count": fitted.parameter_count, "parity": parity}
    _write(path, {MODEL: content, META: _json(meta)})
    return path


def _meta(
    windows: Windows, card: Mapping[str, Any], recipe: Mapping[str, Any], steps: Sequence[SignalStep]
) -> dict[str, Any]:
    cutting = windows.cutting
    hop = None if cutting.seconds is None else cutting.seconds * (1 - cutting.overlap)
    return {
        "format": FORMAT,
        "kodo": _version(),
        "activities": list(windows.activities),
        "inputs": [channel.name for channel in windows.channels],
        "rate": windows.rate,
        "window": {
            "seconds": cutting.seconds,
            "overlap": cutting.overlap,
            "samples": windows.longest,
            "hop_seconds": hop,
        },
        "lengths": recipe["lengths"],
        "smallest": int(recipe.get("smallest", 1)),
        "steps": [step.key for step in steps],
        "recipe": dict(recipe),
        "dataset": {name: card.get(name) for name in CARD},
        "windows": len(windows),
    }


def _needed(windows: Windows, card: Mapping[str, Any], steps: Sequence[SignalStep]) -> tuple[Channel, ...]:
    """What a recording must hold: the graph's channels, or before steps all that the dataset measures."""
    if not steps:
        return windows.channels
    measured = tuple(Channel(**channel) for channel in card["channels"])
    signal, label = np.zeros((64, len(measured)), np.float32), np.zeros(64, np.int16)
    tried = Recording(str(card["name"]), "", "", "", windows.rate, measured, signal, label)
    for step in steps:
        tried = step(tried)
    lost = [channel.name for channel in windows.channels if channel not in tried.channels]
    if lost:
        raise KodoError(
            f"These windows hold {lost[0]}, which {', '.join(map(_name, steps))} cannot make of the channels "
            f"of {card['name']}: export with the steps that were applied before cutting."
        )
    return measured


def _sensors(windows: Windows, measured: Sequence[str]) -> list[dict[str, Any]]:
    """Each measured sensor with the median length of its vector: by it another unit is noticed."""
    rows = examples(windows, 256)
    signal = signals(windows, rows)
    found = []
    for group in sensors(windows.channels):
        names = [windows.channels[position].name for position in group]
        if not set(names) <= set(measured):
            continue
        length = np.sqrt(np.square(signal[:, group].astype(np.float64)).sum(axis=1))
        seen = length[np.isfinite(length)]
        found.append(
            {
                "channels": names,
                "median_length": float(np.median(seen)) if len(seen) else None,
            }
        )
    return found


def _write(path: Path, parts: Mapping[str, bytes]) -> None:
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*parts.items(), (CHECKSUMS, _json(checksums))):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _name(step: SignalStep) -> str:
    key = step.key
    return f"'{key[0]}'" if key and isinstance(key[0], str) else type(step).__name__


def _version() -> str:
    try:
        return version("kodo")
    except PackageNotFoundError:
        return "unknown"
