"""What is loaded when: seen from outside, in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from house import SOURCE, modules

HEAVY = (
    "httpx",
    "torch",
    "scipy",
    "sklearn",
    "polars",
    "matplotlib",
    "pydantic",
    "onnx",
    "onnxruntime",
    "pandas",
)


def loaded_by(*names: str) -> set[str]:
    """The modules that a fresh process holds after importing these."""
    lines = "".join(f"import {name}\n" for name in names)
    code = f"import sys, json\n{lines}print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def heavy(names: set[str]) -> list[str]:
    return sorted(names & set(HEAVY))


def room(name: str) -> list[str]:
    return [m.name for m in modules() if m.room == name]


def test_import_kodo_is_light() -> None:
    loaded = loaded_by("kodo")
    assert heavy(loaded) == []
    assert {name for name in loaded if name.startswith("kodo")} <= {"kodo", "kodo.errors"}


@pytest.mark.skipif(not (SOURCE / "cli" / "main.py").is_file(), reason="there is no command line yet")
def test_the_command_line_starts_light() -> None:
    loaded = loaded_by("kodo.cli.main")
    assert heavy(loaded) == []
    above = {n for n in loaded if n.startswith("kodo.") and not n.startswith("kodo.cli")}
    assert above <= {"kodo.errors"}


@pytest.mark.parametrize("name", ["datasets", "evaluation", "reports"])
def test_these_rooms_load_without_torch(name: str) -> None:
    assert not loaded_by(*room(name)) & {"torch", "sklearn", "onnx"}


def test_a_bundle_is_opened_without_torch() -> None:
    opening = [n for n in room("bundle") if n.rpartition(".")[2] in ("bundle", "recogniser")]
    assert not loaded_by("kodo", *opening) & {"torch", "sklearn"}


def test_tables_of_names_load_none_of_their_entries() -> None:
    loaded = loaded_by("kodo.models.model", "kodo.training.trainer")
    assert not loaded & {"torch", "sklearn", "kodo.models.vgg", "kodo.training.gradient"}
