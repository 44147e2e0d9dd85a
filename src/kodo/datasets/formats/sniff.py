"""How a text file lays out its columns, found by looking at its first lines."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from kodo.datasets.formats.delimited import MISSING, Layout

LOOKED_AT = 200
"""So many lines of a file are looked at."""

SEPARATORS = (",", ";", "\t", "|", " ", ",;")
"""What may part columns; ",;" is a comma with a semicolon at the end of the line."""

STAMP = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?(Z|[A-Z]{2,4}|[+-]\d\d:?\d\d))?)?"
    r"|\d\d?[./]\d\d?[./]\d{4}( \d\d?:\d\d[^,;|\t]*)?"
    r"|\d\d?:\d\d:\d\d([.,]\d+)?"
)
COMMENTS = ("#", "%", "//", ";", "@")


class Sniffed(NamedTuple):
    """A layout and why it is taken for it.

    Args:
        layout: of the file.
        why: a sentence for everything that is not the usual.
    """

    layout: Layout
    why: list[str]


class _Body(NamedTuple):
    """A way to part lines, how well it does, and the columns of most lines."""

    separator: str
    decimal: str
    score: float
    columns: int


def sniff(raw: bytes) -> Sniffed:
    """Look at the beginning of a text file.

    Args:
        raw: its content, or the first part of it.

    Returns:
        the layout under which most lines have the same number of columns and most of these are numbers; and
        why.
    """
    encoding, why = _encoding(raw)
    text = raw.decode(encoding, "replace").removeprefix("\ufeff")
    lines = re.split(r"\r\n|\r|\n", text)[: LOOKED_AT + 1]
    lines = lines[:-1] if len(lines) > 1 else lines  # the last one may have been cut
    layout = Layout(encoding=encoding)
    comment = next((c for c in COMMENTS if lines and lines[0].lstrip().startswith(c)), "")
    plain = [line for line in lines if line.strip() and not (comment and line.lstrip().startswith(comment))]
    if not plain:
        return Sniffed(layout, why)
    if comment:
        layout = replace(layout, comment=comment)
        why.append(f"Lines that begin with {comment!r} are comments, such as the first one.")
    body = _body(plain)
    layout = replace(layout, separator=body.separator, decimal=body.decimal)
    if body.separator != ",":
        parted = "runs of blanks or tabs" if body.separator == " " else repr(body.separator)
        why.append(f"Columns are parted by {parted}: so most lines have {_count(body.columns, 'column')}.")
    if body.decimal != ".":
        why.append("Decimals stand behind a comma: so most columns are numbers.")
    headed, more = _header(lines, layout, body.columns)
    return Sniffed(headed, why + more)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _encoding(raw: bytes) -> tuple[str, list[str]]:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", ["The text is UTF-16: its byte-order mark says so."]
    try:
        # The last character may have been cut.
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return "cp1252", ["The text is not UTF-8; cp1252 (Western Windows) is a guess."]
    return "utf-8", []


def fields(line: str, separator: str) -> list[str]:
    """The columns of a line, without quotation marks.

    Args:
        line: of the file.
        separator: as in a layout.
    """
    plain = line.replace('"', "").strip("\r\n")
    if separator == " ":
        return plain.split()
    for other in separator[1:]:
        plain = plain.replace(other, separator[0])
    return [field.strip() for field in plain.split(separator[0])]


def _body(lines: list[str]) -> _Body:
    """The best way to part the last lines, where the header is out of the way."""
    tail = lines[len(lines) // 2 :]
    tries = [(s, d) for s in SEPARATORS for d in (".", ",") if d not in s]
    if not any(line.rstrip().endswith(";") for line in tail):
        tries.remove((",;", "."))
    found = [_tried(tail, separator, decimal) for separator, decimal in tries]
    return max(found, key=lambda body: (round(body.score, 3), body.decimal == ".", body.columns))


def _tried(lines: list[str], separator: str, decimal: str) -> _Body:
    parts = [fields(line, separator) for line in lines]
    usual, times = max(Counter(map(len, parts)).items(), key=lambda item: (item[1], item[0]))
    worth = [_worth(field, decimal) for part in parts if len(part) == usual for field in part]
    score = times / len(parts) * sum(worth) / len(worth)
    if usual == 1:
        score *= 0.9 if any(worth) else 0  # a file of one column is rare
    return _Body(separator, decimal, score, usual)


def _worth(field: str, decimal: str) -> float:
    if is_number(field, decimal) or field in MISSING or STAMP.fullmatch(field):
        return 1.0
    return 0.5 if re.fullmatch(r"[\w .\-/()]+", field) and not re.search(r"\d \d|\d [-+]", field) else 0.0


def is_number(text: str, decimal: str = ".") -> bool:
    """Whether a text is a number as files hold them.

    Args:
        text: of a column.
        decimal: sign before the decimals.
    """
    point = re.escape(decimal)
    return re.fullmatch(rf"[-+]?(\d+({point}\d*)?|{point}\d+)([eE][-+]?\d+)?", text) is not None


def _header(lines: list[str], layout: Layout, columns: int) -> tuple[Layout, list[str]]:
    """Where the rows begin, and which line above them names the columns."""

    def is_comment(line: str) -> bool:
        return bool(layout.comment) and line.lstrip().startswith(layout.comment)

    parts = [[] if is_comment(line) or not line.strip() else fields(line, layout.separator) for line in lines]

    if lines and re.fullmatch(r'"?sep=.?"?', lines[0].strip("\n"), re.IGNORECASE):
        parts[0] = ["sep"]  # a line for one spreadsheet program, which may itself hold a separator

    def is_row(part: list[str]) -> bool:
        named = any(is_number(field, layout.decimal) or STAMP.fullmatch(field) for field in part)
        return len(part) == columns and named

    first = next((n for n, part in enumerate(parts) if is_row(part)), len(parts))
    width = range(columns, columns + 2)  # the header, too, may end with a separator
    near = [n for n in range(first) if len(parts[n]) in width]
    if not near and columns > 1:  # an index that the header leaves out
        near = [n for n in range(first) if len(parts[n]) == columns - 1 and not any(parts[n + 1 : first])]
    if near:
        return _named(parts, near[0], first, columns, layout)
    comments = [line for line in lines[:first] if is_comment(line)]
    last = fields(comments[-1].strip().removeprefix(layout.comment), layout.separator) if comments else []
    if columns - 1 <= len(last) <= columns + 1 and columns > 1 and not any(map(is_number, last)):
        return replace(layout, header="comment"), ["The last comment names the columns."]
    skipped = [n for n in range(first) if parts[n]]
    layout = replace(layout, header=False, skip=skipped[-1] + 1 if skipped else 0)
    why = ["No line names the columns: they go by number, from 1."]
    if skipped:
        why.append(f"{layout.skip} lines at the top are no rows.")
    return layout, why


def _named(
    parts: list[list[str]], head: int, first: int, columns: int, layout: Layout
) -> tuple[Layout, list[str]]:
    why = []
    skip = max((n + 1 for n in range(head) if parts[n]), default=0)
    if skip:
        layout = replace(layout, skip=skip)
        why.append(f"The first {skip} lines stand above the header and are left out.")
    below = [part for part in parts[head + 1 : first] if part]
    if below:
        layout = replace(layout, skip_below=len(below))
        which = "line below the header is no row" if len(below) == 1 else "lines below the header are no rows"
        why.append(f"{len(below)} {which}: {' '.join(below[0])[:40]!r}.")
    if len(parts[head]) == columns - 1 and parts[first][-1]:
        layout = replace(layout, index=True)
        why.append("Rows have one column more than the header: their number, which comes first.")
    return layout, why
