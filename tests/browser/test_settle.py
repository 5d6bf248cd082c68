"""A table of labels dropped on the page: settled, filtered, taken away; narrow, projected, hostile, by keyboard."""

from __future__ import annotations

import subprocess
import sys

import pytest

from genrelens.studio.settle import EXAMPLE
from tests.browser.conftest import until

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>"
TABLE = (
    f"文件;来源;标签\n{HOSTILE}.mp3;{HOSTILE};Zorg\n{HOSTILE}.mp3;=1+1;摇滚\nb.mp3;=1+1;Techno\nc.mp3;=1+1;Soundtrack\n"
)
DROP = """(text) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], "labels.csv", { type: "text/csv" }));
  document.querySelector("#settle .settle-drop").dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def opened(open_page, **options):
    page = open_page(**options)
    page.evaluate("location.hash = 'settle'")
    page.wait_for_selector("#settle .choose", state="visible")
    return page


def narrow(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def rows(page):
    return page.locator("#settle .song-rows tbody tr")


def taken(page, kind):
    with page.expect_download() as download:
        page.locator(f"#settle .take[data-kind={kind}]").click()
    return download.value.path().read_bytes()


def test_the_example_from_drop_to_download(open_page, tmp_path):
    page = opened(open_page)
    page.set_viewport_size({"width": 360, "height": 800})
    assert narrow(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.focus("#settle .try")
    page.keyboard.press("Enter")
    page.wait_for_selector("#settle [data-state=done]")
    counts = page.inner_text("#settle .counts")
    review = int(page.inner_text("#settle .chip[data-show=review] .chip-count"))
    assert counts == f"{80 - review} of 80 songs are settled; for a person to look at: {review}"
    assert page.inner_text("#settle .announce") == counts
    assert "reseller says what shop says" in page.inner_text("#settle .sources")
    assert "Jaz (1×) perhaps Jazz?" in page.inner_text("#settle .unknown")
    page.locator("#settle .unknown select[data-name=Zorgcore]").select_option("Country")
    page.locator("#settle .unknown select[data-name=Jaz]").select_option("Jazz")
    page.click("#settle .again")
    page.wait_for_selector("#settle .take[data-kind=yaml]")
    names = tmp_path / "names.yaml"
    names.write_bytes(taken(page, "yaml"))
    review = int(page.inner_text("#settle .chip[data-show=review] .chip-count"))
    page.locator("#settle .more button").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#settle .song-rows tbody tr').length === 50")
    # The keyboard goes on with the first new song.
    assert page.evaluate("[...document.activeElement.parentElement.children].indexOf(document.activeElement)") == 25
    page.click("#settle .chip[data-show=review]")
    page.wait_for_function(f"document.querySelectorAll('#settle .song-rows tbody tr').length === {review}")
    assert page.locator('#settle tbody tr[data-review=""]').count() == 0
    page.click("#settle .chip[data-show=model_disagrees]")
    page.wait_for_selector("#settle .none", state="visible")
    page.click("[data-language-choice=zh]")
    assert page.inner_text("#settle .counts") == f"80 首中已裁定 {80 - review} 首，需要人看 {review} 首"
    out = tmp_path / "settled.csv"
    command = [
        sys.executable,
        "-m",
        "genrelens",
        "arbitrate",
        EXAMPLE,
        "--names",
        names,
        "--out",
        out,
        "--json",
        "--lang",
        "zh",
    ]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    assert taken(page, "csv") == out.read_bytes()
    assert taken(page, "json") == printed
    page.click("#settle .chip[data-show=all]")
    page.wait_for_selector("#settle .song-rows tbody tr", state="visible")
    page.set_viewport_size({"width": 360, "height": 800})
    assert narrow(page)
    page.click("[data-classroom-toggle]")
    assert narrow(page)


def test_a_stranger_s_table(open_page, server):
    before = server.songs()
    page = opened(open_page, width=360, locale="zh-CN", color_scheme="dark")
    page.evaluate(DROP, TABLE)
    page.wait_for_selector("#settle [data-state=done]")
    until(lambda: server.songs() <= before)
    assert rows(page).count() == 3
    shown = page.inner_text("#settle .result")
    for said in (f"{HOSTILE}.mp3", "Zorg", "=1+1", "电子", "须由人判定", "各来源同等计算"):
        assert said in shown
    assert narrow(page)
    page.locator("#settle .table-file").set_input_files(
        {"name": "x.xlsx", "mimeType": "text/csv", "buffer": b"PK\x03\x04" + bytes(60)}
    )
    page.wait_for_selector("#settle [data-state=failed]")
    assert "LABELS_TABLE_INVALID" in page.inner_text("#settle .failure")
    assert not page.is_visible("#settle .take")
    page.locator("#settle .table-file").set_input_files(
        {"name": "big.csv", "mimeType": "text/csv", "buffer": b"file,a\n" + b"x,Rock\n" * 800_000}
    )
    page.wait_for_selector("#settle .too-large", state="visible")
