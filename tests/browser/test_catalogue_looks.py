"""The looks policy, models and tags as people use them: sliders, a wish, songs that changed, a preview of tags."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.listening.analysis import ModelInfo
from genrelens.workflows.policy import Limits, Policy, policy_text
from tests.browser.conftest import end_server, start_server
from tests.catalogue.made import answer_all, made_catalogue, synthetic_analysis

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>\u202e=1+1.ogg"


@pytest.fixture(scope="module")
def looked(chromium, model, examples, tmp_path_factory):
    """A page with six pieces that two models answered (the older one made up), and a policy file."""
    folder = tmp_path_factory.mktemp("looked")
    paths = [folder / name for name in (HOSTILE, *(f"piece {number}.ogg" for number in range(5)))]
    for path, example in zip(paths, examples, strict=False):
        path.write_bytes(example.read_bytes())
    older = replace(model.bundle, version="0.0.<b>1", model_sha256="1" * 64)
    info = ModelInfo(older.name, older.version, older.model_sha256, True)
    with open_catalogue(folder / "my db.db", create=True) as made:
        known = made.model_id(older)
        shas = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
        made.plan(known, [FileRecord(str(path), 1, 1, sha) for path, sha in zip(paths, shas, strict=True)])
        answers = {sha: synthetic_analysis(3, number, sha, older, info) for number, sha in enumerate(shas)}
        answer_all(made, known, "older", answers)
    made_catalogue(folder / "my db.db", model, paths).close()
    (folder / "mine.yaml").write_text(policy_text(Policy(Limits(0.7, 0.5))), encoding="utf-8")
    server = start_server(folder, "--catalogue", str(folder / "my db.db"), "--policy", str(folder / "mine.yaml"))
    yield server, folder, paths
    end_server(server)


def opened(open_page, server, look, **options):
    page = open_page(server.url, **options)
    page.evaluate(f"location.hash = 'catalogue/{look}'")
    page.wait_for_selector(f"#catalogue .cat-part[data-look={look}]:not([hidden])")
    return page


def sums(page):
    return page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('#catalogue .sums li')]"
        ".map((item) => [item.dataset.action, Number(item.dataset.count)]))"
    )


def slide(page, name, value):
    page.evaluate(
        """([name, value]) => {
          const input = document.querySelector(`#catalogue .limit input[name=${name}]`);
          input.value = value;
          input.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        [name, value],
    )


def test_a_policy_is_tried_and_taken_away(open_page, looked):
    server, _, _ = looked
    page = opened(open_page, server, "policy")
    page.wait_for_selector("#catalogue .work-rows")
    assert page.input_value("#catalogue .limit input[name=accept]") == "0.7"
    assert "mine.yaml" in page.inner_text("#catalogue .policy-try")
    assert sum(sums(page).values()) == 6
    slide(page, "accept", "0")
    page.wait_for_function("document.querySelector('#catalogue [data-action=accept]').dataset.count === '6'")
    assert page.inner_text("#catalogue .limit:nth-child(2) output") == "0.00"  # never above the other one
    slide(page, "accept", "1")
    page.wait_for_function("document.querySelector('#catalogue [data-action=accept]').dataset.count === '0'")
    page.locator("#catalogue .limit input[name=accept]").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('#catalogue .take-policy').href.includes('accept=0.999')")
    page.click("#catalogue .cat-policy .read-anew")
    page.wait_for_selector("#catalogue .work-rows")
    assert page.input_value("#catalogue .limit input[name=accept]") == "0.999"  # what was moved stays
    with page.expect_download() as taken:
        page.click("#catalogue .take-policy")
    assert taken.value.suggested_filename == "policy.yaml"
    assert "accept_above: 0.999" in taken.value.path().read_text(encoding="utf-8")
    page.fill("#catalogue .wished input", "90")
    page.click("#catalogue .wish button")
    page.wait_for_function("document.querySelector('#catalogue .take-policy').href.includes('wished=0.9')")
    assert "Accept above" in page.inner_text("#catalogue .buys-said")
    shown = page.inner_text("#catalogue .limit:first-child output")
    assert shown in page.inner_text("#catalogue .buys-said")
    mark = page.evaluate("parseFloat(document.querySelector('#catalogue .limit-mark.accept').style.left)")
    assert mark == pytest.approx(100 * float(shown))


