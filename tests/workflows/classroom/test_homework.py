"""Homework is heard, matched and judged kindly; whatever fails is a row."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from genrelens.audio.windows import listen
from genrelens.listening.analyze import analyze
from genrelens.sentences.homework import agreement_text, claim_text, class_sections, counts_text, evidence_texts
from genrelens.words import LANGUAGES
from genrelens.workflows.arbitration.names import meanings
from genrelens.workflows.classroom.handed_in import Handed, HandedIn
from genrelens.workflows.classroom.homework import homework
from genrelens.workflows.classroom.roster import read_roster
from tests.workflows.heard import HOSTILE, heard_class


@pytest.fixture(scope="module")
def rows():
    return {one.entry.student: one for one in heard_class().feedback}


def test_each_row_is_judged_against_what_the_model_hears(rows, model, examples):
    by_name = {path.name: path for path in examples}
    for student, file in (
        ("Li Wei", "four_on_the_floor.ogg"),
        ("Anna", "strauss_waltz.ogg"),
        ("Max", "hip_hop_beat.ogg"),
    ):
        one, found = rows[student], analyze(model, by_name[file])
        assert one.piece.analysis.top == found.top
        possible = set(found.prediction_set) & set(one.claimed)
        expected = "agrees" if found.top[0].id in one.claimed else "possible" if possible else "differs"
        assert (one.agreement, one.cause) == (expected, "")
    assert rows["Anna"].agreement == "agrees"
    assert rows["王芳"].claimed == ("Jazz",)
    assert rows["王芳"].agreement == "differs"
    assert "Metal and not Jazz" in agreement_text(rows["王芳"], "en")


def test_what_cannot_be_judged_says_why(rows):
    assert {name: rows[name].cause for name in ("Eva", "Ann", "Ben", HOSTILE)} == {
        "Eva": "no_file",
        "Ann": "ambiguous",
        "Ben": "failed",
        HOSTILE: "unknown_claim",
    }
    assert all(rows[name].agreement == "open" for name in ("Eva", "Ann", "Ben", HOSTILE))
    assert rows["Ben"].piece.error.code == "AUDIO_UNREADABLE"
    assert rows["Ann"].candidates == ("a/twice.mp3", "b/twice.mp3")
    assert "AUDIO_UNREADABLE" in agreement_text(rows["Ben"], "zh")
    assert rows["Tom"].how == "student"


def test_everybody_with_a_piece_gets_two_questions_and_the_evidence(rows):
    for one in heard_class().feedback:
        assert len(one.questions) == 2 or one.piece is None or one.piece.genre is None
        assert len({asked.code for asked in one.questions}) == len(one.questions)
    assert rows["Max"].questions[0].code == "no_reasons"
    assert [asked.code for asked in rows["王芳"].questions] == ["convince", "neighbour"]
    said = " ".join(evidence_texts(rows["Li Wei"], "en"))
    assert "“four-on-the-floor”. Measured: what speaks for the genre repeats every 0.46 s, 130 times a minute." in said
    assert "no word for that instrument" in said
    assert "drums" not in " ".join(echo.written for echo in rows["Anna"].echoes)
    assert "synthesizer" not in " ".join(evidence_texts(rows["Anna"], "en"))


def test_the_evidence_is_for_the_claim_that_is_not_ruled_out(rows):
    assert rows["Anna"].piece.evidence.label == "Classical"
    assert rows["王芳"].piece.evidence.label == "Metal"


@pytest.fixture(scope="module")
def claims(model, examples):
    """Feedback by what was claimed of one piece, which sounds like Electronic, and may be Disco."""
    path = next(path for path in examples if path.stem == "four_on_the_floor")
    written = (
        "Techno",
        "Hip Hop/Rap",
        "电子",
        "trap beat",
        "Elektro",
        "Tecno",
        "podcast",
        "Soundtrack",
        "Classical",
        "Zzq",
    )
    rows = "".join(f"student {number},{path.name},{claim},x\n" for number, claim in enumerate(written))
    entries = read_roster(f"student,file,genre,reasons\n{rows}".encode())
    found = homework(model, entries, HandedIn((Handed(path.name, path),)))
    return {one.entry.claimed: one for one in found.feedback}


def test_a_claim_is_understood_as_people_write_genres(claims):
    assert {written: claims[written].claimed for written in ("Techno", "Hip Hop/Rap", "电子")} == {
        "Techno": ("Electronic",),
        "Hip Hop/Rap": ("Hip-Hop", "Rap"),
        "电子": ("Electronic",),
    }
    assert claims["trap beat"].claimed == meanings(["trap beat"])["trap beat"].labels != ()
    assert claims["Techno"].agreement == claims["电子"].agreement == "agrees"
    assert {claims[written].agreement for written in ("Hip Hop/Rap", "trap beat")} <= {"possible", "differs"}


def test_what_a_sub_genre_counts_as_is_said(claims):
    said = {language: claim_text(claims["Techno"], language) for language in LANGUAGES}
    assert said == {"en": "Techno (counts as Electronic)", "zh": "Techno（归入电子）"}
    assert "counts as" in claim_text(claims["trap beat"], "en")
    for plain in ("Hip Hop/Rap", "电子", "Classical", "Zzq"):
        assert claim_text(claims[plain], "en") == claim_text(claims[plain], "zh") == plain


def test_what_is_no_genre_is_said_with_what_was_perhaps_meant(claims):
    unknown = {written: claims[written].meaning.near for written in ("Tecno", "podcast", "Soundtrack", "Zzq")}
    assert {claims[written].cause for written in unknown} == {"unknown_claim"}
    assert unknown["Tecno"][0] == "techno"
    assert unknown["Zzq"] == ()
    assert "Was this meant: techno?" in agreement_text(claims["Tecno"], "en")
    assert "是不是想写：techno？" in agreement_text(claims["Tecno"], "zh")
    assert "meant" not in agreement_text(claims["Zzq"], "en")
    assert claims["Tecno"].to_dict()["claimed_near"] == list(unknown["Tecno"])


def test_an_unsure_model_does_not_contradict(claims):
    sure = claims["Classical"]
    assert sure.agreement == "differs"
    assert agreement_text(sure, "en").startswith("The model hears Electronic and not Classical (")
    doubtful = replace(sure, piece=replace(sure.piece, answer=replace(sure.piece.analysis, tier="unsure")))
    assert agreement_text(doubtful, "en").startswith("The model is not sure. It hears Electronic most (")
    assert "没有把握" in agreement_text(doubtful, "zh")


def test_the_class(rows):
    found = heard_class()
    assert sum(found.counts.values()) == len(found.feedback) == 10
    assert [(some.students, some.same) for some in found.shared] == [(("Max", "Zoe"), "file")]
    assert ("Jazz", "Metal", ("王芳",)) in [(some.claimed, some.heard, some.students) for some in found.mixed_up]
    assert "bach_prelude.ogg" in found.extra
    assert {one.entry.student for one in found.failed} == {"Eva", "Ann", "Ben"}
    titles = [title for title, _ in class_sections(found, "en")]
    assert titles == [
        "What was heard differently",
        "One piece, several students",
        "Without a file",
        "Several files fit",
        "Could not be heard",
        "Files that are nobody's",
        "Left out of the zip",
    ]
    assert [len(lines) for _, lines in class_sections(found, "en")] == [
        len(lines) for _, lines in class_sections(found, "zh")
    ]
    assert "of 10" in counts_text(found, "en")
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["feedback"][0]["heard"]["top"][0]["id"] == "Electronic"


def test_progress_is_told_and_what_it_raises_ends_the_hearing(model, examples):
    entries = read_roster(b"student,file\n" + "".join(f"a,{p.name}\n" for p in examples[:3]).encode())
    handed = HandedIn(tuple(Handed(path.name, path) for path in examples[:3]))
    told = []
    homework(model, entries, handed, step=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
    assert {done for done, _ in told} >= {0, 1, 2, 3}
    heard = []

    def decoder(source, **wished):
        heard.append(source)
        return listen(source, **wished)

    def stop(done, total):
        if done:
            raise InterruptedError

    many = HandedIn(tuple(Handed(f"{n}.ogg", examples[n % 3]) for n in range(12)))
    rows = read_roster(("student,file\n" + "".join(f"a,{n}.ogg\n" for n in range(12))).encode())
    with pytest.raises(InterruptedError):
        homework(model, rows, many, decoder=decoder, step=stop)
    assert len(heard) < 8
