"""The command line: commands in the order of their story, and the one place where errors become words."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import typer

from kodo.cli import (
    audit,
    compare,
    confidence,
    datasets,
    doctor,
    fetch,
    fit,
    inspect,
    learn_curve,
    lr_find,
    models,
    predict,
    report,
    robustness,
    run,
    sweep,
    timeline,
    tune,
)
from kodo.errors import KodoError

ISSUES = "the project's issue tracker"
"""Where a bug is reported."""

app = typer.Typer(
    name="kodo",
    help="Recognise human activities, proven on people never met. First: kodo run",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: it fits one screen
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(datasets.datasets)
app.command()(fetch.fetch)
app.command()(inspect.inspect)
app.command()(models.models)
app.command()(doctor.doctor)
app.command()(lr_find.lr_find)
app.command()(run.run)
app.command()(report.report)
app.command()(compare.compare)
app.command()(audit.audit)
app.command()(learn_curve.learn_curve)
app.command()(robustness.robustness)
app.command()(confidence.confidence)
app.command()(timeline.timeline)
app.command()(sweep.sweep)
app.command()(tune.tune)
app.command()(fit.fit)
app.command()(predict.predict)


@app.callback(invoke_without_command=True)
def _version(
    version: bool = typer.Option(False, "--version", help="Print the version and leave.", is_eager=True),
) -> None:
    if version:
        import kodo

        typer.echo(f"kodo {kodo.__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Exit code 0: done. 2: a mistake that the user can mend, said in one line. 130: Ctrl-C. 1: a bug.

    Args:
        arguments: as typed after `kodo`; default those of the process.
    """
    try:
        app(list(arguments) if arguments is not None else None)
    except KodoError as error:
        typer.echo(f"kodo: {error}", err=True)
        sys.exit(2)
    except Exception:
        traceback.print_exc()
        typer.echo(f"kodo: this is a bug in kodo; please report the lines above to {ISSUES}.", err=True)
        sys.exit(1)
