"""`kodo audit`: what a random split would have claimed, and what is so on people never met."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from kodo.experiments.evidence.audit.plan import AuditPlan


def audit(
    dataset: str = typer.Argument(..., help="Name, a folder with your recordings, or an audit's folder."),
    model: str | None = typer.Option(None, "--model", "-m", help="Name or name:preset; default features."),
    seeds: int | None = typer.Option(None, "--seeds", help="Fits per split and fold; default 1."),
    change: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Any setting: folding.folds=10."),
    jobs: int | None = typer.Option(None, "--jobs", "-j", min=1, help="Fits at once; default one per core."),
    executor: str | None = typer.Option(None, "--executor", help="A Dask cluster: tcp://HOST:8786."),
    out: Path | None = typer.Option(None, "--out", "-o", help="The folder; default runs/audit-<name>."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Print the plan and about how long it takes."),
    json: bool = typer.Option(False, "--json", help="Print summary.json instead of a table."),
) -> None:
    """Show what a random split claims that new people do not.

    One model, three splits: random windows, random recordings, people. The same command goes on.
    """
    from kodo.cli.screen import progress

    with progress.stoppable():
        _audit(dataset, model, seeds, change, (jobs, executor), out, dry_run, json)


def _audit(
    dataset: str,
    model: str | None,
    seeds: int | None,
    change: list[str],
    at: tuple[int | None, str | None],
    out: Path | None,
    dry_run: bool,
    json: bool,
) -> None:
    from kodo.cli.screen import progress
    from kodo.experiments import settings, work
    from kodo.experiments.evidence.audit import plan as auditing
    from kodo.experiments.executors.open import executor
    from kodo.reports.report import PAGE, write_report

    changes = settings.merged({} if seeds is None else {"seeds": seeds}, settings.changes(change))
    todo = auditing.prepared(dataset, model, changes, out)
    if dry_run:
        _plan(todo, at[0], json)
        return
    for why in todo.left_out.values():
        progress.say(why)
    runs = todo.parts()
    left = {folder: work.missing(plan, folder) for plan, folder in runs}
    new = [folder for folder, fits in left.items() if fits or not (folder / PAGE).is_file()]
    with executor(*at, sum(left.values()), progress.say) as workers:
        work.several(runs, workers, progress.part)
    auditing.conclude(todo)
    for folder in new:
        write_report(folder)
    finish(todo.folder, json)


def finish(folder: Path, json: bool) -> None:
    """Write the summary and the page of an audit that is done, and print what it found.

    Args:
        folder: of the audit.
        json: print the summary as JSON instead of a table.
    """
    from kodo.cli.screen import tables
    from kodo.experiments.evidence.audit.results import open_audit, summary
    from kodo.files import write_json
    from kodo.reports.evidence import audit_words as words
    from kodo.reports.evidence.audit import write_audit_page
    from kodo.reports.marks import SIGNS

    found = open_audit(folder)
    content = summary(found)
    write_json(folder / "summary.json", content)
    page = write_audit_page(folder)
    if json:
        tables.show(content, {}, "", json)
        return
    scores = {"macro_f1": "macro-F1>", "balanced_accuracy": "balanced acc.>", "accuracy": "accuracy>"}
    rows = [
        {"split": words.named(claim), "leak": "LEAKY" if claim.row.leak else ""}
        | {kind: tables.interval(vars(claim.row.intervals[kind])) for kind in scores}
        for claim in found.claims
    ]
    typer.echo(words.answer(found).replace("`", "") + "\n")
    tables.show(rows, {"split": "split", "leak": ""} | scores, "", json=False)
    said = [words.compared(claim) for claim in found.claims if claim.against]
    said += [words.single(found)] if words.single(found) else []
    said += [f"{SIGNS[entry.outcome]} {entry.says}" for entry in found.giveaways]
    for sentence in said:
        typer.echo(sentence.replace("`", ""))
    typer.echo(f"\nOpen {page} in a browser.")


def _plan(todo: AuditPlan, jobs: int | None, json: bool) -> None:
    """Print what `--dry-run` found, split by split."""
    from kodo.cli.screen import tables
    from kodo.experiments.work import estimate

    found: dict[str, dict[str, Any]] = {
        split: estimate(plan, todo.folder / split, jobs) for split, plan in todo.plans.items()
    }
    if json:
        tables.facts(found, json)
        return
    for split, plan in found.items():
        typer.echo(f"Split by {split}:")
        tables.plan(plan, json)
    for why in todo.left_out.values():
        typer.echo(f"Note: {why}")
