"""From a fitted recipe to one ONNX graph: torch's part, a forest's part, and what must hold for the file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import compose, helper, numpy_helper
from torch import Tensor, nn

from kodo.bundle.bundle import INPUT, OUTPUT
from kodo.errors import KodoError
from kodo.extras import require
from kodo.training.trainer import Exported
from kodo.training.trees import FLOOR

FEATURES = "features"
"""Name of the tensor between the feature module and a forest, (window, feature)."""

FORESTS = ("RandomForestClassifier", "ExtraTreesClassifier")
"""Estimators that give the same labels in a file."""


def to_onnx(
    parts: Exported, example: NDArray[np.float32], classes: int, shortest: int | None
) -> onnx.ModelProto:
    """One graph from a signal as measured to log-probabilities.

    Args:
        parts: what the fitted recipe gives.
        example: (window, channel, time), at least two windows, only its shape counts.
        classes: number of activities.
        shortest: fewest samples of a window where every length is taken; None = only the example's length.

    Raises:
        KodoError: something in it has no counterpart in ONNX, or a size that may vary was frozen.
    """
    output = OUTPUT
    if parts.estimator is not None:
        output = FEATURES
        _check_estimator(parts.estimator)
    model = _from_torch(parts.graph, example, output, shortest)
    if parts.estimator is not None:
        model = _with_forest(model, parts.estimator, classes)
    _strip(model)
    check_sizes(model, any_length=shortest is not None)
    return model


def check_sizes(model: onnx.ModelProto, any_length: bool) -> None:
    """Hold a graph to its promise: any number of windows and, where promised, any length.

    Args:
        model: as it will be written.
        any_length: whether the time dimension is promised too.

    Raises:
        KodoError: one of these dimensions is a fixed number, or the graph's ends are not named as agreed.
    """
    if [x.name for x in model.graph.input] != [INPUT] or [x.name for x in model.graph.output] != [OUTPUT]:
        raise KodoError(f"The exported graph must take '{INPUT}' alone and give '{OUTPUT}' alone.")
    shape = model.graph.input[0].type.tensor_type.shape.dim
    given = model.graph.output[0].type.tensor_type.shape.dim
    promised = [(shape[0], "number of windows"), (given[0], "number of windows")]
    if any_length:
        promised.append((shape[2], "window length"))
    for size, meaning in promised:
        if not size.dim_param:
            raise KodoError(
                f"The exported graph takes only one {meaning} ({size.dim_value}), and the model promises "
                "any; an operation in it freezes that size (max_pool1d does)."
            )


class _OneInput(nn.Module):
    """A graph without its optional mask."""

    def __init__(self, graph: nn.Module) -> None:
        super().__init__()
        self.recipe = graph  # an attribute named `graph` collides with torch's own and breaks the export

    def forward(self, signal: Tensor) -> Tensor:
        output: Tensor = self.recipe(signal)
        return output


def _from_torch(
    graph: nn.Module, example: NDArray[np.float32], output: str, shortest: int | None
) -> onnx.ModelProto:
    sizes: dict[int, Any] = {0: torch.export.Dim("window")}
    if shortest is not None:
        sizes[2] = torch.export.Dim("time", min=max(shortest, 2))
    try:
        with _quiet(), torch.no_grad():
            program = torch.onnx.export(
                _OneInput(graph).eval(),
                (torch.from_numpy(example),),
                input_names=[INPUT],
                output_names=[output],
                dynamic_shapes={INPUT: sizes},
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    except torch.onnx.errors.OnnxExporterError as error:
        cause: BaseException = error.__cause__ or error
        raise KodoError(f"{type(graph).__name__} cannot be exported to ONNX: {_sentence(cause)}") from error
    assert program is not None
    model: onnx.ModelProto = program.model_proto
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's chatter; its errors pass."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _check_estimator(estimator: Any) -> None:
    kind = type(estimator).__name__
    if kind not in FORESTS:
        raise KodoError(f"{kind} cannot be exported: of the estimators only {' and '.join(FORESTS)} can.")
    require("skl2onnx", "trees")


def _with_forest(features: onnx.ModelProto, estimator: Any, classes: int) -> onnx.ModelProto:
    """Feature graph and forest as one model whose output is log-probabilities."""
    converter = require("skl2onnx", "trees")
    # Versions that both converters know; the forest's own operators live in the second domain.
    opsets = {"": features.opset_import[0].version, "ai.onnx.ml": 3}
    count = int(estimator.n_features_in_)
    kinds = converter.common.data_types.FloatTensorType([None, count])
    with _quiet():
        forest = converter.to_onnx(
            estimator,
            initial_types=[(FEATURES, kinds)],
            target_opset=opsets,
            options={id(estimator): {"zipmap": False}},
        )
    probabilities = forest.graph.output[1].name
    forest = compose.add_prefix(forest, "forest_")
    forest.ir_version = features.ir_version
    model = compose.merge_models(
        features,
        forest,
        io_map=[(FEATURES, f"forest_{FEATURES}")],
        outputs=[f"forest_{probabilities}"],
    )
    _logarithm(model, np.asarray(estimator.classes_, np.int64), classes)
    return model


def _logarithm(model: onnx.ModelProto, known: NDArray[np.int64], classes: int) -> None:
    """End a graph of probabilities of the known classes in log-probabilities of all classes."""
    graph = model.graph
    source = graph.output[0].name
    window = graph.input[0].type.tensor_type.shape.dim[0].dim_param
    place = np.zeros((len(known), classes), np.float32)
    place[np.arange(len(known)), known] = 1
    graph.initializer.extend(
        [
            numpy_helper.from_array(place, "class_of_column"),
            numpy_helper.from_array(np.array(FLOOR, np.float32), "smallest_probability"),
        ]
    )
    graph.node.extend(
        [
            helper.make_node("MatMul", [source, "class_of_column"], ["probability"]),
            helper.make_node("Max", ["probability", "smallest_probability"], ["positive_probability"]),
            helper.make_node("Log", ["positive_probability"], [OUTPUT]),
        ]
    )
    graph.output[0].CopyFrom(helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, [window, classes]))


def _strip(model: onnx.ModelProto) -> None:
    """Remove what converters leave behind: names of tools, and stack traces with this machine's paths."""
    model.producer_name, model.producer_version, model.doc_string = "kodo", "", ""
    graph = model.graph
    graph.name, graph.doc_string = "recogniser", ""
    del graph.value_info[:]
    described = [model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer]
    for part in (*described, *model.functions):
        del part.metadata_props[:]
        part.doc_string = ""
    for function in model.functions:
        for node in function.node:
            del node.metadata_props[:]
            node.doc_string = ""


def _sentence(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
