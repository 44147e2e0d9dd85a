"""Where the trials of a study are kept: a normal Optuna storage, a journal file or a database."""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kodo.errors import KodoError
from kodo.experiments.experiment import written
from kodo.extras import require
from kodo.files import digest
from kodo.tuning.hyperparameters import Point
from kodo.tuning.search.points import held, quiet, unheld
from kodo.tuning.search.storage import database, journal_file, shown, spoken
from kodo.tuning.study import Arm, Study
from kodo.tuning.trial import Outcome, Phase, Trial

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

FILE = "journal.log"
MADE, FIRST = "made", "first"
STATES = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}

DIGITS = 6
"""Significant ones of curves, so that ten thousand trials stay small."""


@dataclass(frozen=True)
class Claim:
    """A trial that this process does.

    Args:
        arm: whose.
        number: within the arm.
        phase: of the search.
        point: to be tried.
        place: of the trial in Optuna's storage.
    """

    arm: Arm
    number: int
    phase: Phase
    point: Point
    place: int


class Journal:
    """The trials of a study, shared by all processes that work on it: an Optuna study for each arm.

    A trial stands there from the moment a process claims it, with the name of that process. Whoever reads
    takes the first finished trial of each number, so that nothing counts twice.

    Args:
        study: complete.
        folder: of the study; holds the journal file where the study names no storage.

    Raises:
        KodoError: Optuna is not installed, or the storage cannot be opened.
    """

    def __init__(self, study: Study, folder: Path) -> None:
        require("optuna", "tune")
        address = study.search.storage
        self._place = shown(address) if address else str(folder / FILE)
        # A database may hold the studies of many folders, a folder's journal only its own.
        self._mark = f" {_key(study)}" if address else ""
        self._ids: dict[str, int] = {}
        self._known: dict[tuple[str, int], Trial] = {}
        with spoken(self._place):
            self._storage = database(address) if address else journal_file(folder / FILE)

    def begin(self, arm: Arm, made: str) -> None:
        """Make ready for an arm's trials.

        Args:
            arm: whose.
            made: a key of all that decides a trial's result beside its point.

        Raises:
            KodoError: trials are there that were made otherwise.
        """
        from optuna.exceptions import DuplicatedStudyError
        from optuna.study import StudyDirection

        with spoken(self._place), quiet():
            if self._number(arm) is None:
                with suppress(DuplicatedStudyError):
                    self._storage.create_new_study([StudyDirection.MAXIMIZE], self.name(arm))
            number = self._storage.get_study_id_from_name(self.name(arm))
            known = self._storage.get_study_user_attrs(number).get(MADE)
            if known is None:
                self._storage.set_study_user_attr(number, MADE, made)
        if known not in (None, made):
            raise KodoError(
                f"{self._place} holds trials of {arm.name} made with other data, another device, precision "
                "or version of kodo; they cannot be mixed: name another folder with --out."
            )

    def name(self, arm: Arm) -> str:
        """What Optuna calls the study of an arm."""
        return arm.name + self._mark

    def trials(self, arm: Arm) -> tuple[Trial, ...]:
        """The finished trials of an arm, each number once, ascending.

        Args:
            arm: whose.

        Raises:
            KodoError: the storage cannot be read, or holds what this version of kodo does not know.
        """
        found: dict[int, Trial] = {}
        for frozen in self._all(arm):
            trial = self._trial(arm, frozen)
            if trial is not None:
                found.setdefault(trial.number, trial)
        return tuple(found[number] for number in sorted(found))

    def running(self, arm: Arm) -> tuple[int, ...]:
        """The numbers of trials that somebody does who is not known to be dead."""
        return tuple(frozen.user_attrs["number"] for frozen in self._running(arm) if _lives(frozen))

    def claim(self, arm: Arm, number: int, phase: Phase, point: Point) -> Claim | None:
        """Take a trial on.

        Args:
            arm: whose.
            number: within the arm.
            phase: of the search.
            point: to be tried.

        Returns:
            None when somebody else does it, or has done it.

        Raises:
            KodoError: the storage cannot be written.
        """
        from optuna.trial import TrialState, create_trial

        for frozen in self._running(arm):
            if frozen.user_attrs["number"] == number and not _lives(frozen):
                self._drop(self._placed(arm, frozen))
        facts = {"number": number, "phase": phase, **_myself()}
        with spoken(self._place):
            template = create_trial(state=TrialState.RUNNING, user_attrs=facts, **held(arm, point))
            place = self._storage.create_new_trial(self._ids[arm.name], template)
        claim = Claim(arm, number, phase, point, place)
        rivals = [one for one in self._running(arm) if one.user_attrs["number"] == number and _lives(one)]
        done = {trial.number for trial in self.trials(arm)}
        # The storage has one order for everybody: whoever stands first has it.
        if rivals and self._placed(arm, rivals[0]) == place and number not in done:
            return claim
        self.release(claim)
        return None

    def tell(self, claim: Claim, outcome: Outcome) -> Trial:
        """Keep what came of a trial.

        Args:
            claim: the trial.
            outcome: of it.

        Returns:
            the trial as it is kept.

        Raises:
            KodoError: the storage cannot be written.
        """
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState, create_trial

        state = TrialState[STATES[outcome.state]]
        value = None if outcome.state == "failed" else outcome.score
        kept = _written(outcome)
        steps = _steps(outcome)
        with spoken(self._place):
            try:
                self._storage.set_trial_user_attr(claim.place, "outcome", kept)
                for step, score in steps.items():
                    self._storage.set_trial_intermediate_value(claim.place, step, score)
                self._storage.set_trial_state_values(claim.place, state, None if value is None else [value])
            except UpdateFinishedTrialError:  # somebody took it over, thinking that nobody is left here
                facts = {"number": claim.number, "phase": claim.phase, **_myself(), "outcome": kept}
                point = held(claim.arm, claim.point)
                again = create_trial(
                    state=state, value=value, user_attrs=facts, intermediate_values=steps, **point
                )
                self._storage.create_new_trial(self._ids[claim.arm.name], again)
        return Trial(claim.number, claim.arm.name, claim.phase, claim.point, _read(kept))

    def release(self, claim: Claim) -> None:
        """Give a trial back undone.

        Args:
            claim: the trial.
        """
        self._drop(claim.place)

    def take_over(self, arm: Arm, seconds: float) -> None:
        """Give trials back that others do for longer than that; if they finish them yet, the first counts.

        Args:
            arm: whose.
            seconds: of patience.
        """
        for frozen in self._running(arm):
            if time.time() - frozen.user_attrs["since"] > seconds:
                self._drop(self._placed(arm, frozen))

    def forget(self, arm: Arm) -> None:
        """Count none of the trials that are there now.

        Args:
            arm: whose.
        """
        with spoken(self._place):
            number = self._ids[arm.name]
            count = len(self._storage.get_all_trials(number, deepcopy=False))
            self._storage.set_study_user_attr(number, FIRST, count)

    def _all(self, arm: Arm) -> list[FrozenTrial]:
        """The trials of an arm as Optuna has them, those aside that a user may have put there."""
        with spoken(self._place):
            number = self._number(arm)
            if number is None:
                return []
            first = self._storage.get_study_user_attrs(number).get(FIRST, 0)
            every = self._storage.get_all_trials(number, deepcopy=False)
        return [one for one in every if one.number >= first and "number" in one.user_attrs]

    def _number(self, arm: Arm) -> int | None:
        """Of the arm's study in the storage; None = it has none yet."""
        if arm.name not in self._ids:
            with suppress(KeyError):
                self._ids[arm.name] = self._storage.get_study_id_from_name(self.name(arm))
        return self._ids.get(arm.name)

    def _running(self, arm: Arm) -> list[FrozenTrial]:
        return [frozen for frozen in self._all(arm) if not frozen.state.is_finished()]

    def _trial(self, arm: Arm, frozen: FrozenTrial) -> Trial | None:
        """A finished trial; None for one that was not done to its end."""
        key = (arm.name, frozen.number)
        facts = frozen.user_attrs
        if key not in self._known:
            kept = facts.get("outcome")
            if kept is None or STATES[kept["state"]] != frozen.state.name:
                return None
            try:
                point = unheld(arm, frozen.params)
            except KeyError as error:
                raise KodoError(
                    f"{self._place}: trial {facts['number']} of {arm.name} has the choice {error}, which "
                    "this version of kodo does not have."
                ) from None
            self._known[key] = Trial(facts["number"], arm.name, facts["phase"], point, _read(kept))
        return self._known[key]

    def _placed(self, arm: Arm, frozen: FrozenTrial) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._ids[arm.name], frozen.number)

    def _drop(self, place: int) -> None:
        """Let nobody wait for a trial; it has no outcome, so it counts for nothing."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        with spoken(self._place), suppress(UpdateFinishedTrialError):
            self._storage.set_trial_state_values(place, TrialState.FAIL)


def _key(study: Study) -> str:
    """The same on every machine that works on a study, whatever password it has for the storage."""
    return digest([written(study.experiment), asdict(replace(study.search, storage=""))], 6)


def _myself() -> dict[str, Any]:
    """Who claims a trial, and when."""
    pid = os.getpid()
    return {"host": socket.gethostname(), "pid": pid, "began": _began(pid), "since": time.time()}


def _lives(frozen: FrozenTrial) -> bool:
    """Whether the process that claimed a trial may still be there; of other machines nobody knows."""
    facts = frozen.user_attrs
    if facts["host"] != socket.gethostname():
        return True
    return bool(_began(facts["pid"]) == facts["began"])


def _began(pid: int) -> str:
    """When a process of this machine began, in ticks since the machine did; "" = it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *rest = text.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]


def _steps(outcome: Outcome) -> dict[int, float]:
    """The validation scores of a trial that was given up, by epoch: Optuna's tools compare them."""
    scores = outcome.curves.get("validation_macro_f1", ()) if outcome.state == "pruned" else ()
    return dict(enumerate(scores))


def _written(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON holds it."""
    curves = {
        name: [_plain(float(f"{value:.{DIGITS}g}")) for value in line]
        for name, line in outcome.curves.items()
    }
    return asdict(outcome) | {"score": _plain(outcome.score), "curves": curves}


def _read(kept: Mapping[str, Any]) -> Outcome:
    curves = {name: tuple(map(_number, line)) for name, line in kept["curves"].items()}
    return Outcome(**{**kept, "score": _number(kept["score"]), "curves": curves})


def _plain(value: float, digits: int = 17) -> float | None:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else value
