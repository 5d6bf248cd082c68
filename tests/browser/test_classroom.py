"""A teacher's tab: a list and a zip become feedback, pieces a lesson sheet; cancelled, narrow, projected."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from docx import Document

from genrelens.workflows.classroom.lesson_sheet import MAX_PIECES
from tests.browser.conftest import until

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=alert(1)>"
HOMEWORK, LESSON = (f"#classroom .lesson-form[data-kind={kind}]" for kind in ("homework", "lesson"))
ROSTER = f"姓名,文件,流派,理由\n王芳,bossa.ogg,爵士,鼓和吉他\n{HOSTILE},broken.mp3,摇滚,=1+1\n李明,none.mp3,,\n"


def opened(open_page, **options):
    page = open_page(**options)
    page.evaluate("location.hash = 'classroom'")
    page.wait_for_selector(f"{HOMEWORK} .start", state="visible")
    return page


def zipped(examples):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(next(path for path in examples if path.stem == "bossa_nova"), "bossa.ogg")
        archive.writestr("broken.mp3", b"no sound" * 20)
        archive.writestr("in.zip", b"PK")
    return {"name": "class.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}


def narrow(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def taken(page, selector):
    with page.expect_download() as download:
        page.locator(selector).click()
    return download.value.path().read_bytes()


def test_feedback_for_a_class(open_page, server, examples):
    before = server.songs()
    page = opened(open_page, locale="zh-CN")
    assert page.locator(f"{HOMEWORK} .start").is_disabled()
    roster = {"name": "名单.csv", "mimeType": "text/csv", "buffer": ROSTER.encode("gbk")}
    page.locator(f"{HOMEWORK} input.roster-file").set_input_files(roster)
    assert page.locator(f"{HOMEWORK} .start").is_disabled()
    page.locator(f"{HOMEWORK} input.files").set_input_files(zipped(examples))
    assert "class.zip" in page.inner_text(f"{HOMEWORK} [data-slot=files]")
    page.locator(f"{HOMEWORK} .start").click()
    page.wait_for_selector(f"{HOMEWORK}[data-state=done]")
    rows = page.evaluate(
        "[...document.querySelectorAll('#classroom .class-rows .row')].map((row) => ({...row.dataset}))"
    )
    assert [(row["agreement"], row["cause"]) for row in rows] == [
        ("agrees", ""),
        ("open", "failed"),
        ("open", "no_file"),
    ]
    page.locator(f"{HOMEWORK} details").first.locator("summary").click()
    shown = page.inner_text(f"{HOMEWORK} .result")
    for said in ("王芳", "不是评分", "讨论题", HOSTILE, "压缩包里的压缩包", "AUDIO_UNREADABLE"):
        assert said in shown
    until(lambda: server.songs() <= before)
    book = openpyxl.load_workbook(io.BytesIO(taken(page, f"{HOMEWORK} .take[data-kind=xlsx]")))
    assert [row[0] for row in book["反馈"].iter_rows(min_row=2, values_only=True)] == ["王芳", HOSTILE, "李明"]
    page.click("[data-language-choice=en]")
    assert "it is not a grade" in page.inner_text(f"{HOMEWORK} .result")
    assert b"Feedback on our music" in taken(page, f"{HOMEWORK} .take[data-kind=html]")
    page.set_viewport_size({"width": 360, "height": 800})
    assert narrow(page)
    page.click("[data-classroom-toggle]")
    assert narrow(page)


def test_a_lesson_sheet_and_calling_off(open_page, server, examples):
    before = server.songs()
    page = opened(open_page, width=360)
    assert narrow(page)
    pieces = [{"name": f"{n}.ogg", "mimeType": "audio/ogg", "buffer": examples[1].read_bytes()} for n in range(3)]
    page.locator(f"{LESSON} input.files").set_input_files(pieces)
    page.fill("#lesson-title", "Term 5")
    page.locator(f"{LESSON} .start").click()
    page.locator(f"{LESSON} .cancel").click()
    assert page.locator(f"{LESSON} .cancel").is_hidden()
    until(lambda: server.songs() <= before)
    assert page.locator(f"{LESSON} .take").first.is_hidden()
    page.locator(f"{LESSON} .start").click()
    page.wait_for_selector(f"{LESSON}[data-state=done]")
    assert page.locator(f"{LESSON} .sheet-rows .row[data-genre=Jazz]").count() == 3
    assert narrow(page)
    sheet = Document(io.BytesIO(taken(page, f"{LESSON} .take[data-kind=docx]")))
    assert sheet.paragraphs[0].text == "Term 5"
    assert len(sheet.inline_shapes) == 3


def test_files_over_the_limit_are_left_out_and_that_is_said(open_page):
    page = opened(open_page)
    pieces = [{"name": f"{n}.ogg", "mimeType": "audio/ogg", "buffer": b"x"} for n in range(MAX_PIECES + 1)]
    page.locator(f"{LESSON} input.files").set_input_files(pieces[:-1])
    assert page.locator(f"{LESSON} .overfull").is_hidden()
    page.locator(f"{LESSON} input.files").set_input_files(pieces)
    assert str(MAX_PIECES) in page.locator(f"{LESSON} .overfull").inner_text()
    assert page.inner_text(f"{LESSON} [data-slot=files] .given-names").startswith(f"{MAX_PIECES}: ")


def test_without_files_there_is_an_example_to_download_and_to_try(open_page):
    page = opened(open_page)
    assert "student,file,claimed genre,reasons" in taken(page, ".example-roster").decode("utf-8-sig")
    page.locator(f"{HOMEWORK} .use-examples").click()
    page.wait_for_selector(f"{HOMEWORK}[data-state=done]")
    assert page.locator(f"{HOMEWORK} .class-rows .row").count() == 4


def test_what_is_no_list_is_said(open_page, examples):
    page = opened(open_page)
    wrong = {"name": "list.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
    page.locator(f"{HOMEWORK} input.roster-file").set_input_files(wrong)
    page.locator(f"{HOMEWORK} input.files").set_input_files(zipped(examples))
    page.locator(f"{HOMEWORK} .start").click()
    page.wait_for_selector(f"{HOMEWORK}[data-state=failed] .failure[data-code=ROSTER_INVALID]")
    assert page.locator(f"{HOMEWORK} .start").is_enabled()
