"""What the pages show works, and what they list is what there is."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from house import ROOT
from kodo.cli.main import app
from kodo.evaluation.checks import CHECKS
from kodo.evaluation.protocol import PROTOCOLS
from kodo.evaluation.score import MEANINGS
from kodo.models.model import MODELS

PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(#[^)\s]*)?\)")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def examples(path: Path) -> str:
    """All Python of a page, in order."""
    return "\n".join(PYTHON.findall(path.read_text(encoding="utf-8")))


def run(code: str, folder: Path) -> str:
    """What the code prints, run in a process and a folder of its own; warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**os.environ, "KODO_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_first_example_prints_a_table(tmp_path: Path) -> None:
    code = examples(ROOT / "README.md")
    assert len([line for line in code.splitlines() if line.strip()]) <= 5
    printed = run(code, tmp_path)
    assert re.search(r"features +0\.\d\d \(0\.\d\d to \d\.\d\d\)", printed), printed
    assert "majority" in printed
    assert os.listdir(tmp_path) == ["cache"], "an example that names no folder leaves none"


def test_the_examples_of_the_pages_run(tmp_path: Path) -> None:
    codes = {path.name: code for path in PAGES[1:] if (code := examples(path))}
    assert len(codes) >= 4
    # One process, because each would import torch again; a name of its own for every page.
    run(
        f"for name, code in {codes!r}.items(): exec(compile(code, name, 'exec'), {{'__name__': name}})",
        tmp_path,
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        found = path.parent / target
        assert found.is_file(), f"{path.name} points at {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor[1:] in [heading.lower().replace(" ", "-") for heading in headings]


def commands(path: Path) -> list[list[str]]:
    """The words of every `$ kodo ...` line of a page; a backslash at its end joins the next line to it."""
    page = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^\$ kodo (.*)$", page, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("path", [p for p in PAGES if commands(p)], ids=lambda p: p.name)
def test_commands_in_pages_exist(path: Path) -> None:
    known: Any = get_command(app)
    for words in commands(path):
        command = known.commands[words[0]]
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words[1:] if word.startswith("-")} <= options, words


def test_every_check_has_its_section() -> None:
    listed = re.findall(r"^## (KODO\d\d): (.*)$", text("docs/checks.md"), re.MULTILINE)
    assert dict(listed) == CHECKS
    assert len(listed) == len(CHECKS)


def rows_of(page: str) -> list[str]:
    """The names in the first column of a page's tables."""
    return re.findall(r"^\| `(\w+)`", text(page), re.MULTILINE)


def test_every_score_is_defined() -> None:
    assert sorted(rows_of("docs/score.md")) == sorted(MEANINGS)


def test_every_protocol_is_described() -> None:
    assert rows_of("docs/protocol.md") == PROTOCOLS.names()


def test_every_model_is_described() -> None:
    assert rows_of("docs/models.md") == MODELS.names()


def test_every_setting_of_cutting_and_every_signal_step_is_described() -> None:
    from dataclasses import fields

    from kodo.windows.grid import Cutting
    from kodo.windows.signal import STEPS

    assert rows_of("docs/window.md") == [*(field.name for field in fields(Cutting)), *STEPS]


def test_ten_lines_for_a_model_and_for_a_dataset() -> None:
    for title in ("## Add a model", "## Add a dataset"):
        section = text("CONTRIBUTING.md").split(title)[1].split("\n## ")[0]
        assert len(re.findall(r"^\d+\. ", section, re.MULTILINE)) == 10
