"""A study from beginning to end: people put aside, corners tried, the search, the final comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kodo.datasets.recording import Recordings
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.evaluation.protocol import people_of
from kodo.experiments.executors.workers import Workers
from kodo.experiments.experiment import experiment, written
from kodo.experiments.plan import Plan, planned, windows_of
from kodo.experiments.run import Watch
from kodo.experiments.summary import open_run
from kodo.experiments.work import estimate, missing, work
from kodo.files import digest
from kodo.tuning.corners import check_corners
from kodo.tuning.final import Standing, final_experiment, standings, winners
from kodo.tuning.nested import outer
from kodo.tuning.people import NESTED_BELOW, put_aside
from kodo.tuning.search.search import search, studied
from kodo.tuning.stages import STAGES, centred, onward
from kodo.tuning.studied import FINAL, OUTER, folds_of
from kodo.tuning.study import Arm, Search, Study, arms, read_study
from kodo.windows.cut import Windows


@dataclass(frozen=True, eq=False)
class Course:
    """A study with its data, ready to go.

    Args:
        study: complete, with the people it reserved.
        arms: what it compares.
        recordings: all of them.
        windows: of everybody, as every trial cuts them.
        folder: of the study.
        notes: sentences the user should read first.
        ends: whether it looks at the reserved people; a first stage leaves them to the second.
    """

    study: Study
    arms: tuple[Arm, ...]
    recordings: Recordings
    windows: Windows
    folder: Path
    notes: tuple[str, ...]
    ends: bool = True

    @property
    def trials(self) -> int:
        """How many there will be."""
        return len(self.arms) * (self.study.search.explore + self.study.search.exploit)

    @property
    def final_fits(self) -> int:
        """How many fits the final comparison has: the default and every arm's winner, with each seed."""
        return self.ends * (1 + len(self.arms)) * self.study.experiment.seeds

    def done(self) -> dict[str, int]:
        """How many trials of each arm the folder holds already."""
        if not (self.folder / "study.toml").is_file():
            return dict.fromkeys((arm.name for arm in self.arms), 0)
        return {name: len(trials) for name, trials in studied(self.folder).trials.items()}

    def missing(self) -> int:
        """How many trials and final fits are still to be done."""
        left = self.trials - sum(self.done().values())
        if left or not self.ends:
            return left + self.final_fits
        return missing(final_plan(self), self.folder / FINAL)


def prepared(
    asked: Mapping[str, Any],
    looking: Search,
    reserved: str = "",
    stage: str | None = None,
    nested: bool = False,
    out: Path | None = None,
) -> tuple[Course, ...]:
    """What a study will do, said before anything is tried.

    Args:
        asked: the experiment, as in `experiment.toml`.
        looking: how it searches.
        reserved: who is put aside: a share of everybody, or names with commas; empty = a third.
        stage: `optimiser` first, then `model` in the same folder; None = both at once.
        nested: search anew for every fold of the protocol, whose test people are reserved.
        out: the study's folder; None = the usual one.

    Returns:
        one course; of a nested study one per fold.

    Raises:
        KodoError: data that cannot be had, settings that cannot be searched, corners that cannot be built,
            too few people, a second stage without the first.
    """
    if stage is not None and stage not in STAGES:
        raise KodoError(f"--stage is {' or '.join(STAGES)}; got '{stage}'.")
    if nested and (stage is not None or reserved):
        raise KodoError(
            f"--nested and {'--stage' if stage else '--reserve'} do not go together: a nested study searches "
            "everything at once, and puts aside the people of each fold in turn."
        )
    made = experiment(asked, "the command line")
    if made.budget.minutes:
        raise KodoError("A study's trials are the real training, in epochs: leave --budget-min out.")
    recordings = load(made.dataset)
    windows = windows_of(made, recordings)
    if stage is not None and not looking.nuisance:
        looking = replace(looking, nuisance=STAGES[stage])
    study = Study(made, looking)
    folder = out or _usual_folder(study)
    if nested:
        parts = [(part, folder / f"{OUTER}{i}") for i, part in enumerate(outer(study, windows), 1)]
    else:
        parts = [(study, folder)]
    courses = []
    for part, place in parts:
        aside, said = put_aside(part.experiment, windows, reserved, looking.splits)
        part = replace(part, experiment=aside)
        courses.append(_course(part, recordings, windows, place, stage, said))
    return tuple(courses)


def again(folder: Path) -> tuple[Course, ...]:
    """The study that a folder holds, to go on with.

    Args:
        folder: of the study, or of a nested one.

    Raises:
        KodoError: there is none, or its data cannot be had.
    """
    made = []
    for place in folds_of(folder) or (folder,):
        study = read_study(place)
        recordings = load(study.experiment.dataset)
        windows = windows_of(study.experiment, recordings)
        course = _course(study, recordings, windows, place, None, ())
        made.append(replace(course, ends=place.name != "optimiser"))
    return tuple(made)


