import pytest
import torch
from torch.nn.functional import conv1d, pad

from kodo.models.conformer import ConformerParameters, build
from reference import MODES, assert_equal

SIZE = ConformerParameters(patch_size=4, dim=24, depth=2, heads=3, dim_head=5, kernel=7, dropout=0.0)


def silu(signal):
    return signal * torch.sigmoid(signal)


def feed_forward(weights, name, tokens):
    return weights.dense(f"{name}.3", silu(weights.dense(f"{name}.0", tokens)))


def attention(weights, name, tokens):
    """Section 3.2 of Attention Is All You Need, head by head."""
    inputs = weights.dense(f"{name}.inputs", tokens).chunk(3, dim=2)
    queries, keys, values = (one.split(SIZE.dim_head, dim=2) for one in inputs)
    seen = [
        torch.softmax(query @ key.transpose(1, 2) / SIZE.dim_head**0.5, dim=2) @ value
        for query, key, value in zip(queries, keys, values, strict=True)
    ]
    return weights.dense(f"{name}.outputs", torch.cat(seen, dim=2))


def convolution(weights, name, tokens):
    """Section 2.2 of Conformer: pointwise, GLU, depthwise, batch normalisation, Swish, pointwise."""
    signal, gate = weights.dense(f"{name}.gated", tokens).transpose(1, 2).chunk(2, dim=1)
    signal = weights.convolution(f"{name}.depthwise", signal * torch.sigmoid(gate), padding=3, groups=24)
    signal = silu(weights.batch_norm(f"{name}.normalise", signal))
    return weights.dense(f"{name}.outputs", signal.transpose(1, 2))


def published(weights, signal):
    """Section 2.4: halves of a feed-forward before and after, each part behind its own normalisation."""
    kernel = weights["embedding.weight"].unflatten(1, (signal.shape[1], SIZE.patch_size))
    filled = pad(signal, (0, -signal.shape[2] % SIZE.patch_size))
    embedded = conv1d(filled, kernel, weights["embedding.bias"], stride=SIZE.patch_size)
    tokens = embedded.transpose(1, 2) + weights["position"]
    for block in range(SIZE.depth):
        name = f"blocks.{block}"
        parts = {"before": feed_forward, "attention": attention, "convolution": convolution,
                 "after": feed_forward}  # fmt: skip
        for number, (part, change) in enumerate(parts.items()):
            share = 0.5 if change is feed_forward else 1.0
            normal = weights.layer_norm(f"{name}.normalise.{number}", tokens)
            tokens = tokens + share * change(weights, f"{name}.{part}", normal)
        tokens = weights.layer_norm(f"{name}.normalise.4", tokens)
    return weights.dense("head", tokens.mean(dim=1))


@pytest.mark.parametrize("training", MODES.values(), ids=MODES)
def test_equal_to_the_published_form(training):
    torch.manual_seed(0)
    ours = build(6, 50, 50.0, 5, SIZE)
    assert_equal(ours, published, torch.randn(4, 6, 50), training)
