"""What models are worth on people never seen: a table and answers in Markdown, from a run folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kodo.evaluation.compare import Comparison, together
from kodo.evaluation.score import Score
from kodo.experiments.record import Record
from kodo.experiments.summary import HEADLINE, Row, Run
from kodo.reports.history import QUANTITIES
from kodo.reports.page import amount, counted, listed
from kodo.reports.results import Result, Results, results
from kodo.reports.sentences import published

MARGIN = 0.01
"""Differences of macro-F1 up to this size count as none."""

NO_BREAK = "\u00a0"

FOOT = """95 % interval over {many}, for these trained models; the spread is the standard deviation of the
mean macro-F1 from seed to seed; epochs are the median. Training includes its looks at the validation {many}.
MACs: multiply-accumulates of one window in matrix products, convolutions and recurrent layers."""


@dataclass(frozen=True)
class Question:
    """What is asked of two models of one run.

    Args:
        asks: the question in words.
        first: model.
        second: model that it is held against.
        of: the headline score, or how much a person's score changes from seed to seed.
    """

    asks: str
    first: str
    second: str
    of: Literal["score", "spread"] = "score"


QUESTIONS = (
    Question("Does the Mixer's transposition help?", "mlp_mixer", "mlp_patch"),
    Question("Do patches help?", "mlp_patch", "mlp"),
    Question("Is the Mixer's spread from seed to seed smaller?", "mlp_mixer", "vgg", "spread"),
    Question("Does the IMU Transformer beat the 1-D CNN?", "conv_transformer", "cnn1d"),
    Question("Does the Vision Transformer beat the 1-D CNN?", "vit1d", "cnn1d"),
    Question("What do pointwise convolutions in front buy?", "conv_transformer", "vit1d:samples"),
    Question("What does a strided stem cost?", "conv_transformer:patched", "conv_transformer:imu"),
    Question(
        "Is a cosine over a tenth of the epochs, then repeated, better than one over all?",
        "conv_transformer:playbook-best@repeat",
        "conv_transformer:playbook-best@all",
    ),
    Question(
        "Is a cosine over a tenth of the epochs, then held at its floor, better than one over all?",
        "conv_transformer:playbook-best@hold",
        "conv_transformer:playbook-best@all",
    ),
    Question("Does the residual network beat the best small model published?", "resnet1d", "cnn_har"),
)
"""What the sources claim or leave open; asked of every run that holds both models."""

HEADS = (
    "spread over seeds", "training windows/s", "ms per window", "parameters", "million MACs", "s per fit",
    "epochs of at most",
)  # fmt: skip
"""Of the columns behind the scores."""


def section(run: Run, also: Sequence[str] = ()) -> str:
    """What one run says of its models: on whom, a table, answers.

    Args:
        run: its records.
        also: scores of HEADLINE that have a column besides macro-F1.

    Returns:
        Markdown below a heading of the third level.
    """
    found = results(run)
    lines = [
        f"### {_title(run)}",
        "",
        *_setting(run, found),
        "",
        *_table(found, (HEADLINE[0], *also)),
        "",
        *_below(run, found),
    ]
    if answers := _answers(found):
        many = f" for all {len(answers)} together" if len(answers) > 1 else ""
        lines += [
            "",
            f"What was asked (95 % intervals{many}; differences up to {MARGIN:g} count as none):",
            "",
        ]
        lines += [f"- {answer}" for answer in answers]
    return "\n".join(lines) + "\n"


def _title(run: Run) -> str:
    seeds = int(run.experiment["seeds"])
    budget = f", {_minutes(run):g} min a fit" if _minutes(run) else ""
    made = f"{run.experiment['protocol']}, {counted(run.folds, 'fold')}, {counted(seeds, 'seed')}"
    return f"{run.dataset['name']}: {made}{budget}"


def _setting(run: Run, found: Results) -> Iterator[str]:
    if found.leak:
        yield f"LEAKY: {found.leak}\n"
    window = run.experiment["window"]["seconds"]
    cut = f"windows of {window:g} s" if isinstance(window, int | float) else "windows, each a whole stretch"
    people = counted(len(found.majority.people), *run.subjects)
    activities = counted(len(found.activities), "activity", "activities")
    yield f"{people} tested, {activities}, {found.majority.windows:,} {cut}."
    if _minutes(run):
        fewer = any(_ran(record) < _most(record) for record in run.records)
        but = f"; fewer where the validation {run.subjects[1]} saw no gain" if fewer else ""
        yield (
            f"Equal time for all that have epochs: as many as {_minutes(run):g} min of a fit pay for, by a "
            f"probe before the run{but}."
        )
    short = [f"`{name}` has {lacks}" for name, lacks in run.lacking.items() if lacks]
    if short:
        yield f"NOT COMPLETE: {listed(short)}."


def _minutes(run: Run) -> float:
    """The budget of a fit; 0 = none."""
    minutes: float = run.experiment.get("budget", {}).get("minutes", 0.0)
    return minutes


def _table(found: Results, scores: Sequence[str]) -> Iterator[str]:
    """Models from the best to the worst, then the majority."""
    over = [f"{QUANTITIES.get(name, name)}, 95 % over {found.subjects[1]}" for name in scores]
    yield f"| {' | '.join(('model', *over, *HEADS))} |"
    yield "|---|" + "---:|" * len((*over, *HEADS))
    order = sorted(found.models, key=lambda model: -model.row.intervals[HEADLINE[0]].estimate)
    for model in order:
        yield _line([*_scored(model.row, scores), *_costs(model)])
    yield _line([*_scored(found.majority, scores), *[""] * (len(HEADS) - 1)])


def _line(cells: list[str]) -> str:
    """A line of the table; no cell is broken, or an interval would take four lines of a narrow column."""
    return f"| {' | '.join(cell.replace(' ', NO_BREAK) for cell in cells)} |"


def _scored(row: Row, scores: Sequence[str]) -> list[str]:
    # Plain, without backticks: those stand before the models of the list that tests compare.
    intervals = [row.intervals[name].text() for name in scores]
    return [row.model, *intervals, "" if row.spread is None else f"{row.spread:.3f}"]


def _costs(model: Result) -> list[str]:
    row = model.row
    return [
        amount(row.learned_per_second),
        amount(row.ms_per_window),
        f"{row.parameters:,}",
        "–" if row.macs is None else amount(row.macs / 1e6),
        amount(row.seconds / len(model.records)),
        _epochs(model),
    ]


def _epochs(model: Result) -> str:
    ran = [_ran(record) for record in model.records]
    return f"{np.median(ran):g} of {_most(model.records[0])}" if any(ran) else "–"


def _ran(record: Record) -> int:
    """Epochs that a fit went through; 0 where its model has none."""
    return len(record.facts["curves"].get("train_loss", ()))


def _most(record: Record) -> int:
    """Epochs that a fit could have gone through; 0 where its model has none."""
    most: int = record.facts["fit"]["train"].get("epochs", 0)
    return most


def _below(run: Run, found: Results) -> Iterator[str]:
    yield FOOT.format(many=run.subjects[1])
    facts = [record.facts["provenance"] for record in run.records]
    dates = sorted({fact["date"] for fact in facts})
    machines = sorted({fact.get("device", "cpu").replace("cpu", fact["processor"]) for fact in facts})
    built = sorted({f"torch {fact['torch']}" for fact in facts if "torch" in fact})
    yield f"Trained on {listed([*machines, *built])}; {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}."
    for line in published(found):
        yield f"\n{line}"


def _answers(found: Results) -> list[str]:
    """One sentence per question that this run can answer; all of them are counted together."""
    asked = []
    for question in QUESTIONS:
        first, second = _named(found, question.first), _named(found, question.second)
        if first is not None and second is not None:
            pair = _score(first, question), _score(second, question)
            same = pair[0].people == pair[1].people
            if same and not np.isnan([pair[0].values, pair[1].values]).any():
                asked.append((question, f"`{first.name}` against `{second.name}`", pair))
    compared = together([pair for *_, pair in asked], MARGIN, subjects=found.subjects)
    return [
        f"{question.asks} {names}: {_said(question, comparison)}.{_spreads(question, pair, found)}"
        for (question, names, pair), comparison in zip(asked, compared, strict=True)
    ]


def _named(found: Results, name: str) -> Result | None:
    """The model of that very name, or the first of its presets where the question names none."""
    exact = [model for model in found.models if model.name == name]
    presets = [model for model in found.models if model.name.partition(":")[0] == name]
    return next(iter([*exact, *presets]), None)


def _score(model: Result, question: Question) -> Score:
    """What is compared, over people; of a spread the negative, because less of it is better."""
    row = model.row
    if question.of == "score":
        return Score(HEADLINE[0], row.people, row.scores[HEADLINE[0]])
    if len(row.by_seed) < 2:
        return Score("spread", row.people, np.full(len(row.people), np.nan))
    return Score("spread", row.people, -np.std(row.by_seed, axis=0, ddof=1))


def _said(question: Question, compared: Comparison) -> str:
    sentence = compared.sentence
    if question.of == "spread":
        for usual, word in (("better by", "smaller by"), ("worse by", "larger by")):
            sentence = sentence.replace(usual, word)
    low, middle, high = compared.interval.low, compared.difference, compared.interval.high
    if compared.outcome in ("undecided", "impossible") and low is not None and high is not None:
        if question.of == "spread":  # back from its negative: above 0 the first one's is larger
            low, middle, high = -high, -middle, -low
        sentence += f" (difference {middle:+.3f}, {low:+.3f} to {high:+.3f})"
    return sentence


def _spreads(question: Question, pair: tuple[Score, Score], found: Results) -> str:
    if question.of == "score":
        return ""
    one, many = found.subjects
    return (
        f" The standard deviation of one {one}'s macro-F1 over {found.seeds} seeds is {-pair[0].mean:.3f} "
        f"and {-pair[1].mean:.3f}, mean over {many}."
    )
