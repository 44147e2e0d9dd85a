"""Comparisons of finished runs: what is put side by side, what is tested, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.evaluation.compare import effect_size, together
from kodo.evaluation.ranks import average_ranks
from kodo.experiments.evidence.comparison.comparison import compared, front
from kodo.experiments.evidence.comparison.contest import contests
from kodo.experiments.evidence.comparison.folds import fold_scores
from made_up_run import made_up_run

SMALL = {"windows": 4, "folds": 2, "people": ("a", "b", "c", "d", "e", "f")}


def made(folder: Path, **asked) -> Path:
    """A finished run."""
    made_up_run(folder, **(SMALL | asked))
    (folder / "summary.json").write_text("[]", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models, three seeds."""
    return made(tmp_path_factory.mktemp("compared") / "one", seeds=3)


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another model and one of the same, under the same conditions, one seed."""
    return made(tmp_path_factory.mktemp("compared") / "two", models=("mlp_mixer", "vgg"))


def without(run: Path, folder: Path, *fits: tuple[str, int, int]) -> Path:
    """A copy of a run that lacks fits (model, fold, seed)."""
    shutil.copytree(run, folder)
    for path in (folder / "fits").iterdir():
        facts = json.loads((path / "record.json").read_text())
        if (facts["model"], facts["fold"], facts["seed"]) in fits:
            shutil.rmtree(path)
    return folder


def test_runs_under_the_same_conditions_are_one_contest(run, another):
    (contest,) = contests([run, another, run])
    assert [entry.name for entry in contest.entries] == [
        "features", "vgg (one)", "cnn1d", "mlp_mixer", "vgg (two)",
    ]  # fmt: skip
    assert [entry.seeds for entry in contest.entries] == [3, 3, 3, 1, 1]
    assert (contest.title, contest.leak, contest.subjects) == ("made-up", "", ("person", "people"))
    assert {entry.lacks for entry in contest.entries} == {""}
    for entry in contest.entries:
        assert entry.score.name == "macro_f1"
        assert np.array_equal(entry.score.values, entry.row.scores["macro_f1"])


def test_a_setting_that_did_not_exist_yet_was_at_its_default(tmp_path, run):
    newer = made(tmp_path / "newer", models=("mlp",))
    text = (newer / "experiment.toml").read_text()
    (newer / "experiment.toml").write_text(text.replace("[folding]", "[folding]\nseed = 0\nreserved = []"))
    assert len(contests([run, newer])) == 1
    (newer / "experiment.toml").write_text(text.replace("[folding]", '[folding]\nreserved = ["a"]'))
    assert [contest.title for contest in contests([run, newer])] == [
        "made-up (reserved [])", "made-up (reserved ['a'])",
    ]  # fmt: skip


def test_a_title_says_what_tells_contests_on_the_same_data_apart(tmp_path, run):
    other = made(tmp_path / "other", changes={"name": "elsewhere"})
    few = made(tmp_path / "few")
    text = (few / "experiment.toml").read_text()
    slow = made(tmp_path / "slow")
    slower = 'channels = ["x", "y", "z", "u"]\nsteps = [{ step = "resample", rate = 25.0 }]'
    (slow / "experiment.toml").write_text(f"{slower}\n{text}")
    every = made(tmp_path / "every")
    (every / "experiment.toml").write_text(f"channels = []\nsteps = []\n{text}")
    assert [contest.title for contest in contests([every, other])] == ["made-up", "elsewhere"]
    assert [contest.title for contest in contests([every, slow])] == [
        "made-up (all channels, no steps)", "made-up (4 channels, steps resample 25.0)",
    ]  # fmt: skip
    (few / "experiment.toml").write_text(f'channels = ["wrist_acceleration_x"]\nsteps = []\n{text}')
    assert contests([every, few])[1].title == "made-up (channels wrist_acceleration_x)"
    assert [contest.majority.model for contest in contests([every, other])] == ["majority", "majority"]


def test_the_default_baseline_looks_at_no_score(run, another):
    assert compared([run]).baselines == ("features",)
    assert compared([another]).baselines == ("mlp_mixer",)
    assert compared([run], baseline="cnn1d").baselines == ("cnn1d",)
    assert compared([run, another], baseline="vgg").baselines == ("vgg (one)",)


def test_every_test_is_counted(run):
    found = compared([run], margin=0.02)
    scores = {entry.name: entry.score for entry in found.contests[0].entries}
    expected = together([(scores[name], scores["features"]) for name in ("vgg", "cnn1d")], margin=0.02)
    assert [pair.comparison for pair in found.pairs[0]] == expected
    assert [pair.effect for pair in found.pairs[0]] == [
        effect_size(scores[name].values - scores["features"].values) for name in ("vgg", "cnn1d")
    ]
    assert (found.tests, compared([run], all_pairs=True).tests) == (2, 3)
    assert {pair.comparison.comparisons for pair in compared([run], all_pairs=True).pairs[0]} == {3}


def test_seeds_that_would_tell_two_models_apart(run, another):
    pair = compared([run]).pairs[0][0]
    noise = [entry.row.by_seed.mean(1).std(ddof=1) for entry in (pair.first, pair.second)]
    assert pair.noise == pytest.approx(np.hypot(*noise))
    assert pair.seeds >= 2
    lone = compared([another]).pairs[0][0]
    assert (lone.noise, lone.seeds) == (None, None)


def test_ranks_have_people_as_blocks(run, another):
    found = compared([run]).ranks[0]
    entries = contests([run])[0].entries
    assert found == average_ranks(
        np.column_stack([e.score.values for e in entries]), [e.name for e in entries]
    )
    assert compared([another]).ranks == (None,)


def test_ranks_over_datasets_need_five(tmp_path, run):
    runs = [made(tmp_path / f"d{n}", changes={"name": f"set{n}", "checksum": str(n)}) for n in range(5)]
    found = compared(runs)
    assert found.over_datasets.blocks == 5
    assert set(found.over_datasets.names) == {"features", "vgg", "cnn1d"}
    assert found.tests == 10
    assert compared(runs[:4]).over_datasets is None
    # another cut of one of them: five datasets still, but one of them counts twice
    assert compared([*runs, made(tmp_path / "cut", changes={"name": "set0"})]).over_datasets is None


def test_other_conditions_are_never_tested_against_each_other(tmp_path, run):
    leaky = made(tmp_path / "leaky", leak="Windows are shared.")
    other = made(tmp_path / "other")
    text = (other / "experiment.toml").read_text().replace("seconds = 3.0", "seconds = 5.0")
    (other / "experiment.toml").write_text(text)
    found = compared([run, leaky, other])
    assert [contest.title for contest in found.contests] == [
        "made-up (protocol kfold, seconds 3.0)",
        "made-up (protocol arena, seconds 3.0, LEAKY)",
        "made-up (protocol kfold, seconds 5.0)",
    ]
    assert [contest.leak for contest in found.contests] == ["", "Windows are shared.", ""]
    for contest, pairs in zip(found.contests, found.pairs, strict=True):
        assert {pair.second for pair in pairs} <= set(contest.entries)


def test_a_leaky_division_is_held_against_an_honest_one(tmp_path, run):
    leaky = made(tmp_path / "leaky", leak="Windows are shared.")
    found = compared([run, leaky])
    assert [(p.first.name, p.first.folder.name, p.second.folder.name) for p in found.divided] == [
        (name, "leaky", "one") for name in ("features", "vgg", "cnn1d")
    ]
    for pair in found.divided:
        gained = pair.first.score.values - pair.second.score.values
        assert pair.comparison.difference == pytest.approx(gained.mean())
        assert pair.comparison.comparisons == found.tests == 2 + 2 + 3
    # Another training is another question, and so are other windows.
    other = made(tmp_path / "other", leak="Windows are shared.")
    for path in (other / "fits").glob("*/record.json"):
        facts = json.loads(path.read_text())
        facts["fit"]["train"]["epochs"] += facts["model"] == "vgg"
        path.write_text(json.dumps(facts))
    features, vgg, cnn = compared([run, other]).divided
    assert (features.why, cnn.why) == ("", "")
    assert (vgg.why, vgg.comparison) == ("cannot be compared: it was not prepared and trained alike", None)
    # but one that was trained alike is enough
    assert [pair.why for pair in compared([run, leaky, other]).divided].count("") == 5
    text = (leaky / "experiment.toml").read_text().replace("seconds = 3.0", "seconds = 5.0")
    (leaky / "experiment.toml").write_text(text)
    assert compared([run, leaky]).divided == ()


def test_repeats_need_three_seeds(run, another):
    found = compared([run, another]).repeats[0]
    assert [entry.name for entry in found.entries] == ["features", "vgg (one)", "cnn1d"]
    assert found.left_out == ("mlp_mixer", "vgg (two)")
    assert 0 < found.p < 1
    assert compared([another]).repeats[0].entries == ()


def test_a_model_that_lacks_folds_is_shown_and_not_tested(run, tmp_path):
    short = without(run, tmp_path / "short", *(("vgg", 1, seed) for seed in range(3)))
    found = compared([short])
    vgg, cnn = found.pairs[0]
    assert vgg.why == "cannot be compared: 3 people were tested with one of them only (vgg: 3 of 6 fits)"
    assert (vgg.comparison, vgg.seeds) == (None, None)
    assert cnn.comparison.comparisons == 1
    assert found.ranks == (None,)
    assert found.repeats[0].left_out == ("vgg",)
    assert [e.spread is None for e in found.contests[0].entries] == [False, True, False]


def test_a_run_in_progress_is_marked(run, tmp_path):
    one_less = without(run, tmp_path / "less", ("vgg", 1, 2))
    assert [e.lacks for e in contests([one_less])[0].entries] == ["", "5 of 6 fits", ""]
    pair = compared([one_less]).pairs[0][0]
    assert (pair.comparison.people, pair.noise) == (6, None)
    # What a report left behind does not make it finished, nor do folds that nobody has begun.
    last = without(
        run, tmp_path / "last", *((m, 1, s) for m in ("features", "vgg", "cnn1d") for s in range(3))
    )
    assert (last / "summary.json").is_file()
    assert [e.lacks for e in contests([last])[0].entries] == ["3 of 6 fits"] * 3
    assert [e.row.people for e in contests([last])[0].entries] == [("a", "c", "e")] * 3


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        (
            "experiment.toml",
            "seeds = 1",
            r"experiment\.toml names no models: models = \['features'\] was wanted",
        ),
        ("experiment.toml", "models = 3", r"experiment\.toml names no models"),
        (
            "experiment.toml",
            'models = ["vgg"]\nseeds = "1"',
            r"experiment\.toml: seeds is a whole number; got '1'",
        ),
        ("experiment.toml", 'models = ["vgg"]\nseeds = 1', r"experiment\.toml: protocol is a name; got None"),
        ("dataset.json", "[]", r"dataset\.json is damaged: it lacks 'name'"),
        ("dataset.json", '{"name": "a"}', r"dataset\.json is damaged: it lacks 'activities'"),
        ("fits/*/record.json", "[1]", r"is damaged \(record\.json holds no facts\)"),
        ("fits/*/record.json", '{"format": 1, "key": "a"}', r"is damaged \(record\.json lacks 'model'\)"),
    ],
)
def test_a_file_of_a_run_that_says_something_else_is_named(run, tmp_path, file, content, says):
    shutil.copytree(run, tmp_path / "run")
    next((tmp_path / "run").glob(file)).write_text(content)
    with pytest.raises(KodoError, match=says):
        compared([tmp_path / "run"])


@pytest.mark.parametrize("margin", [-0.1, float("nan"), float("inf")])
def test_a_margin_is_a_number(run, margin):
    with pytest.raises(KodoError, match="The margin is a number, 0 or more; got"):
        compared([run], margin=margin)


def test_one_person(tmp_path):
    found = compared([made(tmp_path / "lone", people=("a",), folds=1)])
    assert {pair.comparison.outcome for pair in found.pairs[0]} == {"impossible"}
    assert {pair.effect for pair in found.pairs[0]} == {None}
    assert found.ranks == (None,)


def test_what_is_no_finished_run_is_refused(run, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(KodoError, match="is no run"):
        compared([tmp_path / "empty"])
    with pytest.raises(KodoError, match="is no run"):
        compared([run, tmp_path / "nowhere"])
    shutil.copytree(
        run, tmp_path / "begun", ignore=lambda path, names: names if Path(path).name == "fits" else ()
    )
    with pytest.raises(KodoError, match="no finished fit yet"):
        compared([tmp_path / "begun"])
    (tmp_path / "begun" / "study.toml").touch()
    with pytest.raises(KodoError, match=r"is the folder of a study; the run that ends it is .*final"):
        compared([tmp_path / "begun"])


def test_an_unknown_baseline_and_contradictions_are_refused(run):
    with pytest.raises(KodoError, match=r"no model 'vg' in these runs\. Did you mean 'vgg'"):
        compared([run], baseline="vg")
    with pytest.raises(KodoError, match="got both"):
        compared([run], baseline="vgg", all_pairs=True)
    with pytest.raises(KodoError, match="margin is a number, 0 or more"):
        compared([run], margin=-1)


def test_records_of_a_newer_format_are_refused(run, tmp_path):
    newer = without(run, tmp_path / "newer")
    path = next((newer / "fits").iterdir()) / "record.json"
    content = json.loads(path.read_text())
    assert content["format"] == 1
    path.write_text(json.dumps(content | {"format": 2}))
    with pytest.raises(KodoError, match="has format 2, and this kodo reads format 1: install a newer kodo"):
        compared([newer])
    del content["format"]  # written before there was one
    path.write_text(json.dumps(content))
    assert compared([newer]).tests == 2


def test_the_ceiling_is_what_a_perfect_model_reaches(tmp_path):
    run = made(tmp_path / "run", activities=("a", "b", "c"), models=("vgg",))
    records = contests([run])[0].entries[0].records
    for record in records:
        predictions = record.predictions
        # nobody of the second fold does the last activity; every window is recognised
        predictions.label[:] = np.minimum(predictions.label, 2 - record.facts["fold"])
        predictions.log_probability[:] = np.log(np.eye(3)[predictions.label] + 1e-9)
    found = fold_scores(records, 3)
    assert found.ceiling == pytest.approx((1 + 2 / 3) / 2)
    assert found.arena == pytest.approx(found.ceiling)
    assert found.present == pytest.approx(1)


def test_a_seed_that_lacks_folds_does_not_move_the_scores_of_folds(run):
    records = [record for record in contests([run])[0].entries[1].records if record.facts["seed"] < 2]
    first = [record for record in records if record.facts["seed"] == 0]
    torn = [*first, next(record for record in records if record.facts["seed"] == 1)]
    assert fold_scores(torn, 7) == fold_scores(first, 7)


def test_the_front_is_what_nothing_beats():
    assert front([0.9, 0.8, 0.7, 0.8], [5, 2, 3, 2]) == [True, True, False, True]
    assert front([0.9, 0.9], [1, 2]) == [True, False]
    assert front([0.5], [1]) == [True]
