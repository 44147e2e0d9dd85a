"""WISDM 1.1: a phone in the trouser pocket, six activities; one file that holds broken lines.

Read from the published format, not yet run on the publisher's files.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kodo.datasets.formats.lines import named_lines
from kodo.datasets.formats.text import content
from kodo.datasets.locate import listing
from kodo.datasets.recording import Dataset, Download, Recording, sensor
from kodo.datasets.timing import timing
from kodo.errors import KodoError

if TYPE_CHECKING:
    import polars

ACTIVITIES = ("Walking", "Jogging", "Upstairs", "Downstairs", "Sitting", "Standing")
CHANNELS = sensor("acceleration", "thigh", "m/s²")
PATTERN = "WISDM_ar_v1.1_raw.txt|WISDM_ar_v1.1_raw.csv"
COLUMNS = ("user", "activity", "time", "x", "y", "z")
WANTED = "user,activity,nanoseconds,x,y,z;"
USERS = 36

GAP = 0.5
"""A longer step (seconds), or one back in time, starts a new recording."""


def read(folder: Path) -> Iterator[Recording]:
    """One recording per user and run of an activity, parted where the clock jumps.

    A broken line (a field missing, no number, no known user or activity, time stamp 0, empty, or cut short at
    the end of the file) gives no sample. It is counted and named among the facts of the recording it stands
    in, `broken_lines`. Several records on one line, and a record with a comma before its semicolon, are read,
    and named as `mended_lines`.

    Args:
        folder: anything above `WISDM_ar_v1.1_raw.txt`, or the edition as `.csv` with a header.

    Raises:
        KodoError: there are several such files, or no line is as published.
    """
    paths = [folder / found.name for found in listing(folder, PATTERN)]
    if len(paths) != 1:
        named = ", ".join(map(str, paths)) or "none"
        raise KodoError(f"wisdm needs one WISDM_ar_v1.1_raw.txt or .csv below {folder}; found: {named}.")
    yield from _recordings(paths[0], _records(paths[0]))


def _records(path: Path) -> polars.DataFrame:
    """Every record of the file in columns, with its line, and what is wrong with it ("" is good)."""
    import polars
    from polars import col

    text = content(path).decode("utf-8-sig", "replace")
    cut = not text.rstrip(" \r").endswith(("\n", ";"))
    lines = text.removesuffix("\n").split("\n")
    first = 2 if lines[0].lower().startswith("user") else 1
    parts = col("text").str.strip_chars().str.strip_suffix(";").str.split(";")
    records = polars.DataFrame({"text": lines[first - 1 :]}, {"text": polars.String})
    records = records.with_row_index("line", offset=first).with_columns(parts)
    records = records.with_columns(several=col("text").list.len() > 1).explode("text")
    fields = col("text").str.splitn(",", 7).struct.rename_fields([*COLUMNS, "more"])
    frame = records.with_columns(fields=fields).unnest("fields")
    kinds = {"user": polars.Int64, "time": polars.Int64, **dict.fromkeys("xyz", polars.Float32)}
    frame = frame.with_columns(
        col(name).str.strip_chars().cast(kind, strict=False) for name, kind in kinds.items()
    ).with_columns(col("activity").str.strip_chars())
    fault = (
        polars.when(col("text").str.strip_chars() == "").then(polars.lit("empty"))
        .when(polars.lit(cut) & (polars.int_range(polars.len()) == polars.len() - 1))
        .then(polars.lit("its end is missing"))
        .when(polars.any_horizontal(*(col(name).is_null() for name in COLUMNS))
              | ~polars.all_horizontal(*(col(axis).is_finite() for axis in "xyz"))
              | (col("more").fill_null("").str.strip_chars() != "")).then(polars.lit(f"not {WANTED}"))
        .when(~col("user").is_between(1, USERS)).then(polars.lit("unknown user"))
        .when(~col("activity").is_in(ACTIVITIES)).then(polars.lit("unknown activity"))
        .when(col("time") <= 0).then(polars.lit("no time stamp"))
        .otherwise(polars.lit(""))
    )  # fmt: skip
    mended = (
        polars.when(col("several")).then(polars.lit("several records"))
        .when(col("more").is_not_null()).then(polars.lit("comma before the semicolon"))
        .otherwise(polars.lit(""))
    )  # fmt: skip
    return frame.select("line", *COLUMNS, fault=fault, mended=mended)


def _recordings(path: Path, records: polars.DataFrame) -> Iterator[Recording]:
    good = records.filter(records["fault"] == "")
    if good.height == 0:
        raise KodoError(f"{path} holds no line as published; wanted {WANTED}")
    user, activity = good["user"].to_numpy(), good["activity"].to_list()
    code = np.array([ACTIVITIES.index(name) for name in activity], np.int16)
    seconds = good["time"].to_numpy() / 1e9
    step = np.diff(seconds, prepend=seconds[0])
    another = np.diff(user, prepend=user[0]) != 0
    gap = (step > GAP) & ~another
    jump = (step < 0) | gap | another | (np.diff(code, prepend=code[0]) != 0)
    starts = [0, *np.flatnonzero(jump).tolist(), good.height]
    signal = good.select("x", "y", "z").to_numpy(order="c")
    # Whatever is odd belongs to the recording whose first line comes last before it.
    odd = records.filter((records["fault"] != "") | (records["mended"] != ""))
    owner = np.searchsorted(good["line"].to_numpy()[starts[:-1]], odd["line"].to_numpy(), side="right") - 1
    owner = owner.clip(0)
    times: dict[tuple[int, str], int] = {}
    for position, (start, end) in enumerate(pairwise(starts)):
        key = (int(user[start]), activity[start])
        times[key] = times.get(key, 0) + 1
        mine = odd.filter(owner == position) if position in owner else odd.clear()
        facts = timing(seconds[start:end], gap_before=step[start] if gap[start] else 0.0)
        yield Recording(
            "wisdm", f"{key[0]}-{key[1]}-{times[key]}", str(key[0]), key[1], WISDM.rate, CHANNELS,
            signal[start:end], code[start:end], facts | _facts(path, mine),
        )  # fmt: skip


def _facts(path: Path, odd: polars.DataFrame) -> dict[str, str]:
    facts = {}
    broken = odd.filter(odd["fault"] != "")
    mended = odd.filter((odd["fault"] == "") & (odd["mended"] != ""))
    for name, found, why in (("broken_lines", broken, "fault"), ("mended_lines", mended, "mended")):
        if found.height:
            facts[name] = named_lines({path.name: dict(found.select("line", why).iter_rows())})
    return facts


WISDM = Dataset(
    name="wisdm",
    title="WISDM activity prediction dataset v1.1",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=20.0,
    window=5.0,
    population="wisdm",
    licence="None is stated; the publisher asks to cite the paper and to pass readme.txt on with the files.",
    commercial=None,
    citation="""@article{kwapisz2011activity,
  author  = {Kwapisz, Jennifer R. and Weiss, Gary M. and Moore, Samuel A.},
  title   = {Activity Recognition using Cell Phone Accelerometers},
  journal = {ACM SIGKDD Explorations Newsletter},
  volume  = {12},
  number  = {2},
  pages   = {74--82},
  year    = {2011},
  doi     = {10.1145/1964897.1964918}
}""",
    address="https://www.cis.fordham.edu/wisdm/dataset.php",
    folders=("wisdm", "WISDM_ar_v1.1", "WISDM_ar_latest"),
    pattern=PATTERN,
    read=read,
    met="format",
    # Not the rows: the publisher counts 1,098,207, with those that lack a field or a time stamp.
    counts={"people": 36},
    published={"whar-arena": "wisdm"},
    version=2,
    files=(
        Download(
            "https://www.cis.fordham.edu/wisdm/includes/datasets/latest/WISDM_ar_latest.tar.gz",
            "WISDM_ar_latest.tar.gz",
        ),
    ),
)
