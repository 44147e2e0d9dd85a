"""A CSV file becomes a recording, or one sentence says which line, column, unit or rate does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from kodo.bundle.bundle import Bundle
from kodo.bundle.recogniser import recognise
from kodo.bundle.table import read_table
from kodo.errors import KodoError
from kodo.units import STANDARD_GRAVITY
from made_bundle import CHANNELS, RATE, recording

NAMES = [channel.name for channel in CHANNELS]
SIGNAL = recording(12.0).signal
TIME = np.arange(len(SIGNAL)) / RATE


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write columns as CSV; fields may be replaced by (line, column) -> text."""

    def _write(
        header: Sequence[str], *columns: np.ndarray, separator: str = ",", fields: dict | None = None
    ) -> Path:
        table = [[repr(float(value)) for value in row] for row in np.column_stack(columns)]
        for (line, column), text in (fields or {}).items():
            table[line - 2][column] = text
        path = tmp_path / "walk.csv"
        lines = [separator.join(row) for row in (list(header), *table)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return _write


def refused(path: Path, bundle: Bundle, says: str, rate: float | None = None) -> None:
    with pytest.raises(KodoError, match=re.escape(says)) as caught:
        read_table(path, bundle, rate)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(("name", "size"), [("time", 1), ("Timestamp", 1e3), ("seconds", 1), ("time", 1e9)])
def test_a_file_becomes_a_recording(
    write: Callable, bundle: Bundle, separator: str, name: str, size: float
) -> None:
    path = write([name, *NAMES], (1000 + TIME) * size, SIGNAL, separator=separator)
    read = read_table(path, bundle)
    assert read.rate == pytest.approx(RATE, abs=0.01)
    assert (read.name, read.channels) == ("walk.csv", CHANNELS)
    assert (read.signal.dtype, read.facts) == (np.float32, {})
    np.testing.assert_array_equal(read.signal, SIGNAL)
    assert len(recognise(bundle, read).label) == 11


def test_further_columns_are_passed_over(write: Callable, bundle: Bundle) -> None:
    header = ["label", *NAMES[:3], "temperature", *NAMES[3:]]
    path = write(header, TIME, SIGNAL[:, :3], TIME, SIGNAL[:, 3:], fields={(2, 0): "sitting, still"[:7]})
    np.testing.assert_array_equal(read_table(path, bundle, RATE).signal, SIGNAL)


def test_units_may_stand_in_the_header(write: Callable, bundle: Bundle) -> None:
    header = ["time [ms]", *(f"{name} (g)" for name in NAMES[:3]), *(f"{name} [dps]" for name in NAMES[3:])]
    path = write(header, TIME * 1000, SIGNAL)
    assert read_table(path, bundle).rate == RATE
    header[1] = f"{NAMES[0]} [m/s^2]"
    refused(
        write(header, TIME * 1000, SIGNAL), bundle,
        "This bundle needs wrist_acceleration_x in g; walk.csv has it in m/s^2: convert it.",
    )  # fmt: skip
    header[1] = f"{NAMES[0]} [bpm]"
    refused(write(header, TIME * 1000, SIGNAL), bundle, "acceleration is measured in one of")
    header[:2] = ["time [h]", NAMES[0]]
    refused(write(header, TIME * 1000, SIGNAL), bundle, "gives time in h; kodo reads s, ms")


def test_missing_values_stay_missing(write: Callable, bundle: Bundle) -> None:
    words = ("", "nan", "NaN", "NA", "null", " ")
    fields = {(2 + line, 1 + line % 6): word for line, word in enumerate(words)}
    read = read_table(write(["time", *NAMES], TIME, SIGNAL, fields=fields), bundle)
    assert np.argwhere(np.isnan(read.signal)).tolist() == [[i, i % 6] for i in range(6)]
    assert np.isfinite(recognise(bundle, read).probability).all()


def test_a_column_is_refused_by_name(write: Callable, bundle: Bundle) -> None:
    swapped = [NAMES[3], *NAMES[1:3], NAMES[0], *NAMES[4:]]
    refused(
        write(["time", *swapped], TIME, SIGNAL), bundle,
        "needs wrist_acceleration_x in g as channel 1; walk.csv has wrist_rotation_rate_x there",
    )  # fmt: skip
    refused(
        write(["time", "wrist_acceleration_X", *NAMES[1:]], TIME, SIGNAL), bundle,
        "needs a column wrist_acceleration_x in g; walk.csv has none. Did you mean 'wrist_acceleration_X'",
    )  # fmt: skip
    refused(write(["x", "y"], TIME, TIME), bundle, "There are: x, y.")
    refused(write(["time", *NAMES, NAMES[0]], TIME, SIGNAL, TIME), bundle, "2 columns named wrist_accel")


def test_another_rate_is_refused(write: Callable, bundle: Bundle) -> None:
    path = write(["time", *NAMES], TIME / 2, SIGNAL)
    refused(path, bundle, "This bundle needs 25 Hz, walk.csv has 50 Hz")
    path = write(NAMES, SIGNAL)
    refused(path, bundle, "--rate 25")
    refused(path, bundle, "needs 25 Hz, walk.csv has 100 Hz", rate=100)
    assert read_table(path, bundle, 25.2).rate == 25.2


def test_a_clock_in_whole_milliseconds_is_believed(write: Callable, bundle: Bundle) -> None:
    random = np.random.default_rng(0)
    time = np.round(TIME * 1000 + random.uniform(-15, 15, len(TIME)))
    assert read_table(write(["time", *NAMES], time, SIGNAL), bundle).rate == pytest.approx(RATE, rel=0.01)


def test_a_clock_that_jumps_is_refused_with_its_line(write: Callable, bundle: Bundle) -> None:
    torn = TIME + 3.16 * (np.arange(len(TIME)) >= 100)
    refused(write(["time", *NAMES], torn, SIGNAL), bundle, "walk.csv, line 102: 3.20 s after the line before")
    back = TIME.copy()
    back[50] = back[49]
    refused(write(["time", *NAMES], back, SIGNAL), bundle, "walk.csv, line 52: time does not grow")
    path = write(["time", *NAMES], TIME, SIGNAL, fields={(9, 0): ""})
    refused(path, bundle, "walk.csv, line 9: the column time is empty")


def test_text_in_a_number_column_is_found(write: Callable, bundle: Bundle) -> None:
    path = write(["time", *NAMES], TIME, SIGNAL, fields={(17, 3): "0.1g", (30, 1): "x"})
    refused(path, bundle, "walk.csv, line 30, column wrist_acceleration_x: 'x' is no number.")
    path = write(["time", *NAMES], TIME, SIGNAL, fields={(17, 3): "0,1"}, separator=";")
    refused(path, bundle, "walk.csv, line 17, column wrist_acceleration_z: '0,1' is no number.")


def test_a_column_without_numbers_is_refused(write: Callable, bundle: Bundle) -> None:
    signal = SIGNAL.copy()
    signal[:, 2] = np.nan
    refused(write(["time", *NAMES], TIME, signal), bundle, "no number in the column wrist_acceleration_z")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "has no header"),
        (b"\n", "has no header"),
        (",".join(NAMES).encode() + b"\n", "has a header and no line below it"),
        (",".join(NAMES).encode() + b"\n1,2,3\n", "names 6 columns in its header and has 3"),
        (",".join(NAMES).encode() + b"\n1,2,3,4,5,6\n1,2,3,4,5,6,7\n", "no readable CSV file"),
        (b"\x00\xff\xfe\x89PNG", "no text in UTF-8"),
        (",".join(NAMES).encode() + b"\n1,2,3,4,5,\xff\n", "no text in UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(bundle: Bundle, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    refused(path, bundle, says)


def test_a_file_that_is_not_there_and_a_folder(bundle: Bundle, tmp_path: Path) -> None:
    refused(tmp_path / "none.csv", bundle, "Could not read")
    refused(tmp_path, bundle, "Could not read")


def test_a_byte_order_mark_is_no_part_of_a_name(write: Callable, bundle: Bundle) -> None:
    path = write([*NAMES], SIGNAL)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    np.testing.assert_array_equal(read_table(path, bundle, RATE).signal, SIGNAL)


@pytest.mark.parametrize(("times", "looks"), [(STANDARD_GRAVITY, "m/s²"), (1000, "mg")])
def test_an_acceleration_in_another_unit_is_noticed(
    write: Callable, bundle: Bundle, times: float, looks: str
) -> None:
    signal = SIGNAL * np.array([times] * 3 + [1] * 3)
    path = write(["time", *NAMES], TIME, signal)
    refused(path, bundle, f"needs wrist acceleration in g; walk.csv looks like {looks}")


def test_a_rotation_in_another_unit_is_noted(write: Callable, bundle: Bundle) -> None:
    signal = SIGNAL * np.array([1] * 3 + [np.pi / 180] * 3)
    read = read_table(write(["time", *NAMES], TIME, signal), bundle)
    assert (
        "wrist rotation rate in walk.csv looks like rad/s, and this bundle needs deg/s" in read.facts["note"]
    )


def test_an_acceleration_without_gravity_may_have_any_length(
    write: Callable, altered: Callable[..., Bundle]
) -> None:
    usual = {"channels": NAMES[:3], "median_length": 0.05}
    path = write(["time", *NAMES], TIME, SIGNAL)
    assert read_table(path, altered(sensors=[usual])).facts == {}
