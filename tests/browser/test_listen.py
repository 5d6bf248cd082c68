"""The tab "Listen" beyond the first answer: sections, evidence, notes, parts, links, keys, the classroom."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.browser.conftest import give, settle, settled

pytestmark = pytest.mark.timeout(240)


def command(*words: str) -> dict:
    """What a command's --json says."""
    done = subprocess.run([sys.executable, "-m", "genrelens", *words, "--json"], capture_output=True, check=True)
    return json.loads(done.stdout)


def download(page, selector: str) -> bytes:
    with page.expect_download() as got:
        page.locator(selector).click()
    return Path(got.value.path()).read_bytes()


@pytest.fixture(scope="module")
def two_pieces(examples, tmp_path_factory) -> Path:
    """A waltz, then a techno beat, as one file."""
    from genrelens.audio.codecs import Format, encode
    from genrelens.audio.song import read_song

    named = {path.stem: path for path in examples}
    parts = [read_song(named[name], end_s=20.0).samples for name in ("strauss_waltz", "four_on_the_floor")]
    path = tmp_path_factory.mktemp("song") / "two.flac"
    path.write_bytes(encode(np.concatenate(parts, axis=1), 32_000, Format("flac", "flac", "flac", "s16", None)))
    return path


def test_every_number_is_the_commands(open_page, two_pieces):
    page = open_page()
    assert give(page, two_pieces) == "done"
    settled(page)
    shown = {
        "answer": page.locator("#answer .bar").evaluate_all(
            "all => all.map(e => [e.dataset.genre, +e.dataset.probability])"
        ),
        "sections": page.locator("#timeline .sections .section").evaluate_all(
            "all => all.map(e => [+e.dataset.sectionStart, +e.dataset.sectionEnd, e.dataset.genre,"
            " +e.querySelector('.section-value').dataset.probability])"
        ),
        "evidence": page.locator("#evidence div.evidence").evaluate(
            "e => [e.dataset.genre, +e.dataset.start, +e.dataset.logit]"
        ),
    }
    answer = command("classify", str(two_pieces))
    assert shown["answer"] == [[s["id"], pytest.approx(s["probability"], abs=5.1e-5)] for s in answer["top"][:5]]
    sections = command("timeline", str(two_pieces))["sections"]
    assert len(sections) >= 2
    assert shown["sections"] == [
        [
            pytest.approx(s["start_s"], abs=6e-4),
            pytest.approx(s["end_s"], abs=6e-4),
            s["genre"],
            pytest.approx(s["top"][0]["probability"], abs=5.1e-5),
        ]
        for s in sections
    ]
    genre, start, logit = shown["evidence"]
    evidence = command("evidence", str(two_pieces), "--at", f"{start:.3f}", "--genre", genre)
    assert logit == pytest.approx(evidence["logit"], abs=1e-5)
    # The download is all of them together, as the commands give them.
    kept = json.loads(download(page, "#facts a[href$='result.json']"))
    assert kept["notes"]["loudness"] == command("notes", str(two_pieces))["loudness"]
    assert [s["start_s"] for s in kept["timeline"]["sections"]] == [s["start_s"] for s in sections]
    rows = list(csv.reader(io.StringIO(download(page, "#facts a[href$='result.csv']").decode("utf-8-sig"))))
    assert rows[0][:2] == ["start_s", "end_s"]
    assert len(rows) == 1 + len(kept["timeline"]["probabilities"])
    for kind, start_of in (("timeline.png", b"\x89PNG"), ("evidence.svg", b"<svg"), ("answer.png", b"\x89PNG")):
        assert download(page, f"#facts a[href$='{kind}']").startswith(start_of)


def test_a_section_is_played_explained_and_heard_alone(open_page, two_pieces):
    page = open_page()
    give(page, two_pieces)
    settled(page)
    last = page.locator("#timeline .sections .section").last
    start = float(last.get_attribute("data-section-start"))
    last.locator("[data-play-start]").click()
    page.wait_for_function(f"document.querySelector('#song audio').currentTime > {start}")
    last.locator("[data-why-genre]").click()
    page.wait_for_function(f"+document.querySelector('#evidence div.evidence').dataset.start >= {start - 0.1}")
    assert page.get_attribute("#evidence div.evidence", "data-genre") == last.get_attribute("data-genre")
    before = page.get_attribute("#answer .run", "data-run")
    last.locator("[data-ask-part]").click()
    page.wait_for_function(f"document.querySelector('#answer .run').dataset.run !== '{before}'")
    assert settle(page) == "done"
    first = min(float(part.get_attribute("data-start")) for part in page.locator("#facts .part").all())
    assert first >= start - 0.1


def test_a_part_is_chosen_by_two_numbers_or_by_dragging(open_page, examples, model):
    from genrelens import analyze

    page = open_page()
    give(page, examples[0])
    page.fill(".part-from", "0:05")
    page.fill(".part-to", "17.5")
    page.locator(".part-to").blur()
    page.click(".part-ask")
    page.wait_for_function("document.querySelector('#answer .run').dataset.run === '2'")
    assert settle(page) == "done"
    expected = analyze(model, examples[0], start_s=5.0, end_s=17.5)
    bar = page.locator("#answer .bar").first
    assert bar.get_attribute("data-genre") == expected.top[0].id
    assert float(bar.get_attribute("data-probability")) == pytest.approx(expected.top[0].probability, abs=5.1e-5)
    box = page.locator("#song .wave").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 25, steps=4)
    page.mouse.up()
    length = expected.source.duration_s
    minutes, _, seconds = page.input_value(".part-from").partition(":")
    assert int(minutes) * 60 + float(seconds) == pytest.approx(length / 4, abs=1.0)
    assert page.locator("#song .chosen").is_visible()


