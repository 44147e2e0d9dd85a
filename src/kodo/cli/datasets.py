"""`kodo datasets`: which datasets there are."""

from __future__ import annotations

import typer


def datasets(
    cite: bool = typer.Option(False, "--cite", help="Print the citations (BibTeX)."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """List the datasets, and whether they are here."""
    from kodo.cli.screen import tables
    from kodo.datasets.catalogue import DATASETS
    from kodo.datasets.inspection.facts import MET
    from kodo.datasets.locate import here

    cards = [DATASETS.get(name) for name in DATASETS.names()]
    if cite:
        # Several cards of one publication cite it once.
        typer.echo("\n\n".join(dict.fromkeys(card.citation for card in cards if card.citation)))
        return
    content = [
        card.facts()
        | {
            "people": card.counts.get("people"),
            "activity_count": len(card.activities),
            "channel_count": len(card.channels),
            "reader_met": MET[card.met],
            "here": here(card),
        }
        for card in cards
    ]
    heads = {"name": "dataset", "title": "title", "people": "people>", "activity_count": "activities>"}
    heads |= {"channel_count": "channels>", "rate": "Hz>", "reader_met": "reader met", "here": "here"}
    from rich.console import Console

    if Console().width < tables.WIDE:
        del heads["title"]
    tables.show(content, heads, "", json)
    if not json:
        typer.echo(
            "\nReader met: all of the publisher's files, a part, or files that tests write in its format."
            "\nPacked: an archive has its name; it is unpacked when the dataset is first read."
            "\nNot here? kodo fetch NAME, or set KODO_DATA to the folder that holds it."
            "\nYour own recordings: kodo inspect FOLDER"
        )
