"""A page: one HTML file with everything inside, numbers as people read them, data one click away."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from shlex import quote as quoted
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

BLUE = "var(--blue)"
"""Okabe and Ito's blue, which the page makes lighter on a dark ground."""

COLOURS = ("currentColor", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", BLUE)
"""Okabe and Ito's colours for models, without the yellow that white paper swallows."""


def render(template: str, also: str = "", **content: Any) -> str:
    """Fill a template of this package; whatever comes from data is escaped.

    Args:
        template: its file name.
        also: a script of this page's own, to stand behind the script of all pages.
        content: what the template names.
    """
    style = files("kodo.reports").joinpath("page.css").read_text(encoding="utf-8")
    script = files("kodo.reports").joinpath("page.js").read_text(encoding="utf-8") + also
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _templates().get_template(template).render(style=style, script=script, allowed=allowed, **content)


def colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each model: the same on every page that has no two models with one wish.

    Args:
        names: of the models of a page.
    """
    given: dict[str, str] = {}
    for name in names:
        wish = hashlib.sha256(name.encode()).digest()[0] % len(COLOURS)
        order = COLOURS[wish:] + COLOURS[:wish]
        given[name] = next((colour for colour in order if colour not in given.values()), order[0])
    return given


def data_address(rows: Iterable[Sequence[object]]) -> str:
    """The address of a table that lies inside the page, as CSV.

    Args:
        rows: the head first.
    """
    return "data:text/csv;charset=utf-8," + quote(comma_separated(rows), safe=",/:;()*+!~@$ ").replace(
        " ", "%20"
    )


def comma_separated(rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV.

    Args:
        rows: the head first.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def cell(value: float | None) -> str:
    """A number in a table for programs: six figures that count, nothing where there is none."""
    return "" if value is None else f"{value:.6g}"


def score(value: float, digits: int = 2) -> str:
    """A score between 0 and 1, "0.81"; a dash where there is none."""
    return "–" if value != value else f"{value:.{digits}f}"


def amount(value: float) -> str:
    """A positive number with three figures that count: "0.021", "3.4", "128", "48,307"."""
    if value != value:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def size(count: float) -> str:
    """Bytes as people read them: "197 kB"."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{amount(count) if unit != 'B' else int(count)} {unit}"
        count /= 1000
    return f"{amount(count)} GB"


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 person", "10 people"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def percent(share: float) -> str:
    """A share in per cent without decimals; what is not quite 0 or 100 does not look like it."""
    if 0 < share < 0.005:
        return "<1"
    if 0.995 <= share < 1:
        return ">99"
    return f"{100 * share:.0f}"


def at(score: float) -> str:
    """A place on an axis from 0 to 1, for SVG: "81.2%"."""
    return f"{100 * score:.2f}%"


def coded(text: str) -> Markup:
    """Escaped text in which what stands between backticks is code."""
    parts = text.split("`")
    return (
        Markup("")
        .join(
            Markup("<code>{}</code>").format(part) if place % 2 else Markup.escape(part)
            for place, part in enumerate(parts)
        )
        .replace("macro-F1", Markup('<span class="whole">macro-F1</span>'))
    )


def place(folder: Path) -> str:
    """A folder as a command names it: from here where it lies below, else its name alone.

    Args:
        folder: of a run, a sweep, a study.
    """
    whole, here = folder.resolve(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else Path(whole.name)).as_posix()


def webpage(address: str) -> bool:
    """Whether an address may become a link: a script may not."""
    return address.startswith(("https://", "http://"))


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("kodo.reports", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters.update(
        score=score,
        amount=amount,
        size=size,
        percent=percent,
        data_address=data_address,
        coded=coded,
        quoted=quoted,
    )
    templates.globals.update(counted=counted, listed=listed, at=at)
    templates.tests.update(several=lambda values: len(values) > 1, webpage=webpage)
    return templates
