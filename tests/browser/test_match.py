"""Background music as an editor looks for it: a brief, files, a ranking that follows the brief, a shortlist to keep."""

from __future__ import annotations

import csv
import io

import pytest

from genrelens.insight.brief import parse_brief
from genrelens.insight.description import gather
from genrelens.insight.match import match

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>\u202e=1+1.ogg"
BRIEF = "warm, jazz, no vocals -rock blargh"
OTHER = "科技感、未来、不要人声"


def as_file(path, name=""):
    return {"name": name or path.name, "mimeType": "audio/ogg", "buffer": path.read_bytes()}


def ranked(page):
    return page.evaluate("[...document.querySelectorAll('#match .fit')].map((row) => ({...row.dataset}))")


def narrow(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def check(page, expected, names):
    """What the page shows is what the command's JSON says of the same files."""
    rows = ranked(page)
    assert [names[int(row["id"])] for row in rows] == [fit.path for fit in expected.fits]
    for row, fit in zip(rows, expected.fits, strict=True):
        assert float(row["score"]) == pytest.approx(fit.score, abs=1e-6)
        assert row["genre"] == fit.top[0].id
        assert float(row["probability"]) == pytest.approx(fit.top[0].probability, abs=1e-6)


def test_brief_files_ranking_another_brief_shortlist(open_page, server, examples, model):
    page = open_page(width=360)
    page.evaluate("location.hash = 'match'")
    page.fill("#brief-text", BRIEF)
    page.wait_for_selector("#match .term.unwanted[data-term=rock]")
    assert "blargh" in page.inner_text("#match .note-unknown")
    assert page.locator("#match .fit").count() == 0
    broken = {"name": "broken.mp3", "mimeType": "audio/mpeg", "buffer": b"no sound " * 20}
    cover = {**broken, "name": "cover.jpg"}
    page.locator("#match input.files").set_input_files(
        [as_file(examples[0], HOSTILE), as_file(examples[1]), as_file(examples[2]), broken, cover]
    )
    page.wait_for_selector(".pick[data-state=done]")
    page.wait_for_function("document.querySelectorAll('#match .fit').length === 3")
    page.wait_for_selector("#match .failed-file[data-code=AUDIO_UNREADABLE]")
    assert page.locator("#match .skipped-count").inner_text() == "1"
    names = [str(path) for path in examples[:3]]
    check(page, match(parse_brief(BRIEF), gather(model, names)), names)
    assert page.locator("#match .voice-unheard").count() <= 1
    assert page.locator("#match img").count() == 0
    assert narrow(page)
    # A shortlist, by the keyboard; it stays ticked when another brief, in the other language, ranks anew.
    box = page.get_by_role("checkbox", name="<img")
    box.focus()
    page.keyboard.press("Space")
    page.click("[data-language-choice=zh]")
    page.fill("#brief-text", OTHER)
    page.wait_for_selector("#match .term[data-term=tech]")
    check(page, match(parse_brief(OTHER), gather(model, names)), names)
    assert page.locator("#match .pick-one:checked").count() == 1
    assert "没能听成" in page.inner_text("#match .failed-title")
    assert narrow(page)
    with page.expect_download() as download:
        page.click("#match .take[data-kind=csv]")
    table = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert (table[0][1], table[1][1], len(table)) == ("文件", "<img src=x onerror=alert(1)>=1+1.ogg", 2)
    with page.expect_download() as download:
        page.click("#match .take[data-kind=m3u8]")
    assert download.value.path().read_text("utf-8").splitlines()[2] == "<img src=x onerror=alert(1)>=1+1.ogg"
    # Another tab of the browser has another table, and nothing of ours is left on the disk.
    other = open_page()
    other.evaluate("location.hash = 'match'")
    other.fill("#brief-text", BRIEF)
    other.wait_for_selector("#match .term")
    assert ranked(other) == []
    assert [path for path in server.uploads() if path.suffix == ".song"] == []
    page.click("#match .clear")
    page.wait_for_selector(".pick[data-state=empty]")
    assert ranked(page) == []
