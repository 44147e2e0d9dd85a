"""Everything that is worth knowing about recordings before anything is trained on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.lines import shortened
from kodo.datasets.inspection.clock import clock, clock_findings, line_findings, odd_lines
from kodo.datasets.inspection.copies import copies, copy_findings
from kodo.datasets.inspection.facts import facts
from kodo.datasets.inspection.plausible import plausible, unit_findings
from kodo.datasets.inspection.values import value_findings, values
from kodo.datasets.recording import Recordings
from kodo.experiments.health import data_checks
from kodo.windows.cut import Windows, cut
from kodo.windows.grid import Cutting
from kodo.windows.signal import Resample


def inspect(recordings: Recordings, seconds: float | None = None) -> dict[str, Any]:
    """Look at recordings from every side.

    Args:
        recordings: as `kodo.load` gives them.
        seconds: window length; default as the card suggests.

    Returns:
        what `kodo.datasets.inspection.facts.facts` gives, and `clock`, `lines`, `values`, `sensors`, `copies`
        (see the modules of `kodo.datasets.inspection`), `short`, `checks`, and `warnings`: mappings (about,
        says), one for each thing that is odd, what puts a score in doubt first.

    Raises:
        KodoError: a window of no or negative length.
    """
    known = facts(recordings)
    windows = _windows(recordings, seconds)
    found = known | {
        "clock": clock(recordings),
        "lines": odd_lines(recordings),
        "values": values(recordings),
        "sensors": plausible(recordings),
        "copies": copies(recordings),
        "short": short(windows, known["counts"]["segments"]),
        "checks": [vars(check) for check in data_checks(recordings, _whole(windows))],
    }
    return found | {"warnings": warnings(found)}


def short(windows: Windows, stretches: int) -> dict[str, Any]:
    """Stretches of one activity that are shorter than a window, none left out.

    Args:
        windows: cut with `short = "pad"`, so that each such stretch is a window of its own.
        stretches: of one activity, in all.

    Returns:
        `seconds` (window length, None = whole stretches), `stretches`, `too_short` (mappings recording,
        person, activity, seconds) and `lost` (names of recordings that give no window at all).
    """
    full = _full(windows)
    padded = np.flatnonzero(~full)
    lost = sorted({*windows.recording[padded].tolist()} - {*windows.recording[full].tolist()})
    return {
        "seconds": windows.cutting.seconds,
        "stretches": stretches,
        "too_short": [
            {
                "recording": windows.recordings[windows.recording[i]],
                "person": windows.subjects[windows.subject[i]],
                "activity": windows.activities[windows.label[i]],
                "seconds": float(windows.length[i]) / windows.rate,
            }
            for i in padded.tolist()
        ],
        "lost": [windows.recordings[i] for i in lost],
    }


def warnings(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is odd, one sentence each, what puts a score in doubt first.

    Args:
        found: as `inspect` gives, without these.
    """
    issues = [check["says"] for check in found["checks"] if check["outcome"] == "issue"]
    tips = [check["says"] for check in found["checks"] if check["outcome"] == "tip"]
    said = {
        "unit": unit_findings(found["sensors"], found["subjects"]),
        "copy": copy_findings(found["copies"], found["subjects"]),
        "check": issues,
        "short": short_findings(found),
        "clock": clock_findings(found["clock"], found["counts"]["recordings"], found["rate"]),
        "lines": line_findings(found["lines"]),
        "values": value_findings(found["values"]),
        "card": found["findings"],
        found["subjects"][1]: tips,
    }
    return [{"about": about, "says": text} for about, texts in said.items() for text in texts]


def short_findings(found: Mapping[str, Any]) -> list[str]:
    """What is lost with short stretches, and how it is kept.

    Args:
        found: with `short`.
    """
    brief = found["short"]
    if not brief["too_short"]:
        return []
    named = [f"{s['recording']} ({s['activity']}, {s['seconds']:.2f} s)" for s in brief["too_short"]]
    lost = f" {len(brief['lost']):,} recordings give no window at all." if brief["lost"] else ""
    return [
        f"{len(named):,} of {brief['stretches']:,} stretches of one activity are shorter than a window of "
        f"{brief['seconds']:g} s and give none: {shortened(named)}.{lost} Keep them, padded and masked: "
        "kodo run … --short pad"
    ]


def _windows(recordings: Recordings, seconds: float | None) -> Windows:
    """Cut so that nothing labelled is left out; recordings of several rates at the card's."""
    card = recordings.card
    steps = (Resample(card.rate),) if len({r.rate for r in recordings}) > 1 else ()
    return cut(
        recordings, Cutting(seconds=card.window if seconds is None else seconds, short="pad"), steps=steps
    )


def _full(windows: Windows) -> NDArray[np.bool_]:
    """(window,) False where a stretch was too short and the window is padded."""
    if windows.cutting.seconds is None:
        return np.ones(len(windows), bool)
    full: NDArray[np.bool_] = windows.length == windows.longest
    return full


def _whole(windows: Windows) -> Windows:
    """The windows that a run has when short stretches are dropped; all of them where it would have none."""
    full = np.flatnonzero(_full(windows))
    if len(full) == 0:
        return windows
    return replace(
        windows, start=windows.start[full], length=windows.length[full], label=windows.label[full],
        subject=windows.subject[full], session=windows.session[full], recording=windows.recording[full],
    )  # fmt: skip
