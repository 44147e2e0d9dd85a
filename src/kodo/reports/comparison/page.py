"""The page of a comparison: the sentence, the pictures, the tables, from run folders alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kodo.evaluation.ranks import Ranks
from kodo.experiments.evidence.comparison.comparison import Compared, front, headline
from kodo.experiments.evidence.comparison.contest import Contest
from kodo.experiments.summary import HEADLINE
from kodo.reports.comparison import words
from kodo.reports.comparison.pareto import Point, pareto
from kodo.reports.comparison.ranks import critical_difference
from kodo.reports.comparison.repeats import boxes
from kodo.reports.comparison.tables import Table, flat, over_people, tables
from kodo.reports.page import counted, listed, place, render

COSTS = (("ms_per_window", "ms per window", 1.0), ("size", "size in kB", 1e-3))
"""What a score is held against: field of a row, its axis, a factor."""


@dataclass(frozen=True)
class Picture:
    """A picture with what is said about it.

    Args:
        title: what is seen, in a sentence.
        drawn: `<svg>`.
        caption: numbers, units, names.
        data: the numbers, head first.
    """

    title: str
    drawn: str
    caption: str
    data: list[list[object]]


@dataclass(frozen=True)
class Section:
    """What a page says of one contest.

    Args:
        name: of its anchor.
        title: the dataset.
        leak: what a leaky protocol shares, or "".
        tables: of it.
        pictures: of it.
        says: why a picture is missing.
    """

    name: str
    title: str
    leak: str
    tables: tuple[Table, ...]
    pictures: tuple[Picture, ...]
    says: tuple[str, ...]


def compose(found: Compared, published: str = "") -> str:
    """The page as text; the same runs give the same bytes.

    Args:
        found: the comparison.
        published: the published table to stand beside, or "".
    """
    every = tables(found, published)
    over = found.over_datasets
    return render(
        "comparison/comparison.html.jinja",
        answer=words.answer(found),
        facts=facts(found),
        command=command(found, published),
        general=[table for table in every if "-" not in table.name],
        ranks=None if over is None else ranked(over, counted(over.blocks, "dataset"), "ranks"),
        sections=[_section(found, number, every) for number in range(len(found.contests))],
        flat=list(flat(found, published)),
        citations=sorted({c.dataset["citation"] for c in found.contests if c.dataset.get("citation")}),
    )


def facts(found: Compared) -> dict[str, str]:
    """What stands small below the answer.

    Args:
        found: the comparison.
    """
    entries = [entry for contest in found.contests for entry in contest.entries]
    names = [name for name in dict.fromkeys(found.baselines) if name]
    return {
        "Datasets": listed([contest.title for contest in found.contests]),
        "Protocol": listed(list(dict.fromkeys(contest.protocol for contest in found.contests))),
        "Seeds": listed([str(seeds) for seeds in sorted({entry.seeds for entry in entries})]),
        "Held against": listed(names) if names else "each against each",
        "Runs": listed(list(dict.fromkeys(entry.folder.name for entry in entries))),
    }


def command(found: Compared, published: str) -> str:
    """The command that gives these numbers again.

    Args:
        found: the comparison.
        published: the published table, or "".
    """
    folders = dict.fromkeys(place(e.folder) for contest in found.contests for e in contest.entries)
    # The default is named as well, so that the command says what was compared with what.
    names = [name for name in dict.fromkeys(found.baselines) if name]
    words_of_it = ["kodo compare", *folders]
    words_of_it += [f"--baseline {names[0]}"] if len(names) == 1 and " " not in names[0] else []
    words_of_it += [] if any(found.baselines) else ["--all-pairs"]
    words_of_it += [f"--published {published}"] if published else []
    return " ".join([*words_of_it, f"--margin {found.margin:g}"])


def ranked(ranks: Ranks, blocks: str, name: str) -> Picture:
    """Average ranks with their critical difference.

    Args:
        ranks: of models.
        blocks: what was averaged over, in words; stands in the title.
        name: of the picture, unique within the page.
    """
    caption = (
        f"Average ranks over {blocks}. A thick bar joins models that cannot be told apart at "
        f"{100 * (1 - ranks.level):.0f} % (Nemenyi)."
    )
    data: list[list[object]] = [
        ["model", "average_rank"],
        *map(list, zip(ranks.names, ranks.mean, strict=True)),
    ]
    return Picture(words.ranked(ranks, blocks), critical_difference(ranks, name), caption, data)


def _section(found: Compared, number: int, every: list[Table]) -> Section:
    contest = found.contests[number]
    repeats = found.repeats[number]
    said = () if repeats.entries else (words.repeated(repeats),)
    return Section(
        name=f"contest-{number}",
        title=contest.title,
        leak=contest.leak,
        tables=tuple(table for table in every if table.name.endswith(f"-{number}")),
        pictures=tuple(_pictures(found, number)),
        says=said,
    )


def _pictures(found: Compared, number: int) -> Iterator[Picture]:
    contest, repeats, ranks = found.contests[number], found.repeats[number], found.ranks[number]
    if ranks is not None:
        yield ranked(ranks, over_people(contest), f"ranks-{number}-picture")
    if repeats.entries:
        values = [(entry.name, entry.row.by_seed.mean(1)) for entry in repeats.entries]
        caption = (
            f"{_mark(contest)}Each dot is a seed: its macro-F1, mean over {contest.subjects[1]}. Box: "
            f"quartiles and median. {words.repeated(repeats)}"
        )
        data: list[list[object]] = [["model", "repeat", "macro_f1"]]
        data += [[name, seed, score] for name, every in values for seed, score in enumerate(every.tolist())]
        yield Picture(words.spreads(repeats), boxes(values, f"repeats-{number}"), caption, data)
    for position, (field, axis, factor) in enumerate(COSTS):
        if (drawn := _pareto(contest, field, axis, factor, f"pareto-{number}-{position}")) is not None:
            yield drawn


def _mark(contest: Contest) -> str:
    return "LEAKY. " if contest.leak else ""


def _pareto(contest: Contest, field: str, axis: str, factor: float, name: str) -> Picture | None:
    entries = [entry for entry in contest.entries if not entry.lacks and getattr(entry.row, field) > 0]
    if len(entries) < 2:
        return None
    scores = [entry.row.intervals[HEADLINE[0]].estimate for entry in entries]
    costs = [factor * float(getattr(entry.row, field)) for entry in entries]
    order = sorted(range(len(entries)), key=lambda n: -headline(entries[n]))
    on_it = front(scores, costs)
    points = [Point(entries[n].name, scores[n], costs[n], on_it[n]) for n in order]
    best = [f"`{point.name}`" for point in points if point.front]
    one = len(best) == 1
    said = "has no rival that is" if one else "have no rival that is"
    title = f"{listed(best)} {said} both better and cheaper in {axis.removesuffix(' in kB')}"
    numbered = [f"{number} `{point.name}`" for number, point in enumerate(points, 1) if not point.front]
    others = f"{', '.join(numbered)}. " if numbered else ""
    caption = (
        f"{_mark(contest)}{others}Filled: on the front. Whether a score is surely higher, the tests say."
    )
    data: list[list[object]] = [["model", "macro_f1", axis, "front"]]
    data += [[point.name, point.score, point.cost, point.front] for point in points]
    return Picture(title, pareto(points, axis, name), caption, data)
