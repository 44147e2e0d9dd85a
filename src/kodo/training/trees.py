"""The trainer of models that compute features: a random forest grows on them."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kodo.errors import KodoError
from kodo.space import SHARE, check_settings, setting
from kodo.training.suitable import check_windows, notes
from kodo.training.trainer import Exported, History, Recipe, Trainer
from kodo.windows.batch import Source
from kodo.windows.cut import Windows
from kodo.windows.prepare import Prepared, prepare

if TYPE_CHECKING:
    from kodo.evaluation.split import LeakySplit, Split

BATCH = 256
"""Windows whose features are computed at once."""

FLOOR = 1e-6
"""A forest's probabilities are at least this before their logarithm is taken: no tree voted is not never."""


@dataclass(frozen=True)
class TreesSettings:
    """What is done to features before trees see them; the forest itself is the model's."""

    # No search: it keeps rounding from being learned, and that is all it is for.
    constant: float = setting(
        1e-6,
        "a feature whose deviation is at most this share of its largest value is left out",
        allowed=SHARE,
    )


class Kept(nn.Module):
    """Batch steps, features, and of the features those that vary.

    Args:
        prepare: the batch steps, fitted.
        features: gives (window, feature), and has their `names`.
    """

    kept: Tensor

    def __init__(self, prepare: Prepared, features: Any) -> None:
        super().__init__()
        self.prepare = prepare
        self.features = features
        self.register_buffer("kept", torch.arange(len(features.names)))

    def forward(self, signal: Tensor) -> Tensor:
        """(window, kept feature) of a signal (window, channel, time) as measured."""
        features: Tensor = self.features(self.prepare(signal))
        return features.index_select(1, self.kept)


@dataclass(frozen=True, eq=False)
class FittedTrees:
    """What the trees trainer gives; see `kodo.training.trainer.Fitted`.

    Args:
        graph: from signals to the features that are kept.
        forest: a fitted scikit-learn classifier on them.
        history: how the fit went.
    """

    graph: Kept
    forest: Any
    history: History

    @property
    def learned_from(self) -> NDArray[np.int64] | None:
        """(window,) positions from which constants were taken before training; None where none were."""
        return self.graph.prepare.learned_from

    @property
    def parameter_count(self) -> int:
        """Thresholds and leaves of all trees."""
        return sum(int(tree.tree_.node_count) for tree in self.forest.estimators_)

    @property
    def size(self) -> int:
        """Bytes of the nodes of all trees and of what their leaves hold."""
        states = [tree.tree_.__getstate__() for tree in self.forest.estimators_]
        return sum(int(state["nodes"].nbytes + state["values"].nbytes) for state in states)

    def log_probabilities(self, windows: Windows, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(window, class) natural logarithms of the class probabilities; at least that of `FLOOR`."""
        said = np.zeros((len(rows), len(windows.activities)), np.float32)
        if len(rows):
            values = _features(self.graph, windows, rows)
            said[:, self.forest.classes_] = self.forest.predict_proba(values)
        logarithms: NDArray[np.float32] = np.log(np.maximum(said, np.float32(FLOOR)))
        return logarithms

    def export(self) -> Exported:
        """The feature module in evaluation mode, and the forest."""
        return Exported(copy.deepcopy(self.graph).eval(), self.forest)


def train(
    recipe: Recipe, windows: Windows, split: Split | LeakySplit, progress: Callable[[int, int], None]
) -> FittedTrees:
    """Grow a random forest on the features of the training windows; validation and test are not looked at.

    Args:
        recipe: what is fitted; `recipe.model` builds a module of features with their `names`, its parameters
            describe the forest, `recipe.settings` is a `TreesSettings`.
        windows: what the split's rows are positions of.
        split: who is learned from.
        progress: called with (1, 1) at the end.

    Raises:
        KodoError: windows that the model cannot take, or no feature that varies.
    """
    model = recipe.model
    check_windows(model, windows)
    steps = prepare(recipe.prepare, windows, split.train)
    features = model.build(
        windows.channels, windows.longest, windows.rate, len(windows.activities), recipe.parameters
    )
    graph = Kept(steps, features).eval()
    began = time.perf_counter()
    values = _features(graph, windows, split.train)
    varying = _varies(values, recipe.settings.constant)
    if not varying.any():
        raise KodoError(f"{split.name}: no feature of {model.name} varies over the training windows.")
    graph.kept = torch.from_numpy(np.flatnonzero(varying))
    forest = _forest(recipe.parameters, recipe.seed)
    forest.fit(values[:, varying], windows.label[split.train])
    progress(1, 1)
    constant = [name for name, varies in zip(features.names, varying, strict=True) if not varies]
    said = (*notes(recipe, windows, split), *_left_out(constant))
    return FittedTrees(graph, forest, History(seconds=time.perf_counter() - began, notes=said))


def _forest(parameters: Any, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=parameters.trees,
        min_samples_leaf=parameters.leaf,
        max_depth=parameters.depth or None,
        max_features=parameters.share,
        class_weight="balanced" if parameters.class_weights == "balanced" else None,
        random_state=seed,
        n_jobs=1,
    )


@torch.inference_mode()
def _features(graph: Kept, windows: Windows, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    source = Source(windows)
    parts = [rows[first : first + BATCH] for first in range(0, len(rows), BATCH)]
    return np.concatenate([graph(source.take(part).signal).numpy() for part in parts])


def _varies(values: NDArray[np.float32], share: float) -> NDArray[np.bool_]:
    """(feature,) False for what hardly varies or is not finite: trees would learn its rounding."""
    with np.errstate(invalid="ignore", over="ignore"):
        deviation = values.std(axis=0, dtype=np.float64)
        varies: NDArray[np.bool_] = deviation > share * np.abs(values).max(axis=0)
    return varies


def _left_out(names: list[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [f"{len(names)} features hardly vary over the training windows and were left out: {shown}."]


TREES = Trainer("trees", TreesSettings, train, partial(check_settings, called="train"))
