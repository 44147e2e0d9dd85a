"""Photograph the first screen of a report: `python docs/picture.py runs/demo/report.html docs/report.png`."""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1400, 900
LARGEST = 300_000
"""Bytes; a page about the project should open at once."""


def photograph(page: Path) -> bytes:
    """The first screen of a page as PNG, in light colours, one pixel a point."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        screen = opened.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1, color_scheme="light"
        )
        screen.goto(page.resolve().as_uri())
        picture = screen.screenshot()
        opened.close()
    return picture


def smallest(picture: bytes) -> bytes:
    """The same picture in up to 256 colours, losslessly packed."""
    packed = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def main(page: str, target: str) -> None:
    """Write the picture, or stop when it is too large."""
    if not Path(page).is_file():
        sys.exit(f"There is no report {page}: make a run first (RUN=its folder).")
    picture = smallest(photograph(Path(page)))
    if len(picture) > LARGEST:
        sys.exit(f"The picture has {len(picture):,} bytes, more than {LARGEST:,}.")
    Path(target).write_bytes(picture)
    print(f"{target}: {len(picture):,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
