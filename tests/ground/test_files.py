from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.errors import KodoError
from kodo.files import digest, replacing, sha256, write_json, write_text

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def fail_midway(target: Path, error: BaseException) -> None:
    with replacing(target) as temporary:
        temporary.write_text("half")
        raise error


def test_a_file_is_written_in_folders_that_are_made(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "c.txt"
    write_text(target, "行動")
    assert target.read_text(encoding="utf-8") == "行動"
    assert os.listdir(target.parent) == ["c.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "kept.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="midway"):
        fail_midway(target, RuntimeError("midway"))
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["kept.txt"]


def test_a_failed_folder_leaves_nothing(tmp_path: Path) -> None:
    def fill() -> None:
        with replacing(tmp_path / "folder") as temporary:
            temporary.mkdir()
            (temporary / "part").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert os.listdir(tmp_path) == []


def test_the_target_is_not_touched_before_the_end(tmp_path: Path) -> None:
    target = tmp_path / "x"
    with replacing(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"


def test_a_folder_that_somebody_else_made_first_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    with replacing(target) as temporary:
        temporary.mkdir()
        (temporary / "name").write_text("second")
        target.mkdir()
        (target / "name").write_text("first")
    assert (target / "name").read_text() == "first"
    assert os.listdir(tmp_path) == ["folder"]


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(KodoError, match=r"Could not write .*x\.txt: no space left on device\."):
        fail_midway(tmp_path / "x.txt", full)
    assert os.listdir(tmp_path) == []


def test_a_file_where_a_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KodoError, match="Could not write"):
        write_text(tmp_path / "file" / "below.txt", "")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(KodoError, match="permission denied"):
        write_text(tmp_path / "x.txt", "")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_refuses_what_it_cannot_hold(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"a": value})
    assert os.listdir(tmp_path) == []


def test_json_keeps_the_order_of_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"b": 1, "a": "µ"})
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{\n "b": 1,\n "a": "µ"\n}\n'


@given(content=st.binary(max_size=100))
def test_sha256_is_that_of_the_content(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("sum") / "x"
    path.write_bytes(content)
    assert sha256(path) == hashlib.sha256(content).hexdigest()


@given(PLAIN)
def test_equal_content_has_equal_keys(content: Any) -> None:
    import json

    key = digest(content)
    assert key == digest(json.loads(json.dumps(content)))
    assert len(key) == 16
    assert digest(content, 40).startswith(key)


def test_the_order_of_keys_does_not_count_but_of_items_does() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert digest({"a": 1}) != digest({"a": "1"})
