"""Faults that a recording can have, put in on purpose; and sound music that must raise none."""

from __future__ import annotations

import json
import string

import numpy as np
import pytest
import soxr

from genrelens.audio.health import SEVERITIES, UNITS, find, not_music, worst_first
from genrelens.audio.health_advice import ADVICE
from genrelens.audio.windows import listen
from tests.audio.sounds import RATE, file_bytes, made, song, wav_bytes

SOUND = song(24.0)


def findings(sound, rate=RATE):
    excerpt = listen(sound, source_rate=rate) if isinstance(sound, np.ndarray) else listen(sound)
    return {finding.code: finding for finding in excerpt.health}


def test_sound_music_has_none():
    assert findings(SOUND) == {}


@pytest.mark.parametrize("name", ["mp3", "ogg vorbis", "opus", "m4a aac", "wma", "wav 8 bit"])
def test_codecs_are_no_fault(name):
    # 128 kbit mp3 ends at 16 kHz, and that is no telephone.
    assert findings(made(name, 24.0)) == {}


def test_the_examples_are_healthy(examples):
    for path in examples:
        assert listen(path).health == (), path.name


@pytest.mark.parametrize("gain_db", [-25, -10, 0, 2.9])
def test_gain_without_clipping_is_no_fault(gain_db):
    assert findings(SOUND * 10 ** (gain_db / 20)) == {}


@pytest.mark.parametrize(("peak_dbfs", "severity"), [(-31, "warning"), (-60, "warning")])
def test_low_level_and_the_gain_that_mends_it(peak_dbfs, severity):
    found = findings(SOUND / np.abs(SOUND).max() * 10 ** (peak_dbfs / 20))
    finding = found["LOW_LEVEL"]
    assert finding.measured == pytest.approx(peak_dbfs, abs=0.05)
    assert finding.severity == severity
    assert f"{-3 - peak_dbfs} dB" in finding.advice["en"]


def test_silence():
    assert findings(np.zeros(RATE * 10, np.float32))["SILENT"].severity == "error"
    assert "SILENT" in findings(SOUND * 1e-5)


@pytest.mark.parametrize(("gain", "least", "most", "severity"), [(2.3, 0.1, 5, "warning"), (12, 5, 90, "error")])
def test_clipping(gain, least, most, severity):
    finding = findings(np.clip(SOUND * gain, -1, 1))["CLIPPING"]
    assert least < finding.measured < most
    assert finding.severity == severity
    truth = 100 * np.mean(np.abs(SOUND * gain) >= 1)
    assert finding.measured <= truth * 1.05


def test_clipping_below_full_scale_and_on_one_side():
    clipped = np.clip(SOUND * 3, -5, 1) * 0.4
    assert "CLIPPING" in findings(clipped)


@pytest.mark.parametrize("name", ["wav 16 bit", "flac"])
def test_clipping_survives_16_bits(name):
    assert "CLIPPING" in findings(file_bytes(name, np.clip(SOUND * 4, -1, 0.99997)))


def test_a_sine_at_full_scale_is_not_clipped():
    time = np.arange(RATE * 10) / RATE
    for hertz in (20, 30, 55, 110, 440, 3000):
        sine = np.sin(2 * np.pi * hertz * time)[None].astype(np.float32)
        for form in ("wav float", "wav 16 bit", "wav 8 bit"):
            assert "CLIPPING" not in findings(file_bytes(form, sine * np.float32(0.98)))


@pytest.mark.parametrize(
    ("seconds", "code", "severity"), [(0.1, "TOO_SHORT", "error"), (4.9, "TOO_SHORT", "error"), (7.9, "SHORT", "info")]
)
def test_short(seconds, code, severity):
    finding = findings(song(seconds))[code]
    assert finding.severity == severity
    assert finding.measured == pytest.approx(seconds, abs=0.01)


def test_eight_seconds_hold_a_phrase():
    assert set(findings(song(8.1))) == {"REPEATED"}


@pytest.mark.parametrize("rate", [8_000, 11_025])
def test_a_telephone_is_heard_at_its_own_rate_and_behind_another(rate):
    narrow = np.stack([soxr.resample(row, RATE, rate) for row in SOUND])
    wide = np.stack([soxr.resample(row, rate, RATE) for row in narrow])
    for sound, at in ((narrow, rate), (wide, RATE)):
        finding = findings(sound, at)["BAND_LIMITED"]
        assert finding.measured == pytest.approx(rate / 2000, rel=0.12)
        assert finding.unit == "kHz"


@pytest.mark.parametrize("rate", [16_000, 22_050, 32_000])
def test_wider_bands_are_no_telephone(rate):
    narrow = np.stack([soxr.resample(row, RATE, rate) for row in SOUND])
    assert "BAND_LIMITED" not in findings(narrow, rate)


def test_dark_music_and_test_tones_are_no_telephone():
    time = np.arange(RATE * 10) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 440 * time)
    organ = sum(np.sin(2 * np.pi * 110 * k * time) / k**2 for k in range(1, 60)) * 0.3
    for sound in (tone, organ, 0.5 * np.sin(2 * np.pi * 3000 * time)):
        assert "BAND_LIMITED" not in findings(sound.astype(np.float32))


def test_dc_offset():
    finding = findings(SOUND * 0.5 + np.float32(0.05))["DC_OFFSET"]
    assert finding.measured == pytest.approx(5, abs=0.3)


def test_mostly_silent():
    sound = SOUND.copy()
    sound[:, RATE * 6 :] = 0
    assert findings(sound)["MOSTLY_SILENT"].measured == pytest.approx(70, abs=8)


def test_a_song_with_pauses_is_not_mostly_silent():
    sound = SOUND.copy()
    for second in range(0, 24, 3):
        sound[:, second * RATE : (second + 1) * RATE] = 0
    assert findings(sound) == {}


def test_phase_cancelled_and_merely_wide():
    left = SOUND[0]
    assert findings(np.stack([left, -left * 0.999]))["PHASE_CANCELLED"].measured > 20
    other = song(24.0, seed=5)[1]
    assert "PHASE_CANCELLED" not in findings(np.stack([left, other]))
    assert "PHASE_CANCELLED" not in findings(np.stack([left, np.zeros_like(left)]))


def test_non_finite():
    sound = SOUND.copy()
    sound[0, 2 * RATE : 2 * RATE + 100] = np.nan
    finding = findings(wav_bytes(sound, bits=32, is_float=True))["NON_FINITE"]
    assert finding.measured == 100


def test_the_worst_comes_first():
    found = worst_first([find("REPEATED", "info", 3, 10), not_music(0.93, 0.5), find("TOO_SHORT", "error", 3, 5)])
    assert [finding.severity for finding in found] == ["error", "warning", "info"]


def test_not_music_is_said_in_percent():
    finding = not_music(0.934, 0.5)
    assert (finding.code, finding.measured, finding.limit, finding.unit) == ("NOT_MUSIC", 93.4, 50.0, "%")


def test_every_code_has_a_unit_and_advice_in_both_languages():
    assert set(ADVICE) == set(UNITS)
    for code, texts in ADVICE.items():
        assert set(texts) == {"en", "zh"}
        names = {field for text in texts.values() for _, field, _, _ in string.Formatter().parse(text) if field}
        assert names <= {"measured", "limit", "gain"}
        for severity in SEVERITIES:
            finding = find(code, severity, 12.345, 5)
            assert "{" not in finding.advice["en"] + finding.advice["zh"]
            assert json.loads(json.dumps(finding.to_dict()))["measured"] == 12.35 or finding.measured == 12.34
