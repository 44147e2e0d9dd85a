"""The one training loop of all networks: settings, data, model, optimiser, loop, evaluation, best weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from kodo.errors import KodoError
from kodo.evaluation.score import f1_arena, macro_f1
from kodo.space import NOT_NEGATIVE, SHARE, Choices, Linear, Log, Range, check_settings, setting
from kodo.training.loss import balanced, cross_entropy
from kodo.training.network import FittedNetwork, Graph, log_probabilities
from kodo.training.optimiser import optimiser, set_rate
from kodo.training.schedule import Schedule
from kodo.training.stopping import Monitor, Rule, best, higher, short, stop
from kodo.training.suitable import check_windows, notes
from kodo.training.trainer import History, Recipe, Trainer
from kodo.windows.augment import Augment, Augmentation, augment
from kodo.windows.batch import Source, batches
from kodo.windows.cut import Windows
from kodo.windows.prepare import prepare

if TYPE_CHECKING:
    from kodo.evaluation.split import LeakySplit, Split

ADAM = {"optimiser": ("adam", "adamw")}
"""Where the settings of Adam mean something."""


@dataclass(frozen=True)
class GradientSettings:
    """How a network is trained.

    What decides how long it trains (epochs, patience) and which epoch is kept (monitor, rule) has no space: a
    search under other conditions than the final training's finds what is best there. Nor have `rates`, which
    name the layers of one network.
    """

    epochs: int = setting(20, "passes over the training windows, at most")
    # Declared for those who insist; a study refuses to search it unasked.
    batch: int = setting(64, "windows per step", Choices((16, 32, 64, 128, 256, 512)), allowed=Range(least=2))
    optimiser: Literal["adam", "adamw", "sgd"] = setting(
        "adamw", "adam, adamw or sgd", Choices(("adam", "adamw", "sgd"))
    )
    rate: float = setting(3e-3, "full learning rate", Log(1e-5, 1e-1), allowed=Range(above=0))
    weight_decay: float = setting(
        1e-4, "pull of the weights towards 0", Log(1e-6, 1e-1), allowed=NOT_NEGATIVE
    )
    betas: tuple[float, float] = setting(
        (0.9, 0.999),
        "adam, adamw: memories of the two averages",
        Choices(((0.9, 0.999), (0.9, 0.99), (0.95, 0.999), (0.99, 0.99))),
        when=ADAM,
    )
    eps: float = setting(
        1e-8,
        "adam, adamw: keeps the division finite",
        Log(1e-10, 1e-3),
        when=ADAM,
        allowed=NOT_NEGATIVE,
    )
    amsgrad: bool = setting(
        False, "adam, adamw: never forget the largest second average", Choices((False, True)), when=ADAM
    )
    momentum: float = setting(
        0.9,
        "sgd: memory of the average gradient",
        Choices((0.0, 0.5, 0.9, 0.95, 0.99)),
        when={"optimiser": ("sgd",)},
        allowed=SHARE,
    )
    schedule: Schedule = setting(Schedule(), "how the learning rate moves")
    rates: tuple[tuple[str, float], ...] = setting(
        (), "shares of the rate by start of a layer's name: [['head', 1.0], ['body', 0.1]]"
    )
    class_weights: Literal["none", "balanced"] = setting(
        "balanced",
        "balanced: rare activities count as much as frequent ones; or none",
        Choices(("balanced", "none")),
    )
    label_smoothing: float = setting(
        0.0, "share of each target spread over all classes", Linear(0.0, 0.3), allowed=SHARE
    )
    clip: float = setting(
        0.0,
        "longest gradient (norm over all weights); 0 = off",
        Choices((0.0, 0.5, 1.0, 5.0)),
        allowed=NOT_NEGATIVE,
    )
    augment: Augmentation = setting(Augmentation(), "what is done to training windows, anew in every epoch")
    patience: int = setting(
        8, "epochs without improvement before the end; 0 = never stop early", allowed=NOT_NEGATIVE
    )
    monitor: Monitor = setting("validation_macro_f1", "what chooses the epoch")
    rule: Rule = setting("no_improvement", "no new best in `patience` epochs, or so many falls in a row")


def train(
    recipe: Recipe, windows: Windows, split: Split | LeakySplit, progress: Callable[[int, int], None]
) -> FittedNetwork:
    """Train a network on one split; the epoch that the validation people like best is kept.

    Without validation windows the last epoch is kept. Test windows are never looked at. Same recipe, windows
    and split: same bits, on one processor type, torch build and one thread.

    Args:
        recipe: what is fitted; `recipe.settings` is a `GradientSettings`.
        windows: what the split's rows are positions of.
        split: who is learned from and who chooses the epoch.
        progress: called with (epochs done, epochs) after every epoch.

    Raises:
        KodoError: settings out of range, windows that the model cannot take, a loss that is no longer finite,
            or a GPU that is too small.
    """
    _check_settings(recipe.settings)
    check_windows(recipe.model, windows)
    if len(split.train) < 2:
        raise KodoError(f"{split.name}: a network needs at least 2 training windows; got {len(split.train)}.")
    try:
        with reproducible(recipe):
            return _train(recipe, windows, split, progress)
    except torch.OutOfMemoryError:
        raise KodoError(
            f"The GPU is too small for {recipe.model.name} with train.batch = {recipe.settings.batch}: "
            "halve train.batch, or take --device cpu."
        ) from None


def _train(
    recipe: Recipe, windows: Windows, split: Split | LeakySplit, progress: Callable[[int, int], None]
) -> FittedNetwork:
    settings: GradientSettings = recipe.settings
    fit = assemble(recipe, windows, split)
    curves: dict[str, list[float]] = {"train_loss": [], "rate": []}
    scores: list[float] = []
    kept: dict[str, Tensor] = {}
    given_up = False

    began = time.perf_counter()
    for epoch in range(settings.epochs):
        loss, rate = _learn(fit, split.train, epoch)
        curves["train_loss"].append(loss)
        curves["rate"].append(rate)
        if len(split.validation):
            for name, value in _evaluate(fit, split.validation).items():
                curves.setdefault(name, []).append(value)
            scores = higher(settings.monitor, curves[settings.monitor])
            if best(scores) == epoch:
                kept = {name: value.clone() for name, value in fit.graph.network.state_dict().items()}
        progress(epoch + 1, settings.epochs)
        given_up = short(scores, recipe.give_up)
        if given_up or stop(scores, settings.patience, settings.rule):
            break
    if kept:
        fit.graph.network.load_state_dict(kept)

    fit.graph.eval()
    chosen = best(scores) if scores else len(curves["train_loss"]) - 1
    seconds = time.perf_counter() - began
    history = History(curves, chosen, seconds, notes(recipe, windows, split), given_up)
    return FittedNetwork(fit.graph, history, recipe.device)


@dataclass(frozen=True, eq=False)
class Assembly:
    """What every step of one fit works with."""

    recipe: Recipe
    windows: Windows
    source: Source
    graph: Graph
    optimiser: torch.optim.Optimizer
    class_weight: Tensor
    augment: Augment


def assemble(recipe: Recipe, windows: Windows, split: Split | LeakySplit) -> Assembly:
    """Network, optimiser and batch steps, the latter fitted on the training windows.

    Args:
        recipe: what is fitted.
        windows: what the split's rows are positions of.
        split: who is learned from.
    """
    settings: GradientSettings = recipe.settings
    model, device, classes = recipe.model, recipe.device, len(windows.activities)
    steps = prepare(recipe.prepare, windows, split.train)
    network = model.build(windows.channels, windows.longest, windows.rate, classes, recipe.parameters)
    weight = np.ones(classes, np.float32)
    if settings.class_weights == "balanced":
        weight = balanced(windows.label[split.train], classes)
    graph = Graph(steps, network, masked=model.lengths == "any").to(device)
    return Assembly(
        recipe,
        windows,
        Source(windows, device),
        graph,
        optimiser(network, settings),
        torch.from_numpy(weight).to(device),
        augment(settings.augment, windows.channels, steps),
    )


def _learn(fit: Assembly, rows: NDArray[np.int64], epoch: int) -> tuple[float, float]:
    """One pass over the training windows; its mean loss, and the learning rate it ended with."""
    settings: GradientSettings = fit.recipe.settings
    device = fit.recipe.device
    random = np.random.default_rng([fit.recipe.seed, epoch])
    generator = torch.Generator(device).manual_seed(int(random.integers(2**62)))
    parts = without_single(list(batches(fit.windows, rows, settings.batch, random)))
    total = torch.zeros((), device=device)
    fit.graph.train()
    for step, part in enumerate(parts):
        rate = set_rate(fit.optimiser, settings, epoch, step, len(parts))
        # Kept on the device: asking for its value here would make a GPU wait after every batch.
        total += learn_batch(fit, part, generator) * len(part)
    finite = torch.stack([torch.isfinite(p).all() for p in fit.graph.network.parameters()]).all()
    mean = float(total) / len(rows)
    if not (math.isfinite(mean) and finite):
        raise KodoError(
            f"The training of {fit.recipe.model.name} diverged at epoch {epoch + 1}: "
            f"lower train.rate (now {settings.rate:g})."
        )
    return mean, rate


def learn_batch(fit: Assembly, rows: NDArray[np.int64], generator: torch.Generator) -> Tensor:
    """Change the weights once, at the learning rate that the optimiser holds.

    Args:
        fit: in training mode.
        rows: (window,) positions.
        generator: of the augmentation, on the device of the fit.

    Returns:
        the loss before the change, on the device.
    """
    settings: GradientSettings = fit.recipe.settings
    batch = fit.source.take(rows)
    with torch.no_grad():
        target = one_hot(batch.label, len(fit.windows.activities)).float()
        signal = fit.graph.prepare(batch.signal, batch.mask)
        signal, target = fit.augment(signal, batch.mask, target, generator)
    with torch.autocast(fit.recipe.device, torch.bfloat16, enabled=fit.recipe.precision == "bfloat16"):
        logits = fit.graph.network(signal, batch.mask)
    loss = cross_entropy(logits, target, fit.class_weight, batch.weight, settings.label_smoothing)
    fit.optimiser.zero_grad()
    loss.backward()
    if settings.clip:
        torch.nn.utils.clip_grad_norm_(fit.graph.network.parameters(), settings.clip)
    fit.optimiser.step()
    return loss.detach()


def without_single(parts: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Batches of which none holds one window, whose deviation a batch normalisation could not take.

    Args:
        parts: the batches, each (window,) positions.
    """
    for i, part in enumerate(parts):
        if len(part) == 1 and len(parts) > 1:
            other = i - 1 if i else 1
            parts[other] = np.concatenate([parts[other], part])
            return [p for p in parts if len(p) > 1]
    return parts


