"""Made-up runs of six people in two folds, to be compared."""

from __future__ import annotations

from pathlib import Path

from made_up_run import made_up_run

SMALL = {"windows": 4, "folds": 2, "people": ("a", "b", "c", "d", "e", "f")}
HAPT = {"name": "hapt", "published": {"whar-arena": "hapt"}}


def made(folder: Path, **asked) -> Path:
    made_up_run(folder, **(SMALL | asked))
    (folder / "summary.json").write_text("[]", encoding="utf-8")
    return folder


def counted(rows: int) -> dict[str, object]:
    """`hapt` with so many rows, all else complete."""
    counts = {"people": 6, "rows": rows, "labelled": rows, "windows": 1, "dropped": 0}
    return HAPT | {"counts": counts}
