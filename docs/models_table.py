"""Write the results of runs into a part of docs/models.md: `python docs/models_table.py PART RUN...`."""

import sys
from pathlib import Path

from part import rewrite

from kodo.experiments.summary import open_run
from kodo.reports.worth import section

ALSO = {"source-004": ("accuracy",)}
"""Scores beside macro-F1 in a part, by its name: what the source itself reports."""


def main(name: str, *folders: str) -> None:
    """A section for each run, in the part of that name."""
    made = "\n".join(section(open_run(Path(folder)), ALSO.get(name, ())) for folder in folders)
    rewrite("models.md", name, made)
    print(f"docs/models.md: the part '{name}', from {len(folders)} runs")


if __name__ == "__main__":
    main(*sys.argv[1:])
