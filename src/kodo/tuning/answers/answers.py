"""All answers of a study, from its trials alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kodo.datasets.recording import PEOPLE
from kodo.errors import KodoError
from kodo.tuning.answers.concentration import Concentration, concentrations
from kodo.tuning.answers.curves import Shown, shown_curves
from kodo.tuning.answers.edge import Edge, edges
from kodo.tuning.answers.effect import Effect, effects
from kodo.tuning.answers.enough import Enough, enough
from kodo.tuning.answers.importance import Importances, importances
from kodo.tuning.answers.reached import Reached, reached

if TYPE_CHECKING:
    from kodo.tuning.final import Standing
    from kodo.tuning.studied import Studied
    from kodo.tuning.study import Arm
    from kodo.tuning.trial import Trial


@dataclass(frozen=True)
class ArmAnswers:
    """What the trials of one arm say.

    Args:
        reached: how many trials, and the best one.
        concentrations: where the search went and where the score was high.
        effects: how the score moves with each hyperparameter.
        importances: which of them move it.
        edges: whether the best point lies near an edge, and what to search next.
        enough: whether there were enough points.
        curves: of the best and the median trial, with a diagnosis.
    """

    reached: Reached
    concentrations: tuple[Concentration, ...]
    effects: tuple[Effect, ...]
    importances: Importances
    edges: tuple[Edge, ...]
    enough: Enough
    curves: tuple[Shown, ...]


@dataclass(frozen=True)
class Answers:
    """What a study says.

    Args:
        arms: each with its answers, the one with the best trial first; arms of which no trial is complete
            stand in `waiting`.
        waiting: arms without answers.
        final: the winners and the default on the reserved people, the default first; empty = not yet run.
    """

    arms: tuple[ArmAnswers, ...]
    waiting: tuple[Reached, ...]
    final: tuple[Standing, ...]

    @property
    def trials(self) -> int:
        """All of them, in any state."""
        return sum(one.trials for one in (*(arm.reached for arm in self.arms), *self.waiting))


def answers(studied: Studied, final: Sequence[Standing] = ()) -> Answers:
    """Everything that a study says.

    Args:
        studied: its trials, as many as there are.
        final: how the final comparison stands; empty = not yet run.

    Raises:
        KodoError: no trial is complete.
    """
    one, many = studied.dataset.get("subjects", PEOPLE)
    found = reached(studied.arms, studied.trials, (one, many))
    known = [one for one in found if one.best >= 0]
    if not known:
        raise KodoError("No trial of this study is complete yet: there is nothing to say.")
    by_name = {arm.name: arm for arm in studied.arms}
    chance = 1 / max(len(studied.dataset["activities"]), 1)
    return Answers(
        arms=tuple(_of(by_name[one.arm], studied.trials[one.arm], one, chance) for one in known),
        waiting=tuple(one for one in found if one.best < 0),
        final=tuple(final),
    )


def _of(arm: Arm, trials: Sequence[Trial], found: Reached, chance: float) -> ArmAnswers:
    return ArmAnswers(
        reached=found,
        concentrations=concentrations(arm, trials),
        effects=effects(arm, trials),
        importances=importances(arm, trials),
        edges=edges(arm, trials),
        enough=enough(trials),
        curves=shown_curves(arm, trials, chance),
    )


def facts(made: Answers) -> dict[str, Any]:
    """The answers as they stand in `answers.json`; what is no number there is null.

    Args:
        made: as `answers` gives them.
    """
    content = _plain(asdict(made))
    return content if isinstance(content, dict) else {}


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
