"""Equal to torch's own modules with copied weights, and without their matrix of attention weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from kodo.models import attention
from kodo.models.attention import Attention, Encoder, EncoderBlock, EncoderParameters, FeedForward

TOKENS = 37
SIZE = EncoderParameters(dim=24, depth=3, heads=4, dim_head=6, mlp_dim=40, dropout=0.1)


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def copied(theirs: nn.MultiheadAttention, ours: Attention) -> None:
    ours.inputs.weight.data, ours.inputs.bias.data = theirs.in_proj_weight.data, theirs.in_proj_bias.data
    ours.outputs.load_state_dict(theirs.out_proj.state_dict())


def copied_layer(theirs: nn.TransformerEncoderLayer, ours: EncoderBlock) -> None:
    copied(theirs.self_attn, ours.attention)
    ours.normalise_attention.load_state_dict(theirs.norm1.state_dict())
    ours.normalise_dense.load_state_dict(theirs.norm2.state_dict())
    ours.dense[0].load_state_dict(theirs.linear1.state_dict())
    ours.dense[3].load_state_dict(theirs.linear2.state_dict())


def shaken(module: nn.Module) -> nn.Module:
    """With biases and normalisations that are no longer as they were born."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.2 * noise(*parameter.shape))
    return module


def torch_layer(dropout: float = 0.1) -> nn.TransformerEncoderLayer:
    torch.manual_seed(1)
    layer = nn.TransformerEncoderLayer(24, 4, 40, dropout, "gelu", batch_first=True, norm_first=True)
    return shaken(layer)


@pytest.mark.parametrize("heads", [1, 2, 3, 8])
def test_attention_is_torchs_where_heads_divide_the_width(heads):
    torch.manual_seed(0)
    theirs = shaken(nn.MultiheadAttention(24, heads, batch_first=True)).eval()
    ours = Attention(24, heads, 24 // heads, 0.1).eval()
    copied(theirs, ours)
    tokens = noise(5, TOKENS, 24)
    expected, _ = theirs(tokens, tokens, tokens, need_weights=False)
    torch.testing.assert_close(ours(tokens), expected, atol=1e-5, rtol=1e-5)


def test_a_block_is_torchs_with_its_gradients():
    theirs, ours = torch_layer(0.0), EncoderBlock(SIZE)
    copied_layer(theirs, ours)
    ours.eval()
    signals = [noise(5, TOKENS, 24).requires_grad_() for _ in range(2)]
    results = [block(signal) for block, signal in zip((ours, theirs), signals, strict=True)]
    torch.testing.assert_close(*results, atol=1e-5, rtol=1e-5)
    for result in results:
        result.square().sum().backward()
    torch.testing.assert_close(signals[0].grad, signals[1].grad, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        ours.attention.inputs.weight.grad, theirs.self_attn.in_proj_weight.grad, atol=1e-3, rtol=1e-4
    )


def test_an_encoder_is_torchs_and_computes_no_more_than_is_read():
    theirs = nn.TransformerEncoder(torch_layer(), 3, nn.LayerNorm(24), enable_nested_tensor=False).eval()
    ours = Encoder(TOKENS, SIZE).eval()
    for one, other in zip(theirs.layers, ours.blocks, strict=True):
        copied_layer(one, other)
    tokens = noise(5, TOKENS, 24)
    whole = torch.cat([ours.first.expand(5, -1, -1), tokens], dim=1) + ours.position
    torch.testing.assert_close(ours(tokens), theirs(whole)[:, 0], atol=1e-5, rtol=1e-5)
    assert ours.blocks[-1](whole, wanted=1).shape == (5, 1, 24)
    assert sum(p.numel() for p in ours.blocks.parameters()) == sum(
        p.numel() for p in theirs.layers.parameters()
    )


@pytest.mark.parametrize(("heads", "dim_head"), [(3, 64), (10, 64), (7, 5)])
def test_any_number_of_heads_fits_any_width(heads, dim_head):
    ours = Attention(15, heads, dim_head, 0.0)
    assert ours(noise(2, 9, 15)).shape == (2, 9, 15)
    count = sum(parameter.numel() for parameter in ours.parameters())
    assert count == (15 + 1) * 3 * heads * dim_head + heads * dim_head * 15 + 15


class Shapes(TorchDispatchMode):
    """Every shape that an operation gives, on the way back too."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[int, ...]] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        given = func(*args, **(kwargs or {}))
        for tensor in given if isinstance(given, tuple | list) else (given,):
            if isinstance(tensor, torch.Tensor):
                self.seen.add(tuple(tensor.shape))
        return given


def matrices(block: nn.Module) -> set[tuple[int, ...]]:
    """Shapes of one training step that hold a number per pair of tokens."""
    with Shapes() as shapes:
        block.train()(noise(2, TOKENS, 24)).sum().backward()
    assert (2, TOKENS, 24) in shapes.seen
    return {shape for shape in shapes.seen if shape[-2:] == (TOKENS, TOKENS)}


def test_training_keeps_no_matrix_of_attention_weights():
    assert matrices(EncoderBlock(SIZE)) == set()
    assert matrices(torch_layer(0.1)) != set()


def test_the_fused_function_is_called_without_dropout(monkeypatch):
    calls = []

    def fused(*args, **keywords):
        calls.append((len(args), keywords))
        return torch.nn.functional.scaled_dot_product_attention(*args, **keywords)

    monkeypatch.setattr(attention, "scaled_dot_product_attention", fused)
    Encoder(TOKENS, SIZE).train()(noise(2, TOKENS, 24))
    assert calls == [(3, {})] * SIZE.depth


def test_dropout_acts_while_training_only():
    torch.manual_seed(0)
    tokens = noise(2, TOKENS, 24)
    for module in (Attention(24, 4, 6, 0.5), FeedForward(24, 40, 0.5)):
        assert not torch.equal(module.train()(tokens), module(tokens))
        assert torch.equal(module.eval()(tokens), module(tokens))
