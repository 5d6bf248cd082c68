"""Pieces made by hand for what needs no sound; a class and a sheet of our examples, heard once for all tests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from genrelens.audio.windows import SourceInfo
from genrelens.insight.evidence_claims import Claim
from genrelens.insight.loudness import Loudness
from genrelens.insight.notes import Notes
from genrelens.insight.rhythm import Rhythm
from genrelens.insight.timbre import Timbre
from genrelens.insight.tonality import Key, KeyName, Tuning
from genrelens.workflows.classroom.handed_in import Handed, HandedIn, LeftOut
from genrelens.workflows.classroom.homework import ClassFeedback, homework
from genrelens.workflows.classroom.lesson_sheet import LessonSheet, lesson_sheet
from genrelens.workflows.classroom.piece import Asked, Piece
from genrelens.workflows.classroom.roster import read_roster
from tests.studio.made import analysis

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HOSTILE = "<img src=x onerror=alert(1)>"
ROSTER = f"""student,file,claimed genre,reasons
Li Wei,four_on_the_floor.ogg,Disco,"Disco because of the four-on-the-floor beat, and synthesizer"
Anna,STRAUSS_WALTZ,Classical,"violin, no drums, major"
王芳,metal_riff.ogg,爵士,速度快
{HOSTILE},joplin_rag.ogg,=cmd|' /C calc'!A0,"=HYPERLINK(""http://x"")"
Eva,nothing.mp3,Rock,
Tom,,Reggae,off-beats
Max,hip_hop_beat.ogg,Hip-Hop,
Zoe,copy.ogg,Rap,drums
Ben,broken.mp3,Rock,
Ann,twice.mp3,Rock,
"""
SOURCE = SourceInfo("song.mp3", "0" * 64, 200.0, "mp3", 44_100, 2)


class Seen:
    """As much of an `Evidence` as reasons and questions look at."""

    def __init__(self, label="Jazz", claims=(), period_s=0.5):
        self.label, self.claims = label, tuple(Claim(code, {"period_s": period_s}) for code in claims)
        self.start_s, self.end_s = 30.0, 40.0


def notes(*, bpm=None, other=None, metre=None, key=None, brightness="balanced") -> Notes:
    name = KeyName(9, key) if key else None
    return Notes(
        SOURCE,
        None,
        0.0,
        80.0,
        Rhythm(SOURCE, 0.0, 80.0, bpm, 0.9, other, (), metre, 0.9, ()),
        Key(name, 0.9, None),
        Tuning(None, 0.0),
        Loudness(None, None, None, None, None),
        Timbre(1500.0, brightness, 0.9, 0.4, 0.5, 0.1, False),
        (),
    )


def piece(tier="sure", *, tags=(), claims=(), period_s=0.5, evidence=True, name="song.mp3", **noted) -> Piece:
    found = replace(analysis(tier, name=name, tags=tags), prediction_set=())
    seen = Seen(found.top[0].id, claims, period_s) if evidence else None
    return Piece(name, found, notes(**noted), seen)


@cache
def heard_class() -> ClassFeedback:
    """`ROSTER` with our examples, a copy, a broken file, and a name that two files have."""
    from genrelens import load_model

    named = {path.name: path for path in sorted(EXAMPLES.glob("*.ogg"))}
    named |= {"tom.ogg": named.pop("one_drop_reggae.ogg"), "copy.ogg": named["hip_hop_beat.ogg"]}
    named |= {"broken.mp3": EXAMPLES / "examples.json", "a/twice.mp3": EXAMPLES, "b/twice.mp3": EXAMPLES}
    handed = HandedIn(tuple(Handed(*pair) for pair in named.items()), (LeftOut("../evil.mp3", "path"),))
    return homework(load_model(device="cpu"), read_roster(ROSTER.encode()), handed)


@cache
def heard_sheet() -> LessonSheet:
    """A sheet of six of our examples and a broken file, with a hostile title."""
    from genrelens import load_model

    paths = sorted(EXAMPLES.glob("*.ogg"))[:6]
    asked = [Asked(path, path.name) for path in (*paths, EXAMPLES / "examples.json")]
    return lesson_sheet(load_model(device="cpu"), asked, title=HOSTILE)
