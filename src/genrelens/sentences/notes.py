"""The listening notes as rows of words: the same on the page, in pictures and on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from genrelens.insight.notes import Notes
from genrelens.insight.tonality import KeyName
from genrelens.words import say
from genrelens.words.forms import clock, percent

__all__ = ["NoteRow", "key_text", "looked_at_text", "note_rows", "unsure_text"]

_STANDARD_CENTS = 5.0
"""Closer to A = 440 Hz than this is on it: the measurement's own doubt."""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note in one language.

    Attributes:
        code: English and stable: "tempo", "key" ...
        label: What it is.
        value: What is said; "" where it is left out because unsure.
        certainty: 0 to 1; 1 for what is measured rather than judged.
    """

    code: str
    label: str
    value: str
    certainty: float

    def certainty_text(self, language: str) -> str:
        """How sure it is in words; "" for what is measured."""
        return "" if self.certainty >= 1 else say("notes.certainty", language, percent=percent(self.certainty))


def note_rows(notes: Notes, language: str, *, unsure: bool = False) -> tuple[NoteRow, ...]:
    """Every note that can be said, in the order in which people ask; with `unsure` those left out, too."""
    rows = (NoteRow(code, _label(code, language), *said) for code, said in _said(notes, language))
    return tuple(row for row in rows if row.value or unsure)


def unsure_text(notes: Notes, language: str) -> str:
    """Which notes were left out because unsure; "" where none was."""
    names = [row.label for row in note_rows(notes, language, unsure=True) if not row.value]
    return say("notes.left_out", language, names=say("verdict.comma", language).join(names)) if names else ""


def looked_at_text(notes: Notes, language: str) -> str:
    """Which part rhythm and key are of, where that is not all that was listened to; "" else."""
    rhythm = notes.rhythm
    if rhythm is None or rhythm.end_s - rhythm.start_s > notes.end_s - notes.start_s - 1:
        return ""
    return say("notes.looked_at", language, start=clock(rhythm.start_s), end=clock(rhythm.end_s))


def key_text(key: KeyName, language: str) -> str:
    """A key's name: A minor, B-flat major with its sign."""
    letter, sign = key.tonic[0], key.tonic[1:]
    tonic = letter
    if sign:
        tonic = say("notes.sharp" if sign == "#" else "notes.flat", language, letter=letter)
    return say("notes.key_major" if key.mode == "major" else "notes.key_minor", language, tonic=tonic)


def _label(code: str, language: str) -> str:
    return say(f"notes.{code}", language)


def _said(notes: Notes, language: str) -> Iterator[tuple[str, tuple[str, float]]]:
    if notes.rhythm is not None:
        yield "tempo", _tempo(notes, language)
        yield "metre", _metre(notes, language)
        yield "key", _key(notes, language)
        yield "tuning", _tuning(notes, language)
    yield "loudness", (_loudness(notes, language), 1.0)
    if notes.loudness.true_peak_dbtp is not None:
        yield "peak", (say("notes.peak_text", language, peak=f"{notes.loudness.true_peak_dbtp:.1f}"), 1.0)
    if notes.loudness.peak_to_loudness_lu is not None:
        yield "dynamics", (say("notes.dynamics_text", language, room=f"{notes.loudness.peak_to_loudness_lu:.1f}"), 1.0)
    yield from _timbre(notes, language)
    yield "stereo", (_stereo(notes, language), 1.0)
    if notes.tags:
        words = say("verdict.comma", language).join(tag.names[language] for tag in notes.tags)
        yield "heard", (words, min(tag.precision for tag in notes.tags))


def _tempo(notes: Notes, language: str) -> tuple[str, float]:
    rhythm = notes.rhythm
    assert rhythm is not None
    if rhythm.tempo_bpm is None:
        return "", rhythm.tempo_certainty
    bpm = f"{rhythm.tempo_bpm:.0f}"
    if rhythm.alternative_bpm is None:
        return say("notes.tempo_text", language, bpm=bpm), rhythm.tempo_certainty
    other = f"{rhythm.alternative_bpm:.0f}"
    return say("notes.tempo_or", language, bpm=bpm, other=other), rhythm.tempo_certainty


def _metre(notes: Notes, language: str) -> tuple[str, float]:
    rhythm = notes.rhythm
    assert rhythm is not None
    beats = rhythm.metre
    return (say("notes.metre_text", language, beats=beats) if beats else ""), rhythm.metre_certainty


def _key(notes: Notes, language: str) -> tuple[str, float]:
    key = notes.key
    if key.name is None:
        return "", key.certainty
    name, camelot = key_text(key.name, language), key.name.camelot
    if key.alternative is None:
        return say("notes.key_text", language, key=name, camelot=camelot), key.certainty
    other = key_text(key.alternative, language)
    return say("notes.key_or", language, key=name, camelot=camelot, other=other), key.certainty


def _tuning(notes: Notes, language: str) -> tuple[str, float]:
    cents = notes.tuning.cents
    if cents is None:
        return "", notes.tuning.certainty
    if abs(cents) < _STANDARD_CENTS:
        return say("notes.tuning_standard", language), notes.tuning.certainty
    hz = f"{440 * 2 ** (cents / 1200):.0f}"
    return say("notes.tuning_text", language, cents=f"{cents:+.0f}", hz=hz), notes.tuning.certainty


def _loudness(notes: Notes, language: str) -> str:
    heard = notes.loudness
    if heard.integrated_lufs is None:
        return ""
    lufs = f"{heard.integrated_lufs:.1f}"
    if heard.range_lu is None:
        return say("notes.loudness_text", language, lufs=lufs)
    return say("notes.loudness_range", language, lufs=lufs, range=f"{heard.range_lu:.1f}")


def _timbre(notes: Notes, language: str) -> Iterator[tuple[str, tuple[str, float]]]:
    timbre = notes.timbre
    if timbre.centroid_hz is None or timbre.percussive_share is None or timbre.energy is None:
        return
    hz = f"{timbre.centroid_hz:.0f}"
    if timbre.brightness is None:
        yield "brightness", (say("notes.brightness_unsure", language, hz=hz), 1.0)
    else:
        word = say(f"notes.{timbre.brightness}", language)
        yield "brightness", (say("notes.brightness_text", language, word=word, hz=hz), timbre.brightness_certainty)
    struck, rest = percent(timbre.percussive_share), percent(1 - timbre.percussive_share)
    yield "struck", (say("notes.struck_text", language, struck=struck, sustained=rest), 1.0)
    yield "energy", (say("notes.energy_text", language, share=percent(timbre.energy)), 1.0)


def _stereo(notes: Notes, language: str) -> str:
    timbre = notes.timbre
    if timbre.side_share is None:
        return say("notes.one_channel", language)
    if timbre.mono:
        return say("notes.mono", language)
    return say("notes.stereo_text", language, share=percent(timbre.side_share))
