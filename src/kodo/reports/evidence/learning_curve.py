"""The page of a learning curve: how the score grows with the people learned from, what more would buy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kodo.experiments.evidence.learning.results import Curve, LearningCurve, results
from kodo.experiments.summary import HEADLINE
from kodo.files import write_text
from kodo.reports.drawing.learning import Beyond, Size, learned, limits
from kodo.reports.page import cell, counted, listed, place, render

PAGE = "report.html"


@dataclass(frozen=True)
class Drawn:
    """One picture.

    Args:
        model: whose curve it is.
        picture: `<svg>`.
        says: what is seen, in a sentence.
    """

    model: str
    picture: str
    says: str


def write_page(folder: Path) -> Path:
    """Write the page of a learning curve into its folder: one HTML file with everything inside.

    Args:
        folder: of the learning curve, finished.

    Returns:
        where the page lies.

    Raises:
        KodoError: as `kodo.experiments.evidence.learning.results.results`, or the page cannot be written.
    """
    path = folder / PAGE
    write_text(path, compose(results(folder)))
    return path


def compose(found: LearningCurve) -> str:
    """The page as text; the same folder gives the same bytes.

    Args:
        found: the learning curve.
    """
    sizes = [_sizes(curve) for curve in found.curves]
    ends = limits(sizes)
    drawn = [
        Drawn(curve.model, learned(made, _beyond(curve), ends, f"learning-{number}"), answer(curve))
        for number, (curve, made) in enumerate(zip(found.curves, sizes, strict=True))
    ]
    return render(
        "evidence/learning_curve.html.jinja",
        found=found,
        one=found.subjects[0],
        many=found.subjects[1],
        best=best(found),
        answer=answer,
        far=far,
        facts=facts(found),
        drawn=drawn,
        ends=ends,
        place=place(found.folder),
        headline=HEADLINE[0],
        score_data=list(score_data(found)),
        size_data=list(size_data(found)),
    )


def best(found: LearningCurve) -> Curve:
    """The model that the page begins with: the highest mean with everybody learned from.

    Args:
        found: the learning curve.
    """
    return max(found.curves, key=lambda curve: curve.points[-1].score.mean)


def answer(curve: Curve) -> str:
    """What a model's curve says, in one sentence.

    Args:
        curve: of a model.
    """
    last, seen = curve.points[-1], curve.outlook
    one, many = last.row.subjects
    learned_from = f"{last.people:.3g} {one if last.people == 1 else many}"
    now = f"With {learned_from} to learn from, `{curve.model}` reaches macro-F1 "
    now += f"{last.row.intervals[HEADLINE[0]].text(2)} over {counted(len(last.row.people), one, many)}"
    more = "ten" if seen.more == 10 else str(seen.more)
    if seen.unknown or seen.score is None or seen.gain is None:
        return f"{now}; what {more} more would bring cannot be told: {seen.unknown}."
    gain = f"{seen.gain.estimate:+.3f} ({seen.gain.low:+.3f} to {seen.gain.high:+.3f})"
    return f"{now}; {more} more would make it about {seen.score.text(2)}, {gain}, extrapolated."


def far(curve: Curve) -> str:
    """A warning where the extrapolation goes further than what was measured; else empty.

    Args:
        curve: of a model.
    """
    seen = curve.outlook
    if seen.law is None or seen.more <= seen.people:
        return ""
    many = curve.points[-1].row.subjects[1]
    return (
        f"`{curve.model}`: {seen.more} more are more than the {seen.people:.3g} {many} that were measured; "
        "so far beyond them the form of the curve decides, which the interval does not hold."
    )


def facts(found: LearningCurve) -> dict[str, str]:
    """What stands small below the answer.

    Args:
        found: the learning curve.
    """
    row = found.curves[0].points[-1].row
    one, many = found.subjects
    return {
        "Dataset": f"{found.dataset['title']} ({counted(len(row.people), one, many)} tested)",
        "Models": ", ".join(found.asked["models"]),
        "Protocol": found.asked["protocol"],
        "Seeds": str(found.asked["seeds"]),
        "Sizes": f"{listed([str(size) for size in found.asked['sizes'][:-1]])} {many}, and everybody",
    }


def score_data(found: LearningCurve) -> Iterator[list[object]]:
    """One line per model, size and person, head first.

    Args:
        found: the learning curve.
    """
    yield ["model", "learned_from", found.subjects[0], "macro_f1"]
    for curve in found.curves:
        for point in curve.points:
            for person, score in zip(point.score.people, point.score.values, strict=True):
                yield [curve.model, f"{point.people:.6g}", person, f"{score:.6f}"]


def size_data(found: LearningCurve) -> Iterator[list[object]]:
    """One line per model and size, then one for what is extrapolated, head first.

    Args:
        found: the learning curve.
    """
    yield ["model", "learned_from", "how", "macro_f1", "low", "high"]
    for curve in found.curves:
        for point in curve.points:
            score = point.row.intervals[HEADLINE[0]]
            ends = (score.estimate, score.low, score.high)
            yield [curve.model, f"{point.people:.6g}", "measured", *map(cell, ends)]
        seen = curve.outlook
        if seen.score and not seen.unknown:
            ends = (seen.score.estimate, seen.score.low, seen.score.high)
            yield [curve.model, f"{seen.people + seen.more:.6g}", "extrapolated", *map(cell, ends)]


def _sizes(curve: Curve) -> list[Size]:
    made = []
    for point in curve.points:
        score = point.row.intervals[HEADLINE[0]]
        bar = None if score.low is None or score.high is None else (score.low, score.high)
        made.append(Size(point.people, tuple(point.score.values.tolist()), score.estimate, bar))
    return made


def _beyond(curve: Curve) -> Beyond | None:
    seen = curve.outlook
    if seen.unknown or seen.law is None or seen.score is None:
        return None
    if seen.score.low is None or seen.score.high is None:
        return None
    there = seen.people + seen.more
    return Beyond(there, seen.score.estimate, (seen.score.low, seen.score.high), seen.law.at)
