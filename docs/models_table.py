"""Write the results in docs/models.md, from run folders: `python docs/models_table.py RUN...`."""

import sys
from pathlib import Path

from kodo.experiments.summary import open_run
from kodo.reports.worth import section

PAGE = Path(__file__).resolve().parent / "models.md"
BEGIN, END = "<!-- results: made by `make models` -->", "<!-- results: end -->"


def main(*folders: str) -> None:
    """Replace what stands between the two marks; the rest of the page is written by hand and stays."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    made = "\n".join(section(open_run(Path(folder))) for folder in folders)
    PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n{END}{after}", encoding="utf-8")
    print(f"docs/models.md: the results of {len(folders)} runs")


if __name__ == "__main__":
    main(*sys.argv[1:])
