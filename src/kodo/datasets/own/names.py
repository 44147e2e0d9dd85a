"""What the names of files and folders say: who, what, when, by which sensor."""

from __future__ import annotations

import re
from typing import NamedTuple

PARTS = ("subject", "label", "session", "recording", "sensor")
"""What a path can say about a file."""


class Said(NamedTuple):
    """What a path says.

    Args:
        parts: by what is said ("subject": "p1").
        whole: the path without what names the sensor; files of one recording share it.
    """

    parts: dict[str, str]
    whole: str


WORD = r"(?:\d{4}-\d\d-\d\d|\d\d-\d\d-\d\d|[^/_\- .]+)"
READINGS = ((r"[^/\d]+", WORD), (r"[^/]+", WORD), (r"[^/]+", r"[^/]+?"))
"""What a label and what another part may be, in the order in which they are tried."""


def said(pattern: str, name: str) -> Said | None:
    """What a file's path says by a pattern; None when it does not fit.

    Args:
        pattern: a path with `*` for anything and `{subject}` and so on for what it says. Each is one word (a
            date is one) if the path can be read so, but the label takes as many as it can, those with digits
            only where it must: "{subject}_{label}_{session}.csv" finds the label "walk_fast" in
            "p1_walk_fast_2.csv". Of two with nothing between them the second begins with the digits:
            "{label}{session}.csv" finds "walk" and "2" in "walk2.csv".
        name: path below the folder, with `/`.
    """
    parts = re.split(r"(\*|\{\w+\})", pattern)
    for label, other in READINGS:
        form = ""
        for position, part in enumerate(parts):
            if part == "*":
                form += "[^/]*?"
            elif part.startswith("{"):
                joined = position > 1 and not parts[position - 1] and parts[position - 2].startswith("{")
                before = r"(?<=[^\d/])(?=\d)" if joined else ""
                form += f"{before}(?P<{part[1:-1]}>{label if part == '{label}' else other})"
            else:
                form += re.escape(part)
        match = re.fullmatch(form, name)
        if match is not None:
            return _said(match, name)
    return None


def _said(match: re.Match[str], name: str) -> Said:
    parts = match.groupdict()
    if "sensor" not in parts:
        return Said(parts, name.rpartition(".")[0])
    name = name[: match.start("sensor")] + name[match.end("sensor") :]
    return Said(parts, name.rpartition(".")[0].rstrip("/_- ."))


def glob(pattern: str) -> str:
    """The glob of the files that may fit a pattern; what has a meaning of its own in globs is any letter."""
    return re.sub(r"[\[\]?|&]", "?", re.sub(r"\{\w+\}", "*", pattern))
