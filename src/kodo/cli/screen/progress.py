"""How far a run is, on stderr: a bar with the remaining time on a terminal, a line per fit elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kodo.experiments.fit import Fit
    from kodo.experiments.plan import Plan
    from kodo.experiments.record import Record


@contextmanager
def fits(todo: Plan, folder: Path, jobs: int | None) -> Iterator[Callable[[Fit, Record | None, str], None]]:
    """Show a run's progress while the body runs.

    Args:
        todo: the plan.
        folder: of the run; fits finished there count as done.
        jobs: fits at once; None = one per core.

    Yields:
        a function to be called after every fit with (fit, record or None, error or "").
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from kodo.experiments.record import finished
    from kodo.experiments.work import usual_jobs

    console = Console(stderr=True)
    for note in todo.notes:
        console.print(f"Note: {note}", highlight=False, markup=False)
    missing = {fit.key: fit for fit in todo.fits if fit.key not in finished(folder)}
    done = len(todo.fits) - len(missing)
    if done:
        console.print(f"{done} of {len(todo.fits)} fits are there already.", highlight=False)
    at_once = usual_jobs() if jobs is None else jobs
    took: dict[str, list[float]] = {}
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, TextColumn("{task.fields[left]}"), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("Fits", total=len(todo.fits), completed=done, left="")

        def watch(fit: Fit, record: Record | None, error: str) -> None:
            missing.pop(fit.key, None)
            if record is not None:
                took.setdefault(fit.model, []).append(record.facts["seconds"])
            left = remaining(took, list(missing.values()), at_once)
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
