"""The tab "Catalogue" as people use it: bars, map, a song with its neighbours, hidden genres, by mouse and keyboard."""

from __future__ import annotations

import pytest

from tests.browser.conftest import end_server, start_server
from tests.catalogue.made import made_catalogue

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>\u202e=1+1.ogg"


@pytest.fixture(scope="module")
def shown(chromium, model, examples, tmp_path_factory):
    """A page with a catalogue of seven pieces, one of them a copy, one under a hostile name, one gone since."""
    folder = tmp_path_factory.mktemp("shown")
    names = [HOSTILE, *(f"piece {number}.ogg" for number in range(5))]
    paths = [folder / name for name in names]
    for path, example in zip(paths, examples, strict=False):
        path.write_bytes(example.read_bytes())
    copy = folder / "copy.ogg"
    copy.write_bytes(paths[1].read_bytes())
    made_catalogue(folder / "my.db", model, [*paths, copy]).close()
    paths[5].unlink()
    server = start_server(folder, "--catalogue", str(folder / "my.db"))
    yield server
    end_server(server)


def opened(open_page, server, **options):
    page = open_page(server.url, **options)
    page.evaluate("location.hash = 'catalogue'")
    page.wait_for_selector(".cat[data-state=done]")
    return page


def test_map_song_list_tail_and_duplicates(open_page, shown):
    page = opened(open_page, shown)
    assert "6 songs" in page.inner_text("#catalogue .cat-count")
    bars = page.evaluate("[...document.querySelectorAll('.genre-bar')].map((bar) => Number(bar.dataset.count))")
    assert sum(bars) == 6
    # The canvas shows what the list says, and a click on it plays that song and shows its neighbours.
    page.click("#catalogue .twin summary")
    assert page.locator("#catalogue .twin-song").count() == 6
    assert page.inner_text("#catalogue .twin-list").count("<img src=x") == 1
    drawn = page.evaluate(
        "() => { const c = document.querySelector('#catalogue canvas');"
        "return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((value) => value > 0); }"
    )
    assert drawn
    page.locator("#catalogue .twin-song", has_text="piece 1.ogg").focus()
    assert "piece 1.ogg" in page.inner_text("#catalogue .map-tip")
    page.keyboard.press("Enter")
    page.wait_for_selector("#catalogue .song-panel .cat-play[aria-pressed=true]")
    page.wait_for_function("document.querySelector('#catalogue audio').currentTime > 0")
    assert page.locator("#catalogue .song-panel .song-list:not(.this-song) li").count() == 5
    page.click("#catalogue .song-panel .this-song .cat-play")
    page.wait_for_function("document.querySelector('#catalogue audio').paused")
    page.locator("#catalogue .twin-song", has_text="piece 4.ogg").click()
    page.wait_for_function("document.querySelector('#catalogue .cat-note').innerText.includes('cannot be played')")
    page.click("#catalogue .look-link[data-look=tail]")
    page.select_option("#catalogue .cat-tail select", "Jazz")
    page.click("#catalogue .look-tail")
    page.wait_for_selector("#catalogue .tail-list [data-genre=Jazz]")
    page.click("#catalogue .look-link[data-look=twice]")
    page.click("#catalogue .look-twice")
    page.wait_for_selector("#catalogue .twice-list [data-kind=file]")
    assert page.locator("#catalogue .twice-list li").count() == 2


def test_one_genre_alone_and_a_click_on_the_map(open_page, shown):
    page = opened(open_page, shown, width=360)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bar = page.locator("#catalogue .genre-bar").first
    bar.click()
    assert bar.get_attribute("aria-pressed") == "true"
    page.click("#catalogue .twin summary")
    count = int(bar.get_attribute("data-count"))
    assert page.locator("#catalogue .twin-song").count() == count
    bar.click()
    assert page.locator("#catalogue .twin-song").count() == 6
    spot = page.evaluate(
        """async () => {
          const box = document.querySelector('#catalogue .map-box');
          box.scrollIntoView({ block: 'center' });
          const token = document.querySelector('#catalogue .take-map a').getAttribute('href').split('/')[1];
          const told = await (await fetch(`catalogue/${token}/map`)).json();
          const [frame, point] = [box.getBoundingClientRect(), told.points[0]];
          const at = (part, size) => 12 + part * (size - 24);
          const [x, y] = [at(point[2], box.clientWidth), at(point[3], box.clientHeight)];
          return [frame.left + 1 + x, frame.top + 1 + y, point[0]];
        }"""
    )
    page.mouse.click(spot[0], spot[1])
    page.wait_for_selector(f"#catalogue .song-panel .this-song .cat-play[data-sha='{spot[2]}']")


def test_both_languages_and_pictures_to_take(open_page, shown):
    page = opened(open_page, shown, locale="zh-CN", color_scheme="dark")
    assert "6 首歌" in page.inner_text("#catalogue .cat-count")
    assert page.evaluate("document.querySelector('#catalogue option[value=Jazz]').textContent") == "爵士"
    with page.expect_download() as taken:
        page.click("#catalogue .take-map [data-kind=svg]")
    drawn = taken.value.path().read_text(encoding="utf-8")
    assert "6 首歌的曲库" in drawn
    assert "#121416" in drawn
    page.click("[data-language-choice=en]")
    assert page.evaluate("document.querySelector('#catalogue option[value=Jazz]').textContent") == "Jazz"


def test_without_a_catalogue(open_page, server):
    page = open_page()
    page.evaluate("location.hash = 'catalogue'")
    page.wait_for_selector("#catalogue .cat-off")
    assert "genrelens serve --catalogue my.db" in page.inner_text("#catalogue .cat-off")
