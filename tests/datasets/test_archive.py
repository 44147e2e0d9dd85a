"""Archives of strangers: whole, once, and never outside."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from kodo.datasets import archive as room
from kodo.datasets.archive import is_archive, stem, unpack
from kodo.errors import KodoError

MODES = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.xz": "w:xz", ".tar.bz2": "w:bz2"}


def tarred(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("suffix", [".zip", *MODES])
def test_every_kind_is_unpacked_once(tmp_path: Path, suffix: str) -> None:
    files = {"top/a.txt": b"one", "top/deep/b.bin": bytes(range(256))}
    path = tmp_path / f"set{suffix}"
    if suffix == ".zip":
        zipped(path, files)
    else:
        tarred(path, files, MODES[suffix])
    assert is_archive(path)
    assert stem(path.name) == "set"
    folder = unpack(path, tmp_path / "target")
    assert {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == files
    (folder / "mark").touch()
    assert unpack(path, tmp_path / "target") == folder
    assert (folder / "mark").exists()


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "..\\out.txt", "C:\\out.txt"])
@pytest.mark.parametrize("make", [tarred, zipped])
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, name: str, make: object) -> None:
    path = tmp_path / ("bad.zip" if make is zipped else "bad.tar")
    make(path, {"good.txt": b"", name: b"x"})  # type: ignore[operator]
    with pytest.raises(KodoError, match="leads out of its folder"):
        unpack(path, tmp_path / "target" / "deep")
    assert not list(tmp_path.rglob("out.txt"))
    assert not list((tmp_path / "target" / "deep").iterdir())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = kind, "/etc/passwd"
        tar.addfile(info)
    with pytest.raises(KodoError, match="a link or device"):
        unpack(tmp_path / "bad.tar", tmp_path / "target")


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(info, "/etc/passwd")
    with pytest.raises(KodoError, match="a link or device"):
        unpack(tmp_path / "bad.zip", tmp_path / "target")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.txt": b"secret"})
    raw = bytearray(path.read_bytes())
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(KodoError, match="encrypted"):
        unpack(path, tmp_path / "target")


@pytest.mark.parametrize("suffix", [".zip", *MODES])
def test_half_an_archive_is_one_clear_sentence(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"half{suffix}"
    content = {"a.txt": bytes(range(256)) * 400, "b.txt": b"end"}
    if suffix == ".zip":
        zipped(path, content)
    else:
        tarred(path, content, MODES[suffix])
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(KodoError, match=r"half.* is damaged or only half there"):
        unpack(path, tmp_path / "target")
    assert not list((tmp_path / "target").iterdir())


@pytest.mark.parametrize("suffix", [".zip", *MODES])
def test_something_else_under_the_name_of_an_archive(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"html{suffix}"
    path.write_text("<html>404</html>" * 100)
    with pytest.raises(KodoError, match="is damaged or only half there"):
        unpack(path, tmp_path / "target")


def test_too_many_bytes_or_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "bomb.zip", {"a": b"0" * 1000, "b": b"0" * 1000})
    monkeypatch.setattr(room, "MOST_BYTES", 1500)
    with pytest.raises(KodoError, match="would unpack to more"):
        unpack(path, tmp_path / "target")
    monkeypatch.setattr(room, "MOST_BYTES", 10**6)
    monkeypatch.setattr(room, "MOST_MEMBERS", 1)
    with pytest.raises(KodoError, match="more than 1 files"):
        unpack(path, tmp_path / "target")


def test_no_archive_there(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match=r"Could not read .*none\.zip: no such file"):
        unpack(tmp_path / "none.zip", tmp_path / "target")
