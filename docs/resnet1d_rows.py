"""What do the validation windows of the published protocol cost `resnet1d`?

`KODO_DATA=... python docs/resnet1d_rows.py RUN`, a finished run of `arena` with `resnet1d`: it keeps a fifth
of the windows of its training people to choose the epoch. Each of its fits is trained once more on all of
them, and the last epoch is kept. Prints both scores per seed and the paired difference over people. With
three seeds of `hapt` about 45 minutes on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.compare import compare
from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.evaluation.score import f1_arena, per_person, score
from kodo.experiments.fit import Fit, recipe
from kodo.experiments.plan import Plan
from kodo.experiments.record import TEST
from kodo.experiments.summary import open_run
from kodo.experiments.work import prepared
from kodo.training.device import one_thread
from kodo.training.gradient import train
from kodo.training.trainer import silent

MODEL = "resnet1d"

Tested = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Positions of the windows tested in one fold, and the class said of each."""


@cache
def plan_of(folder: Path) -> Plan:
    """What the run did."""
    return prepared(folder, {}, None)[0]


def on_all(folder: Path, fit: Fit) -> Tested:
    """One fold, learned from the windows that would have validated as well."""
    todo = plan_of(folder)
    division = PROTOCOLS.get(fit.protocol).fold(todo.windows, fit.fold, Folding(**fit.folding))
    rows = np.sort(np.concatenate([division.train, division.validation]))
    joined = replace(division, train=rows, validation=np.zeros(0, np.int64))
    with one_thread():
        fitted = train(recipe(fit), todo.windows, joined, silent)
    return division.test, fitted.log_probabilities(todo.windows, division.test).argmax(1)


def scored(todo: Plan, folds: Sequence[Tested]) -> tuple[float, NDArray[np.float64]]:
    """`f1_arena` of one seed, and macro-F1 of each person."""
    windows, classes = todo.windows, len(todo.windows.activities)
    number = np.concatenate([np.full(len(rows), i) for i, (rows, _) in enumerate(folds)])
    rows, said = (np.concatenate(part) for part in zip(*folds, strict=True))
    label = windows.label[rows].astype(np.int64)
    people = per_person("macro_f1", label, said, windows.subject[rows], classes, len(windows.subjects))
    return f1_arena(label, said, number, classes, len(folds)), people


def main(folder: Path) -> None:
    """Print a line per seed, then how they differ."""
    todo = plan_of(folder)
    records = {record.facts["key"]: record.predictions for record in open_run(folder).records}
    found: dict[str, list[NDArray[np.float64]]] = {"kept back": [], "learned from": []}
    print(f"| seed | {' | '.join(f'a fifth {case}' for case in found)} |\n|---|---|---|")
    with ProcessPoolExecutor(2) as pool:
        for seed in range(todo.experiment.seeds):
            fits = [fit for fit in todo.fits if fit.model == MODEL and fit.seed == seed]
            stored = [records[fit.key] for fit in fits]
            said = [kept.log_probability[kept.side == TEST].argmax(1) for kept in stored]
            again = list(pool.map(partial(on_all, folder), fits))
            before = [(rows, one) for (rows, _), one in zip(again, said, strict=True)]
            cells = []
            for case, folds in zip(found, (before, again), strict=True):
                together, people = scored(todo, folds)
                found[case].append(people)
                cells.append(f"{together:.4f}")
            print(f"| {seed} | {' | '.join(cells)} |", flush=True)
    names = todo.windows.subjects
    kept_back, learned = (score("macro_f1", values, names) for values in found.values())
    compared = compare(learned, kept_back)
    print(f"\nlearned from against kept back: {compared.sentence}\ndifference {compared.interval.text(4)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