def conduct(course: Course, workers: Workers, tried: Any, fitted: Watch) -> tuple[Standing, ...]:
    """Search, then train every arm's winner and the default anew and test them on the reserved people.

    The first of two stages ends with its search.

    Args:
        course: as `prepared` gives it.
        workers: do the trials and the final fits.
        tried: told after every trial.
        fitted: told after every final fit.

    Returns:
        the final comparison, the default first; nothing of a first stage.

    Raises:
        KodoError: as `search`, or the final fits failed.
    """
    search(course.study, course.recordings, course.windows, course.folder, workers, workers.at_once, tried)
    if not course.ends:
        return ()
    todo = final_plan(course)
    work(todo, course.folder / FINAL, workers, fitted)
    return concluded((course.folder,))


def final_plan(course: Course) -> Plan:
    """The final comparison of a study whose search is complete.

    Args:
        course: its trials are in its folder.

    Raises:
        KodoError: no trial is complete.
    """
    won = winners(course.arms, studied(course.folder).trials)
    return planned(final_experiment(course.study, won), course.recordings, course.windows)


def concluded(folders: Sequence[Path]) -> tuple[Standing, ...]:
    """The final comparison of a study, or of all folds of a nested one together.

    Args:
        folders: of the studies, each with its finished final run.

    Raises:
        KodoError: one of them is not finished.
    """
    runs = [open_run(folder / FINAL) for folder in folders]
    if len(runs) == 1:
        return standings(runs, runs[0].experiment["models"])
    return standings(runs, ["the default", "tuned in each fold"])


def forecast(course: Course, jobs: int | None) -> dict[str, Any]:
    """What a study would do, and about how long it takes at its default settings.

    Args:
        course: as `prepared` gives it.
        jobs: fits at once; None = one per core.

    Returns:
        counts, notes, and `minutes` in all and by part.
    """
    asked, looking, done = course.study.experiment, course.study.search, course.done()
    inner = planned(asked, course.recordings, course.windows)
    usual = estimate(inner, course.folder / FINAL, jobs)
    per_fit = {name: of / asked.seeds / usual["folds"] for name, of in usual["minutes_by_model"].items()}
    each = looking.explore + looking.exploit
    minutes = {arm.name: per_fit[arm.model] * (each - done[arm.name]) * looking.splits for arm in course.arms}
    if course.ends:
        minutes["final comparison"] = course.final_fits * max(per_fit.values())
    return {
        "trials": course.trials,
        "finished": sum(done.values()),
        "arms": len(course.arms),
        "splits": looking.splits,
        "final_fits": course.final_fits,
        "reserved": list(asked.folding.reserved),
        "jobs": usual["jobs"],
        "minutes": sum(minutes.values()),
        "minutes_by_part": minutes,
        "folder": str(course.folder),
        "notes": [*course.notes, *inner.notes],
    }


def _course(
    study: Study,
    recordings: Recordings,
    windows: Windows,
    folder: Path,
    stage: str | None,
    said: tuple[str, ...],
) -> Course:
    if stage == "model":
        study = _second(study, folder / "optimiser")
    if stage == "optimiser":
        study, more = centred(study, recordings, windows)
        said = (*said, *more)
    compared = arms(study)
    check_corners(study, compared, windows)
    where = folder / stage if stage else folder
    notes = (*said, *_few(windows))
    return Course(study, compared, recordings, windows, where, notes, ends=stage != "optimiser")


def _second(study: Study, first: Path) -> Study:
    """The second stage, from what the first one found; it puts the same people aside."""
    if not (first / "study.toml").is_file():
        raise KodoError(
            f"--stage model goes on from --stage optimiser, and {first} holds none: run it first."
        )
    before = studied(first)
    aside = before.study.experiment.folding.reserved
    if set(aside) != set(study.experiment.folding.reserved):
        raise KodoError(
            f"The first stage in {first} reserved {', '.join(aside)}; the second must reserve the same "
            f"people: --reserve {','.join(aside)}."
        )
    return onward(study, before.arms, before.trials)


def _few(windows: Windows) -> tuple[str, ...]:
    one, many = windows.called
    if len(people_of(windows)) >= NESTED_BELOW:
        return ()
    return (
        f"With fewer than {NESTED_BELOW} {many} a final comparison decides little: --nested tests every "
        f"{one}, each by a search that did not see them.",
    )


def _usual_folder(study: Study) -> Path:
    name = Path(study.experiment.dataset).name
    text = written(study.experiment) + repr(sorted(asdict(study.search).items()))
    return Path("studies") / f"{name}-{digest(text, 6)}"
