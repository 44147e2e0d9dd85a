"""Finding a dataset under whatever name its folder or archive has."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from kodo.datasets.locate import cache_folder, data_folders, find, here, listing, missing, within
from kodo.datasets.readers.hapt import HAPT
from kodo.datasets.readers.motionsense import MOTIONSENSE
from kodo.errors import KodoError


@pytest.mark.parametrize("name", ["hapt", "HAPT", "HAPT Data Set", "hapt_data-set", "hapt-dataset"])
def test_spellings(small_hapt: Path, name: str) -> None:
    home = small_hapt.parents[1]
    os.replace(small_hapt.parent, home / name)
    assert find(HAPT) == home / name


def test_the_data_folder_may_be_the_dataset(small_hapt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KODO_DATA", str(small_hapt.parent))
    assert find(HAPT) == small_hapt.parent
    elsewhere = small_hapt.parents[1] / "other words"
    os.replace(small_hapt.parent, elsewhere)
    monkeypatch.setenv("KODO_DATA", str(elsewhere))
    assert find(HAPT) == elsewhere
    monkeypatch.setenv("KODO_DATA", str(elsewhere / "RawData"))
    assert find(HAPT) == elsewhere / "RawData"


def test_a_folder_that_the_pattern_names_may_be_the_dataset(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "A_DeviceMotion_data"
    (folder / "dws_1").mkdir(parents=True)
    (folder / "dws_1" / "sub_1.csv").write_text("")
    for home in (tmp_path, folder):
        monkeypatch.setenv("KODO_DATA", str(home))
        assert find(MOTIONSENSE) == folder
    (folder / "dws_1").rename(folder / "walk")
    assert find(MOTIONSENSE) is None


def test_another_dataset_beside_it_is_not_taken(small_hapt: Path) -> None:
    os.replace(small_hapt.parent, small_hapt.parents[1] / "not this one")
    assert find(HAPT) is None


def test_several_data_folders(small_hapt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("KODO_DATA", os.pathsep.join([str(tmp_path / "empty"), str(small_hapt.parents[1])]))
    assert find(HAPT) == small_hapt.parent
    monkeypatch.setenv("KODO_DATA", str(tmp_path / "gone"))
    with pytest.raises(KodoError, match="gone, which is not a folder"):
        data_folders()


@pytest.mark.parametrize("kind", ["zip", "gztar", "xztar"])
@pytest.mark.parametrize("inside", [True, False])
def test_an_archive_is_unpacked_into_the_cache_once(
    small_hapt: Path, own_cache: Path, kind: str, inside: bool
) -> None:
    home = small_hapt.parents[1]
    packed = shutil.make_archive(str(home / "HAPT_Dataset"), kind, home, small_hapt.parent.name)
    shutil.rmtree(small_hapt.parent)
    if inside:
        (home / "hapt").mkdir()
        shutil.move(packed, home / "hapt")
    found = find(HAPT)
    assert found is not None
    assert found.is_relative_to(own_cache / "unpacked")
    assert len(list(listing(found, HAPT.pattern))) == 4
    assert find(HAPT) == found
    assert len(list((own_cache / "unpacked").iterdir())) == 1


def test_an_archive_in_an_archive(small_hapt: Path) -> None:
    home = small_hapt.parents[1]
    inner = home / "inner"
    inner.mkdir()
    shutil.make_archive(str(inner / "HAPT Data Set"), "zip", home, small_hapt.parent.name)
    shutil.make_archive(str(home / HAPT.folders[-1]), "zip", inner)
    shutil.rmtree(small_hapt.parent)
    shutil.rmtree(inner)
    found = find(HAPT)
    assert found is not None
    assert len(list(listing(found, HAPT.pattern))) == 4


def test_whether_it_is_here_unpacks_nothing(small_hapt: Path, own_cache: Path) -> None:
    home = small_hapt.parents[1]
    assert here(HAPT) == "yes"
    inner = home / "inner"
    inner.mkdir()
    shutil.make_archive(str(inner / "HAPT Data Set"), "zip", home, small_hapt.parent.name)
    outer = Path(shutil.make_archive(str(home / "HAPT_Dataset"), "zip", inner))
    shutil.rmtree(small_hapt.parent)
    assert here(HAPT) == "packed"
    assert not (own_cache / "unpacked").exists()
    within(outer, replace(HAPT, pattern="nothing"))
    assert here(HAPT) == "yes"
    assert here(replace(HAPT, pattern="nothing")) == "no"
    shutil.rmtree(next((own_cache / "unpacked").glob("HAPT Data Set-*")))
    assert here(HAPT) == "packed"
    outer.unlink()
    assert here(HAPT) == "no"


def test_a_dataset_that_finds_itself_may_not_be_here(tmp_path: Path) -> None:
    def lost() -> Path:
        raise KodoError("not installed")

    assert here(replace(HAPT, locate=lost)) == "no"
    assert here(replace(HAPT, locate=lambda: tmp_path)) == "yes"


def test_archives_in_an_archive_share_one_allowance(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kodo.datasets.archive.ALWAYS_BYTES", 2_500_000)
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as around:
        for name in "abcd":
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
                file.writestr("zeros", bytes(1_000_000))
            around.writestr(f"{name}.zip", inner.getvalue())
    (tmp_path / "hapt.zip").write_bytes(outer.getvalue())
    with pytest.raises(KodoError, match=r"hapt\.zip would unpack to more"):
        within(tmp_path / "hapt.zip", HAPT)
    written = sum(p.stat().st_size for p in own_cache.rglob("zeros"))
    assert written == 2_000_000
    # Each archive that lies there by itself may be as large as that.
    (tmp_path / "hapt").mkdir()
    shutil.unpack_archive(tmp_path / "hapt.zip", tmp_path / "hapt")
    assert within(tmp_path / "hapt", HAPT) is None


def test_an_archive_that_points_nowhere(tmp_path: Path, own_cache: Path) -> None:
    (tmp_path / "hapt.zip").symlink_to(tmp_path / "gone.zip")
    with pytest.raises(KodoError, match=r"Could not read .*hapt\.zip"):
        within(tmp_path / "hapt.zip", HAPT)
    assert within(tmp_path / "nothing", HAPT) is None


def test_listing_is_in_order_and_passes_hidden_files_over(tmp_path: Path) -> None:
    for name in ("b/x.csv", "a/y.csv", "a/z.txt", ".hidden/x.csv", "__MACOSX/a/x.csv", "a/._y.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(name)
    assert [f.name for f in listing(tmp_path, "*.csv")] == ["a/y.csv", "b/x.csv"]
    assert [f.name for f in listing(tmp_path, "b/*.csv|z.txt")] == ["a/z.txt", "b/x.csv"]
    assert [f.size for f in listing(tmp_path, "x.csv")] == [7]
    assert not list(listing(tmp_path, "*.csv", depth=0))
    assert [f.name for f in listing(tmp_path / "b", "b/x.csv")] == ["x.csv"]


def test_listing_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="Could not read the folder"):
        list(listing(tmp_path / "gone", "*"))


def test_the_card_may_find_itself(tmp_path: Path) -> None:
    assert find(replace(HAPT, locate=lambda: tmp_path)) == tmp_path


def test_missing_says_what_where_and_from_whom(small_hapt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = str(missing(HAPT))
    assert all(part in said for part in ("'hapt'", str(small_hapt.parents[1]), "kodo fetch hapt"))
    assert HAPT.address in str(missing(replace(HAPT, files=())))
    monkeypatch.delenv("KODO_DATA")
    assert "KODO_DATA is not set" in str(missing(HAPT))


def test_the_cache_is_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KODO_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("KODO_CACHE", "")
    assert cache_folder().name == "kodo"
