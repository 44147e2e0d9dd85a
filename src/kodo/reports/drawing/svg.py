"""Pictures as SVG that lives inside a page: one picture for light and dark, the same bytes every time."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.figure import Figure

INK = "#010203"
"""Drawn with this colour, a line takes the colour of the text around the picture."""

BLUE = "#0072b2"
"""Okabe and Ito's blue; a page makes it lighter on a dark ground."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "path",
    "svg.hashsalt": "kodo",
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.xmargin": 0.0,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.solid_capstyle": "round",
}

_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"#([\w-]+)")


def picture(draw: Callable[[Figure], None], width: int, height: int, name: str) -> str:
    """Draw a picture and give it as an `<svg>` element to put into a page.

    Text becomes paths, so that it needs no font; nothing in it has an effect outside it.

    Args:
        draw: draws on an empty figure.
        width: in px, where a point of text is one px; the page may scale it.
        height: in px.
        name: unique within the page; letters, digits and hyphens.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        figure = Figure(figsize=(width / 72, height / 72))
        draw(figure)
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return _inlined(content.getvalue(), name)


def _inlined(text: str, name: str) -> str:
    root = ElementTree.fromstring(text)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)
    used = {key for element in root.iter() for value in element.attrib.values() for key in _references(value)}
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = _attributes(element.attrib, name, used)
    view = root.attrib["viewBox"]
    root.attrib = {"id": name, "class": "plot", "viewBox": view, "aria-hidden": "true"}
    # Browsers apply a style element of any inline SVG to the whole page: it is scoped to this one.
    style = ElementTree.Element("style")
    style.text = f"#{name} * {{stroke-linejoin: round; stroke-linecap: butt}}"
    root.insert(0, style)
    for element in root.iter():
        element.tail = None
        if element.tag != "style":
            element.text = None
    return (
        ElementTree.tostring(root, encoding="unicode")
        .replace(INK, "currentColor")
        .replace(BLUE, "var(--blue)")
    )


def drawable(colour: str) -> str:
    """What to draw with so that a page shows one of its colours.

    Args:
        colour: as in a style sheet.
    """
    return {"currentColor": INK, "var(--blue)": BLUE}.get(colour, colour)


def shortened(text: str, most: int) -> str:
    """A text that fits.

    Args:
        text: any.
        most: letters that there is room for.
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def _references(value: str) -> list[str]:
    return _REFERENCE.findall(value) if value.startswith("#") or "url(#" in value else []


def _attributes(attributes: dict[str, str], name: str, used: set[str]) -> dict[str, str]:
    kept = {}
    for key, value in attributes.items():
        key = key.rpartition("}")[2]
        if key == "id":
            if value not in used:
                continue
            value = f"{name}-{value}"
        elif key == "href" or "url(#" in value:
            value = _REFERENCE.sub(rf"#{name}-\1", value)
        elif key == "d":
            value = _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
            value = " ".join(value.split())
        kept[key] = value
    return kept
