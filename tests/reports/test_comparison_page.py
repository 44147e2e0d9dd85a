"""The page, the tables and the formats of a comparison, and published figures beside ours."""

from __future__ import annotations

import csv
import importlib
import io
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kodo.errors import KodoError
from kodo.experiments.evidence.comparison.comparison import compared
from kodo.experiments.evidence.comparison.contest import contests
from kodo.reports.comparison import words
from kodo.reports.comparison.formats import escaped, latex, markdown
from kodo.reports.comparison.page import compose
from kodo.reports.comparison.pareto import Point, labelled
from kodo.reports.comparison.published import _datasets, _published, beside
from kodo.reports.comparison.tables import flat, tables
from kodo.reports.page import comma_separated
from made_up_run import TWELVE, made_up_run

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"windows": 4, "folds": 2, "people": ("a", "b", "c", "d", "e", "f")}
HAPT = {"name": "hapt", "published": {"whar-arena": "hapt"}}


def made(folder: Path, **asked) -> Path:
    made_up_run(folder, **(SMALL | asked))
    (folder / "summary.json").write_text("[]", encoding="utf-8")
    return folder


def counted(rows: int) -> dict[str, object]:
    """`hapt` with so many rows, all else complete."""
    counts = {"people": 6, "rows": rows, "labelled": rows, "windows": 1, "dropped": 0}
    return HAPT | {"counts": counts}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models, three seeds."""
    return made(tmp_path_factory.mktemp("page") / "one", seeds=3)


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A leaky run of all of a published dataset, by its name."""
    return made(
        tmp_path_factory.mktemp("page") / "arena",
        activities=TWELVE,
        models=("features", "cnn_har:arena", "features:arena"),
        leak="Windows are shared.",
        changes=counted(1_122_772),
    )


