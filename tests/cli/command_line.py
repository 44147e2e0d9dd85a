"""The command line as somebody types it."""

from __future__ import annotations

from kodo.cli.main import main


def typed(*words: str) -> int:
    """Run a command and give its exit code.

    Args:
        words: what stands after `kodo`.
    """
    try:
        main(list(words))
    except SystemExit as end:
        return int(end.code or 0)
    return 0
