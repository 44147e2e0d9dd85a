import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from kodo.models.cnn_har import SMALLEST, CNNHARParameters, build, normalise_maps


class Published(nn.Module):
    """The network as described: images (window, 1, time, channel), kernels along time, torch's own layers."""

    def __init__(self, channels, classes):
        super().__init__()
        self.layers = nn.Sequential(
            *self.stage(1, 50, (5, 1), nn.MaxPool2d((4, 1), (2, 1))),
            *self.stage(50, 40, (5, 1), nn.MaxPool2d((4, 1), (2, 1))),
            *self.stage(40, 20, (3, 1)),
            *self.stage(20, 400, (1, channels)),
        )
        self.last = nn.Conv2d(400, classes, 1)

    @staticmethod
    def stage(inputs, outputs, kernel, *pool):
        norm = nn.LocalResponseNorm(5, alpha=1e-4 / 5, beta=0.75, k=1.0)
        return nn.Conv2d(inputs, outputs, kernel), nn.ReLU(), *pool, norm

    def forward(self, signal):
        maps = self.layers(signal.transpose(1, 2)[:, None])
        return self.last(maps.amax(dim=(2, 3), keepdim=True)).flatten(1)


def pair(channels, length, classes):
    """Ours and the published form; both draw their weights in the same order."""
    torch.manual_seed(0)
    published = Published(channels, classes)
    torch.manual_seed(0)
    return build(channels, length, 50.0, classes, CNNHARParameters()), published


@pytest.mark.parametrize(("channels", "length"), [(6, 150), (1, SMALLEST), (9, 61)])
@pytest.mark.parametrize("size", [1.0, 300.0])
def test_equal_to_the_published_form_forwards_and_backwards(channels, length, size):
    ours, published = pair(channels, length, 5)
    # At 300 times the usual size the normalisation divides by far more than 1.
    signal = size * torch.randn(8, channels, length)
    one, two = signal.clone().requires_grad_(), signal.clone().requires_grad_()
    said, wanted = ours(one), published(two)
    torch.testing.assert_close(said, wanted, atol=1e-5, rtol=1e-5)
    target = torch.arange(8) % 5
    cross_entropy(said, target).backward()
    cross_entropy(wanted, target).backward()
    torch.testing.assert_close(one.grad, two.grad, atol=1e-5, rtol=1e-4)
    for mine, theirs in zip(ours.parameters(), published.parameters(), strict=True):
        assert torch.equal(mine.flatten(), theirs.flatten())
        scale = theirs.grad.abs().max()
        torch.testing.assert_close(
            mine.grad.flatten() / scale, theirs.grad.flatten() / scale, atol=1e-5, rtol=0
        )


@pytest.mark.parametrize("shape", [(2, 7, 1), (3, 5, 2), (2, 4, 5), (4, 1, 9, 50), (1, 31, 400)])
def test_normalisation_is_torchs_own(shape):
    signal = 1000 * torch.randn(shape, generator=torch.Generator().manual_seed(1))
    one, two = signal.clone().requires_grad_(), signal.clone().requires_grad_()
    ours = normalise_maps(one)
    torchs = nn.functional.local_response_norm(two.movedim(-1, 1), 5, alpha=1e-4 / 5, beta=0.75, k=1.0)
    torchs = torchs.movedim(1, -1)
    torch.testing.assert_close(ours, torchs)
    assert (ours / signal).min() < 0.9
    gradient = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    ours.backward(gradient)
    torchs.backward(gradient)
    torch.testing.assert_close(one.grad, two.grad)


def test_normalisation_has_the_gradient_of_its_differences():
    # In single precision, hence the wide steps and tolerances; the form is also compared with torch's above.
    signal = 100 * torch.randn(2, 3, 7, generator=torch.Generator().manual_seed(3))
    direction = torch.randn(2, 3, 7, generator=torch.Generator().manual_seed(4))
    signal.requires_grad_()
    normalise_maps(signal).sum().backward()
    ahead, behind = normalise_maps(signal + direction), normalise_maps(signal - direction)
    slope = ((ahead - behind) / 2).sum()
    assert (signal.grad * direction).sum().item() == pytest.approx(slope.item(), rel=1e-2)


def test_half_precision_is_normalised_in_full():
    signal = torch.full((1, 2, 5), 30.0, dtype=torch.bfloat16)
    assert normalise_maps(signal).dtype == torch.float32
    assert (normalise_maps(signal) < 30.0).all()


@pytest.mark.parametrize(
    ("channels", "length", "classes", "count"),
    [(6, 128, 5, 63_165), (6, 150, 12, 65_972), (6, 150, 27, 71_987), (45, 75, 19, 380_779)],
)
def test_as_many_weights_as_published(channels, length, classes, count):
    model = build(channels, length, 50.0, classes, CNNHARParameters())
    assert sum(parameter.numel() for parameter in model.parameters()) == count


def test_learns_32_windows_by_heart():
    torch.manual_seed(0)
    model = build(3, 60, 20.0, 4, CNNHARParameters(joined=64))
    signal, target = torch.randn(32, 3, 60), torch.arange(32) % 4
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(60):
        optimiser.zero_grad()
        cross_entropy(model(signal), target).backward()
        optimiser.step()
    assert (model(signal).argmax(dim=1) == target).all()
