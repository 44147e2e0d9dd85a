"""The sources' own search spaces, held against what the articles say."""

from __future__ import annotations

from math import prod

import pytest

from kodo.errors import KodoError
from kodo.experiments.experiment import experiment
from kodo.space import Choices, position_of
from kodo.tuning.hyperparameters import BATCH, declared, named
from kodo.tuning.spaces import SPACES, nuisances, space
from kodo.tuning.study import USUAL, Search, Study, arms
from kodo.tuning.trial import choice_of

EVERY = [(name, model) for name, tables in SPACES.items() for model in tables]

ENDS = {
    "hidden_ch": (3, 15), "depth": (3, 8), "heads": (3, 10), "mlp_dim": (256, 2048), "dropout": (0.01, 0.8),
    "emb_dropout": (0.01, 0.8), "train.batch": (16, 512),
}  # fmt: skip
"""Source 000's table."""

SEEN = {
    "vit1d": {
        "train.rate": (1e-6, 1e-5), "train.betas": ((0.99, 0.99),), "train.eps": (1e-9, 1e-8),
        "train.schedule.period": (50,), "train.schedule.floor": (0,), "patch_size": (8,), "dim": (256,),
        "depth": (6, 9), "heads": (10, 16), "mlp_dim": (2048,), "dropout": (0.2,), "emb_dropout": (0.4,),
    },
    "conv_transformer": {
        "train.rate": (1e-6, 1e-5), "train.betas": ((0.9, 0.999),), "train.eps": (1e-9, 1e-8),
        "train.schedule.period": (50, 150), "train.schedule.floor": (1e-6, 1e-5), "dim": (128, 1024),
        "hidden_ch": (8,), "depth": (3, 8), "heads": (5, 6), "mlp_dim": (256,),
        "dropout": (0.001, 0.01, 0.1, 0.5), "emb_dropout": (0.001, 0.01, 0.1),
    },
}  # fmt: skip
"""Source 001's table: where the search went, and where accuracy was high."""


def searched(name: str, model: str, batch: bool = False) -> dict[str, tuple]:
    """Values by key, as a study reads the texts."""
    choice = choice_of(experiment({"dataset": "synthetic", "models": (model,)}), model)
    found = [named(choice, text, "--space") for text in space(name, model, batch)]
    assert all(isinstance(one.space, Choices) for one in found)
    return {one.key: one.space.values for one in found if isinstance(one.space, Choices)}


def test_source_000_has_the_articles_ends_and_its_72_000_combinations() -> None:
    found = searched("source-000", "conv_transformer", batch=True)
    assert {key: (values[0], values[-1]) for key, values in found.items()} == ENDS
    assert all(values == tuple(sorted(set(values))) for values in found.values())
    assert prod(map(len, found.values())) == 72_000


def test_the_batch_size_is_left_out_unless_asked_for() -> None:
    assert BATCH not in searched("source-000", "conv_transformer")
    assert BATCH in searched("source-000", "conv_transformer", batch=True)
    assert BATCH not in searched("source-001", "vit1d", batch=True)


@pytest.mark.parametrize("model", SEEN)
def test_source_001_holds_what_its_article_names(model: str) -> None:
    found = searched("source-001", model)
    assert found.keys() == SEEN[model].keys()
    for key, values in SEEN[model].items():
        assert set(values) <= set(found[key]), key


@pytest.mark.parametrize(("name", "model"), EVERY)
def test_a_study_takes_every_space(name: str, model: str) -> None:
    asked = experiment({"dataset": "synthetic", "models": (model,)})
    (arm,) = arms(Study(asked, Search(nuisance=space(name, model))))
    assert {one.key for one in arm.searched} == searched(name, model).keys()


@pytest.mark.parametrize("model", SEEN)
def test_the_preset_where_accuracy_was_high_lies_in_its_space(model: str) -> None:
    asked = experiment({"dataset": "synthetic", "models": (f"{model}:playbook-best",)})
    choice = choice_of(asked, f"{model}:playbook-best")
    values = {one.key: one.default for one in declared(choice)}
    for text in space("source-001", choice.name):
        one = named(choice, text, "--space")
        assert one.space is not None
        assert position_of(one.space, values[one.key]) is not None, text


@pytest.mark.parametrize(
    ("name", "model", "says"),
    [
        ("source-01", "vit1d", "--space: there is no space 'source-01'. Did you mean 'source-001'"),
        (
            "source-000",
            "vit1d",
            "--space source-000: the source did not search for vit1d. There are: conv_tr",
        ),
        ("source-001", "vit1", "the source did not search for vit1. Did you mean 'vit1d'"),
    ],
)
def test_an_unknown_space_or_model_is_refused(name: str, model: str, says: str) -> None:
    with pytest.raises(KodoError, match=says):
        space(name, model)


def test_models_that_the_source_did_not_search_are_left_to_their_own() -> None:
    texts = nuisances("source-001", ("cnn1d", "vit1d:playbook-best"))
    assert texts
    assert all(text.startswith("vit1d:playbook-best.") for text in texts)
    made = experiment({"dataset": "synthetic", "models": ("cnn1d", "vit1d:playbook-best")})
    first, second = arms(Study(made, Search(nuisance=texts)))
    assert {one.key for one in first.searched} == {"width", "kernel", "dropout", *USUAL}
    assert {one.key for one in second.searched} == set(SPACES["source-001"]["vit1d"])
    with pytest.raises(KodoError, match="did not search for cnn1d"):
        nuisances("source-001", ("cnn1d",))
    with pytest.raises(KodoError, match="no space 'source-002'"):
        nuisances("source-002", ("vit1d",))
