"""Background music as an editor looks for it: a brief, files, a ranking that follows the brief, a shortlist to keep."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.insight.brief import parse_brief
from genrelens.insight.description import gather
from genrelens.insight.match import match
from tests.audio.sounds import file_bytes, song
from tests.browser.conftest import settled, until

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>\u202e=1+1.ogg"
BRIEF = "warm, jazz, no vocals -rock blargh"
OTHER = "科技感、未来、不要人声"


def as_file(path, name=""):
    return {"name": name or path.name, "mimeType": "audio/ogg", "buffer": path.read_bytes()}


def start(page, brief=BRIEF):
    page.evaluate("location.hash = 'match'")
    page.fill("#brief-text", brief)
    page.wait_for_selector("#match .term")


def offer(page, files):
    page.locator("#match input.files").set_input_files(files)
    page.wait_for_selector(".pick[data-state=done]")
    page.wait_for_selector("#match .fit")


def example(examples, name):
    return next(path for path in examples if path.stem == name)


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
    before = server.songs()
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
    assert server.songs() <= before
    page.click("#match .clear")
    page.wait_for_selector(".pick[data-state=empty]")
    assert ranked(page) == []


@pytest.mark.parametrize(("locale", "brief"), [("en-US", "electronic"), ("zh-CN", "电子")])
def test_an_impostor_is_called_out(open_page, examples, model, tmp_path, locale, brief):
    beat, metal = (read_song(example(examples, name)).samples for name in ("four_on_the_floor", "metal_riff"))
    path = tmp_path / "lead.wav"
    path.write_bytes(file_bytes("wav 16 bit", np.hstack([beat[:, : 14 * 32_000], metal, metal]), 32_000))
    fit = match(parse_brief(brief), gather(model, [str(path)])).fits[0]
    assert (fit.impostor.facts["first"], fit.impostor.facts["genre"]) == ("Electronic", "Metal")
    page = open_page(locale=locale)
    start(page, brief)
    offer(page, [{"name": path.name, "mimeType": "audio/wav", "buffer": path.read_bytes()}])
    said = page.inner_text("#match .impostor").replace("\u00a0", " ")
    share = f"{fit.impostor.facts['probability'] * 100:.0f} %"
    if locale == "en-US":
        assert said == f"sounds Electronic at first, is Metal {share}"
    else:
        assert said.startswith("开头像电子，其实是金属")
    assert "Electronic" not in page.inner_text("#match .fit-genre")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_classroom_looks_on_and_a_song_is_looked_at_closer(open_page, examples, locale):
    page = open_page(locale=locale, width=360 if locale == "zh-CN" else 1280)
    start(page, BRIEF if locale == "en-US" else OTHER)
    plain = page.evaluate("parseFloat(getComputedStyle(document.querySelector('#brief-text')).fontSize)")
    page.click("[data-classroom-toggle]")
    large = page.evaluate("parseFloat(getComputedStyle(document.querySelector('#brief-text')).fontSize)")
    assert large > 1.1 * plain
    offer(page, [as_file(examples[0]), as_file(examples[1])])
    page.wait_for_function("document.querySelectorAll('#match .fit').length === 2")
    assert narrow(page)
    other = "zh-CN" if locale == "en-US" else "en"
    assert page.locator(f"#match .w[lang={other}]:visible").count() == 0
    row = page.locator("#match .fit").nth(1)
    name, share = row.locator("bdi").first.inner_text(), row.get_attribute("data-probability")
    row.locator(".look-closer").click()
    page.wait_for_function("document.body.dataset.tab === 'listen' && document.body.dataset.listening === 'done'")
    assert page.inner_text("#song .song-name") == name
    heard = page.locator("#answer .bar").first.get_attribute("data-probability")
    assert float(heard) == pytest.approx(float(share), abs=5.1e-5)  # Listen has four places
    settled(page)


def test_one_candidate_plays_at_a_time(open_page, examples):
    page = open_page()
    # What the tab plays is an Audio of its own, not an element of the page.
    page.add_init_script("""window.Audio = class extends Audio {
        constructor(...given) { super(...given); window.sounds = [...(window.sounds || []), this]; } };""")
    page.reload()
    start(page)
    offer(page, [as_file(examples[0]), as_file(examples[1])])
    page.wait_for_function("document.querySelectorAll('#match .fit').length === 2")
    running = "window.sounds.filter((sound) => !sound.paused && sound.currentTime > 0.1).length"
    pressed = "#match .fit-play[aria-pressed=true]"
    first, second = page.locator("#match .fit-play").all()
    first.click()
    page.wait_for_function(f"{running} === 1")
    second.click()
    page.wait_for_function(f"{running} === 1")
    assert page.locator(pressed).count() == 1
    assert second.get_attribute("aria-pressed") == "true"
    second.click()
    page.wait_for_function(f"{running} === 0")
    assert page.locator(pressed).count() == 0
    # Nor does it go on behind another tab.
    first.click()
    page.wait_for_function(f"{running} === 1")
    page.click("#tab-button-help")
    page.wait_for_function(f"{running} === 0")


def test_cancel_cancels(open_page, server):
    page = open_page()
    start(page)
    long = file_bytes("mp3", song(40.0))
    page.locator("#match input.files").set_input_files(
        [{"name": f"{n}.mp3", "mimeType": "audio/mpeg", "buffer": long} for n in range(30)]
    )
    page.wait_for_selector("#match .fit")
    page.click("#match .cancel")
    page.wait_for_selector(".pick[data-state=done]")
    # What was on its way is ranked for nobody, and deleted.
    until(lambda: len(long) not in {path.stat().st_size for path in server.uploads()})
    page.wait_for_timeout(1500)
    count = int(page.inner_text("#match .answered"))
    assert 0 < count < 30
    page.fill("#brief-text", OTHER)
    page.wait_for_selector("#match .term[data-term=tech]")
    assert len(ranked(page)) == count
    # A cancelled table takes more.
    page.locator("#match input.files").set_input_files([{"name": "x.mp3", "mimeType": "audio/mpeg", "buffer": b"no"}])
    page.wait_for_selector("#match .failed-file")
    assert len(ranked(page)) == count


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_folder_is_taken_with_what_lies_deeper(open_page, examples, tmp_path, locale):
    (tmp_path / "album" / "disc 2").mkdir(parents=True)
    for path, folder in zip(examples[:2], ("album", "album/disc 2"), strict=True):
        (tmp_path / folder / path.name).write_bytes(path.read_bytes())
    (tmp_path / "album" / "cover.jpg").write_bytes(b"\xff\xd8")
    page = open_page(locale=locale)
    start(page)
    with page.expect_file_chooser() as chooser:
        page.click("#match .choose-folder")
    chooser.value.set_files(tmp_path / "album")
    page.wait_for_selector(".pick[data-state=done]")
    page.wait_for_function("document.querySelectorAll('#match .fit').length === 2")
    assert {name.inner_text() for name in page.locator("#match .fit-name bdi").all()} == {
        path.name for path in examples[:2]
    }
    assert page.inner_text("#match .skipped-count") == "1"
