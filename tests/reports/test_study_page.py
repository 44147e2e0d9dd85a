"""The page of a study: what is on it, what lies beside it, what it must never do."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from kodo.datasets.synthetic import people as synthetic_people
from kodo.errors import KodoError
from kodo.evaluation.protocol import Folding
from kodo.experiments.experiment import experiment
from kodo.files import write_json
from kodo.reports.study import sentences
from kodo.reports.study.page import compose, final_run, write_study_page
from kodo.reports.study.tables import trials_table
from kodo.tuning.answers.answers import Answers, answers
from kodo.tuning.final import standings
from kodo.tuning.search.journal import Journal
from kodo.tuning.studied import Studied
from kodo.tuning.study import Search, Study, arms, write_study
from kodo.tuning.trial import Outcome
from made_up_run import made_up_run
from made_up_study import made_up_study
from test_report import Outline, words

SECTIONS = ["final", "arms", "where", "effects", "edges", "enough", "curves", "trials-drawn", "settings"]
PEOPLE = ("person", "people")
HOSTILE = "</script><b>x"


@pytest.fixture(scope="module")
def study() -> Studied:
    return made_up_study(("vit1d", "cnn1d"), explore=24, exploit=16)


@pytest.fixture(scope="module")
def made(study: Studied) -> Answers:
    return answers(study)


@pytest.fixture(scope="module")
def study_page(study: Studied, made: Answers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "report.html"
    path.write_text(compose(study, made, path.parent, None, "the search goes on."), encoding="utf-8")
    return path


def test_the_sections_stand_in_their_order(study_page: Path) -> None:
    outline = Outline(study_page.read_text(encoding="utf-8"))
    assert outline.sections == SECTIONS
    assert outline.open == []
    assert outline.handlers == []
    assert len(outline.ids) == len(set(outline.ids))


def test_the_page_asks_for_nothing_outside(study_page: Path) -> None:
    text = study_page.read_text(encoding="utf-8")
    assert [a for a in Outline(text).addresses if not a.startswith(("data:", "#"))] == ["trials.csv"]
    assert "http" not in re.sub(r'http-equiv="', "", text)
    assert len(text.encode()) < 1_000_000


def test_the_best_score_is_called_optimistic_once(study_page: Path, made: Answers) -> None:
    text = words(study_page)
    best = made.arms[0].reached
    said = f"Of 80 trials, trial {best.best} of {best.arm} is best, with macro-F1 {best.score:.2f}"
    assert said in text
    assert "whether it beats the default on the reserved people is not yet known" in text
    assert "Not yet run: the search goes on." in text
    assert text.count("optimistic") == 1
    assert text.index("optimistic") < text.index("The winner against the default")


def test_every_picture_has_words_and_data(study_page: Path) -> None:
    figures = re.findall(r"<figure>.*?</figure>", study_page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(figures) == 1 + 2 * 4 + 3
    for figure in figures:
        assert "<figcaption>" in figure
        assert "<h3>" in figure
        assert 'href="data:text/csv' in figure or 'href="trials.csv"' in figure
        if "<svg" in figure or "<canvas" in figure:
            assert re.search(r'(role="img" )?aria-label="[^"]{20,}"', figure)


def test_the_data_of_a_picture_are_its_numbers(study_page: Path, made: Answers) -> None:
    text = study_page.read_text(encoding="utf-8")
    address = re.search(r'download="effects.csv" href="data:text/csv;charset=utf-8,([^"]*)"', text)
    assert address is not None
    head, *rows = csv.reader(io.StringIO(unquote(address[1])))
    first = made.arms[0].effects[0]
    assert head[:4] == ["arm", "hyperparameter", "values", "macro_f1"]
    assert rows[0][:3] == [made.arms[0].reached.arm, first.key, first.levels[0].says]
    assert float(rows[0][3]) == pytest.approx(first.levels[0].mean, abs=1e-5)


def test_the_trials_lie_in_the_page_as_numbers(study_page: Path, study: Studied) -> None:
    text = study_page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="trials">(.*?)</script>', text)
    assert found is not None
    content = json.loads(found[1])
    assert len(content["rows"]) == 80
    assert content["head"] == trials_table(study)[0]
    axes = {axis["name"]: axis for axis in content["arms"]["vit1d"]}
    assert axes["train.rate"]["kind"] == "log"
    assert content["head"][axes["dim"]["column"]] == "dim"
    betas = content["head"].index("train.betas")
    assert {row[betas] for row in content["rows"]} == set(axes["train.betas"]["values"])


def test_trials_stand_in_one_line_each(study: Studied) -> None:
    head, *rows = trials_table(study)
    assert len(rows) == 80
    failed = next(row for row in rows if row[head.index("state")] == "failed")
    assert failed[head.index("macro_f1")] == ""
    assert "diverged" in str(failed[-1])
    constant = next(row for row in rows if row[head.index("train.schedule.form")] == "constant")
    assert constant[head.index("train.schedule.floor")] == ""


def test_names_cannot_break_out_of_the_page(study: Studied, tmp_path: Path) -> None:
    arm = replace(study.arms[0], name=HOSTILE)
    trials = tuple(replace(trial, arm=HOSTILE) for trial in study.trials["vit1d"])
    dataset = {**study.dataset, "title": HOSTILE, "subjects": ["<i>", "<i>s"]}
    hostile = replace(study, arms=(arm,), trials={HOSTILE: trials}, dataset=dataset)
    text = compose(hostile, answers(hostile), tmp_path)
    assert HOSTILE not in text
    assert "<i>" not in text
    assert text.count("</script>") == 2


def test_a_study_under_way_says_how_far_it_is(study: Studied, tmp_path: Path) -> None:
    early = replace(study, trials={"cnn1d": study.trials["cnn1d"][:5]})
    (tmp_path / "page.html").write_text(compose(early, answers(early), tmp_path), encoding="utf-8")
    text = words(tmp_path / "page.html")
    assert "Under way: 5 of 80 trials are done" in text
    assert "nothing can be said of importance" in text
    assert "nothing can be said of more" in text


@pytest.fixture
def concluded(tmp_path: Path) -> Path:
    """A study's folder with a final comparison of ten people."""
    made_up_run(tmp_path / "final", models=("cnn1d", "cnn1d@tuned"), seeds=2)
    return tmp_path


