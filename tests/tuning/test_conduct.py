"""A study from beginning to end: who is put aside, how it ends, in stages, and in every fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.recording import Recordings
from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS, people_of
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import chosen, experiment
from kodo.experiments.summary import open_run
from kodo.tuning.conduct import FINAL, again, concluded, conduct, final_plan, prepared
from kodo.tuning.final import best, final_experiment, winners
from kodo.tuning.nested import outer
from kodo.tuning.people import reserve
from kodo.tuning.search.search import studied
from kodo.tuning.stages import centred
from kodo.tuning.study import Search, Study, arms
from kodo.tuning.trial import TRIAL_SEED, Outcome, Trial
from kodo.windows.cut import Windows
from small_study import SMALL

SHORT = Search(nuisance=("train.rate", "dropout"), explore=3, exploit=2, together=2)


def nobody(*_: object) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def ended(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with its final comparison; tests must not change it."""
    folder = tmp_path_factory.mktemp("studies") / "ended"
    (course,) = prepared({**SMALL, "seeds": 2}, SHORT, out=folder)
    conduct(course, InProcess(), nobody, nobody)
    return folder


def test_a_third_is_reserved_and_never_fewer_than_three(windows: Windows) -> None:
    drawn = reserve(windows, 0)
    assert len(drawn) == max(3, round(len(people_of(windows)) / 3))
    assert drawn == reserve(windows, 0)
    assert {reserve(windows, seed) for seed in range(5)} != {drawn}


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_a_share_is_between_nobody_and_everybody(windows: Windows, share: float) -> None:
    with pytest.raises(KodoError, match="between 0 and 1"):
        reserve(windows, 0, share)


def test_too_few_are_left_to_search_on(windows: Windows) -> None:
    with pytest.raises(KodoError, match="needs 3 more to search on; take --nested"):
        reserve(windows, 0, 0.9)


def test_the_final_fits_test_the_reserved_with_seeds_that_no_trial_had(ended: Path) -> None:
    study = studied(ended).study
    run = open_run(ended / FINAL)
    assert run.experiment["models"][0] == "cnn1d"
    assert {record.facts["model"] for record in run.records} == {"cnn1d", "cnn1d@tuned"}
    assert {record.facts["seed"] for record in run.records} == {0, 1}
    assert TRIAL_SEED not in {record.facts["seed"] for record in run.records}
    for record in run.records:
        people = record.facts["people"]
        assert set(people["test"]) == set(study.experiment.folding.reserved)
        assert not set(people["test"]) & {*people["train"], *people["validation"]}


def test_the_winner_is_trained_with_the_settings_that_won(ended: Path) -> None:
    found = studied(ended)
    won = best(found.trials["cnn1d"])
    assert won is not None
    assert won.outcome.score == max(trial.outcome.score for trial in found.trials["cnn1d"])
    fits = {record.facts["model"]: record.facts["fit"] for record in open_run(ended / FINAL).records}
    tuned, default = fits["cnn1d@tuned"], fits["cnn1d"]
    assert tuned["train"]["rate"] == won.point["train.rate"] != default["train"]["rate"]
    assert tuned["parameters"]["dropout"] == won.point["dropout"]
    changed = {"rate": default["train"]["rate"]}
    assert tuned["train"] | changed == default["train"]  # nothing but what was searched differs


def test_the_final_comparison_is_paired_over_the_reserved(ended: Path) -> None:
    default, tuned = concluded([ended])
    assert (default.name, tuned.name) == ("cnn1d", "cnn1d@tuned")
    assert default.against is None
    assert tuned.against is not None
    assert tuned.against.people == tuned.interval.people == 3
    assert tuned.against.difference == pytest.approx(tuned.interval.estimate - default.interval.estimate)


def test_the_same_folder_goes_on_and_does_nothing_twice(ended: Path) -> None:
    (course,) = again(ended)
    told: list[object] = []
    conduct(course, InProcess(), told.append, lambda *_: told.append(1))
    assert not told
    assert course.done() == {"cnn1d": 5}
    assert course.missing() == 0


def test_of_equal_trials_the_first_wins_and_failed_ones_never() -> None:
    def trial(number: int, state: str, score: float) -> Trial:
        return Trial(number, "a", "explore", {}, Outcome(state, score))  # type: ignore[arg-type]

    trials = [trial(0, "failed", float("nan")), trial(1, "complete", 0.5), trial(2, "complete", 0.5)]
    trials.append(trial(3, "pruned", 0.9))
    found = best(trials)
    assert found is not None
    assert found.number == 1
    with pytest.raises(KodoError, match="no winner"):
        winners([], {})


def test_every_arm_ends_under_its_own_name(small_study: Study, windows: Windows) -> None:
    study = replace(small_study, search=replace(SHORT, scientific=("width=4,8",)))
    compared = arms(study)
    assert [arm.name for arm in compared] == ["cnn1d, width 4", "cnn1d, width 8"]
    point = {"train.rate": 0.01, "dropout": 0.1}
    trials = {
        arm.name: [Trial(0, arm.name, "explore", point, Outcome("complete", score))]
        for arm, score in zip(compared, (0.4, 0.6), strict=True)
    }
    last = final_experiment(study, winners(compared, trials))
    assert last.models == ("cnn1d", "cnn1d@tuned,width=8", "cnn1d@tuned,width=4")
    assert last.model["cnn1d@tuned,width=8"]["width"] == 8
    assert last.protocol == "reserved"


