"""The page of a study, one file with everything inside; its tables as CSV and its answers as JSON beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from kodo.datasets.recording import PEOPLE
from kodo.experiments.summary import Run, open_run
from kodo.files import write_json, write_text
from kodo.reports.field import strips
from kodo.reports.page import counted, place, render
from kodo.reports.results import results
from kodo.reports.study import sentences
from kodo.reports.study.coordinates import coordinates
from kodo.reports.study.pictures import growth, losses
from kodo.reports.study.tables import Table, tables, text, trials_table
from kodo.tuning.answers.answers import Answers, ArmAnswers, answers, facts
from kodo.tuning.answers.curves import Shown
from kodo.tuning.answers.division import shown
from kodo.tuning.studied import FINAL

if TYPE_CHECKING:
    from kodo.tuning.studied import Studied
    from kodo.tuning.trial import Trial

PAGE = "report.html"
TOP = 10


def write_study_page(folder: Path) -> Path:
    """Write the page of a study, its answers and its tables, from its folder alone.

    Args:
        folder: of the study, which may still be under way.

    Returns:
        where the page lies; beside it `answers.json`, `trials.csv` and `answers/`, one CSV per table.

    Raises:
        KodoError: the folder is no study, none of its trials is complete, or a file cannot be written.
    """
    # Reading a study resolves its models: torch is loaded, which this room otherwise does without.
    from kodo.tuning.final import standings
    from kodo.tuning.search.search import studied

    found = studied(folder)
    run, not_yet = final_run(found, folder)
    made = answers(found, standings([run], run.experiment["models"]) if run else ())
    write_json(folder / "answers.json", facts(made))
    write_text(folder / "trials.csv", text(trials_table(found)))
    for name, rows in tables(made).items():
        write_text(folder / "answers" / f"{name}.csv", text(rows))
    path = folder / PAGE
    write_text(path, compose(found, made, folder, run, not_yet))
    return path


def final_run(found: Studied, folder: Path) -> tuple[Run | None, str]:
    """The final comparison of a study, or why there is none yet.

    Args:
        found: the study.
        folder: of the study.
    """
    where = folder / FINAL
    if not any(where.glob("fits/*/record.json")):
        return None, "the winner and the default are trained anew when the search is complete."
    run = open_run(where)
    wanted = len(run.experiment["models"]) * int(run.experiment["seeds"])
    if len(run.records) < wanted:
        lost = f", {len(run.failed)} failed" if run.failed else ""
        return None, f"{len(run.records)} of {counted(wanted, 'fit')} are done{lost}."
    return run, ""


@dataclass(frozen=True)
class Panel:
    """The losses of one arm under one form of the schedule.

    Args:
        title: arm and form.
        picture: `<svg>`.
        trials: those that are drawn.
    """

    title: str
    picture: str
    trials: tuple[Shown, ...]


def compose(found: Studied, made: Answers, folder: Path, run: Run | None = None, not_yet: str = "") -> str:
    """The page as text; the same study gives the same bytes.

    Args:
        found: the study.
        made: its answers.
        folder: of the study; its two TOML files are shown.
        run: the final comparison, where it has been made.
        not_yet: why it has not.
    """
    one, many = found.dataset.get("subjects", PEOPLE)
    compared = results(run) if run else None
    trials = [trial for arm in found.arms for trial in found.trials.get(arm.name, ())]
    errors = Counter(trial.outcome.error for trial in trials if trial.outcome.state == "failed")
    return render(
        "study/study.html.jinja",
        also=_file("coordinates.js"),
        one=one,
        many=many,
        subjects=(one, many),
        made=made,
        best=made.arms[0].reached,
        arms=[*(arm.reached for arm in made.arms), *made.waiting],
        rivals=sentences.rivals(made),
        sentences=sentences,
        shown=shown,
        facts=_facts(found, made),
        place=place(folder),
        under_way=_under_way(found, made),
        not_yet=not_yet,
        results=compared or SimpleNamespace(leak=""),
        strips=strips(compared) if compared else [],
        dataset=found.dataset,
        tables=tables(made),
        own_tables={arm.reached.arm: _own(made, arm) for arm in made.arms},
        effects_title={arm.reached.arm: _effects_title(arm) for arm in made.arms},
        scales={arm.reached.arm: _scale(arm) for arm in made.arms},
        lost={arm.reached.arm: _lost(arm) for arm in made.arms},
        growths=_growths(made),
        curves=_panels(made.arms),
        top=_top(trials),
        errors=errors.most_common(),
        failed=sum(errors.values()),
        coordinates=coordinates(found, made.arms[0].reached.arm),
        reserved=", ".join(found.study.experiment.folding.reserved),
        search=_read(folder / "study.toml"),
        experiment=_read(folder / "experiment.toml"),
    )


def _facts(found: Studied, made: Answers) -> dict[str, str]:
    """What stands small below the answer."""
    study, best = found.study, made.arms[0].reached
    one, many = found.dataset.get("subjects", PEOPLE)
    reached = [*(arm.reached for arm in made.arms), *made.waiting]
    lost = [f"{sum(getattr(arm, state) for arm in reached)} {state}" for state in ("pruned", "failed")]
    phases = [sum(arm.explored for arm in reached), sum(arm.guided for arm in reached)]
    splits = counted(study.search.splits, "inner split")
    return {
        "Dataset": f"{found.dataset['title']} at {found.dataset['rate']:g} Hz",
        "Compared": f"{counted(len(found.arms), 'arm')}, each with a search of its own",
        "Trials": f"{made.trials:,}: {phases[0]:,} quasi-random, {phases[1]:,} guided ({', '.join(lost)})",
        "Scored on": f"{splits} by {study.experiment.protocol}, {counted(len(best.people), one, many)}",
        "Reserved": counted(len(study.experiment.folding.reserved), one, many),
        "Took": sentences.took(made),
    }


def _under_way(found: Studied, made: Answers) -> str:
    """How much of a study is still to come, or ""."""
    planned = len(found.arms) * (found.study.search.explore + found.study.search.exploit)
    if made.trials >= planned:
        return ""
    return f"{made.trials:,} of {counted(planned, 'trial')} are done; the same command goes on."


def _own(made: Answers, arm: ArmAnswers) -> Mapping[str, Table]:
    return tables(Answers((arm,), (), made.final))


def _effects_title(arm: ArmAnswers) -> str:
    seen = [f"`{one.key}`" for one in arm.effects if one.ends]
    whole = counted(len(arm.effects), "hyperparameter")
    if not seen:
        return f"By itself none of {whole} is seen to move the mean score"
    return f"The mean score differs between values of {len(seen)} of {whole}: {', '.join(seen)}"


def _scale(arm: ArmAnswers) -> tuple[float, float]:
    """The ends of the axis that all effects of an arm share."""
    levels = [level for one in arm.effects for level in one.levels if level.trials]
    lows = [level.mean if level.low is None else level.low for level in levels]
    highs = [level.mean if level.high is None else level.high for level in levels]
    low, high = min(lows, default=0.0), max(highs, default=1.0)
    return (low, high) if high > low else (low - 0.05, high + 0.05)


def _lost(arm: ArmAnswers) -> int:
    return max((sum(level.failed for level in one.levels) for one in arm.effects), default=0)


def _growths(made: Answers) -> list[tuple[ArmAnswers, str]]:
    return [
        (arm, growth(arm.enough, arm.reached.trials, f"growth-{number}"))
        for number, arm in enumerate(made.arms)
        if arm.enough.points
    ]


def _panels(arms: Sequence[ArmAnswers]) -> list[Panel]:
    made: list[Panel] = []
    for number, arm in enumerate(arms):
        for form in dict.fromkeys(one.form for one in arm.curves):
            trials = tuple(one for one in arm.curves if one.form == form)
            title = f"{arm.reached.arm}, {form}" if form else arm.reached.arm
            made.append(Panel(title, losses(trials, f"loss-{number}-{len(made)}"), trials))
    return made


def _top(trials: Sequence[Trial]) -> list[Trial]:
    complete = [trial for trial in trials if trial.outcome.state == "complete"]
    return sorted(complete, key=lambda trial: -trial.outcome.score)[:TOP]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _file(name: str) -> str:
    return files("kodo.reports.study").joinpath(name).read_text(encoding="utf-8")
