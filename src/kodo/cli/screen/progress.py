"""How far a run is, on stderr: a bar with the remaining time on a terminal, a line per fit elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from kodo.experiments.executors.workers import Workers
    from kodo.experiments.fit import Fit
    from kodo.experiments.plan import Plan
    from kodo.experiments.record import Record
    from kodo.experiments.run import Watch
    from kodo.tuning.conduct import Course
    from kodo.tuning.sweep.plan import SweepPlan, Task
    from kodo.tuning.trial import Outcome, Trial


@contextmanager
def fits(todo: Plan, folder: Path, workers: Workers) -> Iterator[Watch]:
    """Show a run's progress while the body runs.

    Args:
        todo: the plan.
        folder: of the run; fits finished there count as done.
        workers: do the fits; they say how many at once.

    Yields:
        a function to be called after every fit with (fit, record or None, error or "").
    """
    from kodo.experiments.record import finished

    console = _noted(todo.notes)
    missing = {fit.key: fit for fit in todo.fits if fit.key not in finished(folder)}
    done = len(todo.fits) - len(missing)
    if done:
        console.print(f"{done} of {len(todo.fits)} fits are there already.", highlight=False)
    took: dict[str, list[float]] = {}
    began = time.monotonic()
    with _bar(console) as bar:
        task = bar.add_task("Fits", total=len(todo.fits), completed=done, left="")

        def watch(fit: Fit, record: Record | None, error: str) -> None:
            missing.pop(fit.key, None)
            if record is not None:
                took.setdefault(fit.model, []).append(record.facts["seconds"])
            left = remaining(took, list(missing.values()), workers.at_once())
            bar.update(task, advance=1, left=f"about {span(left)} left" if missing else "")
            if not console.is_terminal:
                count = len(todo.fits) - len(missing)
                what = f"{fit.model}, fold {fit.fold + 1}, seed {fit.seed}"
                state = f"failed: {error}" if error else f"{took[fit.model][-1]:.1f} s"
                print(
                    f"[{count}/{len(todo.fits)}] {what}: {state} ({time.monotonic() - began:.0f} s)",
                    file=sys.stderr,
                )

        yield watch


@contextmanager
def trials(course: Course, workers: Workers) -> Iterator[tuple[Callable[[Trial], None], Watch]]:
    """Show a study's progress while the body runs.

    Args:
        course: the study, ready to go.
        workers: do the trials; they say how many at once.

    Yields:
        a function to be called after every trial, and one after every fit of the final comparison.
    """
    console = _noted(course.notes)
    took: list[float] = []
    best: dict[str, float] = {}
    before = sum(course.done().values())
    with _bar(console) as bar:
        searching = bar.add_task("Trials", total=course.trials, completed=before, left="")
        ending = bar.add_task("Final fits", total=course.final_fits, left="")

        def tried(trial: Trial) -> None:
            took.append(trial.outcome.seconds)
            if trial.outcome.state == "complete":
                best[trial.arm] = max(best.get(trial.arm, 0.0), trial.outcome.score)
            missing = course.trials - before - len(took)
            left = sum(took) / len(took) * missing / max(workers.at_once(), 1)
            highest = f"best {max(best.values()):.3f}" if best else ""
            bar.update(searching, advance=1, left=f"{highest}, about {span(left)} left")
            if not console.is_terminal:
                state = trial.outcome.error or f"{trial.outcome.state}, {trial.outcome.score:.3f}"
                print(
                    f"[{before + len(took)}/{course.trials}] {trial.arm}, trial {trial.number} "
                    f"({trial.phase}): {state} ({trial.outcome.seconds:.1f} s)",
                    file=sys.stderr,
                )

        def fitted(fit: Fit, record: Record | None, error: str) -> None:
            bar.update(ending, advance=1)
            if not console.is_terminal:
                state = f"failed: {error}" if record is None else f"{record.facts['seconds']:.1f} s"
                print(f"{fit.model}, seed {fit.seed}, on the reserved people: {state}", file=sys.stderr)

        yield tried, fitted


@contextmanager
def scores(todo: SweepPlan, left: int, workers: Workers) -> Iterator[Callable[[Task, Outcome], None]]:
    """Show a sweep's progress while the body runs.

    Args:
        todo: the plan.
        left: how many scores its folder does not hold yet.
        workers: do the trainings; they say how many at once.

    Yields:
        a function to be called after every score.
    """
    console = _noted(todo.notes)
    count = len(todo.tasks)
    if left < count:
        console.print(f"{count - left} of {count} scores are there already.", highlight=False)
    took: list[float] = []
    began = time.monotonic()
    with _bar(console) as bar:
        shown = bar.add_task("Scores", total=count, completed=count - left, left="")

        def watch(task: Task, outcome: Outcome) -> None:
            took.append(outcome.seconds)
            more = left - len(took)
            seconds = more * sum(took) / len(took) / max(1, min(workers.at_once(), more))
            bar.update(shown, advance=1, left=f"about {span(seconds)} left" if more else "")
            if not console.is_terminal:
                state = f"failed: {outcome.error}" if outcome.error else f"macro-F1 {outcome.score:.3f}"
                what = ", ".join(f"{key} {value}" for key, value in task.point.items()) or "default"
                print(
                    f"[{count - more}/{count}] {what}, seed {task.seed}: {state} "
                    f"({time.monotonic() - began:.0f} s)",
                    file=sys.stderr,
                )

        yield watch


@contextmanager
def again(count: int) -> Iterator[Callable[[Record], None]]:
    """Show how many fits of a run were done again while the body runs.

    Args:
        count: how many there are.

    Yields:
        a function to be called after every fit with the run's record of it.
    """
    done = 0
    with _bar(_noted(())) as bar:
        task = bar.add_task("Fits", total=count, left="")

        def watch(record: Record) -> None:
            nonlocal done
            done += 1
            bar.update(task, advance=1)
            if not bar.console.is_terminal:
                facts = record.facts
                what = f"{facts['model']}, fold {facts['fold'] + 1}, seed {facts['seed']}"
                print(f"[{done}/{count}] {what}", file=sys.stderr)

        yield watch


@contextmanager
def stoppable(kept: str = "Finished fits are kept") -> Iterator[None]:
    """Let Ctrl-C end the body with one line and exit code 130.

    Args:
        kept: what is not lost.

    Raises:
        typer.Exit: Ctrl-C was pressed.
    """
    try:
        yield
    except KeyboardInterrupt:
        print(f"Stopped. {kept}; the same command goes on from there.", file=sys.stderr)
        raise typer.Exit(130) from None


@contextmanager
def part(todo: Plan, folder: Path, workers: Workers) -> Iterator[Watch]:
    """Show the progress of one run among several, below the name of its folder.

    Args:
        todo: the plan.
        folder: of the run.
        workers: do the fits.

    Yields:
        as `fits`.
    """
    print(f"{folder.name}:", file=sys.stderr)
    with fits(todo, folder, workers) as watch:
        yield watch


def say(sentence: str) -> None:
    """Print a note on stderr."""
    print(f"Note: {sentence}", file=sys.stderr)


def _noted(notes: Sequence[str]) -> Console:
    """Where progress is shown, below what the user should read first."""
    from rich.console import Console

    console = Console(stderr=True)
    for note in notes:
        console.print(f"Note: {note}", highlight=False, markup=False)
    return console


def _bar(console: Console) -> Progress:
    """A bar with counts and the time left; nothing where there is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    left = TextColumn("{task.fields[left]}")
    return Progress(*columns, left, console=console, disable=not console.is_terminal)


def span(seconds: float) -> str:
    """A stretch of time as people say it: "40 s", "3 min", "2.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def remaining(took: dict[str, list[float]], missing: list[Fit], at_once: int) -> float:
    """Seconds left, from what finished fits of the same model took (of any model where there is none yet).

    Args:
        took: seconds of finished fits, by model.
        missing: fits to come.
        at_once: fits at a time.
    """
    everything = [seconds for values in took.values() for seconds in values]
    if not everything:
        return 0.0
    usual = sum(everything) / len(everything)
    return sum(
        sum(took[fit.model]) / len(took[fit.model]) if fit.model in took else usual for fit in missing
    ) / min(at_once, max(len(missing), 1))
