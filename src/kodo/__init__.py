"""Recognise human activities from motion, and prove it on people never met.

The four verbs, each imported when first used: `load` recordings, `cut` them into windows, `evaluate` models
on people never met, `fit` one for use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kodo.datasets.store import load
    from kodo.street import evaluate, fit
    from kodo.windows.cut import cut

__all__ = ["__version__", "cut", "evaluate", "fit", "load"]

_HOMES = {
    "load": "kodo.datasets.store",
    "cut": "kodo.windows.cut",
    "evaluate": "kodo.street",
    "fit": "kodo.street",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("kodo")
    raise AttributeError(f"module 'kodo' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
