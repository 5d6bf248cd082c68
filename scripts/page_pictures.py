"""Take the pictures of the page that the README and the docs show: real server, real browser, real answers.

    python scripts/page_pictures.py [--song FILE] [--catalogue my.db] [NAME ...]

Needs Chromium and Playwright (`pip install -e '.[dev]'`). Without `--song` one of our own examples is heard, without
`--catalogue` they are the catalogue; the map in the README shows the corpus's `validation` clips.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
PICTURES = REPO / "docs" / "images"
sys.path.insert(0, str(REPO))

WIDE, NARROW = 1280, 360


def main() -> None:
    """Shoot all of them into docs/images."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import ARGUMENTS, CHROMIUM, end_server, start_server

    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--song", type=Path)
    arguments.add_argument("--catalogue", type=Path)
    arguments.add_argument("names", nargs="*", help="take these pictures alone")
    given = arguments.parse_args()
    song = given.song
    folder = Path(tempfile.mkdtemp())
    server = start_server(folder, "--catalogue", str(given.catalogue or catalogue_of_examples(folder)))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for name, width, scheme, locale, what in (
                ("page-empty-en", WIDE, "light", "en-US", None),
                ("page-empty-zh-dark", WIDE, "dark", "zh-CN", None),
                ("page-answer-en", WIDE, "light", "en-US", "song"),
                ("page-answer-zh-dark", WIDE, "dark", "zh-CN", "song"),
                ("page-answer-en-360", NARROW, "light", "en-US", "song"),
                ("page-answer-zh-360-dark", NARROW, "dark", "zh-CN", "song"),
                ("page-error-en", WIDE, "light", "en-US", "text"),
                ("page-not-music-zh", WIDE, "light", "zh-CN", "noise"),
                ("page-classroom-en", WIDE, "light", "en-US", "classroom"),
                ("page-compare-en", WIDE, "light", "en-US", "compare"),
                ("page-compare-zh", WIDE, "light", "zh-CN", "compare"),
                ("page-batch-en", WIDE, "light", "en-US", "batch"),
                ("page-batch-zh", WIDE, "light", "zh-CN", "batch"),
                ("page-review-en", WIDE, "light", "en-US", "review"),
                ("page-review-zh", WIDE, "light", "zh-CN", "review"),
                ("page-catalogue-en", WIDE, "light", "en-US", "catalogue"),
                ("page-catalogue-zh", WIDE, "light", "zh-CN", "catalogue"),
                ("page-policy-en", WIDE, "light", "en-US", "policy"),
                ("page-policy-zh", WIDE, "light", "zh-CN", "policy"),
                ("page-settle-en", WIDE, "light", "en-US", "settle"),
                ("page-settle-zh", WIDE, "light", "zh-CN", "settle"),
                ("page-lessons-zh-dark", WIDE, "dark", "zh-CN", "classroom-tab"),
                ("page-match-zh", WIDE, "light", "zh-CN", "match"),
                ("page-help-en-dark", WIDE, "dark", "en-US", "help"),
            ):
                if given.names and name not in given.names:
                    continue
                context = browser.new_context(
                    viewport={"width": width, "height": 850}, color_scheme=scheme, locale=locale
                )
                context.set_default_timeout(120_000)
                page = context.new_page()
                page.goto(server.url)
                page.wait_for_selector("#examples [data-example]")
                hear(page, what, song)
                page.screenshot(path=PICTURES / f"{name}.png", full_page=True, clip=shown(page, what, width))
                context.close()
            browser.close()
    finally:
        end_server(server)


def shown(page: Any, what: str | None, width: int) -> dict[str, float] | None:
    """Of a long page the part that can be read at the size of a README; else all."""
    ends = {
        "compare": "#compare-times",
        "catalogue": ".cat-map .twin",
        "review": "#tab-review .legend",
        "policy": "#catalogue .work-rows tbody tr:nth-child(6)",
        "settle": "#settle tbody tr:nth-child(6)",
    }
    if what not in ends:
        return None
    below = page.locator(ends[what]).first.evaluate("panel => panel.getBoundingClientRect().top + scrollY")
    return {"x": 0, "y": 0, "width": width, "height": below}


def hear(page: Any, what: str | None, song: Path | None) -> None:
    """Bring the page into the state of the picture."""
    from tests.browser.conftest import give, settle, settled

    if what == "song" and song is None:
        page.locator("#examples [data-example=strauss_waltz]").click()
        settle(page)
    elif what == "song":
        give(page, song)
    elif what == "text":
        give(page, {"name": "homework.mp3", "mimeType": "audio/mpeg", "buffer": b"Dear diary,\n" * 50})
    elif what == "noise":
        give(page, {"name": "rain.wav", "mimeType": "audio/wav", "buffer": rain()})
    elif what == "classroom":
        page.click("[data-classroom-toggle]")
        page.check(".guess-on")
        page.locator("#examples [data-example=joplin_rag]").click()
        page.wait_for_selector("#song .wave:not(.pending)")
        for genre in ("Jazz", "Jazz", "Classical"):
            page.click(f".guess-row[data-genre={genre}] [data-guess='1']")
    elif what == "compare":
        page.click("#tab-button-compare")
        for slot, example in enumerate(("strauss_waltz", "joplin_rag")):
            page.locator("#compare .slot").nth(slot).locator(".slot-example").select_option(example)
        page.click("#compare .go")
        page.wait_for_selector("#compare .asking[data-state=done]")
    elif what == "batch":
        page.click("#tab-button-batch")
        page.locator("#batch input.files").set_input_files(sorted((REPO / "examples").glob("*.ogg")))
        page.wait_for_selector(".many[data-state=done]")
        page.click("#batch tr.row:not(.tier-failed) .row-open >> nth=1")
    elif what == "review":
        page.click("#tab-button-review")
        page.locator("#tab-review input").first.fill("Anna")
        page.locator("#tab-review input").first.press("Enter")
        page.wait_for_selector("#tab-review .review-why[aria-busy=false]")
        page.wait_for_timeout(3000)
    elif what == "catalogue":
        page.click("#tab-button-catalogue")
        page.wait_for_selector("#catalogue .cat-map .twin")
    elif what == "policy":
        page.evaluate("location.hash = 'catalogue/policy'")
        page.wait_for_selector("#catalogue .work-rows")
    elif what == "settle":
        page.click("#tab-button-settle")
        page.click("#settle .try")
        page.wait_for_selector(".settle[data-state=done]")
    elif what == "classroom-tab":
        page.click("#tab-button-classroom")
    elif what in ("match", "help"):
        page.click(f"#tab-button-{what}")
    if what == "song":
        settled(page)
        page.click("#song .play")
        page.wait_for_timeout(3000)
        page.click("#song .play")
    page.mouse.move(0, 0)
    page.wait_for_timeout(700)


def catalogue_of_examples(folder: Path) -> Path:
    """Our own pieces, labelled."""
    import subprocess

    place = folder / "my.db"
    subprocess.run(
        [sys.executable, "-m", "genrelens", "label", str(REPO / "examples"), "--catalogue", str(place)], check=True
    )
    return place


def rain() -> bytes:
    """Twenty seconds of what rain sounds like: noise, no note in it."""
    import io
    import wave

    import numpy as np

    noise = np.random.default_rng(0).standard_normal(20 * 22_050)
    sound = np.convolve(noise, np.ones(3) / 3, "same") * 0.12
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes((np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())
    return buffer.getvalue()


if __name__ == "__main__":
    main()
