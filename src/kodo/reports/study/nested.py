"""The page of a nested study: what tuning is worth, each person tested by a search that never saw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kodo.experiments.summary import HEADLINE, Run, open_run, rows
from kodo.files import write_json, write_text
from kodo.reports.page import counted, place, render
from kodo.tuning.studied import FINAL, folds_of

if TYPE_CHECKING:
    from kodo.tuning.final import Standing

PAGE = "report.html"


@dataclass(frozen=True)
class Fold:
    """One outer fold.

    Args:
        name: of its folder.
        people: who were put aside.
        winner: the model and values that its search found.
        point: those values, by key.
        searched: the winner's macro-F1 on the inner splits, chosen by the search.
        default: mean macro-F1 of the default on the people put aside.
        tuned: of the winner, on the same people.
    """

    name: str
    people: tuple[str, ...]
    winner: str
    point: Mapping[str, Any]
    searched: float
    default: float
    tuned: float


def write_nested_page(folder: Path) -> Path:
    """Write the page of a nested study and its answers, from its folder alone.

    Args:
        folder: of the study, which holds one folder per outer fold.

    Returns:
        where the page lies; beside it `answers.json`.

    Raises:
        KodoError: a fold is not finished.
    """
    # Reading studies resolves their models: torch is loaded, which this room otherwise does without.
    from kodo.tuning.conduct import concluded

    places = folds_of(folder)
    said = concluded(places)
    found = [_fold(where) for where in places]
    run = open_run(places[0] / FINAL)
    one, many = run.subjects
    write_json(
        folder / "answers.json",
        {"final": [asdict(standing) for standing in said], "folds": [asdict(fold) for fold in found]},
    )
    path = folder / PAGE
    write_text(
        path,
        render(
            "study/nested.html.jinja",
            one=one,
            many=many,
            answer=answer(said, (one, many)),
            said=said,
            folds=found,
            dataset=run.dataset,
            seeds=counted(int(run.experiment["seeds"]), "fresh seed"),
            place=place(folder),
        ),
    )
    return path


def answer(said: Sequence[Standing], subjects: tuple[str, str]) -> str:
    """The answer in one sentence.

    Args:
        said: the default, and tuning in each fold.
        subjects: what the people are called, one and many.
    """
    compared = said[1].against
    sentence = compared.sentence if compared else "it was not compared"
    return f"Tuned in each fold, on {subjects[1]} whom its search never saw, against the default: {sentence}."


def _fold(where: Path) -> Fold:
    from kodo.tuning.final import winners
    from kodo.tuning.search.search import studied

    found = studied(where)
    won = winners(found.arms, found.trials)[0]
    scores = _means(open_run(where / FINAL))
    reserved = found.study.experiment.folding.reserved
    return Fold(where.name, reserved, won.arm.name, won.point, won.trial.outcome.score, *scores[:2])


def _means(run: Run) -> list[float]:
    by_model = {row.model: row.intervals[HEADLINE[0]].estimate for row in rows(run)}
    return [by_model[name] for name in run.experiment["models"]]
