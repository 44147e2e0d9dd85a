from dataclasses import replace

import pytest
import torch
from torch.nn.functional import cross_entropy, gelu, layer_norm

from kodo.models.mlp_mixer import MLP_MIXER, MLP_PATCH, MLPMixerParameters
from kodo.models.model import parameters

SMALL = MLPMixerParameters(depth=2, dim=8, patch_size=16, token_dim=12, channel_dim=20)
BOTH = pytest.mark.parametrize("entry", [MLP_MIXER, MLP_PATCH], ids=lambda entry: entry.name)


def built(entry, channels=3, length=256, classes=6, chosen=SMALL):
    torch.manual_seed(0)
    return entry.build(channels, length, 100.0, classes, chosen).eval()


@pytest.mark.parametrize(
    ("preset", "mixer", "patch"), [("default", 217_110, 254_118), ("best", 140_566, 147_846)]
)
def test_sizes_on_the_windows_of_the_source(preset, mixer, patch):
    for entry, count in ((MLP_MIXER, mixer), (MLP_PATCH, patch)):
        settings = entry.presets[preset].model if preset in entry.presets else {}
        model = built(entry, chosen=parameters(entry, settings))
        assert sum(parameter.numel() for parameter in model.parameters()) == count


@BOTH
def test_it_is_the_equation_of_the_paper(entry):
    """Columns of the tokens (patch, dim) are multiplied from the left, rows from the right."""
    model = built(entry).double()
    signal = torch.randn(1, 3, 256, dtype=torch.float64)
    pieces = torch.stack([signal[0, :, i : i + 16].flatten() for i in range(0, 256, 16)])
    tokens = pieces @ model.embed.weight.T + model.embed.bias
    for layer in model.layers:
        normal = layer_norm(tokens, (8,), layer.normalise_first.weight, layer.normalise_first.bias)
        into, out = layer.first[0], layer.first[3]
        if entry is MLP_MIXER:
            hidden = gelu(into.weight @ normal + into.bias[:, None])
            tokens = tokens + out.weight @ hidden + out.bias[:, None]
        else:
            tokens = tokens + gelu(normal @ into.weight.T + into.bias) @ out.weight.T + out.bias
        normal = layer_norm(tokens, (8,), layer.normalise_second.weight, layer.normalise_second.bias)
        into, out = layer.second[0], layer.second[3]
        tokens = tokens + gelu(normal @ into.weight.T + into.bias) @ out.weight.T + out.bias
    normal = layer_norm(tokens, (8,), model.normalise.weight, model.normalise.bias)
    wanted = normal.mean(dim=0) @ model.head.weight.T + model.head.bias
    torch.testing.assert_close(model(signal)[0], wanted)


def test_the_transposition_alone_lets_a_network_see_the_order_of_patches():
    signal = torch.randn(4, 3, 256)
    turned = signal.unflatten(2, (-1, 16)).flip(2).flatten(2)
    mixer, patch = built(MLP_MIXER), built(MLP_PATCH)
    torch.testing.assert_close(patch(turned), patch(signal))
    assert (mixer(turned) - mixer(signal)).abs().max() > 1e-3


@BOTH
@pytest.mark.parametrize("length", [1, 15, 17, 250])
def test_zeros_fill_the_last_patch(entry, length):
    signal = torch.randn(3, 3, length)
    filled = torch.cat([signal, torch.zeros(3, 3, -length % 16)], dim=2)
    torch.testing.assert_close(
        built(entry, length=length)(signal), built(entry, length=filled.shape[2])(filled)
    )


@BOTH
def test_one_channel_one_class_one_window(entry):
    assert built(entry, channels=1, classes=1)(torch.randn(1, 1, 256)).shape == (1, 1)


@BOTH
def test_units_are_left_out_while_training_only(entry):
    model = built(entry, chosen=replace(SMALL, dropout=0.5))
    signal = torch.randn(4, 3, 256)
    assert torch.equal(model(signal), model(signal))
    assert not torch.equal(model.train()(signal), model(signal))


@BOTH
def test_it_learns_32_windows_by_heart(entry):
    model = built(entry).train()
    signal = torch.randn(32, 3, 256, generator=torch.Generator().manual_seed(1))
    target = torch.arange(32) % 6
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(40):
        optimiser.zero_grad()
        cross_entropy(model(signal), target).backward()
        optimiser.step()
    assert (model(signal).argmax(dim=1) == target).all()
