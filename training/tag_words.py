"""The words for instruments and voices: how they are heard, and how it is known whether they are there.

A word's logit is the largest of the AudioSet logits that it stands for, which the network has anyway. The truth comes
from elsewhere: General MIDI programs for rendered scores, and tags of taggers that were trained on other data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from training.bodies import SOUNDS

__all__ = ["COMMON", "RARE", "USUAL", "WORDS", "Word", "class_table", "entries"]

COMMON: Final = 0.3
"""Share of music in which the word is true: taken for what most bands have."""
USUAL: Final = 0.1
RARE: Final = 0.03
KIT: Final = 128
"""Drum kits are numbered from here: 128 is the standard kit, 153 the TR-808."""

_ACOUSTIC_KITS: Final = tuple(KIT + kit for kit in (0, 8, 16, 32, 40))
_DRUM_MACHINES: Final = (KIT + 24, KIT + 25)
_SYNTHS: Final = (38, 39, 50, 51, 62, 63, *range(80, 96))


@dataclass(frozen=True, slots=True)
class Word:
    """One word.

    Attributes:
        id: English and stable.
        en: The word in English.
        zh: The word in Chinese.
        sounds: Indices of the AudioSet classes that it stands for.
        share: Of music in which it is true, for precision on rendered scores.
        programs: General MIDI programs (from 0) and kits (from `KIT`) that sound like it; empty: no score knows it.
        doubtful: Programs of which a fair listener might say the word or not: such pieces are not counted.
        tags: Tags of the taggers that mean the same; empty: no tagger knows it.
        labels: Genres, not-music or `speech` in whose clips it is taken for true; counted as a source of truth.
        not_labels: Those in whose clips it may be true or not: such clips are not counted.
    """

    id: str
    en: str
    zh: str
    sounds: tuple[int, ...]
    share: float = USUAL
    programs: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    not_labels: tuple[str, ...] = ()


WORDS: Final = (
    Word("piano", "piano", "钢琴", (153,), COMMON, (0, 1, 2, 3), (4, 5, 6, 7, 8, 10), ("piano",)),
    Word("electric_piano", "electric piano", "电钢琴", (154,), USUAL, (4, 5), (2, 7), ("electricpiano",)),
    Word("organ", "organ", "风琴", (155, 156, 157), USUAL, (16, 17, 18, 19, 20), (21, 22, 23)),
    Word("harpsichord", "harpsichord", "羽管键琴", (160,), RARE, (6,), (7, 15), ("harpsichord",)),
    Word(
        "synthesizer", "synthesiser", "合成器", (158,), COMMON, _SYNTHS,
        (4, 5, 7, 16, 17, 18, 54, 55, 118, 119, *range(96, 104), *_DRUM_MACHINES), ("synth", "synthesizer"),
    ),
    Word(
        "guitar", "guitar", "吉他", (140, 141, 143, 144, 145, 146), COMMON, tuple(range(24, 32)),
        (15, 104, 105, 106, 107), ("guitar", "acousticguitar", "electricguitar"),
    ),
    Word(
        "acoustic_guitar", "acoustic guitar", "原声吉他", (143,), USUAL, (24, 25), (26, 27, 31, 105),
        ("acousticguitar",),
    ),
    Word(
        "electric_guitar", "electric guitar", "电吉他", (141,), USUAL, tuple(range(26, 32)), (24, 25, 84),
        ("electricguitar",),
    ),
    Word(
        "distorted_guitar", "distorted guitar", "失真吉他", (220, 221, 222), USUAL, (29, 30),
        (27, 28, 31, 84), (), ("Metal",),
        ("Rock", "Pop", "Blues", "Rap", "Hip-Hop", "Electronic", "World", "Country", "not-music"),
    ),
    Word("bass_guitar", "bass guitar", "电贝斯", (142,), COMMON, tuple(range(33, 38)), (32, 38, 39, 43), ("bass",)),
    Word("double_bass", "double bass", "低音提琴", (194,), USUAL, (32, 43), (33, 35, 42, 44, 45, 48, 49)),
    Word("banjo", "banjo", "班卓琴", (147,), RARE, (105,), (106, 107)),
    Word("sitar", "sitar", "西塔琴", (148,), RARE, (104,), (106, 107), ("sitar",)),
    Word("harp", "harp", "竖琴", (199,), RARE, (46,), (15, 107), ("harp",)),
    Word("violin", "violin", "小提琴", (191,), USUAL, (40, 110), (41, 42, 44, 48, 49, 50, 51), ("violin",)),
    Word("cello", "cello", "大提琴", (193,), RARE, (42,), (41, 43, 44, 48, 49), ("cello",)),
    Word(
        "strings", "strings", "弦乐", (189, 190), USUAL, (40, 41, 42, 43, 44, 48, 49, 110), (45, 50, 51),
        ("strings",),
    ),
    Word("orchestra", "orchestra", "管弦乐团", (184,), USUAL, (), (), ("orchestral",)),
    Word("trumpet", "trumpet", "小号", (187,), USUAL, (56, 59), (57, 60, 61, 62, 63)),
    Word("trombone", "trombone", "长号", (188,), RARE, (57,), (56, 58, 60, 61, 62, 63)),
    Word("brass", "brass", "铜管", (185, 186, 187, 188), USUAL, tuple(range(56, 62)), (55, 62, 63)),
    Word("saxophone", "saxophone", "萨克斯", (197,), USUAL, (64, 65, 66, 67), ()),
    Word("clarinet", "clarinet", "单簧管", (198,), RARE, (71,), (64, 68, 69)),
    Word("flute", "flute", "长笛", (196,), USUAL, (72, 73), (74, 75, 76, 77, 78, 79), ("flute",)),
    Word("harmonica", "harmonica", "口琴", (208,), RARE, (22,), (20, 21, 23)),
    Word("accordion", "accordion", "手风琴", (209,), RARE, (21, 23), (20, 22)),
    Word("bagpipes", "bagpipes", "风笛", (210,), RARE, (109,), (111,)),
    Word("vibraphone", "vibraphone", "颤音琴", (182,), RARE, (11,), (8, 9, 10, 12, 14)),
    Word("marimba", "marimba or xylophone", "马林巴或木琴", (180,), RARE, (12, 13), (108, 114)),
    Word("glockenspiel", "glockenspiel", "钟琴", (181,), RARE, (9,), (8, 10, 11, 14)),
    Word("steelpan", "steel drum", "钢鼓", (183,), RARE, (114,), (108,)),
    Word("timpani", "timpani", "定音鼓", (169,), RARE, (47,), (116, 117)),
    Word("drum_kit", "drums", "鼓", (162,), COMMON, _ACOUSTIC_KITS, (*_DRUM_MACHINES, 116, 117, 118), ("drums",)),
    Word("drum_machine", "drum machine", "鼓机", (163,), USUAL, _DRUM_MACHINES, (118,), ("drummachine",)),
    Word(
        "singing", "singing", "歌声", (27, 32, 33, 34), COMMON, (), (),
        ("singing", "vocal", "vocals", "voice", "female vocalists", "male vocalists"),
    ),
    Word(
        "female_singing", "a woman singing", "女声演唱", (33,), COMMON, (), (),
        ("female vocal", "female voice", "female vocalists", "female vocalist"),
    ),
    Word(
        "male_singing", "a man singing", "男声演唱", (32,), COMMON, (), (),
        ("male vocal", "male voice", "male vocalists"),
    ),
    Word(
        "rapping", "rapping", "说唱", (36,), USUAL, (), (), (), ("Rap",), ("Hip-Hop",),
    ),
    Word("choir", "choir", "合唱", (28,), RARE, (52,), (53, 54, 91), ("choir", "choral")),
    Word("opera_singing", "operatic singing", "美声演唱", (238,), RARE, (), (), ("opera",)),
    Word("speech", "speech", "说话声", (0,), USUAL, (), (), (), ("speech",), ("Rap", "Hip-Hop", "not-music")),
)  # fmt: skip
"""What can be heard by an AudioSet class and held against some truth. A pan flute and flamenco playing are missing:
no class of AudioSet means the one, and nothing here knows the other."""


def class_table() -> list[list[int]]:
    """AudioSet indices of every word, rows of one length: a word with fewer repeats its first."""
    longest = max(len(word.sounds) for word in WORDS)
    rows = [[*word.sounds, *[word.sounds[0]] * (longest - len(word.sounds))] for word in WORDS]
    if not all(0 <= index < SOUNDS for row in rows for index in row):
        raise ValueError(f"AudioSet has classes 0 to {SOUNDS - 1}")
    return rows


def entries(measured: Sequence[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The array `tags` of `bundle.json`, in the order of the output.

    Args:
        measured: Threshold and precision of each word; None: nothing was measured, and no word is ever offered.
    """
    figures = measured or [{"threshold": None, "precision": None}] * len(WORDS)
    return [
        {"id": word.id, "en": word.en, "zh": word.zh, "threshold": row["threshold"], "precision": row["precision"]}
        for word, row in zip(WORDS, figures, strict=True)
    ]
