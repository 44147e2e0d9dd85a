"""The page, the tables and the formats of a comparison."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from kodo.experiments.evidence.comparison.comparison import compared
from kodo.reports.comparison import words
from kodo.reports.comparison.formats import escaped, latex, markdown
from kodo.reports.comparison.page import compose
from kodo.reports.comparison.pareto import Point, labelled
from kodo.reports.comparison.tables import flat, tables
from kodo.reports.page import comma_separated
from made_up_comparison import made

ROOT = Path(__file__).resolve().parents[2]


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


def test_where_nobody_validates_the_price_is_another(tmp_path, run):
    leaky = made(tmp_path / "leaky", leak="Windows are shared.")
    nobody = made(tmp_path / "nobody")
    for path in (nobody / "fits").glob("*/record.json"):
        facts = json.loads(path.read_text())
        facts["people"]["validation"] = []
        path.write_text(json.dumps(facts))
    price, kept_back = "the whole price of honest validation", "keeping windows back to choose"
    (usual,) = (table for table in tables(compared([run, leaky])) if table.name == "divided")
    assert price in usual.says[-1]
    assert kept_back not in usual.says[-1]
    (other,) = (table for table in tables(compared([nobody, leaky])) if table.name == "divided")
    assert price not in other.says[-1]
    assert kept_back in other.says[-1]


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


def test_the_example_of_the_docs_speaks_as_the_code_does(run):
    page = (ROOT / "docs" / "gallery" / "comparison.html").read_text(encoding="utf-8")
    (table,) = (table for table in tables(compared([run])) if table.name == "scores-0")
    for head in table.heads.values():
        assert f">{head.rstrip('>')}</th>" in page, "made again by the commands of docs/compare.md"
    assert "The outcome is the interval&#39;s. Where p is below 0.05" in page
