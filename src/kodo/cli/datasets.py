"""`kodo datasets`: which datasets there are."""

from __future__ import annotations

import typer


def datasets(
    cite: bool = typer.Option(False, "--cite", help="Print the citations (BibTeX)."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """List the datasets, and whether they are here."""
    from kodo.cli import tables
    from kodo.datasets.catalogue import DATASETS
    from kodo.datasets.locate import find

    cards = [DATASETS.get(name) for name in DATASETS.names()]
    if cite:
        typer.echo("\n\n".join(card.citation for card in cards if card.citation))
        return
    content = [
        card.facts()
        | {
            "people": card.counts.get("people"),
            "activity_count": len(card.activities),
            "channel_count": len(card.channels),
            "here": "yes" if find(card) is not None else "no",
        }
        for card in cards
    ]
    heads = {"name": "dataset", "title": "title", "people": "people>", "activity_count": "activities>"}
    heads |= {"channel_count": "channels>", "rate": "Hz>", "here": "here"}
    tables.show(content, heads, "", json)
    if not json:
        typer.echo(
            "\nNot here? Set KODO_DATA to the folder that holds it. Your own recordings: kodo inspect FOLDER"
        )
