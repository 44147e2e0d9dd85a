"""Parts of pages that commands write, between two marks; the rest of a page is written by hand and stays."""

from pathlib import Path

PAGES = Path(__file__).resolve().parent


def rewrite(page: str, name: str, command: str, text: str) -> None:
    """Replace what stands between the two marks of a part.

    Args:
        page: in docs.
        name: of the part.
        command: of make that writes it.
        text: in Markdown.

    Raises:
        SystemExit: the page lacks one of the marks; it stays as it is.
    """
    path = PAGES / page
    begin, end = f"<!-- {name}: made by `make {command}` -->", f"<!-- {name}: end -->"
    before, opened, rest = path.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        raise SystemExit(f"{page}: the part {name!r} stands between {begin} and {end}; one is missing.")
    path.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
