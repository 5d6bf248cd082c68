"""The tab "Review" as people use it: by keyboard, two at a time, with files that are gone, in both languages."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from pathlib import Path

import pytest

from genrelens.catalogue.decisions import Decisions
from genrelens.catalogue.store import open_catalogue
from tests.browser.conftest import end_server, start_server, until
from tests.catalogue.reviewable import fill

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>\u202e=1+1.ogg"


@pytest.fixture(scope="module")
def reviewed(chromium, model, examples, tmp_path_factory):
    """A page with a catalogue of 106 files: five with sound in one folder, one sure, a hundred that are gone."""
    folder = tmp_path_factory.mktemp("reviewed")
    heard = folder / "heard"
    heard.mkdir()
    names = [HOSTILE, "b.ogg", "c.ogg", "d.ogg", "e.ogg"]
    for name, example in zip(names, examples, strict=False):
        (heard / name).write_bytes(example.read_bytes())
    tiers = ["unsure", "blend", "blend", "not_music", "unsure"]
    where = str(folder / "my.db")
    with open_catalogue(where, create=True) as catalogue:
        fill(catalogue, model, list(zip((heard / name for name in names), tiers, strict=True)), tag="<b>Jazz</b>\u202e")
        fill(catalogue, model, [(Path(f"/gone/{number:03}.mp3"), "unsure") for number in range(100)])
        fill(catalogue, model, [(Path("/sure/sure.mp3"), "sure")])
        server = start_server(folder, "--catalogue", where)
        yield server, catalogue, heard
        end_server(server)


@pytest.fixture
def history(reviewed):
    """Standing decisions; everything is taken back when the test is over."""
    work = Decisions(reviewed[1].database)
    yield work.history
    while left := work.history():
        work.undo(left[-1].person)


def open_review(open_page, server, name, *, folder="", **options):
    page = open_page(server.url, **options)
    page.evaluate("location.hash = 'review'")
    page.fill("#review .person", name)
    page.keyboard.press("Enter")
    page.wait_for_selector(".review:not([data-state=name])")
    if folder:
        page.wait_for_selector(".review[data-state=item]")
        page.click(".review-filters summary")
        before = page.inner_text("#review .left")
        page.fill("#review [name=folder]", str(folder))
        page.wait_for_function("b => document.querySelector('#review .left').innerText !== b", arg=before)
        page.click("#review .review-filters summary")
    page.wait_for_selector(".review[data-state=item]")
    return page


def name_of(page):
    return page.inner_text("#review .review-name")


def decide(page, key):
    before = page.inner_text("#review .mine")
    page.keyboard.press(key)
    page.wait_for_function("b => document.querySelector('#review .mine').innerText !== b", arg=before)


def test_heard_looked_at_and_decided_by_keyboard(open_page, reviewed, history):
    server, _, heard = reviewed
    page = open_review(open_page, server, "Anna", folder=heard)
    # The most doubtful first, its doubtful seconds playing.
    assert name_of(page) == "<img src=x onerror=alert(1)>=1+1.ogg"
    assert page.locator("#review img").count() == 0
    assert "<b>Jazz</b>" in page.inner_text("#review .review-facts")
    page.wait_for_function("document.querySelector('#review audio').currentTime > 0.2")
    assert 14.0 < page.evaluate("document.querySelector('#review audio').duration") < 15.1
    page.wait_for_selector("#review .why-found svg", state="attached")
    assert "0:05–0:20 / 0:20" in page.inner_text("#review .cut-times")
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('#review audio').paused")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('#review .cut-times').innerText.startsWith('0:00–0:15')")
    decide(page, "a")
    assert page.evaluate("document.activeElement.id") == "review-name"  # read to who does not see it
    second = name_of(page)
    decide(page, "2")
    decide(page, "n")
    page.wait_for_selector(".review[data-state=item]")
    third = name_of(page)
    page.keyboard.press("o")
    page.keyboard.type("舞")
    assert page.locator("#review .other-list li").count() == 0
    page.fill("#review .other-find", "迪斯")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#review .mine').innerText === '4'")
    page.keyboard.press("s")
    page.wait_for_selector(".review[data-state=empty]")
    until(lambda: len(history()) == 5)
    said = [(decision.kind, decision.verdict, decision.person) for decision in history()]
    assert said[0] == ("accept", "Folk", "Anna")
    assert [kind for kind, _, _ in said[1:]] == ["second", "not_music", "other", "skip"]
    assert said[3][1] == "Disco"
    # Undo, one after the other: the files come back.
    page.keyboard.press("u")
    page.wait_for_selector(".review[data-state=item]")
    page.keyboard.press("u")
    page.wait_for_function("name => document.querySelector('#review .review-name').innerText === name", arg=third)
    assert len(history()) == 3
    assert second != third


def test_two_people_at_a_hundred_files_decide_each_once(open_page, reviewed, history):
    server, catalogue, _ = reviewed
    pages = [open_review(open_page, server, name) for name in ("Anna", "Ben")]
    assert name_of(pages[0]) != name_of(pages[1])
    pages[1].wait_for_function("document.querySelector('#review .colleagues').innerText === 'Anna'")
    deadline = time.monotonic() + 150
    for turn in itertools.count():
        states = [page.get_attribute(".review", "data-state") for page in pages]
        if states == ["empty", "empty"]:
            break
        assert time.monotonic() < deadline, states
        for page in pages:
            page.keyboard.press("aan123"[turn % 6])
        if turn == 20:  # one goes and comes back: what lay before her is given to somebody
            pages[0].reload()
            pages[0].wait_for_selector(".review[data-state=item]")
    for page in pages:
        page.wait_for_selector(".review[data-state=empty]")
    expected = {row.sha256 for row in catalogue.rows(catalogue.latest_model()) if row.tier != "sure"}
    until(lambda: len(history()) >= len(expected))
    assert Counter(decision.sha256 for decision in history()) == Counter(expected)
    assert {decision.person for decision in history()} == {"Anna", "Ben"}


def test_gone_files_can_be_decided_and_sure_ones_all_at_once(open_page, reviewed, history):
    server, _, _ = reviewed
    page = open_review(open_page, server, "小王", folder="/gone", width=360, locale="zh-CN", color_scheme="dark")
    assert "不在原处" in page.inner_text("#review .cut-problem")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#review .w[lang=en]:visible").count() == 0
    page.click("#review .choice >> nth=2")
    page.wait_for_function("document.querySelector('#review .mine').innerText === '1'")
    page.click(".review-filters summary")
    page.fill("#review [name=folder]", "/sure")
    page.wait_for_selector(".review[data-state=empty]")
    page.click(".review-bulk summary")
    page.click("#review .bulk-count")
    page.wait_for_selector("#review .bulk-go")
    assert page.inner_text("#review .bulk-number") == "1"
    page.click("#review .bulk-go")
    page.wait_for_function("document.querySelector('#review .mine').innerText === '2'")
    assert [(decision.kind, bool(decision.batch)) for decision in history()] == [("other", False), ("accept", True)]
    page.click("#review .note-undo")
    page.wait_for_function("document.querySelector('#review .mine').innerText === '1'")
    assert len(history()) == 1


def test_a_second_opinion_and_the_agreement(open_page, reviewed, history):
    server, _, heard = reviewed
    page = open_review(open_page, server, "Anna", folder=heard)
    decide(page, "a")
    decide(page, "a")
    page.click("#review .rename")
    page.fill("#review .person", "Ben")
    page.keyboard.press("Enter")
    page.wait_for_selector(".review[data-state=item]")
    page.click(".review-filters summary")
    page.select_option("#review [name=about]", "decided")
    page.wait_for_function("document.querySelector('#review .left').innerText === '2'")
    page.wait_for_selector(".review[data-state=item]")
    page.locator("#review .review-name").focus()
    decide(page, "a")
    decide(page, "2")
    page.wait_for_selector(".review[data-state=empty]")
    page.click(".review-agreement summary")
    page.wait_for_selector("#review .pairs td")
    assert [cell.inner_text() for cell in page.locator("#review .pairs td").all()][:3] == ["Anna – Ben", "2", "1"]
    assert "50" in page.inner_text("#review .agreed")
    assert page.inner_text("#review .agreed-disputed b") == "1"
    page.select_option("#review [name=about]", "disputed")
    page.wait_for_selector(".review[data-state=item]")
    shown = [each.inner_text() for each in page.locator("#review .opinion").all()]
    assert [each.split(": ")[0] for each in shown] == ["Anna", "Ben"]
    page.locator("#review .review-name").focus()
    page.keyboard.press("a")
    page.wait_for_selector(".review[data-state=empty]")
    until(lambda: history()[-1].kind == "settle")


def test_a_server_that_ends_loses_no_decision(open_page, reviewed, history, chromium):
    server, _, _ = reviewed
    page = open_review(open_page, server, "Anna")
    page.context.set_offline(True)
    page.keyboard.press("a")
    page.wait_for_selector("#review .review-note[data-kind=network]")
    page.context.set_offline(False)
    page.click("#review .note-again")
    page.wait_for_function("document.querySelector('#review .mine').innerText === '1'")
    assert len(history()) == 1
    open_page.watched[0].messages.clear()  # the browser's own words on the lost request


def test_without_a_catalogue_the_tab_says_what_to_type(open_page):
    page = open_page()
    page.evaluate("location.hash = 'review'")
    page.wait_for_selector("#review .review-off")
    assert "genrelens serve --catalogue my.db" in page.inner_text("#review")
