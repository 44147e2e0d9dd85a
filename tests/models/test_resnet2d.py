"""ResNet on pictures: torchvision's sizes and names, weights from files, what is frozen."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, max_pool2d

from kodo.errors import KodoError
from kodo.models.model import parameters, preset
from kodo.models.resnet2d import HEAD, RESNET2D, ResNet, ResNet2DParameters, build, notes
from kodo.training.gradient import GradientSettings
from kodo.training.optimiser import layer_groups
from reference import MODES, assert_equal

PLACES = 15
"""Channels of the source: acceleration in three axes on five body parts, windows of 125 samples."""


def count(module: nn.Module, learning: bool = False) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad or not learning)


def pictured(seed: int = 0, size: int = 4) -> torch.Tensor:
    return torch.rand(size, PLACES, 125, generator=torch.Generator().manual_seed(seed))


def of_source(**changed) -> nn.Module:
    return build(
        PLACES, 125, 25.0, 19, parameters(RESNET2D, {**preset(RESNET2D, "source-004").model, **changed})
    )


@pytest.fixture(scope="module")
def photographs():
    """As a user has it: three colours, a thousand classes."""
    torch.manual_seed(5)
    network = ResNet(3, 1000, ResNet2DParameters())
    with torch.no_grad():
        for _ in range(2):
            network(torch.rand(4, 3, 32, 32))
    return network.eval()


@pytest.fixture(scope="module")
def file(photographs, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(photographs.state_dict(), path)
    return str(path)


def test_as_many_parameters_as_published():
    # torchvision's documentation, models/resnet18 and resnet34, "num_params".
    assert count(ResNet(3, 1000, ResNet2DParameters(depth=18))) == 11_689_512
    assert count(ResNet(3, 1000, ResNet2DParameters(depth=34))) == 21_797_672


def test_names_and_shapes_are_torchvisions():
    def normalisation(name, width):
        kinds = {"weight": (width,), "bias": (width,), "running_mean": (width,), "running_var": (width,)}
        return {f"{name}.{kind}": shape for kind, shape in (kinds | {"num_batches_tracked": ()}).items()}

    wanted = {"conv1.weight": (64, 3, 7, 7), "fc.weight": (1000, 512), "fc.bias": (1000,)}
    wanted |= normalisation("bn1", 64)
    before = 64
    for stage, (width, blocks) in enumerate(zip((64, 128, 256, 512), (3, 4, 6, 3), strict=True), start=1):
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            wanted |= {
                f"{name}.conv1.weight": (width, before, 3, 3),
                f"{name}.conv2.weight": (width, width, 3, 3),
            }
            wanted |= normalisation(f"{name}.bn1", width) | normalisation(f"{name}.bn2", width)
            if before != width:
                wanted |= {f"{name}.downsample.0.weight": (width, before, 1, 1)}
                wanted |= normalisation(f"{name}.downsample.1", width)
            before = width
    state = ResNet(3, 1000, ResNet2DParameters(depth=34)).state_dict()
    assert {name: tuple(value.shape) for name, value in state.items()} == wanted


def convolved(weights, number, name, maps, **settings):
    """Convolution and normalisation of one number: conv1 and bn1 of a block."""
    maps = weights.convolution(f"{name}conv{number}", maps, **settings)
    return weights.batch_norm(f"{name}bn{number}", maps)


def published(weights, picture):
    """torchvision's resnet as it was published: the stride of a block stands in its first convolution."""
    maps = torch.relu(convolved(weights, 1, "", picture, stride=2, padding=3))
    maps = max_pool2d(maps, 3, stride=2, padding=1)
    for stage in range(1, 5):
        blocks = [block for block in range(6) if f"layer{stage}.{block}.conv1.weight" in weights]
        for block in blocks:
            name, stride = f"layer{stage}.{block}.", 2 if stage > 1 and block == 0 else 1
            hidden = torch.relu(convolved(weights, 1, name, maps, stride=stride, padding=1))
            if f"{name}downsample.0.weight" in weights:
                maps = weights.convolution(f"{name}downsample.0", maps, stride=stride)
                maps = weights.batch_norm(f"{name}downsample.1", maps)
            maps = torch.relu(convolved(weights, 2, name, hidden, padding=1) + maps)
    return weights.dense("fc", maps.mean(dim=(2, 3)))


@pytest.mark.parametrize("training", MODES.values(), ids=MODES)
@pytest.mark.parametrize("depth", [18, 34])
def test_equal_to_the_published_form(depth, training):
    torch.manual_seed(0)
    network = ResNet(3, 10, ResNet2DParameters(depth=depth))
    assert_equal(network, published, torch.rand(2, 3, 75, 45), training)


def head_of_source(weights, features):
    """fastai 1's `create_head` without its dropout: two dense layers, each behind a normalisation."""
    hidden = torch.relu(weights.dense("2", weights.batch_norm("0", features)))
    return weights.dense("6", weights.batch_norm("4", hidden))


@pytest.mark.parametrize("training", MODES.values(), ids=MODES)
def test_the_head_is_that_of_the_source(training):
    torch.manual_seed(0)
    network = ResNet(1, 10, ResNet2DParameters(pool="mean_max", hidden=16)).double()
    assert_equal(network.fc, head_of_source, torch.randn(8, 1024), training)
    seen = {}
    for name in ("layer4", "fc"):
        network.get_submodule(name).register_forward_hook(
            lambda module, given, out, name=name: seen.update({name: (given[0], out)})
        )
    network(torch.rand(2, 1, 75, 45).double())
    maps = seen["layer4"][1].flatten(2)
    torch.testing.assert_close(seen["fc"][0], torch.cat([maps.mean(dim=2), maps.amax(dim=2)], dim=1))