def test_the_model_is_searched_with_the_training_that_the_first_stage_found(
    cache: Path, tmp_path: Path
) -> None:
    looking = Search(nuisance=("train.rate=0.001..0.1",), explore=3, exploit=0)
    (first,) = prepared(SMALL, looking, stage="optimiser", out=tmp_path)
    assert conduct(first, InProcess(), nobody, nobody) == ()
    assert not (tmp_path / "optimiser" / FINAL).exists()  # nobody has looked at the reserved people yet
    won = best(studied(tmp_path / "optimiser").trials["cnn1d"])
    (second,) = prepared(SMALL, Search(explore=2, exploit=0), stage="model", out=tmp_path)
    assert won is not None
    assert second.arms[0].fixed == {"train.rate": won.point["train.rate"]}
    assert {one.key for one in second.arms[0].searched} >= {"width", "dropout"}
    assert not any(one.key.startswith("train.") for one in second.arms[0].searched)
    assert second.study.experiment.folding.reserved == first.study.experiment.folding.reserved
    conduct(second, InProcess(), nobody, nobody)
    assert again(second.folder)[0].done() == {"cnn1d": 2}  # read from its files it is the same study
    fits = {record.facts["model"]: record.facts["fit"] for record in open_run(second.folder / FINAL).records}
    assert fits["cnn1d@tuned"]["train"]["rate"] == won.point["train.rate"]
    usual = experiment({"models": ("cnn1d",)})
    assert fits["cnn1d"]["train"]["rate"] == chosen(usual)[0].settings.rate  # the default is nobody's finding
    others = sorted(set(second.windows.subjects) - set(second.study.experiment.folding.reserved))
    with pytest.raises(KodoError, match="must reserve the same people"):
        prepared(SMALL, Search(), reserved=",".join(others), stage="model", out=tmp_path)


def test_the_second_stage_wants_the_first(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="run it first"):
        prepared(SMALL, Search(), stage="model", out=tmp_path)


def test_the_rate_is_searched_around_what_a_sweep_suggests(
    small_study: Study, recordings: Recordings, windows: Windows
) -> None:
    asked = replace(small_study, search=replace(SHORT, nuisance=("train.rate", "dropout")))
    found, says = centred(asked, recordings, windows)
    text = found.search.nuisance[0]
    low, high = map(float, text.partition("=")[2].split(".."))
    assert 50 <= high / low <= 200
    assert "a sweep over rates suggests" in says[0]
    assert found.search.nuisance[1:] == ("dropout",)
    given = replace(small_study, search=replace(SHORT, nuisance=("train.rate=0.001..0.1",)))
    assert centred(given, recordings, windows) == (given, ())


def test_a_nested_study_tests_everybody_once_by_searches_that_never_saw_them(windows: Windows) -> None:
    study = Study(experiment(SMALL), SHORT)
    parts = outer(study, windows)
    reserved = [part.experiment.folding.reserved for part in parts]
    everybody = {windows.subjects[code] for code in people_of(windows)}
    assert len(parts) == 3
    assert sorted(name for names in reserved for name in names) == sorted(everybody)
    for part in parts:
        folding = replace(part.experiment.folding, folds=2)
        division = PROTOCOLS.get("kfold").fold(windows, 0, folding)
        seen = np.concatenate([division.train, division.validation, division.test])
        assert not {windows.subjects[code] for code in windows.subject[seen]} & set(folding.reserved)


def test_stages_are_named_and_not_nested(cache: Path) -> None:
    with pytest.raises(KodoError, match="--stage is optimiser or model; got 'modell'"):
        prepared(SMALL, SHORT, stage="modell")
    with pytest.raises(KodoError, match="do not go together"):
        prepared(SMALL, SHORT, stage="model", nested=True)


def test_a_study_counts_epochs_and_not_minutes(cache: Path) -> None:
    with pytest.raises(KodoError, match="in epochs"):
        prepared({**SMALL, "budget": {"minutes": 1.0}}, SHORT)


def test_final_plan_holds_one_fold_per_model_and_seed(ended: Path) -> None:
    (course,) = again(ended)
    assert len(final_plan(course).fits) == 2 * 2


def test_the_batch_size_is_searched_for_those_who_insist(small_study: Study) -> None:
    asked = replace(SHORT, nuisance=("train.batch=16,32", "dropout"))
    with pytest.raises(KodoError, match="it changes the speed and not the score"):
        arms(replace(small_study, search=asked))
    (arm,) = arms(replace(small_study, search=replace(asked, insist_batch=True)))
    assert {one.key for one in arm.searched} == {"train.batch", "dropout"}
    (whole,) = arms(replace(small_study, search=replace(SHORT, nuisance=("optimiser",))))
    assert "train.batch" not in {one.key for one in whole.searched}  # a group never means it
