"""The page of an audit: what a random split would have claimed, and what is so on people never met."""

from __future__ import annotations

from pathlib import Path

from kodo.experiments.evidence.audit.results import Audit, open_audit
from kodo.experiments.summary import HEADLINE
from kodo.files import write_text
from kodo.reports.drawing.audit import Band, audited
from kodo.reports.evidence import audit_words as words
from kodo.reports.marks import SIGNS
from kodo.reports.page import place, render

PAGE = "report.html"


def write_audit_page(folder: Path) -> Path:
    """Write the page of an audit into its folder: one HTML file with everything inside.

    Args:
        folder: of the audit, finished.

    Returns:
        where the page lies.

    Raises:
        KodoError: as `kodo.experiments.evidence.audit.results.open_audit`, or the page cannot be written.
    """
    path = folder / PAGE
    write_text(path, compose(open_audit(folder)))
    return path


def compose(found: Audit) -> str:
    """The page as text; the same audit gives the same bytes.

    Args:
        found: the audit.
    """
    truth = found.truth
    return render(
        "evidence/audit.html.jinja",
        found=found,
        truth=truth,
        words=words,
        signs=SIGNS,
        dataset=truth.run.dataset,
        one=truth.row.subjects[0],
        many=truth.row.subjects[1],
        columns=HEADLINE,
        picture=audited(bands(found), f"macro-F1 of a {truth.row.subjects[0]}", "audit"),
        place=place(found.folder),
        pages={claim.split: (found.folder / claim.split / PAGE).is_file() for claim in found.claims},
        quoted=truth.run.dataset.get("quoted", []),
        experiment=(truth.run.folder / "experiment.toml").read_text(encoding="utf-8"),
    )


def bands(found: Audit) -> list[Band]:
    """What is drawn of an audit, a row for each split.

    Args:
        found: the audit.
    """
    return [
        Band(
            name=words.named(claim) + (" · LEAKY" if claim.row.leak else ""),
            says=words.told(words.headline(claim)),
            scores=tuple(float(value) for value in claim.row.scores[HEADLINE[0]]),
            mean=words.headline(claim).estimate,
            low=words.headline(claim).low,
            high=words.headline(claim).high,
            leaky=bool(claim.row.leak),
        )
        for claim in found.claims
    ]
