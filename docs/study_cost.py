"""Write what studies cost into docs/tune.md: `python docs/study_cost.py WORKERS STUDY...`."""

import sys
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from part import rewrite

from kodo.tuning.search.search import studied

HEADS = ("study", "trials", "given up", "epochs", "minutes", "minutes of fitting, each worker", "overhead")


def main(workers: str, *folders: str) -> None:
    """A row for each study."""
    lines = [f"| {' | '.join(HEADS)} |", "|---|" + "---:|" * (len(HEADS) - 1)]
    lines += [_row(Path(folder), int(workers)) for folder in folders]
    rewrite("tune.md", "cost", "\n".join([*lines, "", f"{workers} workers."]))
    print(f"docs/tune.md: what {len(folders)} studies cost")


def _row(folder: Path, workers: int) -> str:
    found = studied(folder)
    outcomes = [trial.outcome for trials in found.trials.values() for trial in trials]
    fitting = sum(outcome.seconds for outcome in outcomes) / workers
    whole = _span(folder)
    asked = found.study.experiment
    lost = sum(outcome.state == "pruned" for outcome in outcomes)
    cells = [
        f"{' and '.join(asked.models)} on {asked.dataset}",
        f"{len(outcomes):,}",
        f"{lost:,}",
        f"{sum(outcome.epochs for outcome in outcomes):,}",
        f"{whole / 60:.1f}",
        f"{fitting / 60:.1f}",
        f"{100 * (whole - fitting) / whole:.1f} %",
    ]
    return f"| {' | '.join(cells)} |"


def _span(folder: Path) -> float:
    """Seconds from the first trial's beginning to the last one's end."""
    storage = JournalStorage(JournalFileBackend(str(folder / "journal.log")))
    trials = [trial for name in optuna.get_all_study_names(storage) for trial in
              optuna.load_study(study_name=name, storage=storage).trials]  # fmt: skip
    begun = [trial.datetime_start for trial in trials if trial.datetime_start]
    ended = [trial.datetime_complete for trial in trials if trial.datetime_complete]
    return (max(ended) - min(begun)).total_seconds()


if __name__ == "__main__":
    main(*sys.argv[1:])