def test_as_many_parameters_as_the_source_trains():
    network = of_source()
    # Mean and maximum of 512 maps, 512 units, 19 classes, each layer with a normalisation before it.
    assert count(network.fc) == 2 * 1024 + 1024 * 512 + 512 + 2 * 512 + 512 * 19 + 19
    normalisations = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert count(network, learning=True) == count(network.fc) + sum(map(count, normalisations))
    assert count(network) == 21_797_672 - 2 * 64 * 49 - (512 * 1000 + 1000) + count(network.fc)


@pytest.mark.parametrize("rows", [1, 15, 45])
def test_nothing_collapses_on_small_pictures(rows):
    network = build(rows, 32, 25.0, 4, ResNet2DParameters()).eval()
    sizes = {}
    for name, part in network.named_children():
        part.register_forward_hook(lambda module, given, out, name=name: sizes.update({name: out.shape[2:]}))
    with torch.no_grad():
        assert torch.isfinite(network(torch.rand(1, rows, 32))).all()
    assert all(min(size) >= 1 for name, size in sizes.items() if name != HEAD)
    assert sizes["layer4"] == ((rows + 31) // 32, 1)


def test_a_grey_picture_gives_what_three_equal_colours_give(photographs, file):
    network = build(PLACES, 125, 25.0, 4, ResNet2DParameters(weights=file)).eval()
    network.fc = photographs.fc
    signal = pictured()
    with torch.no_grad():
        ours, theirs = network(signal), photographs(signal[:, None].expand(-1, 3, -1, -1))
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_the_last_layer_is_fresh(photographs, file):
    torch.manual_seed(0)
    network = build(PLACES, 125, 25.0, 1000, ResNet2DParameters(weights=file))
    assert torch.equal(network.layer4[1].conv2.weight, photographs.layer4[1].conv2.weight)
    assert torch.equal(network.bn1.running_mean, photographs.bn1.running_mean)
    assert not torch.equal(network.fc.weight, photographs.fc.weight)


def test_weights_of_another_depth_are_refused(file):
    with pytest.raises(KodoError, match=r"does not fit resnet2d; missing: layer1\.2\.conv1\.weight"):
        of_source(weights=file)
    with pytest.raises(KodoError, match=r"Could not read the weights nowhere\.pth"):
        of_source(weights="nowhere.pth")


def test_a_first_layer_that_does_not_fit_is_told_as_the_file_has_it(photographs, tmp_path):
    path = tmp_path / "small.pth"
    torch.save(photographs.state_dict() | {"conv1.weight": torch.zeros(64, 3, 3, 3)}, path)
    said = r"conv1\.weight \(64, 3, 3, 3\) in place of \(64, 1, 7, 7\)"
    with pytest.raises(KodoError, match=f"does not fit resnet2d; of another shape: {said}"):
        build(PLACES, 125, 25.0, 4, ResNet2DParameters(weights=str(path)))


@pytest.mark.parametrize(("freeze", "still"), [("none", 0), ("last", 15), ("all", 20)])
def test_what_is_frozen_stays_and_all_else_learns(freeze, still):
    torch.manual_seed(1)
    network = build(PLACES, 125, 25.0, 4, ResNet2DParameters(freeze=freeze))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.1)
    cross_entropy(network(pictured()), torch.arange(4)).backward()
    optimiser.step()
    same = [name for name, value in network.state_dict().items() if torch.equal(value, before[name])]
    assert len(same) == still
    assert all(before[name].dim() == 4 for name in same)
    assert not [name for name in same if freeze == "last" and name.startswith("layer4")]


def test_the_source_trains_three_groups_of_layers():
    training = preset(RESNET2D, "source-004").train
    rates = {factor * training["rate"]: sum(map(torch.numel, group)) for factor, group in
             layer_groups(of_source(), training["rates"])}  # fmt: skip
    assert sorted(rates) == pytest.approx([1e-4, 1e-3, 1e-2])
    assert rates[max(rates)] == count(of_source().fc)
    assert set(training) <= set(GradientSettings.__dataclass_fields__)


def test_a_network_that_begins_at_random_says_so(file):
    (said,) = notes(ResNet2DParameters())
    assert "not pretrained" in said
    assert "learns from these windows alone" in said
    (said,) = notes(ResNet2DParameters(freeze="all"))
    assert "freeze = 'all' keeps convolutions as they were drawn at random" in said
    assert notes(ResNet2DParameters(weights=file, freeze="all")) == ()


def test_it_learns_32_windows_by_heart():
    torch.manual_seed(0)
    network = build(6, 32, 25.0, 4, ResNet2DParameters())
    signal, label = torch.rand(32, 6, 32), torch.arange(32) % 4
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    for _ in range(4):
        optimiser.zero_grad()
        cross_entropy(network(signal), label).backward()
        optimiser.step()
    with torch.no_grad():
        assert (network(signal).argmax(1) == label).all()


def test_an_absent_parameter_is_named():
    with pytest.raises(KodoError, match=r"no parameter 'weight'\. Did you mean 'weights'"):
        parameters(RESNET2D, {"weight": "x"})
