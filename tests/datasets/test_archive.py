"""Archives of strangers: whole, once, and never outside."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_a_bomb_stops_by_what_came_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ALWAYS_BYTES", 2**20)
    for suffix, mode in MODES.items():
        if suffix != ".tar":
            path = tarred(tmp_path / f"bomb{suffix}", {"zeros": bytes(2**23)}, mode)
            with pytest.raises(KodoError, match=r"bomb.* would unpack to more than .* GiB"):
                unpack(path, tmp_path / "target")
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(2**23))
    with pytest.raises(KodoError, match="would unpack to more"):
        unpack(path, tmp_path / "target")
    # The same bytes are fine where the archive is large enough for them.
    monkeypatch.setattr(room, "MOST_TIMES", 2000)
    assert (unpack(path, tmp_path / "target") / "zeros").stat().st_size == 2**23


def test_a_hole_in_a_tar_counts_with_the_zeros_it_becomes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ALWAYS_BYTES", 2**20)
    with tarfile.open(tmp_path / "hole.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("hole")
        content = b"1\n0\n0\n".ljust(512, b"\0")
        info.size = len(content)
        info.pax_headers = {
            "GNU.sparse.major": "1", "GNU.sparse.minor": "0",
            "GNU.sparse.name": "hole", "GNU.sparse.realsize": str(2**30),
        }  # fmt: skip
        tar.addfile(info, io.BytesIO(content))
    with pytest.raises(KodoError, match="would unpack to more"):
        unpack(tmp_path / "hole.tar", tmp_path / "target")


@pytest.mark.parametrize("stated", [10, 2**31])
def test_a_size_that_is_a_lie_is_damage(tmp_path: Path, stated: int) -> None:
    path = tmp_path / "lie.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(10_000))
    raw = bytearray(path.read_bytes())
    for head, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        first = raw.find(head) + place
        raw[first : first + 4] = stated.to_bytes(4, "little")
    path.write_bytes(raw)
    with pytest.raises(KodoError, match="is damaged or only half there"):
        unpack(path, tmp_path / "target")
    assert not list((tmp_path / "target").iterdir())


@pytest.mark.parametrize("names", [("a/B.txt", "a/b.TXT"), ("ä.txt", "a\u0308.txt"), ("a.txt", "a.txt")])
@pytest.mark.parametrize("make", [tarred, zipped])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_some_systems_take_for_one(tmp_path: Path, names: tuple[str, str], make: object) -> None:
    path = tmp_path / ("twins.zip" if make is zipped else "twins.tar")
    if make is zipped:
        with zipfile.ZipFile(path, "w") as file:
            for name in names:
                file.writestr(name, name)
    else:
        with tarfile.open(path, "w") as tar:
            for name in names:
                tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(KodoError, match="which some systems take for one"):
        unpack(path, tmp_path / "target")


@pytest.mark.parametrize(
    "name", ["CON", "a/nul.txt", "com1.csv", "Aux .x", "a.", "a /b", "a?b", "x|y", "n:m"]
)
def test_names_that_windows_cannot_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {name: b"x"})
    monkeypatch.setattr(room, "WINDOWS", True)
    with pytest.raises(KodoError, match=r"cannot be written here|out of its folder"):
        unpack(path, tmp_path / "target")
    for fine in ("contents.txt", "comb.csv", "a b/aux2.txt", ".hidden", "com12.csv"):
        assert (unpack(zipped(tmp_path / "b.zip", {fine: b"x"}), tmp_path / "target") / fine).is_file()


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2Ja", "a\x7f"])
def test_names_that_would_move_the_cursor(tmp_path: Path, name: str) -> None:
    with pytest.raises(KodoError, match="cannot be written here") as caught:
        unpack(tarred(tmp_path / "a.tar", {name: b"x"}), tmp_path / "target")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a")])
def test_a_name_that_is_a_file_and_a_folder(tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(KodoError, match="Could not write"):
        unpack(tarred(tmp_path / "a.tar", dict.fromkeys(names, b"x")), tmp_path / "target")
    assert not list((tmp_path / "target").iterdir())


@pytest.mark.parametrize("suffix", [".zip", *MODES])
@settings(max_examples=60)
@given(data=st.data())
def test_a_spoiled_archive_is_a_sentence_or_whole(suffix: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as place:
        path = Path(place) / f"a{suffix}"
        files = {"top/a.txt": b"one" * 50, "top/b.bin": bytes(range(256)), "ü/c": b""}
        if suffix == ".zip":
            zipped(path, files)
        else:
            tarred(path, files, MODES[suffix])
        raw = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 6))):
            first = data.draw(st.integers(0, len(raw) - 1))
            raw[first : first + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
        path.write_bytes(raw)
        target = Path(place) / "target"
        try:
            unpack(path, target)
        except KodoError:
            assert not list(target.iterdir())
        assert {p.name for p in Path(place).iterdir()} == {path.name, "target"}


def test_no_archive_there(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match=r"Could not read .*none\.zip: no such file"):
        unpack(tmp_path / "none.zip", tmp_path / "target")
