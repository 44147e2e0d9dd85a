"""Run every benchmark and write docs/speed.md: `python docs/speed.py [PYTHON]`."""

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

HEAD = """# Speed

Made by `make benchmarks` (with `KODO_DATA` set) on {machine}. Quote the ratios: seconds differ from
machine to machine, and from minute to minute on a shared one.
"""


def main(python: str = sys.executable) -> None:
    """Write the page, or stop at the first benchmark that fails."""
    parts = [HEAD.format(machine=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}")]
    for script in sorted((HERE.parent / "benchmarks").glob("*.py")):
        done = subprocess.run([python, str(script)], check=True, capture_output=True, text=True)
        title = next(line for line in script.read_text(encoding="utf-8").splitlines() if line).strip('"')
        parts.append(f"## `benchmarks/{script.name}`\n\n{title}\n\n```text\n{done.stdout.strip()}\n```\n")
    (HERE / "speed.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
