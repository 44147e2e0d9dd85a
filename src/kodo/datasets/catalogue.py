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
        ("utd_mhad", "kodo.datasets.readers.utd_mhad:UTD_MHAD"),
        ("utd_mhad_skeleton", "kodo.datasets.readers.utd_mhad:UTD_MHAD_SKELETON"),
        ("dsads", "kodo.datasets.readers.dsads:DSADS"),
        ("traduttore", "kodo.datasets.readers.traduttore:TRADUTTORE"),
        ("ucihar", "kodo.datasets.readers.ucihar:UCIHAR"),
        ("motionsense", "kodo.datasets.readers.motionsense:MOTIONSENSE"),
        ("mhealth", "kodo.datasets.readers.mhealth:MHEALTH"),
        ("pamap2", "kodo.datasets.readers.pamap2:PAMAP2"),
        ("wisdm", "kodo.datasets.readers.wisdm:WISDM"),
        ("wisdm19_watch", "kodo.datasets.readers.wisdm19:WISDM19_WATCH"),
        ("usc_had", "kodo.datasets.readers.usc_had:USC_HAD"),
        ("wharf", "kodo.datasets.readers.wharf:WHARF"),
        ("hasc", "kodo.datasets.readers.hasc:HASC"),
        ("shrec17", "kodo.datasets.readers.shrec17:SHREC17"),
        ("shrec17_28", "kodo.datasets.readers.shrec17:SHREC17_28"),
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