class Links(HTMLParser):
    """Anchors and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.names: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.addresses += [value for key in ("src", "href") if (value := found.get(key)) is not None]
        self.names += [found["id"]] if "id" in found else []


def test_the_page_says_it_all_and_asks_for_nothing_outside(run, arena):
    text = compose(compared([run, arena]), "arena")
    assert text == compose(compared([run, arena]), "arena")
    links = Links(text)
    assert {address[:5] for address in links.addresses if address[0] != "#"} == {"data:"}
    assert len(links.names) == len(set(links.names))
    assert "LEAKY" in text
    assert "Average ranks over the 6 people of made-up" in text
    assert "Brown-Forsythe" in text
    assert "No box plot of repeats" in text, "one seed draws none, and says so"
    for name in ("ranks-0-picture", "repeats-0", "pareto-0-0", "pareto-0-1", "pareto-1-0"):
        assert name in links.names
    assert "repeats-1" not in links.names


def test_names_cannot_break_out_of_a_page_or_a_paper(tmp_path):
    folder = made(
        tmp_path / "x", models=("features:<b>", "vgg:a_b|c"), people=("<i>", "b", "c", "d", "e", "f")
    )
    found = compared([folder])
    text = compose(found)
    assert "<b>" not in text.partition("<h1>")[2].replace("<b>kodo</b>", "")
    assert r"vgg:a\_b|c" in latex(words.answer(found), tables(found))
    assert r"vgg:a_b\|c" in markdown(words.answer(found), tables(found))


def test_the_answer_counts_what_was_found(run, arena):
    found = compared([run])
    outcomes = [pair.comparison.outcome for pair in found.pairs[0]]
    said = words.answer(found)
    assert said.startswith("On people never met, of made-up, `vgg` has macro-F1 0.")
    assert "of 2 comparisons with `features`: " in said
    assert ("1 better" in said) == (outcomes.count("better") == 1)
    assert words.answer(compared([arena])).startswith("In a leaky division of hapt, ")
    assert words.answer(compared([run, arena])).startswith(
        "On 2 datasets, leaky divisions included, of 4 comparisons with `features`: "
    )


def test_a_leaky_division_has_a_table_of_its_own(tmp_path, run):
    leaky = made(tmp_path / "leaky", leak="Windows are shared.")
    found = compared([run, leaky])
    assert "of 4 comparisons with `features`: " in words.answer(found), "itself is counted apart"
    assert "; of 3 leaky divisions held against an honest one: 3 not decidable at all." in words.answer(found)
    alone = made(tmp_path / "one", models=("vgg",)), made(tmp_path / "two", models=("vgg",), leak="Shared.")
    assert "of 1 leaky division held against an honest one: 1 equivalent." in words.answer(compared(alone))
    (table,) = (table for table in tables(found) if table.name == "divided")
    assert [row["model"] for row in table.rows] == ["features", "vgg", "cnn1d"]
    pair = found.divided[1]
    assert table.rows[1]["leaky"] == f"{pair.first.row.intervals['macro_f1'].estimate:.3f}"
    assert table.rows[1]["honest"] == f"{pair.second.row.intervals['macro_f1'].estimate:.3f}"
    assert table.says[1].startswith("`vgg` on made-up: ")
    assert "What the leaky division is worth" in compose(found)
    assert "for all 7 comparisons shown together" in table.says[-1]
    marked = [one for one in tables(found) if one.name.endswith("-1")]
    assert len(marked) == 3
    assert all("LEAKY" in one.title for one in marked)
    assert tables(found)[0].heads["1"] == "made-up (protocol arena, LEAKY)>"
    # The same people, but not in the same folds: other people were learned from.
    thirds = made(tmp_path / "thirds", folds=3)
    for path in [thirds / "experiment.toml"]:
        path.write_text(path.read_text().replace("folds = 3", "folds = 2"))
    whys = {pair.why for pair in compared([thirds, leaky]).divided}
    assert whys == {"cannot be compared: its folds test other people together, and so learn from others"}


def test_one_model_alone_is_shown(tmp_path):
    found = compared([made(tmp_path / "lone", models=("vgg",))])
    assert "nothing was tested" in words.answer(found)
    assert [table.name for table in tables(found)] == ["scores-0"]
    assert "no two models" in compose(found)


def test_markdown_has_every_row_and_sentence(run):
    found = compared([run])
    text = markdown("Answer.", tables(found))
    scores = text.partition("each against")[0]
    names = [line.split(" | ")[0].removeprefix("| ") for line in scores.splitlines() if line.startswith("| ")]
    best_first = sorted(found.contests[0].entries, key=lambda e: -e.score.mean)
    assert names == ["model", *(entry.name for entry in best_first), "majority"]
    for pair in found.pairs[0]:
        assert f"- `{pair.first.name}` against `features`: {pair.comparison.sentence} (g_z " in text
    assert f"p by Holm and 95 % intervals for all {found.tests} comparisons together" in text


def test_csv_holds_plain_numbers(run, arena):
    found = compared([run, arena])
    rows = list(csv.DictReader(io.StringIO(comma_separated(flat(found, "arena")))))
    assert {len(row) for row in rows} == {35}
    assert None not in {value for row in rows for value in row.values()}
    vgg = next(row for row in rows if row["model"] == "vgg")
    pair = found.pairs[0][0]
    assert float(vgg["difference"]) == pair.comparison.difference
    assert float(vgg["p_holm"]) == pair.comparison.adjusted
    assert float(vgg["g_z"]) == pair.effect[1]
    assert (vgg["against"], vgg["outcome"], vgg["leaky"]) == ("features", pair.comparison.outcome, "False")
    quoted = [row for row in rows if row["whose"] == "quoted"]
    assert len(quoted) == 17
    assert {row["macro_f1"] for row in quoted} == {""}, "a published f1_arena is no macro_f1"
    assert max(float(row["f1_arena"]) for row in quoted) == 0.848


def test_latex_is_booktabs_and_balanced(run):
    found = compared([run])
    text = latex(words.answer(found), tables(found))
    made_tables = tables(found)
    for word in (r"\toprule", r"\midrule", r"\bottomrule", r"\begin{tabular}", r"\end{tabular}"):
        assert text.count(word) == len(made_tables)
    assert text.count("{") == text.count("}")
    for table in made_tables:
        line = " & ".join(escaped(head.rstrip(">")) for head in table.heads.values())
        assert f"{line} \\\\" in text
    assert escaped("50 % of a_b & {c} ±1 $ #") == r"50 \% of a\_b \& \{c\} $\pm$1 \$ \#"


def test_ours_beside_the_published(arena):
    found = beside(contests([arena])[0], "arena")
    assert (found.called, found.differs, len(found.quoted)) == ("hapt", (), 17)
    assert dict(found.quoted)["cnn_har"] == 0.848
    said = list(words.published(found))
    ours = {entry.name: made.arena for entry, made in found.ours}
    for name, there in (("cnn_har:arena", 0.848), ("features:arena", 0.6713)):
        assert f"`{name}`: {ours[name]:.4f} here, {there:.4f} published, {ours[name] - there:+.4f}." in said
    assert not any(sentence.startswith("`features`") for sentence in said)
    assert (
        said[-1] == "quoted: WHAR Arena, arXiv 2606.13194: one run per fold, one seed; not reproduced here."
    )
    assert f"more than {found.ceiling:.4f}" in said[0]


def test_what_is_not_comparable_says_why(tmp_path):
    half = made(tmp_path / "half", activities=TWELVE, leak="Shared.", changes=counted(561_386))
    (contest,) = contests([half])
    assert beside(contest, "arena").differs == ("the data is not complete: 561,386 of 1,122,772 rows",)
    assert next(words.published(beside(contest, "arena"))).startswith("NOT COMPARABLE: the data is not comp")
    other = made(tmp_path / "kfold", activities=TWELVE, changes=counted(1_122_772))
    text = (other / "experiment.toml").read_text().replace("seconds = 3.0", "seconds = 5.0")
    (other / "experiment.toml").write_text(f"channels = ['x']\n{text}")
    assert beside(contests([other])[0], "arena").differs == (
        "the protocol is kfold, so f1_arena is made of other folds",
        "window.seconds is 5.0, published 3.0",
        "only some channels were used",
    )
    few = made(tmp_path / "few", leak="Shared.", changes=counted(1_122_772))
    assert beside(contests([few])[0], "arena").differs == ("only some activities were used",)
    text = (half / "experiment.toml").read_text()
    for line, says in (
        ('[window]\nlabel = "majority"', "window.label is majority, published pure"),
        ('[folding]\nreserved = ["a"]', "people were reserved, so that folds are other ones"),
        ('steps = [{ step = "gravity" }]\n[window]', "signal steps changed the recordings"),
    ):
        changed = text.replace(line.partition("\n")[0] if line[0] == "[" else "[window]", line)
        (half / "experiment.toml").write_text(changed)
        assert beside(contests([half])[0], "arena").differs[1:] == (says,)
    (half / "experiment.toml").write_text(text.replace('"arena"', '"arena_people"'))
    assert beside(contests([half])[0], "arena").differs[1] == (
        "people validate, not windows, so that it was trained otherwise"
    )


def test_a_dataset_of_another_make_is_not_comparable(tmp_path):
    changes = counted(1) | {"name": "elsewhere", "published": {"whar-arena": "pamap2"}}
    there = made(tmp_path / "there", activities=TWELVE, leak="Shared.", changes=changes)
    assert beside(contests([there])[0], "arena").differs == (
        "it has 6 channels here, 52 as published",
        "it has 12 activities here, 13 as published",
    )
    assert set(_datasets()) == set(_published())
    assert _datasets()["hapt"] == {"channels": 6, "activities": 12}


def test_only_the_published_preset_stands_beside_its_figure(arena):
    contest = contests([arena])[0]
    found = beside(contest, "arena")
    there = {entry.name: found.of(entry) for entry in contest.entries}
    assert there == {"features": None, "cnn_har:arena": 0.848, "features:arena": 0.6713}
    mixer = replace(contest.entries[1], row=replace(contest.entries[1].row, model="mlp_mixer"))
    assert found.of(mixer) is None, "a model of the same name is another one"


def test_a_dataset_without_published_figures(run):
    found = beside(contests([run])[0], "arena")
    assert (found.called, found.quoted) == ("", ())
    assert list(words.published(found)) == ["made-up is not in the published table."]


def test_a_name_that_the_published_table_lacks(tmp_path):
    there = made(tmp_path / "there", changes={"published": {"whar-arena": "nowhere"}})
    found = beside(contests([there])[0], "arena")
    assert (found.called, found.quoted, found.differs) == ("", (), ())


def test_an_unknown_published_table(run):
    with pytest.raises(KodoError, match=r"no published table 'arna'\. Did you mean 'arena'"):
        beside(contests([run])[0], "arna")


def test_more_datasets_stand_side_by_side(run, arena):
    made_tables = tables(compared([run, arena]))
    overview = made_tables[0]
    assert list(overview.heads.values()) == ["model", "made-up>", "hapt (LEAKY)>"]
    features = next(row for row in overview.rows if row["model"] == "features")
    assert features["0"] != features["1"] != ""
    assert any("need 5 datasets" in sentence for sentence in overview.says)


def test_a_label_covers_no_other_dot_and_no_other_label():
    crowd = [
        Point("features", 0.879, 0.30, front=True),
        Point("resnet1d", 0.884, 0.41, front=True),
        Point("mlp", 0.79, 0.03, front=True),
        Point("vit1d:samples", 0.777, 0.52, front=False),
        Point("conv_transformer", 0.775, 0.57, front=False),
    ]
    found = labelled(crowd, (0.02, 1.0), (0.76, 0.9))
    assert [label for label, *_ in found] == ["features", "resnet1d", "mlp", "4", "5"]
    # Names grow inwards, and the second of two neighbours makes room.
    assert found[2][1:] == (1, 1)
    assert found[0][1:] == (-1, 1)
    assert found[1][1:] != found[0][1:]
    assert found[3][1:] != found[4][1:]
    # A name goes where there is room, and nowhere in particular where there is none.
    alone = [Point("alone", 0.8, 1.0, front=True)]
    assert labelled(alone, (0.5, 2.0), (0.78, 0.82))[0][0] == "alone"
    many = [Point(f"model {n}", 0.8, 1.0, front=True) for n in range(6)]
    assert len(labelled(many, (0.5, 2.0), (0.78, 0.82))) == 6


def test_tests_go_from_the_largest_difference_to_the_smallest(run):
    table = next(table for table in tables(compared([run])) if table.name == "tests-0")
    differences = [float(row["difference"].split()[0]) for row in table.rows]
    assert differences == sorted(differences, reverse=True)
    assert list(table.heads)[:3] == ["model", "difference", "outcome"]


def test_a_small_p_that_decides_nothing_is_explained(run):
    found = compared([run], all_pairs=True)
    contest, (first, *others) = found.contests[0], found.pairs[0]
    for p, outcome, expected in (
        (0.03, "undecided", True),
        (0.06, "undecided", False),
        (0.03, "better", False),
    ):
        made = replace(first, comparison=replace(first.comparison, adjusted=p, outcome=outcome))
        said = " ".join(words.tests(replace(found, pairs=((made, *others),)), contest))
        assert ("still holds 0" in said) == expected


def test_a_decision_that_the_test_does_not_confirm_is_a_hint(run):
    found = compared([run])
    contest, (first, *others) = found.contests[0], found.pairs[0]
    for p, outcome, expected in ((0.07, "better", True), (0.07, "worse", True), (0.03, "better", False)):
        made = replace(first, comparison=replace(first.comparison, adjusted=p, outcome=outcome))
        said = " ".join(words.tests(replace(found, pairs=((made, *others),)), contest))
        assert ("take it for a hint" in said) == expected


def test_what_is_impossible_needs_as_many_people_as_its_size_asks(run):
    comparison = compared([run], all_pairs=True).pairs[0][0].comparison
    assert comparison.outcome == "impossible"
    assert "at least 7 people are needed" in comparison.sentence
    assert comparison.needed >= 7


def test_ours_beside_the_published_scores_are_written_between_the_marks(
    arena: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = made(
        tmp_path / "people",
        activities=TWELVE,
        models=("features", "cnn_har:arena"),
        changes=counted(1_122_772),
    )
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    monkeypatch.setattr(importlib.import_module("part"), "PAGES", tmp_path)
    page = tmp_path / "compare.md"
    shutil.copy(ROOT / "docs" / "compare.md", page)
    room = importlib.import_module("published_table")
    monkeypatch.setattr(room, "KEPT", tmp_path / "published.json")
    room.main(str(arena))
    assert "validation by people" not in page.read_text(encoding="utf-8").partition("published: end")[0]
    room.main(str(people))
    text = page.read_text(encoding="utf-8")
    room.main(str(arena), str(people))
    assert page.read_text(encoding="utf-8") == text, "what was kept says what its run says"
    shutil.rmtree(people)
    room.main()
    assert page.read_text(encoding="utf-8") == text, "no run is needed again"
    lines = text.partition("published: end")[0].splitlines()
    contest = compared([arena]).contests[0]
    entry, scores = next(one for one in beside(contest, "arena").ours if one[0].name == "cnn_har:arena")
    reached = f"{scores.arena:.4f} | 0.8480 | {scores.present:.4f}"
    over = entry.row.intervals["macro_f1"].text().replace(" ", "\u00a0")
    assert f"| hapt | `cnn_har:arena` | 1 | {reached} | {over} |" in lines
    assert not [line for line in lines if line.startswith("| hapt | `features` | 1 | ") and "0.6713" in line]
    assert lines.count("LEAKY: Windows are shared.") == 1
    assert "than 1.0000 on `hapt`: an activity that a fold lacks counts 0." in text
    worth = [line for line in lines if line.endswith(": equivalent | 1.000 |")]
    assert "Intervals and p are for these 2 comparisons together." in lines
    assert [line.split(" | ")[1] for line in worth] == ["`cnn_har:arena`", "`features`"]
    before = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    assert text.partition("<!-- published:")[0] == before.partition("<!-- published:")[0]
    assert text.partition("published: end -->")[2] == before.partition("published: end -->")[2]


def test_the_docs_say_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    monkeypatch.setattr(importlib.import_module("part"), "PAGES", tmp_path)
    room = importlib.import_module("published_table")
    monkeypatch.setattr(room, "KEPT", tmp_path / "published.json")
    for name in ("compare.md", "published.json"):
        shutil.copy(ROOT / "docs" / name, tmp_path)
    room.main()
    for name in ("compare.md", "published.json"):
        assert (tmp_path / name).read_text("utf-8") == (ROOT / "docs" / name).read_text("utf-8")
    (tmp_path / "published.json").unlink()
    with pytest.raises(SystemExit, match="Nothing was kept yet"):
        room.main()


def test_the_example_of_the_docs_speaks_as_the_code_does(run):
    page = (ROOT / "docs" / "gallery" / "comparison.html").read_text(encoding="utf-8")
    (table,) = (table for table in tables(compared([run])) if table.name == "scores-0")
    for head in table.heads.values():
        assert f">{head.rstrip('>')}</th>" in page, "made again by the commands of docs/compare.md"
    assert "The outcome is the interval&#39;s. Where p is below 0.05" in page
