"""Write what a study found into docs/walk.md, from its folder: `python docs/study_table.py STUDY`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from part import rewrite

from kodo.experiments.summary import open_run
from kodo.reports.page import listed
from kodo.reports.study import sentences
from kodo.tuning.answers.answers import Answers, ArmAnswers, answers
from kodo.tuning.answers.division import shown
from kodo.tuning.conduct import FINAL, concluded
from kodo.tuning.search.search import studied


def main(folder: str) -> None:
    """What was compared, searched, learned and proved."""
    place = Path(folder)
    found = studied(place)
    subjects = open_run(place / FINAL).subjects
    made = answers(found, concluded((place,)))
    parts = [_compared(made, subjects), _searched(made), _learned(made), _final(made, subjects)]
    rewrite("walk.md", "study", "\n\n".join("\n".join(lines) for lines in parts))
    print(f"docs/walk.md: {made.trials} trials of {folder}")


def _compared(made: Answers, subjects: tuple[str, str]) -> Iterator[str]:
    yield f"{made.trials} trials in {sentences.took(made)}. {sentences.arms(made, subjects)}.\n"
    yield "| arm | trials | given up | best | median | best point |"
    yield "|---|---:|---:|---:|---:|---|"
    for arm in made.arms:
        one = arm.reached
        point = ", ".join(f"`{key}` {shown(value)}" for key, value in one.point.items())
        cells = [f"`{one.arm}`", one.explored + one.guided, one.pruned, f"{one.score:.3f}"]
        yield f"| {' | '.join(map(str, [*cells, f'{one.median:.3f}', point]))} |"
    yield ""
    yield from (f"- {said}" for said in sentences.rivals(made))


def _searched(made: Answers) -> Iterator[str]:
    """The source's table: where the search went, where the score was high."""
    yield "| | searched most | score was high | near an edge |"
    yield "|---|---|---|---|"
    for arm in made.arms:
        edges = {edge.key: edge.side for edge in arm.edges}
        yield f"| **{arm.reached.arm}** | | | |"
        for one in arm.concentrations:
            searched, high = (_parts(one.searched), _parts(one.high))
            yield f"| `{one.key}` | {searched} | {high} | {edges.get(one.key) or ''} |"
    yield "\nIn brackets: may be chance."


def _parts(found) -> str:  # type: ignore[no-untyped-def]
    return ", ".join(f"({part.says})" if part.chance else part.says for part in found) or "–"


def _learned(made: Answers) -> Iterator[str]:
    for arm in made.arms:
        yield f"- `{arm.reached.arm}`: {_moved(arm)}. {sentences.expected(arm.enough)}."
        forms = [f"{one.form}, " if one.form else "" for one in arm.curves]
        said = [sentences.diagnosis(one) for one in arm.curves]
        yield from (f"  - {form}{one}" for form, one in zip(forms, said, strict=True))


def _moved(arm: ArmAnswers) -> str:
    ranked = [f"`{one.key}`" for one in arm.importances.ranked[:3]]
    return f"the score moves most with {listed(ranked)}" if ranked else sentences.important(arm.importances)


def _final(made: Answers, subjects: tuple[str, str]) -> Iterator[str]:
    people = made.final[0].interval.people
    yield f"On the {people} {subjects[1]} put aside, trained anew with fresh seeds:\n"
    yield f"| model | macro-F1, 95 % over {subjects[1]} |"
    yield "|---|---:|"
    for one in made.final:
        yield f"| `{one.name}` | {one.interval.text()} |"
    yield ""
    yield from (f"- {said}" for said in sentences.final(made))


if __name__ == "__main__":
    main(*sys.argv[1:])
