"""Two versions side by side as a person does it: songs into slots, the answer, and the way to another style."""

from __future__ import annotations

import json

import pytest

from genrelens.insight.compare import compare, read_version

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>\u202e.ogg"


def as_file(path, name=None):
    return {"name": name or path.name, "mimeType": "audio/ogg", "buffer": path.read_bytes()}


def slot(page, number, form="compare"):
    return page.locator(f"#{form} .slot").nth(number)


def settled(page, form="compare"):
    page.wait_for_selector(f"#{form} .asking[data-state=done]")


def compared(page):
    page.click("#compare .go")
    page.wait_for_selector("#compare .asking[data-state=working]")
    settled(page)


def test_two_songs_are_compared_and_the_numbers_are_those_of_the_insight(open_page, examples, model):
    page = open_page()
    page.evaluate("location.hash = 'compare'")
    assert page.locator("#compare .go").is_disabled()
    slot(page, 0).locator(".slot-example").select_option("four_on_the_floor")
    reel = next(path for path in examples if path.stem == "traditional_reel")
    slot(page, 1).locator(".slot-file").set_input_files(as_file(reel))
    compared(page)
    floor = next(path for path in examples if path.stem == "four_on_the_floor")
    expected = compare(model, [read_version(model, path) for path in (floor, reel)])
    assert page.get_attribute(".comparison", "data-largest") == expected.largest
    for label in expected.labels:
        bars = page.locator(f'.genre-row[data-genre="{label}"] .version-bar')
        shown = [float(bar.get_attribute("data-probability")) for bar in bars.all()]
        assert shown == pytest.approx([heard.probabilities[label] for heard in expected.versions], abs=1e-6)
    assert page.locator("#compare-times .one-time svg:visible").count() == 2
    assert page.locator("#compare-why .one-why svg:visible").count() == 2
    # Side by side: no picture reaches into its neighbour.
    assert page.evaluate("""() => [...document.querySelectorAll('.one-why .picture-box')].every(
        box => !box.offsetParent || box.querySelector('svg').getBoundingClientRect().width <= box.clientWidth + 1)""")
    with page.expect_download() as download:
        page.click("#compare-verdict a[href$='.json']")
    assert json.loads(download.value.path().read_text("utf-8"))["largest"] == expected.largest
    # The same two, asked the other way round: has B left the style of A?
    page.click("#restyle .borrow")
    page.select_option("#restyle .style-old", "Electronic")
    assert page.locator("#restyle .go").is_disabled()
    page.select_option("#restyle .style-new", "Folk")
    page.click("#restyle .go")
    settled(page, "restyle")
    old = float(page.get_attribute(".style-bar[data-genre=Electronic]", "data-probability"))
    assert old == pytest.approx(expected.versions[1].probabilities["Electronic"], abs=1e-6)


def test_the_same_file_twice_is_no_difference_in_chinese_on_a_phone(open_page, examples):
    page = open_page(width=360, locale="zh-CN", color_scheme="dark")
    page.evaluate("location.hash = 'compare'")
    for number in range(2):
        slot(page, number).locator(".slot-file").set_input_files(as_file(examples[0], HOSTILE))
    page.click("[data-classroom-toggle]")
    compared(page)
    assert "模型听不出差别" in page.inner_text("#compare-verdict .verdict-line")
    assert page.locator("#compare-verdict [data-counts=true]").count() == 0
    assert page.locator("#compare-verdict img, #compare img").count() == 0
    assert page.locator("#tab-compare .w[lang=en]:visible").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#compare .slot-example option").nth(0).inner_text().startswith("我们的示例")


def test_cancel_cancels_and_what_cannot_be_read_is_named(open_page, examples):
    page = open_page()
    page.evaluate("location.hash = 'compare'")
    for number, example in enumerate(("strauss_waltz", "joplin_rag")):
        slot(page, number).locator(".slot-example").select_option(example)
    page.click("#compare .go")
    page.wait_for_selector("#compare-verdict .is-working")
    page.click("#compare .cancel-asking")
    page.wait_for_selector("#compare .asking[data-state=idle]")
    assert page.locator("#compare-verdict .is-working:visible").count() == 0
    page.wait_for_timeout(1500)
    assert page.locator(".comparison").count() == 0
    slot(page, 1).locator(".slot-remove").click()
    slot(page, 1).locator(".slot-file").set_input_files(
        {"name": "broken.mp3", "mimeType": "audio/mpeg", "buffer": b"no sound " * 20}
    )
    compared(page)
    assert "Version B" in page.inner_text("#compare-verdict")
    assert page.get_attribute("#compare-verdict .failure", "data-code") == "AUDIO_UNREADABLE"