def test_the_winner_stands_against_the_default_on_reserved_people(
    concluded: Path, study: Studied, made: Answers
) -> None:
    run, _ = final_run(study, concluded)
    assert run is not None
    made = replace(made, final=standings([run], run.experiment["models"]))
    (concluded / "page.html").write_text(compose(study, made, concluded, run), encoding="utf-8")
    text = words(concluded / "page.html")
    against = made.final[1].against
    assert against is not None
    said = f"cnn1d@tuned against the default cnn1d: {against.sentence}."
    assert f"On people put aside before the search, {said}" in text
    assert "Not yet run" not in text
    assert f"{made.final[1].interval.estimate:.2f}" in text


def test_a_final_comparison_that_is_not_finished_is_not_shown(concluded: Path, study: Studied) -> None:
    keys = sorted((concluded / "final" / "fits").iterdir())
    for path in keys[2:]:
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    run, why = final_run(study, concluded)
    assert run is None
    assert why == "2 of 4 fits are done."
    assert final_run(study, concluded / "nowhere")[0] is None


def test_what_a_search_found_is_said_in_words(made: Answers) -> None:
    first = made.arms[0]
    assert sentences.important(first.importances).startswith("`train.rate` moves the score most")
    assert "nothing" in sentences.important(replace(first.importances, trials=3))
    assert "does not explain" in sentences.important(replace(first.importances, ranked=()))
    assert sentences.edges(()) == "No range has an order: there is no edge"
    assert sentences.where(()) == "–"
    assert sentences.evidence(()) == "too few points"
    assert sentences.rivals(made)
    # The best trial has a schedule that decays; those without one are made to overfit.
    assert sentences.learned(made).startswith("The best trial, of `vit1d`, is settled; of 7 others, ")
    assert sentences.took(made).endswith("min of fitting")


def write_made_up_folder(folder: Path) -> None:
    """A study of cnn1d as a search leaves it, with outcomes that nobody had to train for."""
    asked = experiment({"dataset": "synthetic", "models": ("cnn1d",)})
    nuisance = ("train.rate", "train.schedule.form=constant,cosine")
    study = Study(
        replace(asked, folding=Folding(reserved=("p1",))), Search(nuisance=nuisance, explore=6, exploit=0)
    )
    write_study(study, folder)
    card = synthetic_people(people=3, activities=3, seconds=2.0).card
    facts = {"name": "synthetic", "title": "Made-up people", "rate": 50.0, "licence": "none"}
    write_json(folder / "dataset.json", {**facts, "activities": list(card.activities)})
    (arm,) = arms(study)
    journal = Journal(study, folder)
    journal.begin(arm, "made")
    for number in range(6):
        point = {"train.rate": 10.0 ** -(1 + number % 4), "train.schedule.form": "cosine"}
        claim = journal.claim(arm, number, "explore", point)
        assert claim is not None
        score = 0.5 + 0.05 * number
        curves = {"train_loss": [1.0, 0.5, 0.4, 0.3, 0.3, 0.3]}
        journal.tell(claim, Outcome("complete", score, {"p2": score, "p3": score}, curves, 5, 6, 1.5))


def test_a_page_is_written_from_the_folder_alone(tmp_path: Path) -> None:
    write_made_up_folder(tmp_path)
    page = write_study_page(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert page == tmp_path / "report.html"
    assert "Of 6 trials, trial 5 of cnn1d is best" in words(page)
    assert "explore = 6" in text
    kept = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    assert kept["arms"][0]["reached"]["best"] == 5
    rows = list(csv.reader(io.StringIO((tmp_path / "trials.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 7
    tables = {path.name for path in (tmp_path / "answers").iterdir()}
    assert tables == {f"{name}.csv" for name in (
        "arms", "concentration", "effects", "importance", "edges", "enough", "curves", "final")}  # fmt: skip
    write_study_page(tmp_path)
    assert page.read_text(encoding="utf-8") == text


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="holds no study"):
        write_study_page(tmp_path)
    assert list(tmp_path.iterdir()) == []
