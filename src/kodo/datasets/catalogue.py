"""Which datasets there are."""

from __future__ import annotations

import os
from pathlib import Path

from kodo.datasets.recording import Dataset
from kodo.errors import KodoError, near
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
        ("wisdm19_watch_gyroscope", "kodo.datasets.readers.wisdm19:WISDM19_WATCH_GYROSCOPE"),
        ("wisdm19_watch_both", "kodo.datasets.readers.wisdm19_joined:WISDM19_WATCH_BOTH"),
        ("wisdm19_phone", "kodo.datasets.readers.wisdm19:WISDM19_PHONE"),
        ("wisdm19_phone_gyroscope", "kodo.datasets.readers.wisdm19:WISDM19_PHONE_GYROSCOPE"),
        ("wisdm19_phone_both", "kodo.datasets.readers.wisdm19_joined:WISDM19_PHONE_BOTH"),
        ("usc_had", "kodo.datasets.readers.usc_had:USC_HAD"),
        ("wharf", "kodo.datasets.readers.wharf:WHARF"),
        ("hasc", "kodo.datasets.readers.hasc:HASC"),
        ("hasc_gyro", "kodo.datasets.readers.hasc:HASC_GYRO"),
        ("shrec17", "kodo.datasets.readers.shrec17:SHREC17"),
        ("shrec17_28", "kodo.datasets.readers.shrec17:SHREC17_28"),
        ("gislr", "kodo.datasets.readers.gislr:GISLR"),
        ("gislr_hdf5", "kodo.datasets.readers.gislr_hdf5:GISLR_HDF5"),
        ("gislr_top10", "kodo.datasets.readers.gislr_hdf5:GISLR_TOP10"),
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
    if means_folder(name):
        from kodo.datasets.readers.folder import card

        return card(Path(name).expanduser())
    if name not in DATASETS:
        known = near(name, DATASETS.names())
        raise KodoError(f"There is no dataset '{name}', and no folder of that name here. {known}")
    return DATASETS.get(name)


def means_folder(name: str) -> bool:
    """Whether a folder is meant and no registered dataset; these keep their names in every folder.

    Args:
        name: as typed.
    """
    separators = [s for s in (os.sep, os.altsep) if s]
    return any(s in name for s in separators) or (name not in DATASETS and Path(name).expanduser().is_dir())
