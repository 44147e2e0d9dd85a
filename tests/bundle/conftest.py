"""The bundle of an untrained network on made-up people, exported once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kodo.bundle.bundle import Bundle, open_bundle
from kodo.bundle.export import export
from kodo.datasets.recording import Recordings
from kodo.training.network import FittedNetwork
from kodo.windows.cut import Windows, cut
from made_bundle import CARD, RECIPE, Tiny, fitted, recordings


@pytest.fixture(scope="session")
def crowd() -> Recordings:
    return recordings()


@pytest.fixture(scope="session")
def windows(crowd: Recordings) -> Windows:
    return cut(crowd, seconds=2.0, overlap=0.5)


@pytest.fixture(scope="session")
def tiny(windows: Windows) -> FittedNetwork:
    return fitted(windows, Tiny(windows.longest))


@pytest.fixture(scope="session")
def path(windows: Windows, tiny: FittedNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the tiny network."""
    place = tmp_path_factory.mktemp("bundle") / "tiny.kodo"
    return export(tiny, windows, place, card=CARD.facts(), recipe=RECIPE)


@pytest.fixture(scope="session")
def bundle(path: Path) -> Bundle:
    return open_bundle(path)


@pytest.fixture(scope="session")
def altered(bundle: Bundle) -> Callable[..., Bundle]:
    """The bundle with other words in its meta."""
    return lambda **meta: replace(bundle, meta={**bundle.meta, **meta})
