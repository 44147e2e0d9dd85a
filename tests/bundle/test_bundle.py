"""A bundle opens when it is whole, is refused when it is not, and needs no torch."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from kodo.bundle.bundle import FORMAT, Bundle, open_bundle
from kodo.errors import KodoError


def rewritten(path: Path, to: Path, name: str, content: bytes | None) -> Path:
    """A copy of a bundle with one file changed, or left out."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
            elif content is not None:
                new.writestr(entry, content)
    return to


def same(path: Path, model: bytes) -> bool:
    """Whether a zip gives that model."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read("model.onnx") == model
    except (zipfile.BadZipFile, zlib.error):
        return False


def test_it_opens(bundle: Bundle) -> None:
    assert bundle.activities == ("sit", "walk", "run", "jump")
    assert bundle.rate == 25
    assert bundle.name == "tiny.kodo"


def test_it_opens_and_recognises_without_torch(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from kodo.bundle.bundle import open_bundle\n"
        "from kodo.bundle.recogniser import recognise\n"
        "from kodo.datasets.recording import Recording\n"
        "bundle = open_bundle(Path(sys.argv[1]))\n"
        "signal, label = np.ones((120, 6), np.float32), np.zeros(120, np.int16)\n"
        "seen = recognise(bundle, Recording('', 'r', '', '', 25.0, bundle.channels, signal, label))\n"
        "print(len(seen.label), sorted({'torch', 'sklearn', 'polars', 'onnx'} & set(sys.modules)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, env=environment
    )
    assert (result.stdout, result.stderr) == ("3 []\n", "")


@pytest.mark.parametrize("name", ["model.onnx", "meta.json"])
def test_a_changed_file_is_refused(path: Path, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(path) as archive:
        content = archive.read(name).replace(b"walk", b"walq") + b" "
    with pytest.raises(KodoError, match=rf"a.kodo is damaged: {name} in it is not what was written"):
        open_bundle(rewritten(path, tmp_path / "a.kodo", name, content))


@pytest.mark.parametrize("name", ["model.onnx", "meta.json", "checksums.json"])
def test_a_missing_file_is_refused(path: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(KodoError, match=f"no bundle of kodo.*{name}"):
        open_bundle(rewritten(path, tmp_path / "a.kodo", name, None))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"3", b"{", b"\xff"])
def test_unreadable_checksums_are_refused(path: Path, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(KodoError, match="unreadable"):
        open_bundle(rewritten(path, tmp_path / "a.kodo", "checksums.json", content))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_half_a_file_is_refused(path: Path, tmp_path: Path, share: float) -> None:
    content = path.read_bytes()
    part = tmp_path / "part.kodo"
    part.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(KodoError, match="damaged or no bundle"):
        open_bundle(part)


def test_every_turned_byte_is_noticed(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("model.onnx")
        first = entry.header_offset + 30 + len(entry.filename)
        model = archive.read("model.onnx")
    refused = 0
    turned = tmp_path / "turned.kodo"
    for place in range(first, first + entry.compress_size, 97):
        turned.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        if same(turned, model):  # a bit that the compression does not use
            continue
        with pytest.raises(KodoError, match="damaged"):
            open_bundle(turned)
        refused += 1
    assert refused > 10


def test_a_newer_format_is_refused(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        meta = json.loads(archive.read("meta.json")) | {"format": FORMAT + 1}
        checksums = json.loads(archive.read("checksums.json"))
    content = json.dumps(meta).encode()
    checksums["meta.json"] = hashlib.sha256(content).hexdigest()
    newer = rewritten(path, tmp_path / "a.kodo", "meta.json", content)
    newer = rewritten(newer, tmp_path / "b.kodo", "checksums.json", json.dumps(checksums).encode())
    with pytest.raises(KodoError, match=f"has format {FORMAT + 1}, and this kodo reads up to {FORMAT}"):
        open_bundle(newer)


def test_what_onnxruntime_cannot_run_is_one_sentence(path: Path, tmp_path: Path) -> None:
    checksums = {}
    with zipfile.ZipFile(path) as archive:
        checksums["meta.json"] = hashlib.sha256(archive.read("meta.json")).hexdigest()
    checksums["model.onnx"] = hashlib.sha256(b"no model").hexdigest()
    odd = rewritten(path, tmp_path / "a.kodo", "model.onnx", b"no model")
    odd = rewritten(odd, tmp_path / "b.kodo", "checksums.json", json.dumps(checksums).encode())
    with pytest.raises(KodoError, match=r"onnxruntime .* cannot run the model in .*b\.kodo"):
        open_bundle(odd)


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.kodo", tmp_path):
        with pytest.raises(KodoError, match="There is no bundle"):
            open_bundle(path)
