"""Which datasets there are."""

from __future__ import annotations

import os
from pathlib import Path

from kodo.datasets.recording import Dataset
from kodo.registry import Registry

DATASETS: Registry[Dataset] = Registry(
    "dataset",
    (
        ("watch", "kodo.datasets.readers.watch:WATCH"),
        ("hapt", "kodo.datasets.readers.hapt:HAPT"),
        ("synthetic", "kodo.datasets.synthetic:SYNTHETIC"),
    ),
    "kodo.datasets",
)
"""Every dataset by name."""

DEFAULT_DATASET = "watch"
"""The one that needs no download."""


def dataset(name: str) -> Dataset:
    """The card of a dataset.

    Args:
        name: of a registered dataset, or the path of a folder with a dataset.toml.

    Raises:
        KodoError: no such dataset; or the folder has no dataset.toml, or a wrong one.
    """
    path = Path(name).expanduser()
    separators = [s for s in (os.sep, os.altsep) if s]
    if any(s in name for s in separators) or (path.is_dir() and name not in DATASETS.names()):
        from kodo.datasets.readers.folder import card

        return card(path)
    return DATASETS.get(name)
