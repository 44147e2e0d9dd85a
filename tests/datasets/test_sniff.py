"""How text files lay out their columns, by their first lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kodo.datasets.formats.delimited import Layout, part
from kodo.datasets.formats.sniff import sniff

BARE = Layout(header=False)

CASES: dict[str, tuple[str, Layout, tuple[str, ...]]] = {
    "plain": ("t,x,y\n1,2,3\n2,3,4\n", Layout(), ("t", "x", "y")),
    "semicolons": (
        "t;x;y\n0,1;0,25;1,5\n0,2;0,25;1,5\n",
        Layout(separator=";", decimal=","),
        ("t", "x", "y"),
    ),
    "stamps before commas": (
        "2024-05-01T09:00:00.000,ACC,0.1,0.9,0.2,walk\n2024-05-01T09:00:00.020,GYR,0.1,0.9,0.2,walk\n",
        BARE,
        ("1", "2", "3", "4", "5", "6"),
    ),
    "dates with times before commas": (
        "1.5.2024 9:00:00,0.1,0.9\n1.5.2024 9:00:01,0.1,0.9\n",
        BARE,
        ("1", "2", "3"),
    ),
    "blanks": ("  0.1   0.2\t0.3\n  0.1 -0.2 0.3\n", replace(BARE, separator=" "), ("1", "2", "3")),
    "two separators": (
        "3,Jog,4,0.5;\n3,Jog,5,0.5;\n",
        replace(BARE, separator=",;"),
        ("1", "2", "3", "4", "5"),
    ),
    "comments": (
        "# device\n# t x y\n1 2 3\n2 3 4\n",
        Layout(separator=" ", header="comment", comment="#"),
        ("t", "x", "y"),
    ),
    "header below comments": ("% device\nt,x\n1,2\n2,3\n", Layout(comment="%"), ("t", "x")),
    "units below": (
        '"sep=\t"\nts\tax\nms\tg\n1\t2\n2\t3\n',
        Layout(separator="\t", skip=1, skip_below=1),
        ("ts", "ax"),
    ),
    "preface": (
        "Device: X\nStart: 2020-01-01, 10:00\n\ntime,ax,ay\n1,2,3\n2,3,4\n",
        Layout(skip=2),
        ("time", "ax", "ay"),
    ),
    "index": ('"t","x"\n"1",1,2\n"2",3,4\n', Layout(index=True), ("column 1", "t", "x")),
    "unnamed": (",x\n0,1.5\n1,2.5\n", Layout(), ("column 1", "x")),
    "trailing": ("t,x,\n1,2,\n2,3,\n", Layout(), ("t", "x")),
    "trailing below": ("t,x\n1,2,\n2,3,\n", Layout(), ("t", "x")),
    "twice": ("t,x,x\n1,2,3\n2,3,4\n", Layout(), ("t", "x", "x#2")),
    "dates": ("2020-01-01 10:00:00.5,0.1\n2020-01-01 10:00:00.6,0.1\n", BARE, ("1", "2")),
    "words": ("0.1, 0.2, lying down\n0.1, 0.2, lying down\n", BARE, ("1", "2", "3")),
    "one column": ("0.5\n0.6\n", BARE, ("1",)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_layout_by_looking(case: str) -> None:
    text, layout, names = CASES[case]
    found = sniff(text.encode())
    assert found.layout == layout
    assert bool(found.why) == (layout != Layout())
    parted = part(text, found.layout, Path("x.csv"))
    assert parted.names == names
    assert len(parted.frame) == 2
    assert parted.broken == {}


def test_an_encoding_by_looking() -> None:
    assert sniff("Größe;x\n1;2\n3;4\n".encode("cp1252")).layout.encoding == "cp1252"
    assert sniff("t\tx\n1\t2\n3\t4\n".encode("utf-16")).layout.encoding == "utf-16"
    assert sniff("Größe;x\n1;2\n3;4\n".encode()).layout.encoding == "utf-8"
    assert sniff(b"").layout == Layout()
