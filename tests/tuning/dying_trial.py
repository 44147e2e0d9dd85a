"""A trial whose process is killed in the middle of its training, once; imported where trials are done."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from kodo.experiments.fit import Fit, opened, trained
from kodo.tuning.trial import Outcome, tried


def dies_once(fits: Sequence[Fit], give_up: tuple[float, ...] = (), *, mark: Path) -> Outcome:
    """Do a trial; the first try of the first one that comes here kills its process after an epoch."""

    def die(done: int, epochs: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return tried(fits, give_up)
    trained(fits[0], opened(fits[0]), die)
    raise AssertionError("it outlived its own death")