def test_the_keys(open_page, two_pieces):
    page = open_page()
    give(page, two_pieces)
    settled(page)
    page.wait_for_selector("#song .play:enabled")
    page.evaluate("document.activeElement.blur()")
    second = float(page.locator("#timeline .sections .section").nth(1).get_attribute("data-section-start"))
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"Math.abs(document.querySelector('#song audio').currentTime - {second}) < 0.5")
    page.keyboard.press(" ")
    page.wait_for_function("!document.querySelector('#song audio').paused")
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('#song audio').paused")
    rival = page.locator("#answer .bar").nth(1).get_attribute("data-genre")
    page.keyboard.press("2")
    page.wait_for_function(f"document.querySelector('#evidence div.evidence').dataset.genre === '{rival}'")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_classroom_guesses_first(open_page, examples, locale):
    page = open_page(locale=locale, width=360 if locale == "zh-CN" else 1280)
    page.wait_for_selector(".hero")
    page.click("[data-classroom-toggle]")
    page.check(".guess-on")
    give(page, examples[0])
    assert page.locator("#answer .run").is_hidden()
    assert page.locator("#guess").is_visible()
    for _ in range(3):
        page.click("[data-genre=Jazz] [data-guess='1']")
    page.click("[data-genre=Folk] [data-guess='1']")
    page.click("[data-genre=Jazz] [data-guess='-1']")
    page.click(".guess-reveal")
    assert page.locator("#answer .run").is_visible()
    assert page.locator("#guess").is_hidden()
    hands = page.locator("#answer .tally li:visible").evaluate_all(
        "all => all.map(e => [e.dataset.tally, e.innerText])"
    )
    assert [(genre, text.split()[-1]) for genre, text in hands] == [("Folk", "1"), ("Jazz", "2")]
    assert page.locator("#answer .genre-card[open]").count() == 1
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_link_opens_the_result_again_and_a_wrong_one_says_so(open_page, server, examples):
    page = open_page()
    give(page, examples[0])
    first = page.locator("#answer .bar").first.get_attribute("data-probability")
    link = page.get_attribute("#facts .permalink", "href")
    other = open_page(server.url + link)
    assert settle(other) == "done"
    assert other.locator("#answer .bar").first.get_attribute("data-probability") == first
    other.wait_for_selector("#song .play:enabled")
    settled(other)
    gone = open_page(server.url + "?result=nothing#listen")
    assert settle(gone) == "failed"
    assert gone.locator("#answer code").inner_text() == "RESULT_NOT_FOUND"


def test_cancel_cancels(open_page, examples):
    page = open_page()
    page.wait_for_selector(".hero")
    page.evaluate("document.querySelector('#song input.file').value = ''")
    page.locator("#song input.file").set_input_files(examples[0])
    page.locator("#song .cancel").click(timeout=5000)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.body.dataset.listening") in ("empty", "cancelled")
    assert not page.locator("#answer .run").is_visible()
    assert give(page, examples[1]) == "done"


def test_two_people_with_different_songs_see_their_own(open_page, examples, model):
    from genrelens import analyze

    pages = [open_page(), open_page()]
    for page, song in zip(pages, examples[:2], strict=True):
        page.locator("#song input.file").set_input_files(song)
    for page, song in zip(pages, examples[:2], strict=True):
        assert settle(page) == "done"
        expected = analyze(model, song).top[0]
        bar = page.locator("#answer .bar").first
        assert bar.get_attribute("data-genre") == expected.id
        assert float(bar.get_attribute("data-probability")) == pytest.approx(expected.probability, abs=5.1e-5)
        assert page.locator("#song .song-name").inner_text() == song.name
        settled(page)
    assert len({page.get_attribute("#answer .run", "data-token") for page in pages}) == 2


def test_ten_clients_at_once_get_their_own(open_page, model):
    from genrelens import analyze
    from genrelens.studio.samples import find_samples

    samples = find_samples()
    pages = [open_page() for _ in samples]
    assert len(pages) == 10
    for page in pages:
        page.wait_for_selector("#examples [data-example]")
    for page, sample in zip(pages, samples, strict=True):
        page.locator(f"#examples [data-example={sample.id}]").click()
    for page, sample in zip(pages, samples, strict=True):
        assert settle(page) == "done"
        best = analyze(model, sample.path).top[0]
        bar = page.locator("#answer .bar").first
        assert bar.get_attribute("data-genre") == best.id
        assert float(bar.get_attribute("data-probability")) == pytest.approx(best.probability, abs=5.1e-5)
        settled(page)
        assert page.get_attribute("#evidence div.evidence", "data-genre") == best.id
        assert page.evaluate(
            "document.querySelector('#timeline .sections .section:last-child').dataset.sectionEnd * 1"
        ) == (pytest.approx(page.evaluate("document.querySelector('#answer .run').dataset.duration * 1"), abs=0.2))
