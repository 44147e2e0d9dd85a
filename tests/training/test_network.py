"""Fitted networks on sequences of unequal length: order, padding, and what is exported."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kodo.evaluation.score import macro_f1
from kodo.training import network
from kodo.training.gradient import train
from kodo.training.trainer import silent
from tiny import divided, recipe


@pytest.fixture(scope="module")
def fitted(sequences):
    return train(recipe(epochs=10, dropout=0.1), sequences, divided(sequences), silent)


def test_sequences_of_unequal_length_are_learned(fitted, sequences):
    rows = divided(sequences).test
    predicted = fitted.log_probabilities(sequences, rows).argmax(1)
    truth = sequences.label[rows].astype(np.int64)
    score = macro_f1(truth, predicted, sequences.subject[rows], 3, len(sequences.subjects))
    assert score > 0.8


def test_batch_mates_do_not_matter_and_the_order_is_kept(fitted, sequences, monkeypatch):
    rows = np.random.default_rng(0).permutation(len(sequences))
    together = fitted.log_probabilities(sequences, rows)
    alone = [fitted.log_probabilities(sequences, np.array([row]))[0] for row in rows]
    assert np.exp(together) == pytest.approx(np.exp(np.stack(alone)), abs=1e-6)
    monkeypatch.setattr(network, "BATCH", 7)
    assert np.exp(fitted.log_probabilities(sequences, rows)) == pytest.approx(np.exp(together), abs=1e-6)


def test_the_exported_graph_takes_every_length_and_a_mask(fitted, sequences):
    graph = fitted.export().graph
    rows = divided(sequences).test
    said = fitted.log_probabilities(sequences, rows)
    batch = sequences.take(rows)
    with torch.no_grad():
        assert graph(batch.signal, batch.mask).numpy() == pytest.approx(said, abs=1e-5)
        for place, row in enumerate(rows[:5]):
            assert graph(sequences.take(np.array([row])).signal).numpy()[0] == pytest.approx(
                said[place], abs=1e-5
            )


def test_exporting_changes_nothing_of_the_fit(fitted, sequences):
    rows = divided(sequences).test
    before = fitted.log_probabilities(sequences, rows)
    for parameter in fitted.export().graph.parameters():
        parameter.data.zero_()
    assert (fitted.log_probabilities(sequences, rows) == before).all()


def test_size_and_parameters_are_counted(fitted):
    # 6 channels x 8 filters x 5 samples + 8, normalisation 2 x 8, last layer 8 x 3 + 3; as floats, with the
    # running mean and deviation of 8, their counter (8 bytes), mean and deviation of 6 channels.
    assert fitted.parameter_count == 248 + 16 + 27
    assert fitted.size == 4 * (291 + 16 + 12) + 8
