"""The tables of a comparison, the same in every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kodo.evaluation.interval import Interval
from kodo.evaluation.ranks import Ranks
from kodo.experiments.evidence.comparison.comparison import Compared, Pair, headline
from kodo.experiments.evidence.comparison.contest import Contest, Entry
from kodo.experiments.evidence.comparison.folds import fold_scores
from kodo.experiments.summary import HEADLINE, Row
from kodo.reports.comparison import words
from kodo.reports.comparison.published import Beside, beside
from kodo.reports.page import amount, counted, size


@dataclass(frozen=True)
class Table:
    """A table with what is said under it.

    Args:
        name: short and unique, for files and anchors.
        title: above it.
        heads: key of a row -> head of the column; a head ending in ">" is right-aligned.
        rows: cells as text, by key.
        says: sentences below.
    """

    name: str
    title: str
    heads: Mapping[str, str]
    rows: Sequence[Mapping[str, str]]
    says: Sequence[str]

    @property
    def data(self) -> list[list[str]]:
        """Its cells, head first."""
        heads = [head.rstrip(">") for head in self.heads.values()]
        return [heads, *([row.get(key, "") for key in self.heads] for row in self.rows)]


def tables(found: Compared, published: str = "") -> list[Table]:
    """All tables of a comparison, in their order.

    Args:
        found: the comparison.
        published: the published table to stand beside, or "".
    """
    made = [overview(found)] if len(found.contests) > 1 else []
    for number, contest in enumerate(found.contests):
        made.append(scores(contest, number))
        if found.pairs[number]:
            made.append(tests(found, number))
        if published:
            made.append(quoted(beside(contest, published), number))
        if (ranks := found.ranks[number]) is not None:
            made.append(ranking(ranks, f"ranks-{number}", over_people(contest)))
    if found.divided:
        made.append(divided(found))
    if found.over_datasets is not None:
        over = counted(found.over_datasets.blocks, "dataset")
        made.append(ranking(found.over_datasets, "ranks", over))
    return made


def over_people(contest: Contest) -> str:
    """The blocks of ranks within a contest, in words.

    Args:
        contest: of one dataset.
    """
    return f"the {counted(len(contest.majority.people), *contest.subjects)} of {contest.title}"


def overview(found: Compared) -> Table:
    """Models x datasets, the mean headline score.

    Args:
        found: the comparison.
    """
    names = list(dict.fromkeys(entry.name for contest in found.contests for entry in contest.entries))
    means = [{entry.name: entry for entry in contest.entries} for contest in found.contests]
    heads = {"model": "model"} | {str(n): f"{c.title}>" for n, c in enumerate(found.contests)}
    rows = [
        {"model": name} | {str(n): _mean(table.get(name)) for n, table in enumerate(means)} for name in names
    ]
    rows.append(
        {"model": "majority"} | {str(n): f"{_estimate(c.majority):.3f}" for n, c in enumerate(found.contests)}
    )
    says = ["macro_f1, mean over people. Nothing is tested across columns. *: not complete."]
    if found.over_datasets is None:
        says.append(words.no_ranks(found))
    return Table("overview", "Models x datasets", heads, rows, says)


def scores(contest: Contest, number: int) -> Table:
    """The headline table of a contest, best first.

    Args:
        contest: of one dataset.
        number: of the contest, from 0.
    """
    one, many = contest.subjects
    arena = bool(contest.majority.published)
    heads = {"model": "model", "score": "macro_f1>", "people": f"{many}>", "seeds": "seeds>"}
    heads |= {"noise": "spread over seeds>", "among": f"over {many}>"}
    heads |= {"arena": "f1_arena>", "present": "f1_present>"} if arena else {}
    heads |= {"worst": f"worst {one}>", "seconds": "fit s>", "ms": "ms/window>", "size": "size>"}
    order = sorted(contest.entries, key=headline, reverse=True)
    rows = [_scored(entry) for entry in order]
    if arena:
        rows = [cells | _folds(contest, entry) for cells, entry in zip(rows, order, strict=True)]
    last = {"model": "majority", "score": _estimated(contest.majority.intervals[HEADLINE[0]])}
    last |= {"people": str(len(contest.majority.people)), "worst": _worst(contest.majority)}
    last |= _published(contest.majority)
    said = f"protocol {contest.protocol}" in contest.apart
    title = contest.title if said else f"{contest.title}, {contest.protocol}"
    return Table(f"scores-{number}", title, heads, [*rows, last], list(words.below(contest)))


def tests(found: Compared, number: int) -> Table:
    """The paired tests of a contest, from the largest difference to the smallest.

    Args:
        found: the comparison.
        number: of the contest, from 0.
    """
    contest, base = found.contests[number], found.baselines[number]
    heads = {"model": "model", "difference": "difference>", "outcome": "outcome", "holm": "p (Holm)>"}
    heads |= {"effect": "g_z>", "rank": "signed rank p>", "bayes": "Bayes worse/equal/better>"}
    heads |= {"people": f"{contest.subjects[1]}>", "seeds": "seeds>"}
    pairs = sorted(found.pairs[number], key=_order)
    rows = [_tested(pair, base) for pair in pairs]
    title = f"{contest.title}: each against {base}" if base else f"{contest.title}: all pairs"
    says = [words.compared(pair) for pair in pairs]
    says.append(
        f"{contest.subjects[1]}, seeds: about how many would decide it; {contest.subjects[1]} is empty where "
        "it is decided."
    )
    return Table(f"tests-{number}", title, heads, rows, [*says, *words.tests(found, contest)])


def divided(found: Compared) -> Table:
    """What a leaky division is worth: each model against itself in an honest one.

    Args:
        found: the comparison.
    """
    subjects = found.divided[0].first.row.subjects
    heads = {"model": "model", "dataset": "dataset", "leaky": "LEAKY>", "honest": "honest>"}
    heads |= {
        "difference": "difference>",
        "holm": "p (Holm)>",
        "people": f"{subjects[1]}>",
        "outcome": "outcome",
    }
    rows = [
        {
            **_tested(pair, "itself"),
            "model": pair.first.row.model,
            "dataset": pair.first.row.dataset,
            "leaky": f"{headline(pair.first):.3f}",
            "honest": f"{headline(pair.second):.3f}",
        }
        for pair in found.divided
    ]
    says = [*map(words.divided, found.divided), *words.below_divided(found)]
    return Table("divided", "What the leaky division is worth", heads, rows, says)


def quoted(found: Beside, number: int) -> Table:
    """Ours beside the published figures, best first.

    Args:
        found: of one dataset.
        number: of the contest, from 0.
    """
    heads = {"model": "model", "arena": "f1_arena>", "present": "f1_present>", "whose": "whose"}
    mark = "ours, not comparable" if found.differs else "ours"
    rows = [
        (value, {"model": name, "arena": f"{value:.4f}", "whose": "quoted"}) for name, value in found.quoted
    ]
    rows += [
        (
            made.arena,
            {
                "model": entry.name,
                "arena": f"{made.arena:.4f}",
                "present": f"{made.present:.4f}",
                "whose": f"{mark}, {entry.lacks}" if entry.lacks else mark,
            },
        )
        for entry, made in found.ours
    ]
    ordered = [row for _, row in sorted(rows, key=lambda pair: -pair[0])]
    title = f"{found.dataset} beside the published table"
    return Table(f"published-{number}", title, heads, ordered, list(words.published(found)))


def ranking(ranks: Ranks, name: str, blocks: str) -> Table:
    """Average ranks.

    Args:
        ranks: of models.
        name: of the table.
        blocks: what was averaged over, in words.
    """
    rows = [
        {"model": model, "rank": f"{mean:.2f}"} for model, mean in zip(ranks.names, ranks.mean, strict=True)
    ]
    says = [
        f"{words.ranked(ranks, blocks)}.",
        f"Critical difference {ranks.distance:.2f} (Nemenyi, {100 * ranks.level:.0f} %), Friedman chi-square "
        f"{ranks.statistic:.2f}, p = {ranks.p:.2g}. Nearer than that: {_groups(ranks)}.",
    ]
    return Table(
        name, f"Average ranks over {blocks}", {"model": "model", "rank": "average rank>"}, rows, says
    )


def flat(found: Compared, published: str = "") -> Iterator[list[object]]:
    """Everything as one table of plain numbers, a row per model and dataset, head first.

    Args:
        found: the comparison.
        published: the published table whose figures are added as quoted rows, or "".
    """
    yield [
        "dataset", "conditions", "protocol", "leaky", "model", "whose", "complete", "score", "macro_f1",
        "low", "high", "people", "seeds", "sd_over_seeds", "sd_over_people", "f1_arena", "f1_present",
        "ms_per_window", "parameters", "size_bytes", "against", "difference", "difference_low",
        "difference_high", "p", "p_holm", "d_z", "g_z", "p_signed_rank", "worse", "equivalent", "better",
        "outcome", "needed_people", "needed_seeds",
    ]  # fmt: skip
    for contest, pairs in zip(found.contests, found.pairs, strict=True):
        for entry in contest.entries:
            mine: list[Pair | None] = [p for p in (*pairs, *found.divided) if p.first is entry]
            for pair in mine or [None]:
                yield [*_numbers(contest, entry), *_answers(pair)]
        if published:
            for name, value in beside(contest, published).quoted:
                row = [contest.dataset["name"], "", published, "", name, "quoted", "", "f1_arena"]
                yield [*row, *[""] * 7, value, *[""] * 19]


def _scored(entry: Entry) -> dict[str, str]:
    row = entry.row
    parts = None if entry.lacks else entry.spread
    return {
        "model": entry.name + (" *" if entry.lacks else ""),
        "score": _estimated(row.intervals[HEADLINE[0]]),
        "people": str(len(row.people)),
        "seeds": str(entry.seeds),
        "noise": "" if parts is None or parts.over_seeds is None else f"{parts.over_seeds:.3f}",
        "among": "" if parts is None or parts.over_people is None else f"{parts.over_people:.3f}",
        "worst": _worst(row),
        "seconds": f"{row.seconds:,.0f}",
        "ms": amount(row.ms_per_window),
        "size": size(row.size),
    }


def _folds(contest: Contest, entry: Entry) -> dict[str, str]:
    made = fold_scores(entry.records, len(contest.dataset["activities"]))
    return {"arena": f"{made.arena:.4f}", "present": f"{made.present:.4f}"}


def _published(row: Row) -> dict[str, str]:
    names = {"arena": "f1_arena", "present": "f1_present"}
    return {key: f"{row.published[name]:.4f}" for key, name in names.items() if name in row.published}


def _worst(row: Row) -> str:
    person, value = row.worst
    return f"{value:.2f} ({person})"


def _order(pair: Pair) -> float:
    """Where a test stands in its table: what could not be compared comes last."""
    return float("inf") if pair.comparison is None else -pair.comparison.difference


def _tested(pair: Pair, base: str) -> dict[str, str]:
    name = pair.first.name if base else f"{pair.first.name} - {pair.second.name}"
    if pair.comparison is None:
        return {"model": name, "outcome": "not compared"}
    test = pair.comparison
    return {
        "model": name,
        "difference": _estimated(test.interval, "+.3f"),
        "holm": f"{test.adjusted:.3g}",
        "effect": "" if pair.effect is None else f"{pair.effect[1]:.2f}",
        "rank": f"{test.signed_rank:.3g}",
        "bayes": "" if test.posterior is None else "/".join(f"{part:.2f}" for part in test.posterior),
        "people": "" if test.needed is None else f"{test.needed:,}",
        "seeds": "" if pair.seeds is None else f"{pair.seeds:,}",
        "outcome": words.OUTCOMES[test.outcome],
    }


def _estimated(interval: Interval, form: str = ".3f") -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.estimate:{form}} (no interval)"
    return f"{interval.estimate:{form}} ({interval.low:{form}} to {interval.high:{form}})"


def _estimate(row: Row) -> float:
    return row.intervals[HEADLINE[0]].estimate


def _mean(entry: Entry | None) -> str:
    return "" if entry is None else f"{headline(entry):.3f}{' *' if entry.lacks else ''}"


def _groups(ranks: Ranks) -> str:
    return "; ".join(", ".join(f"`{name}`" for name in group) for group in ranks.groups) or "none"


def _numbers(contest: Contest, entry: Entry) -> list[object]:
    row, parts = entry.row, entry.spread
    interval = row.intervals[HEADLINE[0]]
    folds = fold_scores(entry.records, len(contest.dataset["activities"]))
    spreads = (None, None) if parts is None else (parts.over_seeds, parts.over_people)
    values: list[object] = [
        contest.dataset["name"], contest.apart, contest.protocol, bool(row.leak), entry.name, "ours",
        not entry.lacks, HEADLINE[0], interval.estimate, interval.low, interval.high, len(row.people),
        entry.seeds, *spreads, folds.arena, folds.present, row.ms_per_window, row.parameters, row.size,
    ]  # fmt: skip
    return ["" if value is None else value for value in values]


def _answers(pair: Pair | None) -> list[object]:
    if pair is None:
        return [""] * 15
    if pair.comparison is None:
        return [pair.second.name, *[""] * 11, "not compared", "", ""]
    test, name = pair.comparison, pair.second.name
    if pair.second.row.model == pair.first.row.model and pair.first.row.leak:
        name = f"{name} ({pair.second.records[0].facts['protocol']})"
    values: list[object] = [
        name, test.difference, test.interval.low, test.interval.high, test.p, test.adjusted,
        *(pair.effect or ("", "")), test.signed_rank, *(test.posterior or ("", "", "")), test.outcome,
        test.needed, pair.seeds,
    ]  # fmt: skip
    return ["" if value is None else value for value in values]
