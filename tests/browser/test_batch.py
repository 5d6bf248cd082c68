"""Many songs at once, as a person drops them: the table fills, sorts, filters, and can be taken away and called off."""

from __future__ import annotations

import csv
import io
import json

import pytest

from genrelens import analyze
from genrelens.audio.codecs import FORMATS
from tests.audio.sounds import file_bytes, song
from tests.audio.test_tags import tagged
from tests.browser.conftest import end_server, start_server, until

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>\u202e=1+1.mp3"


def mp3(name, genre=""):
    form = next(form for form in FORMATS if form.name == "mp3")
    return {"name": name, "mimeType": "audio/mpeg", "buffer": tagged(form, **({"genre": genre} if genre else {}))}


def broken(name):
    return {"name": name, "mimeType": "audio/mpeg", "buffer": b"no sound " * 20}


def as_file(path):
    return {"name": path.name, "mimeType": "audio/ogg", "buffer": path.read_bytes()}


def fill(page, files, *, wait=True):
    page.evaluate("location.hash = 'batch'")
    page.locator("#batch input.files").set_input_files(files)
    if wait:
        page.wait_for_selector(".many[data-state=done]")


def column(page, name):
    return [
        cell.inner_text().strip().replace("\u00a0", " ") for cell in page.locator(f"#batch tr.row .cell-{name}").all()
    ]


def names(page):
    return [cell.inner_text() for cell in page.locator("#batch .row-open").all()]


def test_a_table_fills_sorts_filters_and_is_taken_away(open_page, examples, model):
    page = open_page()
    fill(page, [as_file(examples[0]), as_file(examples[1]), broken("broken.mp3"), broken("cover.jpg")])
    assert page.locator("#batch tr.row").count() == 3
    assert page.locator("#batch .skipped").is_visible()
    answers = {path.name: analyze(model, path) for path in examples[:2]}
    for row in page.locator("#batch tr.row:not(.tier-failed)").all():
        expected = answers[row.locator(".row-open").inner_text()]
        assert row.locator(".cell-genre .w:visible").inner_text() == expected.top[0].id
        assert row.get_attribute("class") == f"row tier-{expected.tier}"
    # Sorted by the keyboard; what failed has no share and stays last both ways.
    page.focus("#batch th[data-column=share] .sort")
    page.keyboard.press("Enter")
    assert page.get_attribute("#batch th[data-column=share]", "aria-sort") == "descending"
    falling = names(page)
    assert falling[:2] == sorted(answers, key=lambda name: -answers[name].top[0].probability)
    page.keyboard.press("Enter")
    assert page.get_attribute("#batch th[data-column=share]", "aria-sort") == "ascending"
    assert names(page) == [falling[1], falling[0], "broken.mp3"]
    # Filtered: by what failed, by text.
    page.click("#batch [data-show=failed]")
    assert names(page) == ["broken.mp3"]
    page.click("#batch .row-open")
    assert "cannot be read as sound" in page.inner_text("#batch tr.detail")
    page.click("#batch [data-show=all]")
    page.fill("#batch .find", examples[1].stem.upper())
    assert names(page) == [examples[1].name]
    page.fill("#batch .find", "")
    page.select_option("#batch .of-genre", answers[examples[0].name].top[0].id)
    assert examples[0].name in names(page)
    # Taken away: the server's own analyses.
    with page.expect_download() as download:
        page.click("#batch .take[data-kind=csv]")
    rows = {row["file"]: row for row in csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))}
    assert rows["broken.mp3"]["error"].startswith("AUDIO_UNREADABLE")
    for name, answer in answers.items():
        assert rows[name]["probability"] == f"{answer.top[0].probability:.4f}"
    with page.expect_download() as download:
        page.click("#batch .take[data-kind=jsonl]")
    lines = [json.loads(line) for line in download.value.path().read_text("utf-8").splitlines()]
    assert {line["path"] for line in lines} == {*answers, "broken.mp3"}


