"""Parts of pages that commands write, between two marks; the rest of a page is written by hand and stays.

`COMMAND | python docs/part.py PAGE NAME` writes what a command prints.
"""

import re
import sys
from pathlib import Path

PAGES = Path(__file__).resolve().parent


def rewrite(page: str, name: str, text: str) -> None:
    """Replace what stands between the two marks of a part.

    Args:
        page: in docs.
        name: of the part.
        text: in Markdown.

    Raises:
        SystemExit: the page lacks one of the marks, or there is no text; it stays as it is.
    """
    path = PAGES / page
    written = path.read_text(encoding="utf-8")
    begin, end = rf"<!-- {re.escape(name)}: made by `[^`\n]*` -->\n", rf"<!-- {re.escape(name)}: end -->"
    part = re.compile(rf"({begin}).*?({end})", re.DOTALL)
    if not text.strip():
        raise SystemExit(f"{page}: nothing was given to be written into the part {name!r}.")
    if not part.search(written):
        raise SystemExit(
            f"{page}: the part {name!r} stands between <!-- {name}: made by `COMMAND` --> and "
            f"<!-- {name}: end -->; one is missing."
        )
    made = part.sub(lambda marks: f"{marks[1]}\n{text.strip()}\n\n{marks[2]}", written)
    path.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    rewrite(*sys.argv[1:3], sys.stdin.read())