def _evaluate(fit: Assembly, rows: NDArray[np.int64]) -> dict[str, float]:
    """Loss and macro-F1 over people on the validation windows, and WHAR Arena's F1 where that is followed."""
    said = log_probabilities(fit.graph, fit.source, fit.windows, rows)
    label = fit.windows.label[rows].astype(np.int64)
    classes = said.shape[1]
    loss = cross_entropy(
        torch.from_numpy(said),
        one_hot(torch.from_numpy(label), classes).float(),
        fit.class_weight.cpu(),
        torch.ones(len(rows)),
    )
    predicted = said.argmax(axis=1)
    people = fit.windows.subject[rows], classes, len(fit.windows.subjects)
    found = {
        "validation_loss": float(loss),
        "validation_macro_f1": float(macro_f1(label, predicted, *people)),
    }
    if fit.recipe.settings.monitor == "validation_f1_arena":
        found["validation_f1_arena"] = f1_arena(label, predicted, np.zeros_like(rows), classes, 1)
    return found


@contextmanager
def reproducible(recipe: Recipe) -> Iterator[None]:
    """The recipe's seed for every random choice of torch, which afterwards is as it was before."""
    cuda = [torch.cuda.current_device()] if recipe.device == "cuda" else []
    exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    with torch.random.fork_rng(devices=cuda), exact:
        torch.manual_seed(recipe.seed)
        yield


def _check_settings(settings: GradientSettings) -> None:
    check_settings(settings, "train")
    if not all(0 <= beta < 1 for beta in settings.betas):
        raise KodoError(f"train.betas lie from 0 to below 1; got {list(settings.betas)}.")
    check_settings(settings.schedule, "train.schedule")


GRADIENT = Trainer("gradient", GradientSettings, train, _check_settings)
