"""The three Transformers: their counts, what their presets say, and that they learn."""

from __future__ import annotations

from dataclasses import fields

import pytest
import torch
from torch import nn

from kodo.errors import KodoError
from kodo.models.conformer import CONFORMER, ConvolutionModule
from kodo.models.conv_transformer import CONV_TRANSFORMER
from kodo.models.model import parameters, preset
from kodo.models.vit1d import VIT1D
from kodo.training.gradient import GradientSettings
from kodo.training.schedule import Schedule, rate_at

ENTRIES = (CONV_TRANSFORMER, VIT1D, CONFORMER)


def built(entry, variant="default", channels=6, length=150, classes=12, seed=0, **changed):
    torch.manual_seed(seed)
    chosen = parameters(entry, dict(preset(entry, variant).model) | changed)
    return entry.build(channels, length, 50.0, classes, chosen)


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("entry", "variant", "count"),
    [
        (CONV_TRANSFORMER, "default", 25_804),
        (CONV_TRANSFORMER, "imu", 224_396),
        (CONV_TRANSFORMER, "patched", 219_212),
        (CONV_TRANSFORMER, "dim256", 2_222_348),
        (CONV_TRANSFORMER, "optuna-best", 135_117),
        (CONV_TRANSFORMER, "playbook-best", 6_492_572),
        (VIT1D, "default", 19_788),
        (VIT1D, "playbook-best", 10_278_764),
        (CONFORMER, "default", 35_692),
        (CONFORMER, "kim", 8_022_284),
    ],
)
def test_the_number_of_parameters(entry, variant, count):
    model = built(entry, variant)
    assert sum(parameter.numel() for parameter in model.parameters()) == count


def test_imu_counts_as_the_same_network_of_torchs_modules():
    layer = nn.TransformerEncoderLayer(64, 8, 128)
    stem = [nn.Conv1d(6 if i == 0 else 64, 64, 1) for i in range(4)]
    rest = [nn.TransformerEncoder(layer, 6, nn.LayerNorm(64), enable_nested_tensor=False), nn.Linear(64, 12)]
    tables = 64 * (1 + 151)
    assert tables + sum(p.numel() for m in (*stem, *rest) for p in m.parameters()) == 224_396


@pytest.mark.parametrize("patch", [1, 10])
def test_the_stem_is_torchs_convolution(patch):
    model = built(CONV_TRANSFORMER, patch_size=patch)
    dense = [layer for layer in model.stem if isinstance(layer, nn.Linear)]
    widths = [6, *[layer.out_features for layer in dense]]
    convolutions = nn.Sequential()
    for i, layer in enumerate(dense):
        width = patch if i == 0 else 1
        convolution = nn.Conv1d(widths[i], widths[i + 1], width, stride=width)
        convolution.weight.data = layer.weight.data.reshape(widths[i + 1], widths[i], width)
        convolution.bias.data = layer.bias.data
        convolutions.extend([convolution, nn.GELU()])
    seen = []
    model.stem.register_forward_hook(lambda module, given, gives: seen.append(gives))
    signal = noise(3, 6, 150)
    model(signal)
    torch.testing.assert_close(seen[0].transpose(1, 2), convolutions(signal), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("tokens", "count"), [("samples", 150), ("filters", 5)])
def test_tokens_are_samples_or_filters(tokens, count):
    model = built(CONV_TRANSFORMER, hidden_ch=5, tokens=tokens)
    assert model.encoder.position.shape == (1, 1 + count, 32)
    assert model.embedding.in_features == (5 if tokens == "samples" else 150)


def test_nothing_is_embedded_that_is_wide_enough():
    assert isinstance(built(CONV_TRANSFORMER, "optuna-best").embedding, nn.Identity)
    assert isinstance(built(CONV_TRANSFORMER, "playbook-best").embedding, nn.Linear)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_zeros_fill_the_last_patch(entry):
    shorter, longer = (built(entry, length=length, patch_size=8).eval() for length in (150, 152))
    filled = torch.nn.functional.pad(noise(3, 6, 150), (0, 2))
    assert torch.equal(shorter(noise(3, 6, 150)), longer(filled))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_one_channel_one_class_one_window_of_two_samples(entry):
    model = built(entry, channels=1, length=2, classes=1).eval()
    assert model(noise(1, 1, 2)).shape == (1, 1)
    with pytest.raises(KodoError, match=f"{entry.name} needs windows of at least 2 samples; got 1"):
        built(entry, length=1)
    with pytest.raises(KodoError, match=rf"{entry.name}\.patch_size is at least 1; got 0"):
        built(entry, patch_size=0)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_32_windows_are_learned_by_heart(entry):
    model = built(entry, length=40, classes=4, dropout=0.0)
    signal, label = noise(32, 6, 40), torch.arange(32) % 4
    optimiser = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(60):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(signal), label)
        loss.backward()
        optimiser.step()
    assert loss < 0.05
    assert (model.eval()(signal).argmax(1) == label).all()


def test_the_stem_lets_the_signal_through():
    model = built(CONV_TRANSFORMER, "imu")
    assert model.stem(noise(4, 150, 6)).std(dim=(0, 1)).mean() > 0.02


def trained(entry, variant: str) -> GradientSettings:
    settings = dict(preset(entry, variant).train)
    known = {field.name for field in fields(GradientSettings)}
    assert set(settings) <= known
    return GradientSettings(**settings | {"schedule": Schedule(**settings.get("schedule", {}))})


@pytest.mark.parametrize(
    ("entry", "floor", "betas"), [(CONV_TRANSFORMER, 1e-6, (0.9, 0.999)), (VIT1D, 0.0, (0.99, 0.99))]
)
def test_the_playbooks_training_is_torchs_repeating_cosine(entry, floor, betas):
    settings = trained(entry, "playbook-best")
    weight = nn.Parameter(torch.zeros(1))
    theirs = torch.optim.Adam([weight], lr=1e-5, betas=betas)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, T_max=50, eta_min=floor)
    for epoch in range(120):
        assert rate_at(settings.schedule, settings.rate, epoch, 500) == pytest.approx(
            theirs.param_groups[0]["lr"], rel=1e-6, abs=1e-12
        )
        theirs.step()
        schedule.step()
    assert (settings.batch, settings.epochs, settings.patience, settings.rule) == (128, 500, 5, "consecutive")
    assert (settings.optimiser, settings.betas, settings.weight_decay) == ("adam", betas, 0.0)


def test_the_other_presets_carry_their_training():
    imu, optuna = trained(CONV_TRANSFORMER, "imu"), trained(CONV_TRANSFORMER, "optuna-best")
    assert (imu.epochs, imu.batch, imu.rate, imu.eps, imu.weight_decay) == (8, 128, 1e-4, 1e-10, 1e-4)
    assert rate_at(imu.schedule, imu.rate, 8, 8) == pytest.approx(2.5e-5)
    assert (optuna.batch, optuna.rule, optuna.patience) == (64, "consecutive", 5)
    assert trained(CONFORMER, "kim").batch == 8


def test_a_convolution_module_moves_nothing():
    with pytest.raises(KodoError, match=r"conformer\.kernel is an odd number of patches; got 4"):
        ConvolutionModule(8, 4, 0.0)
    torch.manual_seed(0)
    module = ConvolutionModule(8, 5, 0.0).eval()
    here, there = noise(1, 20, 8), noise(1, 20, 8)
    there[:, 10] += 1
    moved = (module(here) != module(there)).any(dim=2)[0]
    assert moved.nonzero().flatten().tolist() == [8, 9, 10, 11, 12]
