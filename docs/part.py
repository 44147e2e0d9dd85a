"""Parts of pages that commands write, between two marks; the rest of a page is written by hand and stays."""

from pathlib import Path


def rewrite(page: str, name: str, command: str, text: str) -> None:
    """Replace what stands between the two marks of a part.

    Args:
        page: in docs.
        name: of the part.
        command: of make that writes it.
        text: in Markdown.
    """
    path = Path(__file__).resolve().parent / page
    begin, end = f"<!-- {name}: made by `make {command}` -->", f"<!-- {name}: end -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