def test_tags_beside_the_answers_and_hostile_names(open_page):
    page = open_page(width=360, locale="zh-CN", color_scheme="dark")
    fill(page, [mp3(HOSTILE, "<b>Jazz</b>\u202e"), mp3("plain.mp3")])
    assert page.locator("#batch img, #batch .rows b").count() == 0
    assert "<img src=x onerror=alert(1)>=1+1.mp3" in names(page)
    assert any("<b>Jazz</b>" in text for text in column(page, "tag"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert "已完成" in page.inner_text("#batch .many-count")
    assert page.locator("#batch .w[lang=en]:visible").count() == 0


def test_a_row_opens_in_listen(open_page, examples):
    page = open_page()
    fill(page, [as_file(examples[0])])
    page.click("#batch .row-open")
    assert page.locator("#batch tr.detail .bar").count() == 5
    assert page.get_attribute("#batch .row-open", "aria-expanded") == "true"
    page.evaluate("document.addEventListener('genrelens:open', event => { window.opened = event.detail.name; })")
    page.click("#batch .open-listen")
    page.wait_for_function("window.opened && document.body.dataset.tab === 'listen'")
    assert page.evaluate("window.opened") == examples[0].name


def test_cancel_cancels_and_more_can_be_added(open_page, server):
    page = open_page()
    long = file_bytes("mp3", song(40.0))
    files = [{"name": f"{n}.mp3", "mimeType": "audio/mpeg", "buffer": long} for n in range(30)]
    fill(page, files, wait=False)
    page.wait_for_selector("#batch tr.row")
    page.click("#batch .cancel")
    page.wait_for_selector(".many[data-state=done]")
    count = page.locator("#batch tr.row").count()
    assert 0 < count < 30
    until(
        lambda: len(long) not in {path.stat().st_size for path in server.uploads()}
    )  # what was on its way is answered to nobody, and deleted
    page.wait_for_timeout(1500)
    assert page.locator("#batch tr.row").count() == count
    page.locator("#batch input.files").set_input_files([broken("one.mp3")])
    page.wait_for_selector("#batch tr.tier-failed")
    assert page.locator("#batch tr.row").count() == count + 1
    page.click("#batch .clear")
    page.wait_for_selector(".many[data-state=empty]")
    fill(page, [broken("two.mp3")])
    assert names(page) == ["two.mp3"]


def test_two_hundred_files_and_two_people(open_page, server):
    mine, yours = open_page(), open_page()
    fill(mine, [broken(f"{n}.mp3") for n in range(200)], wait=False)
    fill(yours, [broken("other.mp3")])
    mine.wait_for_selector(".many[data-state=done]")
    assert mine.inner_text("#batch .chip[data-show=all] .chip-count") == "200"
    assert mine.locator("#batch tr.row").count() == 100  # the rest is drawn when it is asked for
    mine.click("#batch .show-more")
    assert sorted(names(mine), key=lambda name: int(name[:-4])) == [f"{n}.mp3" for n in range(200)]
    assert names(yours) == ["other.mp3"]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_classroom_reads_the_table(open_page, examples, locale):
    page = open_page(locale=locale, width=360 if locale == "zh-CN" else 1280)
    fill(page, [as_file(examples[0]), mp3("plain.mp3", "Jazz"), broken("broken.mp3")])
    size = "parseFloat(getComputedStyle(document.querySelector('#batch .cell-genre')).fontSize)"
    plain = page.evaluate(size)
    page.click("[data-classroom-toggle]")
    assert page.evaluate(size) > 1.1 * plain
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    other = "zh-CN" if locale == "en-US" else "en"
    assert page.locator(f"#batch .w[lang={other}]:visible").count() == 0
    # Nothing in a cell reaches into the next one.
    assert (
        page.evaluate("""() => [...document.querySelectorAll('#batch tr.row > *')].filter(
        (cell) => cell.offsetParent && cell.scrollWidth > cell.clientWidth + 1
        && getComputedStyle(cell).overflow === 'visible').map((cell) => cell.className)""")
        == []
    )
    page.locator("#batch tr.row:not(.tier-failed) .row-open").first.click()
    assert page.locator("#batch tr.detail .bar:visible").count() == 5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def strict(examples, model, tmp_path):
    """A page with a policy that accepts two of three songs: the songs, the one that it suggests, another, its genre."""
    first = {path.name: analyze(model, path).top[0] for path in examples[:3]}
    low, middle, _ = sorted(first, key=lambda name: first[name].probability)
    policy = tmp_path / "<b>mine.yaml"
    limit = (first[low].probability + first[middle].probability) / 2
    policy.write_text(f"accept_above: {limit}\nsuggest_from: 0\n")
    server = start_server(tmp_path, "--policy", str(policy))
    yield server, examples[:3], middle, first[middle].id
    end_server(server)


def test_what_the_policy_accepts_of_what_is_shown_is_accepted_and_taken_back(strict, open_page):
    server, songs, middle, label = strict
    page = open_page(server.url)
    fill(page, [*map(as_file, songs), broken("broken.mp3")])
    assert "<b>mine.yaml" in page.inner_text("#batch .policy-name")
    assert page.inner_text("#batch .accept-count") == "2"
    page.select_option("#batch .by-policy", "suggest")
    page.wait_for_function("document.querySelector('#batch .accept-count').innerText === '0'")
    assert page.locator("#batch tr.row").count() == 1
    page.select_option("#batch .by-policy", "")
    page.fill("#batch .find", middle)
    page.wait_for_function("document.querySelector('#batch .accept-count').innerText === '1'")
    page.click("#batch .accept-shown")
    page.wait_for_selector("#batch .mark-accepted")
    page.fill("#batch .find", "")
    assert page.locator("#batch .mark-accepted").count() == 1
    assert page.inner_text("#batch .accept-count") == "1"

    def decisions():
        with page.expect_download() as download:
            page.click("#batch .take[data-kind=csv]")
        rows = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
        return {row["file"]: row["decision"] for row in rows}

    assert decisions() == {song.name: label if song.name == middle else "" for song in songs} | {"broken.mp3": ""}
    page.click("#batch .accept-undo")
    page.wait_for_selector("#batch .mark-accepted", state="detached")
    assert set(decisions().values()) == {""}
