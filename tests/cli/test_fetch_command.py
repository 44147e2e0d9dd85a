"""`kodo fetch` as typed: the licence first, then the file, then where it is."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from command_line import typed
from kodo.datasets.readers import hapt
from kodo.datasets.recording import Download

SIGNAL = "0.1 0.2 0.9\n" * 40


def packed(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return buffer.getvalue()


WHOLE = packed(
    {
        "RawData/acc_exp01_user01.txt": SIGNAL,
        "RawData/gyro_exp01_user01.txt": SIGNAL,
        "RawData/labels.txt": "1 1 5 3 10\n",
    }
)


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


def published(monkeypatch: pytest.MonkeyPatch, content: bytes = WHOLE, breaks: bool = False) -> list[str]:
    """Let hapt come from a made-up server; gives the addresses that it is asked for."""
    asked = []

    def pour() -> Iterator[bytes]:
        yield content[:100]
        if breaks:
            raise KeyboardInterrupt
        yield content[100:]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        headers = {"Content-Length": str(len(content)), "ETag": '"one"'}
        return httpx.Response(200, headers=headers, content=pour())

    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=httpx.MockTransport(answer)))
    file = Download("https://publisher.org/HAPT.zip", "HAPT.zip", size=len(content))
    monkeypatch.setattr(hapt, "HAPT", replace(hapt.HAPT, files=(file,)))
    return asked


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it, and nobody at it."""
    monkeypatch.setenv("KODO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KODO_DATA", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return tmp_path / "cache" / "data"


def test_fetched_and_used_without_any_setting(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = published(monkeypatch)
    assert typed("fetch", "hapt", "--accept-licence") == 0
    out = capsys.readouterr()
    assert hapt.HAPT.licence in out.out
    assert "commercial use  forbidden" in out.out
    assert "@article" in out.out
    assert f"hapt is in {home / 'hapt'}" in out.out
    assert "KODO_DATA" not in out.out
    assert "HAPT.zip: 0.0 MB of 0.0 MB" in out.err
    assert (home / "hapt" / "HAPT.zip").read_bytes() == WHOLE
    assert typed("inspect", "hapt", "--json") == 0
    assert json.loads(capsys.readouterr().out)["counts"]["people"] == 1
    assert typed("fetch", "hapt") == 0
    assert "hapt is here already" in capsys.readouterr().out
    assert asked == ["https://publisher.org/HAPT.zip"]


def test_a_dry_run_shows_and_asks_nobody(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = published(monkeypatch)
    assert typed("fetch", "hapt", "--dry-run") == 0
    assert "https://publisher.org/HAPT.zip" in capsys.readouterr().out
    assert asked == []
    assert not home.exists()


def test_nobody_can_say_yes(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = published(monkeypatch)
    assert typed("fetch", "hapt") == 2
    assert "--accept-licence" in capsys.readouterr().err
    assert asked == []
    assert not home.exists()


def test_a_person_is_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = published(monkeypatch)
    for answer in ("n\n", "\n"):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        assert typed("fetch", "hapt") == 2
        assert "licence of hapt was not accepted" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Terminal(""))
    assert typed("fetch", "hapt") == 130
    assert asked == []
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert typed("fetch", "hapt") == 0
    assert (home / "hapt" / "HAPT.zip").is_file()


def test_a_terminal_gets_a_bar(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published(monkeypatch)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert typed("fetch", "hapt", "--accept-licence") == 0
    shown = capsys.readouterr().err
    assert "HAPT.zip" in shown
    assert "━" in shown
    assert " of " not in shown


def test_ctrl_c_says_how_to_go_on(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published(monkeypatch, breaks=True)
    assert typed("fetch", "hapt", "--accept-licence") == 130
    assert "the same command goes on from there" in capsys.readouterr().err
    assert (home / "hapt" / "HAPT.zip.part").read_bytes() == WHOLE[:100]


def test_into_a_folder_of_ones_own(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = published(monkeypatch)
    words = ("fetch", "hapt", "--accept-licence", "--to", str(tmp_path / "sets"))
    assert typed(*words) == 0
    assert f"set KODO_DATA to {tmp_path / 'sets'}" in capsys.readouterr().out
    assert (tmp_path / "sets" / "hapt" / "HAPT.zip").is_file()
    assert typed(*words) == 0
    assert "here already" in capsys.readouterr().out
    assert len(asked) == 1
    monkeypatch.setenv("KODO_DATA", str(tmp_path / "sets"))
    assert typed("inspect", "hapt") == 0


def test_something_else_in_the_archive(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published(monkeypatch, packed({"readme.txt": "moved"}))
    assert typed("fetch", "hapt", "--accept-licence") == 2
    assert f"holds no file named {hapt.PATTERN}" in capsys.readouterr().err


def test_what_must_be_got_by_hand(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hapt, "HAPT", replace(hapt.HAPT, files=()))
    assert typed("fetch", "hapt", "--accept-licence") == 2
    said = capsys.readouterr().err
    assert hapt.HAPT.address in said
    assert str(home) in said


def test_no_such_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("fetch", "hatp") == 2
    assert "Did you mean 'hapt'" in capsys.readouterr().err


def test_what_comes_with_kodo_is_here_already(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("fetch", "synthetic") == 0
    assert "synthetic is here already" in capsys.readouterr().out


def test_the_start_stays_light() -> None:
    code = "import sys, kodo.cli.main, kodo.datasets.fetch; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
