"""Write docs/gallery.md and its pictures, from the datasets below KODO_DATA: `python docs/gallery.py`."""

from pathlib import Path

from kodo.datasets.catalogue import DATASETS
from kodo.datasets.inspection.excerpts import excerpts
from kodo.datasets.inspection.facts import MET, facts
from kodo.datasets.locate import find
from kodo.datasets.recording import Dataset, Recordings
from kodo.datasets.store import load
from kodo.reports.drawing.sample import sheet
from kodo.reports.inspection import duration, samples

HERE = Path(__file__).resolve().parent
COLOURS = ("#2f86c9", "#D68A00", "#CC79A7")
"""Of the three axes of a sensor, to be seen on white and on black."""

COUNTED = ("people", "recordings", "rows", "labelled", "segments")

HEAD = """# Gallery

Made by `make gallery`. *Reader met* says what a reader was run on: all of the publisher's files, a part of
them, or only files that tests write in the published format. *Here*: whether the dataset lay on the machine
that made this page; for that reason alone some have no picture. A picture shows a few seconds of one person
for each activity, as measured.

| dataset | people | activities | channels | Hz | reader met | here |
|---|---:|---:|---:|---:|---|---|"""


def main() -> None:
    """Write the page and one picture for each dataset that is here."""
    (HERE / "gallery").mkdir(exist_ok=True)
    for picture in (HERE / "gallery").glob("*.svg"):
        picture.unlink()
    cards = [DATASETS.get(name) for name in DATASETS.names()]
    here = {card.name: load(card.name) for card in cards if find(card) is not None}
    rows = [_row(card, card.name in here) for card in cards]
    sections = [_section(card, here.get(card.name)) for card in cards]
    text = "\n".join([HEAD, *rows, "", *sections])
    (HERE / "gallery.md").write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in (HERE / "gallery").glob("*.svg"))
    print(
        f"docs/gallery.md: {len(cards)} datasets, {len(here)} of them here, {size / 1e3:.0f} kB of pictures"
    )


def _row(card: Dataset, here: bool) -> str:
    cells = [f"[`{card.name}`](#{card.name})", card.counts.get("people", ""), len(card.activities)]
    cells += [len(card.channels), f"{card.rate:g}", MET[card.met], "yes" if here else "no"]
    return f"| {' | '.join(map(str, cells))} |"


def _section(card: Dataset, recordings: Recordings | None) -> str:
    window = "whole recordings" if card.window is None else f"{card.window:g} s"
    known = {
        "Activities": _shortened(card.activities),
        "Channels": _channels(card),
        "Rate, window": f"{card.rate:g} Hz, {window}",
        "Population": card.population,
        "Reader met": MET[card.met],
        "Worth knowing": " ".join(card.notes),
        "Licence": card.licence + (" Commercial use is forbidden." if card.commercial is False else ""),
        "Publisher": f"<{card.address}>" if card.address.startswith("http") else "",
    }
    lines = [f"## {card.name}", "", card.title, ""]
    lines += [f"- {name}: {text}" for name, text in known.items() if text]
    lines += ["", *_counts(card, recordings), ""]
    if recordings is not None:
        lines += [_picture(card, recordings), ""]
    if card.citation:
        lines += ["```bibtex", card.citation, "```", ""]
    return "\n".join(lines)


def _shortened(names: tuple[str, ...], most: int = 40) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _channels(card: Dataset) -> str:
    kinds: dict[str, int] = {}
    for channel in card.channels:
        name = f"{channel.quantity.replace('_', ' ')}{f' ({channel.unit})' if channel.unit else ''}"
        kinds[name] = kinds.get(name, 0) + 1
    places = list(dict.fromkeys(channel.place for channel in card.channels))
    where = ", ".join(places) if len(places) <= 8 else f"{len(places)} places"
    return ", ".join(f"{count} {name}" for name, count in kinds.items()) + f"; {where}"


def _counts(card: Dataset, recordings: Recordings | None) -> list[str]:
    """Counts of the complete dataset beside those found here."""
    found = facts(recordings)["counts"] if recordings is not None else {}
    names = [name for name in COUNTED if name in card.counts or name in found]
    if not names:
        return ["Nothing was counted: the dataset is not here."]
    told = [("complete", card.counts), ("here", found)] if found else [("complete", card.counts)]
    called = {"people": card.subjects[1]}
    heads = [called.get(name, name) for name in names]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(names)]
    for what, count in told:
        cells = [f"{count[name]:,}" if name in count else "" for name in names]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return lines


def _picture(card: Dataset, recordings: Recordings) -> str:
    pieces = excerpts(recordings, card.activities, card.window)
    drawn, sensors = samples(pieces, COLOURS)
    title = f"{card.title}: one sample of each of {len(drawn)} activities"
    text = sheet([(one.title, one.picture) for one in drawn], len(sensors), title)
    (HERE / "gallery" / f"{card.name}.svg").write_text(text, encoding="utf-8")
    length = duration(float(sum(len(recording.signal) / recording.rate for recording in recordings)))
    return (
        f"![{title}](gallery/{card.name}.svg)\n\n"
        f"From top to bottom: {'; '.join(sensors)}. Drawn from {length} of signal; source: {card.title}."
    )


if __name__ == "__main__":
    main()
