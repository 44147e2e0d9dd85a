"""`kodo doctor`: what this machine has, and how fast it is."""

from __future__ import annotations

import typer


def doctor(json: bool = typer.Option(False, "--json", help="Print JSON instead of lines.")) -> None:
    """Show versions, speed, and where data and cache lie.

    The measured speed is kept: with precision = "auto", bfloat16 is used only where it was measured faster.
    """
    from kodo.cli.screen import tables
    from kodo.datasets.locate import cache_folder, data_folders
    from kodo.files import write_json
    from kodo.training.device import device, measure, versions

    where = device("auto")
    speeds = {name: measure(name) for name in dict.fromkeys(["cpu", where])}
    write_json(cache_folder() / "doctor.json", speeds)
    content = dict(versions(where))
    for name, speed in speeds.items():
        content[f"{name} float32"] = (
            f"{speed['float32']:g} GFLOP/s (matrix product, {speed['threads']} threads)"
        )
        content[f"{name} bfloat16"] = f"{speed['bfloat16']:g} GFLOP/s"
    folders = [str(folder) for folder in data_folders()]
    content["data"] = ", ".join(folders) or "no folder: set KODO_DATA to a folder of datasets"
    content["cache"] = f"{cache_folder()} (KODO_CACHE moves it)"
    tables.facts(content | ({"speeds": speeds} if json else {}), json)
