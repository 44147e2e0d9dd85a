"""Optional packages: the line that installs them, said when one is missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from kodo.errors import KodoError


def require(module: str, extra: str) -> ModuleType:
    """Import an optional package.

    Args:
        module: what to import ("skl2onnx").
        extra: the extra of kodo that brings it ("trees").

    Raises:
        KodoError: it is not installed; the sentence holds the install line.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name != package:
            raise
        raise KodoError(f"This needs the package {package}: pip install 'kodo[{extra}]'") from None
