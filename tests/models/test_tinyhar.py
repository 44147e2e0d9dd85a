import pytest
import torch
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from kodo.models.tinyhar import SMALLEST, ChannelAttention, TinyHARParameters, build, steps_left
from reference import MODES, assert_equal


@pytest.mark.parametrize(
    ("length", "steps"), [(150, 32), (75, 13), (60, 9), (SMALLEST, 1), (SMALLEST - 1, 0)]
)
def test_steps_that_the_convolutions_leave(length, steps):
    assert steps_left(length) == steps


@pytest.mark.parametrize(
    ("channels", "length", "classes", "count"),
    [(6, 128, 5, 159_078), (6, 150, 12, 184_109), (6, 150, 27, 185_084), (45, 75, 19, 186_612)],
)
def test_as_many_weights_as_published(channels, length, classes, count):
    model = build(channels, length, 50.0, classes, TinyHARParameters())
    assert sum(parameter.numel() for parameter in model.parameters()) == count


def test_attention_adds_nothing_at_first():
    signal = torch.randn(2, 3, 5, 4)
    torch.testing.assert_close(ChannelAttention(4)(signal), signal)


def test_the_softmax_runs_over_the_queries():
    torch.manual_seed(0)
    attention = ChannelAttention(4)
    torch.nn.init.constant_(attention.gain, 0.7)
    moment = torch.randn(5, 4)
    scores = attention.query(moment) @ attention.key(moment).T
    share = torch.softmax(scores, dim=0)
    value = attention.value(moment)
    wanted = moment.clone()
    for here in range(5):
        wanted[here] += 0.7 * sum(share[query, here] * value[query] for query in range(5))
    torch.testing.assert_close(attention(moment[None, None])[0, 0], wanted)


def test_that_is_torchs_unscaled_attention_with_query_and_key_exchanged():
    torch.manual_seed(0)
    attention = ChannelAttention(8)
    torch.nn.init.ones_(attention.gain)
    signal = torch.randn(2, 3, 5, 8)
    query, key, value = attention.query(signal), attention.key(signal), attention.value(signal)
    wanted = signal + scaled_dot_product_attention(key, query, value, scale=1.0)
    torch.testing.assert_close(attention(signal), wanted)


def published(weights, signal):
    """The network as described: images (window, 1, time, channel) with the time upright."""
    maps = signal.transpose(1, 2)[:, None]
    for layer, stride in enumerate((2, 1, 2, 1)):
        maps = torch.relu(weights.along_time(f"convolutions.{layer}.0", maps, stride=(stride, 1)))
        maps = weights.batch_norm(f"convolutions.{layer}.2", maps)
    moments = maps.permute(0, 2, 3, 1)
    query, key, value = (weights.dense(f"attention.{name}", moments) for name in ("query", "key", "value"))
    share = torch.softmax(torch.einsum("btif,btjf->btij", query, key), dim=2)
    moments = moments + weights["attention.gain"] * torch.einsum("btij,btif->btjf", share, value)
    steps = weights.gru("recurrence", torch.relu(weights.dense("join_channels", moments.flatten(2))))
    return weights.dense("head", torch.relu(weights.dense("join_steps", steps.flatten(1))))


@pytest.mark.parametrize("training", MODES.values(), ids=MODES)
def test_equal_to_the_published_form(training):
    torch.manual_seed(0)
    ours = build(6, 75, 50.0, 5, TinyHARParameters(filters=8, dropout=0.0))
    assert_equal(ours, published, torch.randn(4, 6, 75), training)


def test_learns_32_windows_by_heart():
    torch.manual_seed(0)
    model = build(3, 40, 20.0, 4, TinyHARParameters())
    signal, target = torch.randn(32, 3, 40), torch.arange(32) % 4
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(40):
        optimiser.zero_grad()
        cross_entropy(model(signal), target).backward()
        optimiser.step()
    assert (model.eval()(signal).argmax(dim=1) == target).all()
    assert model.attention.gain.item() != 0
