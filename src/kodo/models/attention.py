"""Tokens that look at each other: multi-head attention and the pre-norm encoder of the Transformers.

Vaswani et al., Attention Is All You Need, NeurIPS 2017, sections 3.1 to 3.3, with layer normalisation before
each part (Wang et al., Learning Deep Transformer Models, ACL 2019) and GELU. What differs:

- `dim_head` is a size of its own, so any number of heads fits any width;
- attention weights are never left out: that would keep a matrix (window, head, token, token) for the way
  back. The share left out moves behind the output projection, where torch's own layer has its second one;
- the last block computes the class token alone, since nothing else of it is read: the same result, sooner.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from kodo.space import SHARE, Choices, Linear, Log, setting

SMALL = 0.02
"""Deviation of class token and position table at the start; ours, after the Vision Transformer's table."""


@dataclass(frozen=True)
class EncoderParameters:
    """The size of an encoder; the defaults are ours: small."""

    dim: int = setting(32, "numbers that a token has", Log(8, 1024))
    depth: int = setting(2, "encoder blocks", Linear(1, 9))
    heads: int = setting(4, "attention heads", Linear(1, 16))
    dim_head: int = setting(8, "numbers that a head looks at", Choices((8, 16, 32, 64)))
    mlp_dim: int = setting(64, "units in the middle of a block's two dense layers", Log(32, 2048))
    dropout: float = setting(
        0.1, "share left out behind attention and dense layers", Linear(0.0, 0.8), allowed=SHARE
    )
    emb_dropout: float = setting(
        0.0, "share of the tokens' numbers left out at the start", Linear(0.0, 0.8), allowed=SHARE
    )


class Attention(nn.Module):
    """Every token takes a weighted mean of all tokens, per head, in one fused call.

    Args:
        dim: numbers of a token.
        heads: weighted means side by side.
        dim_head: numbers of a head; `heads * dim_head` need not be `dim`.
        dropout: share of the output left out.
    """

    def __init__(self, dim: int, heads: int, dim_head: int, dropout: float) -> None:
        super().__init__()
        self.split = (3, heads, dim_head)
        self.inputs = nn.Linear(dim, 3 * heads * dim_head)
        self.outputs = nn.Linear(heads * dim_head, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, wanted: int | None = None) -> Tensor:
        """(window, token, dim) -> (window, wanted, dim): the first `wanted` tokens, None = all."""
        query, key, value = self.inputs(tokens).unflatten(-1, self.split).permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(query[:, :, :wanted], key, value)
        output: Tensor = self.dropout(self.outputs(seen.transpose(1, 2).flatten(2)))
        return output


class FeedForward(nn.Sequential):
    """Two dense layers for every token by itself: (window, token, dim) -> the same shape.

    Args:
        dim: numbers of a token.
        hidden: units in the middle.
        dropout: share left out behind each layer.
        activation: between them; None = GELU.
    """

    def __init__(self, dim: int, hidden: int, dropout: float, activation: nn.Module | None = None) -> None:
        super().__init__(
            nn.Linear(dim, hidden),
            activation or nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, dim),
            nn.Dropout(dropout),
        )


class EncoderBlock(nn.Module):
    """Attention, then dense layers, each behind a layer normalisation and added to what came in.

    Args:
        parameters: see `EncoderParameters`.
    """

    def __init__(self, parameters: EncoderParameters) -> None:
        super().__init__()
        dim, dropout = parameters.dim, parameters.dropout
        self.normalise_attention = nn.LayerNorm(dim)
        self.attention = Attention(dim, parameters.heads, parameters.dim_head, dropout)
        self.normalise_dense = nn.LayerNorm(dim)
        self.dense = FeedForward(dim, parameters.mlp_dim, dropout)

    def forward(self, tokens: Tensor, wanted: int | None = None) -> Tensor:
        """(window, token, dim) -> (window, wanted, dim): the first `wanted` tokens, None = all."""
        tokens = tokens[:, :wanted] + self.attention(self.normalise_attention(tokens), wanted)
        output: Tensor = tokens + self.dense(self.normalise_dense(tokens))
        return output


class Encoder(nn.Module):
    """A class token before the tokens, a learned position table, blocks, a layer normalisation.

    Args:
        count: tokens of a window, without the class token.
        parameters: see `EncoderParameters`.
    """

    def __init__(self, count: int, parameters: EncoderParameters) -> None:
        super().__init__()
        self.first = nn.Parameter(SMALL * torch.randn(1, 1, parameters.dim))
        self.position = nn.Parameter(SMALL * torch.randn(1, 1 + count, parameters.dim))
        self.dropout = nn.Dropout(parameters.emb_dropout)
        self.blocks = nn.ModuleList(EncoderBlock(parameters) for _ in range(parameters.depth))
        self.normalise = nn.LayerNorm(parameters.dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """(window, token, dim) -> (window, dim), what the class token has become."""
        first = self.first.expand(tokens.shape[0], -1, -1)
        tokens = self.dropout(torch.cat([first, tokens], dim=1) + self.position)
        *blocks, last = self.blocks
        for block in blocks:
            tokens = block(tokens)
        summary: Tensor = self.normalise(last(tokens, wanted=1)[:, 0])
        return summary
