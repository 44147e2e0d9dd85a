"""What an entry of the model registry says: how to build a network, and what it can take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from kodo.errors import KodoError, near
from kodo.registry import Registry
from kodo.space import check_settings

Steps = tuple[tuple[str, dict[str, Any]], ...]
"""Batch steps by name, each with its settings, in their order."""


@dataclass(frozen=True)
class Preset:
    """A named choice of settings.

    Args:
        model: the model's parameters that differ from the defaults.
        train: the training settings that differ from the defaults.
        says: one line: where it comes from.
        prepare: the batch steps it wants when the experiment names none; None = as its model.
    """

    model: Mapping[str, Any] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    prepare: Steps | None = None


@dataclass(frozen=True)
class Model:
    """An entry of the model registry.

    Args:
        name: as typed on the command line.
        says: one line.
        build: `build(channels, length, rate, classes, parameters)` gives a `torch.nn.Module` (or an
            estimator, as `trainer` expects). `channels` is a tuple of `Channel`, or their number for plain
            use; `length` in samples; `rate` in Hz; `parameters` an instance of `parameters`. A module has
            `forward(signal (window, channel, time), mask (window, time) | None = None)` and returns logits
            (window, class).
        parameters: a frozen dataclass whose fields were made with `kodo.space.setting`; one named `weights`
            is the path of a file with trained weights, by whose checksum a fit is known.
        presets: by name; "default" may be left out.
        trainer: name of the trainer that fits it.
        lengths: `fixed` takes windows of one length; `any` takes every length and masks, so that padding
            never changes a result.
        smallest: shortest window in samples.
        source: the paper, with table or section.
        prepare: the batch steps it wants when the experiment names none; None = the experiment's default.
        notes: sentences that a user should read before a fit with these parameters.
    """

    name: str
    says: str
    build: Callable[..., Any]
    parameters: type
    presets: Mapping[str, Preset] = field(default_factory=dict)
    trainer: str = "gradient"
    lengths: Literal["fixed", "any"] = "fixed"
    smallest: int = 1
    source: str = ""
    prepare: Steps | None = None
    notes: Callable[[Any], tuple[str, ...]] = lambda parameters: ()


MODELS: Registry[Model] = Registry(
    "model",
    (
        ("resnet1d", "kodo.models.resnet1d:RESNET1D"),
        ("features", "kodo.models.features:FEATURES"),
        ("vgg", "kodo.models.vgg:VGG"),
        ("cnn1d", "kodo.models.cnn1d:CNN1D"),
        ("cnn_har", "kodo.models.cnn_har:CNN_HAR"),
        ("tinyhar", "kodo.models.tinyhar:TINYHAR"),
        ("tinierhar", "kodo.models.tinierhar:TINIERHAR"),
        ("mlp_mixer", "kodo.models.mlp_mixer:MLP_MIXER"),
        ("mlp_patch", "kodo.models.mlp_mixer:MLP_PATCH"),
        ("mlp", "kodo.models.mlp:MLP_PLAIN"),
        ("simple_islr", "kodo.models.simple_islr:SIMPLE_ISLR"),
        ("resnet2d", "kodo.models.resnet2d:RESNET2D"),
        ("conv_transformer", "kodo.models.conv_transformer:CONV_TRANSFORMER"),
        ("vit1d", "kodo.models.vit1d:VIT1D"),
        ("conformer", "kodo.models.conformer:CONFORMER"),
    ),
    group="kodo.models",
)

DEFAULT_MODEL = "resnet1d"
"""What `kodo fit` trains when no model is named."""

DEFAULT_MODELS = (DEFAULT_MODEL, "features", "cnn1d")
"""What `kodo run` compares when no model is named."""


def parsed(name: str) -> tuple[str, str, str]:
    """A model as an experiment names it, "vgg", "vgg:wide" or "vgg:wide@deep", in its parts.

    Args:
        name: as asked for.

    Returns:
        the registry's name, the preset ("" = default), and a label that tells two choices of settings of one
        model apart ("" = none).
    """
    plain, _, label = name.partition("@")
    base, _, variant = plain.partition(":")
    return base, variant, label


def preset(model: Model, name: str) -> Preset:
    """The preset of that name; "default" is always there.

    Raises:
        KodoError: no such preset.
    """
    if name in model.presets:
        return model.presets[name]
    if name == "default":
        return Preset()
    raise KodoError(f"{model.name} has no preset '{name}'. {near(name, ['default', *model.presets])}")


def parameters(model: Model, settings: Mapping[str, Any]) -> Any:
    """The model's parameters with some of them changed.

    Args:
        model: the entry.
        settings: by name.

    Raises:
        KodoError: an unknown name, or as `check_settings`.
    """
    known = [f.name for f in fields(model.parameters)]
    for name in settings:
        if name not in known:
            raise KodoError(f"{model.name} has no parameter '{name}'. {near(name, known)}")
    made = replace(model.parameters(), **settings)
    check_settings(made, model.name)
    return made
