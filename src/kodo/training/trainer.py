"""What a trainer does: from windows, a split and settings to something that gives probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kodo.models.model import Model
from kodo.registry import Registry
from kodo.windows.cut import Windows

if TYPE_CHECKING:
    from torch import nn

    from kodo.evaluation.split import LeakySplit, Split


@dataclass(frozen=True)
class Recipe:
    """What is fitted: a model, its parameters, the steps before it, how it is trained.

    Args:
        model: the registry entry.
        parameters: an instance of `model.parameters`.
        prepare: batch steps by name with their settings, in order: `[("missing", {"policy": "zero"}), ...]`.
        settings: an instance of the trainer's settings dataclass.
        seed: of every random choice.
        device: "cpu" or "cuda".
        precision: "float32" or "bfloat16".
        give_up: what the best validation score so far must reach by each epoch, or the training is given up
            (a search leaves poor trials early); epochs beyond the list ask nothing.
    """

    model: Model
    parameters: Any
    prepare: tuple[tuple[str, dict[str, Any]], ...]
    settings: Any
    seed: int = 0
    device: str = "cpu"
    precision: str = "float32"
    give_up: tuple[float, ...] = ()


@dataclass(frozen=True)
class History:
    """How a fit went.

    Args:
        curves: one list per name ("train_loss", "validation_loss", "validation_macro_f1", "rate", and
            "validation_f1_arena" where it chose the epoch), a value per epoch.
        best: the epoch whose weights were kept, counted from 0; -1 where there are no epochs.
        seconds: of fitting, without preparing the data.
        notes: sentences the user should read ("not pretrained").
        given_up: whether it fell short of `Recipe.give_up`.
    """

    curves: dict[str, list[float]] = field(default_factory=dict)
    best: int = -1
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    given_up: bool = False


class Fitted(Protocol):
    """A fitted recipe."""

    @property
    def history(self) -> History: ...

    @property
    def learned_from(self) -> NDArray[np.int64] | None:
        """(window,) positions from which constants were taken before training; None where none were."""
        ...

    @property
    def parameter_count(self) -> int:
        """Learned numbers: weights, or thresholds and leaves of trees."""
        ...

    @property
    def size(self) -> int:
        """Bytes of what has to be stored."""
        ...

    def log_probabilities(self, windows: Windows, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(window, class) natural logarithms of the class probabilities of these windows."""
        ...

    def export(self) -> Exported:
        """What leaves the house; see `Exported`."""
        ...


@dataclass(frozen=True)
class Exported:
    """The parts of a fitted recipe that a bundle needs.

    Args:
        graph: a module `forward(signal (window, channel, time)) -> (window, class)` log-probabilities, batch
            steps inside, in evaluation mode, on the processor; or, before an estimator, the module that
            computes its features (window, feature).
        estimator: a fitted scikit-learn classifier on those features; None for networks.
    """

    graph: nn.Module
    estimator: Any | None = None


@dataclass(frozen=True)
class Trainer:
    """An entry of the trainer registry.

    Args:
        name: as models name it.
        settings: the frozen dataclass of its settings, fields made with `kodo.space.setting`.
        train: `train(recipe, windows, split, progress) -> Fitted`; `progress(done, total)` is called after
            every epoch (or once), for display only.
        check: `check(settings)` raises a KodoError for settings out of range, before anything is trained.
    """

    name: str
    settings: type
    train: Callable[[Recipe, Windows, Split | LeakySplit, Callable[[int, int], None]], Fitted]
    check: Callable[[Any], None] = lambda settings: None


TRAINERS: Registry[Trainer] = Registry(
    "trainer",
    (
        ("gradient", "kodo.training.gradient:GRADIENT"),
        ("trees", "kodo.training.trees:TREES"),
    ),
    group="kodo.trainers",
)


def silent(done: int, total: int) -> None:
    """A progress display that shows nothing."""