def test_songs_that_two_models_hear_differently(open_page, looked):
    server, _, _ = looked
    page = opened(open_page, server, "models")
    page.wait_for_selector("#catalogue .changed-songs li")
    count = int(page.get_attribute("#catalogue .diff-said", "data-changed"))
    assert 0 < count == page.locator("#catalogue .changed-songs > li").count()
    assert "0.0.<b>1" in page.inner_text("#catalogue .pick-models")
    page.locator("#catalogue .change-rows .pick-change").first.click()
    page.wait_for_selector("#catalogue .change-rows [aria-pressed=true]")
    wanted = int(page.inner_text("#catalogue .change-rows [aria-pressed=true] [aria-hidden]"))
    page.wait_for_function(f"document.querySelectorAll('#catalogue .changed-songs > li').length === {wanted}")
    page.locator("#catalogue .open-song").first.click()
    page.wait_for_selector("#catalogue .opened .this-song")
    assert page.locator("#catalogue .opened .song-list:not(.this-song) li").count() == 5
    page.locator("#catalogue .changed-songs .cat-play").first.click()
    page.wait_for_function("document.querySelector('#catalogue audio').currentTime > 0")
    page.click("#catalogue .look-link[data-look=map]")  # what plays goes with its look
    page.wait_for_function("document.querySelector('#catalogue audio').paused")
    page.go_back()
    page.wait_for_selector("#catalogue .cat-models:not([hidden])")
    page.select_option("#catalogue .pick-models [name=a]", index=0)
    page.select_option("#catalogue .pick-models [name=b]", index=0)
    page.click("#catalogue .pick-models button")
    page.wait_for_selector("#catalogue .diff-said[data-changed='0']")
    page.click("#catalogue .cat-models .read-anew")
    page.wait_for_selector("#catalogue .diff-said[data-changed='0']")


def test_tags_are_shown_and_not_written(open_page, looked):
    server, _, paths = looked
    before = [path.read_bytes() for path in paths]
    page = opened(open_page, server, "tags")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.select_option("#catalogue .tag-form [name=when]", "always")
    page.select_option("#catalogue .tag-form [name=mode]", "replace")
    page.click("#catalogue .tag-form [type=submit]")
    page.wait_for_function("document.querySelector('#catalogue .tag-status').innerText === '6 files read'")
    counts = page.evaluate(
        "[...document.querySelectorAll('#catalogue .pick-kind b')].map((b) => Number(b.textContent))"
    )
    assert sum(counts) == 6
    assert page.locator("#catalogue .tag-rows li").count() == counts[0] > 0
    assert "<img src=x" in page.inner_text("#catalogue .tag-rows")
    page.click("#catalogue .tag-command .copy")
    page.wait_for_selector("#catalogue .tag-command .copied:not([hidden])")
    command = page.evaluate("navigator.clipboard.readText()")
    assert command.startswith("genrelens tags apply --catalogue '")
    assert command.endswith("my db.db' --when always --replace --policy mine.yaml")
    page.click("#catalogue .pick-kind[data-kind=failed]")
    page.wait_for_function(f"document.querySelectorAll('#catalogue .tag-rows li').length === {counts[3]}")
    page.select_option("#catalogue .tag-form [name=when]", "empty")
    page.click("#catalogue .tag-form [type=submit]")
    page.wait_for_selector("#catalogue .tag-rows", state="hidden")
    assert [path.read_bytes() for path in paths] == before


def test_narrow_dark_and_chinese(open_page, looked):
    server, _, _ = looked
    page = opened(open_page, server, "policy", width=360, locale="zh-CN", color_scheme="dark")
    page.wait_for_selector("#catalogue .work-rows")
    assert "哪些答案直接采用" in page.inner_text("#catalogue .cat-policy")
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    page.click("[data-language-choice=en]")  # longer words
    assert page.evaluate("document.querySelector('.work-rows').getBoundingClientRect().right < innerWidth")
    page.click("[data-language-choice=zh]")
    page.click("#catalogue .look-link[data-look=models]")
    page.wait_for_selector("#catalogue .changed-songs li")
    assert page.evaluate(fits)
    page.click("#catalogue .look-link[data-look=tags]")
    assert "有把握的答案和人的判定" in page.inner_text("#catalogue .tag-form [name=when]")
    page.click("#catalogue .tag-form [type=submit]")
    page.wait_for_function("document.querySelector('#catalogue .tag-status').innerText.includes('已读 6 个文件')")
    assert page.evaluate(fits)
    assert page.evaluate("location.hash") == "#catalogue/tags"
    page.click("[data-language-choice=en]")
    assert "6 files read" in page.inner_text("#catalogue .tag-status")


def test_an_empty_catalogue_says_what_to_do(open_page, chromium, tmp_path):
    open_catalogue(tmp_path / "empty.db", create=True).close()
    server = start_server(tmp_path, "--catalogue", str(tmp_path / "empty.db"))
    try:
        page = opened(open_page, server, "map")
        page.wait_for_selector("#catalogue .cat[data-state=error]")
        assert "genrelens label" in page.inner_text("#catalogue .cat-error")
        page.click("#catalogue .look-link[data-look=policy]")
        page.wait_for_function("document.querySelector('#catalogue .policy-box').innerText.includes('genrelens label')")
        page.click("#catalogue .look-link[data-look=models]")
        page.wait_for_function("document.querySelector('#catalogue .models-box').innerText.includes('--bundle')")
    finally:
        end_server(server)
