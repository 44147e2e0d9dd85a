"""A study inside every fold: each person is tested by a search that never saw them."""

from __future__ import annotations

from dataclasses import replace

from kodo.evaluation.protocol import PROTOCOLS
from kodo.tuning.study import Study
from kodo.windows.cut import Windows


def outer(study: Study, windows: Windows) -> tuple[Study, ...]:
    """The studies of a nested one: one per fold of its protocol, whose test people are put aside.

    Args:
        study: complete; nobody is reserved yet.
        windows: of everybody.

    Raises:
        KodoError: the protocol cannot divide these people.
    """
    asked = study.experiment
    protocol = PROTOCOLS.get(asked.protocol)
    made = []
    for number in range(protocol.count(windows, asked.folding)):
        tested = {windows.subject[row] for row in protocol.fold(windows, number, asked.folding).test}
        names = tuple(windows.subjects[code] for code in sorted(tested))
        folding = replace(asked.folding, reserved=names)
        made.append(replace(study, experiment=replace(asked, folding=folding)))
    return tuple(made)
