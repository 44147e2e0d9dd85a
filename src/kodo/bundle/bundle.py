"""A recogniser in one file: opened, checked, and ready to run without torch."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import Channel
from kodo.errors import KodoError

FORMAT = 1
"""Raised when a bundle can no longer be read by an older kodo."""

MODEL, META, CHECKSUMS = "model.onnx", "meta.json", "checksums.json"
"""The three files in a bundle."""

INPUT, OUTPUT = "signal", "log_probability"
"""What the graph takes, (window, channel, time), and gives, (window, class)."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """An opened bundle.

    Args:
        name: of its file, for messages.
        meta: what stands in `meta.json`.
        session: of onnxruntime, one thread.
    """

    name: str
    meta: Mapping[str, Any]
    session: Any

    @property
    def activities(self) -> tuple[str, ...]:
        """Class names, in the order of the probabilities."""
        return tuple(self.meta["activities"])

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The columns a recording must have, in order, before the causal steps."""
        return tuple(Channel(**channel) for channel in self.meta["channels"])

    @property
    def rate(self) -> float:
        """Samples per second it needs (Hz)."""
        return float(self.meta["rate"])

    def log_probabilities(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """Natural logarithms of the class probabilities.

        Args:
            signal: (window, channel, time) as measured; NaN = not measured.

        Returns:
            (window, class).
        """
        return run(self.session, signal)


def open_bundle(path: Path) -> Bundle:
    """Open a bundle and check that it is whole.

    Args:
        path: the `.kodo` file.

    Raises:
        KodoError: there is no such file, it is damaged, it is no bundle, or a newer kodo wrote it.
    """
    parts = _parts(path)
    try:
        promised, meta = json.loads(parts[CHECKSUMS]), json.loads(parts[META])
        for name in (MODEL, META):
            if hashlib.sha256(parts[name]).hexdigest() != promised[name]:
                raise KodoError(
                    f"{path} is damaged: {name} in it is not what was written; get the file again."
                )
        if meta["format"] > FORMAT:
            raise KodoError(
                f"{path} has format {meta['format']}, and this kodo reads up to {FORMAT}: update kodo."
            )
    except (ValueError, KeyError, TypeError) as error:
        raise KodoError(f"{path} is no bundle of kodo: its {META} or {CHECKSUMS} is unreadable.") from error
    return Bundle(path.name, meta, session(parts[MODEL], str(path)))


def session(model: bytes, name: str) -> Any:
    """An onnxruntime session of one thread.

    Args:
        model: the ONNX file's content.
        name: of where it comes from, for messages.

    Raises:
        KodoError: the installed onnxruntime cannot run it.
    """
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as faults

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except (faults.Fail, faults.InvalidGraph, faults.InvalidProtobuf, faults.NotImplemented) as error:
        raise KodoError(
            f"onnxruntime {onnxruntime.__version__} cannot run the model in {name}: {_first(error)}"
        ) from error


def run(session: Any, signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a session on windows.

    Args:
        session: as `session` gives.
        signal: (window, channel, time).

    Returns:
        (window, class) log-probabilities.
    """
    output: NDArray[np.float32] = session.run([OUTPUT], {INPUT: np.ascontiguousarray(signal, np.float32)})[0]
    return output


def _parts(path: Path) -> dict[str, bytes]:
    if not path.is_file():
        raise KodoError(f"There is no bundle {path}.")
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in (MODEL, META, CHECKSUMS)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise KodoError(
            f"{path} is damaged or no bundle of kodo ({_first(error)}); get the file again."
        ) from error
    except KeyError as error:
        raise KodoError(f"{path} is no bundle of kodo: {error.args[0]}") from error
    except OSError as error:
        raise KodoError(f"Could not read {path}: {(error.strerror or str(error)).lower()}.") from error


def _first(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
