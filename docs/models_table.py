"""Write the results in docs/models.md, from run folders: `python docs/models_table.py RUN...`."""

import sys
from pathlib import Path

from part import rewrite

from kodo.experiments.summary import open_run
from kodo.reports.worth import section


def main(*folders: str) -> None:
    """A section for each run."""
    made = "\n".join(section(open_run(Path(folder))) for folder in folders)
    rewrite("models.md", "results", "models", made)
    print(f"docs/models.md: the results of {len(folders)} runs")


if __name__ == "__main__":
    main(*sys.argv[1:])
