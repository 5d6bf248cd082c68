"""The example pieces: the same score gives the same bytes, and table, files and scores agree."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import av
import numpy as np
import pytest

from examples.scores import NAMES, piece
from genrelens.taxonomy import GENRES

pytest.importorskip("mido", reason="mido (extra dev) builds the scores")
pytest.importorskip("pyloudnorm", reason="pyloudnorm (extra notes) sets the level")

from examples.scores.checks import faults, key_rank, measure, tempo_near
from examples.scores.mastering import MAX_BYTES, RATE, MissingTool, decode, master, play, sound_font
from examples.scores.render import FOLDER, TABLE, main
from examples.scores.writing import DRUM_CHANNEL, Score, pitch

ROWS = {row["file"]: row for row in json.loads((FOLDER / TABLE).read_text("utf-8"))["pieces"]}


def missing_tool() -> str:
    try:
        sound_font()
    except MissingTool as problem:
        return str(problem)
    return ""


needs_fluidsynth = pytest.mark.skipif(bool(missing_tool()), reason=missing_tool() or "there")


def midi_bytes(name: str) -> bytes:
    buffer = io.BytesIO()
    piece(name).score().midi().save(file=buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def decoded():
    return {name: decode((FOLDER / f"{name}.ogg").read_bytes()) for name in NAMES}


class TestScores:
    @pytest.mark.parametrize("name", NAMES)
    def test_building_twice_gives_identical_midi(self, name):
        assert midi_bytes(name) == midi_bytes(name)

    @pytest.mark.parametrize("name", NAMES)
    def test_every_note_ends_and_none_is_cut_by_an_earlier_end(self, name):
        for track in piece(name).score().midi().tracks:
            sounding: set[int] = set()
            for message in track:
                if message.type == "note_on":
                    assert message.note not in sounding
                    sounding.add(message.note)
                elif message.type == "note_off":
                    sounding.remove(message.note)
            assert not sounding

    def test_the_prelude_has_bachs_notes(self):
        notes = sorted((note.first, note.number) for note in piece("bach_prelude").score().parts[0].notes)
        first_half_bar = [number for _, number in notes[:8]]
        assert first_half_bar == [pitch(name) for name in "c4 e4 g4 c5 e5 g4 c5 e5".split()]
        assert len(notes) == 11 * 16 + 5

    def test_the_reel_stays_in_its_mode(self):
        fiddle = piece("traditional_reel").score().parts[0]
        assert {note.number % 12 for note in fiddle.notes} == {
            pitch(f"{step}4") % 12 for step in "e f# g a b c# d".split()
        }


class TestWriting:
    def test_pitch(self):
        assert [pitch(name) for name in ("c4", "f#3", "bb5", "a4", "c-1")] == [60, 54, 82, 69, 0]

    @pytest.mark.parametrize("name", ["", "h4", "c", "C4", "c##4", "4c"])
    def test_pitch_refuses_what_is_no_note(self, name):
        with pytest.raises(ValueError, match="is not a note"):
            pitch(name)

    def test_phrase_returns_its_end_and_leaves_rests_empty(self):
        part = Score(120, "4/4", "test").part("Part", 0)
        assert part.phrase(4, "c4:1 r:2 e4+g4:1!", unit=0.5) == 6
        assert sorted(note.number for note in part.notes) == [60, 64, 67]

    def test_swing_moves_the_off_beat_only(self):
        from examples.scores.writing import Feel

        part = Score(120, "4/4", "test").part("Part", 0, feel=Feel(2 / 3, 0.5, timing_ms=0, loudness=0))
        part.phrase(0, "c4:1 d4:1 e4:1 f4:1", unit=0.5)
        assert [note.first for note in part.notes] == [0, 320, 480, 800]

    def test_a_part_errs_on_its_own_seed(self):
        def struck(others: int) -> list[int]:
            score = Score(120, "4/4", "test")
            for index in range(others):
                score.part(f"Other {index}", 0).note(0, 1, "c4")
            part = score.part("Mine", 0)
            part.phrase(0, "c4:1 d4:1 e4:1")
            return [note.first for note in part.notes]

        assert struck(0) == struck(3)

    def test_drums_have_their_channel_and_others_avoid_it(self):
        score = Score(120, "4/4", "test")
        channels = [score.part(f"Part {index}", 0).channel for index in range(12)]
        assert DRUM_CHANNEL not in channels
        assert len(set(channels)) == 12
        assert score.part("Drums", 0, drums=True).channel == DRUM_CHANNEL


class TestTable:
    def test_it_lists_the_pieces_and_the_files_there_are(self):
        assert list(ROWS) == [f"{name}.ogg" for name in NAMES]
        assert sorted(ROWS) == sorted(path.name for path in FOLDER.glob("*.ogg"))

    @pytest.mark.parametrize("name", NAMES)
    def test_a_row_agrees_with_score_and_file(self, name, decoded):
        row, made, path = ROWS[f"{name}.ogg"], piece(name), FOLDER / f"{name}.ogg"
        assert (row["tempo_bpm"], row["metre"], row["key"], row["genre"]) == (
            made.tempo_bpm, made.metre, made.key, made.genre,
        )  # fmt: skip
        assert row["bytes"] == path.stat().st_size <= MAX_BYTES
        assert row["duration_s"] == pytest.approx(len(decoded[name]) / RATE, abs=0.01)
        with av.open(str(path)) as container:
            assert container.duration / 1_000_000 == pytest.approx(row["duration_s"], abs=0.05)
            stream = container.streams.audio[0]
            assert (stream.codec_context.name, stream.sample_rate, stream.channels) == ("vorbis", RATE, 2)

    @pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
    def test_fields_are_valid(self, row):
        assert row["genre"] in {genre.id for genre in GENRES}
        assert 40 <= row["tempo_bpm"] <= 220
        assert re.fullmatch(r"[2-7]/[248]", row["metre"])
        assert re.fullmatch(r"[A-G]#? (major|minor|dorian)", row["key"])
        assert 20 <= row["duration_s"] <= 40
        assert row["music"] in {"public domain", "our own"}
        assert row["licence"] == "Apache-2.0"
        for words in (row["title"], row["composer"]):
            assert words["en"].strip()
            assert words["zh"].strip()

    @pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
    def test_the_readme_says_the_same(self, row):
        lines = (FOLDER / "README.md").read_text("utf-8").splitlines()
        (line,) = [line for line in lines if line.startswith(f"| [{row['file']}]")]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[1] == row["title"]["en"]
        assert cells[3:] == [
            f"{row['tempo_bpm']:g}", row["metre"], row["key"], f"{row['duration_s']:.1f} s", row["genre"],
        ]  # fmt: skip


class TestFiles:
    @pytest.mark.parametrize("name", NAMES)
    def test_level_tempo_and_key_are_what_the_table_says(self, name, decoded):
        pytest.importorskip("librosa", reason="librosa (extra dev) measures tempo and key")
        made = piece(name)
        assert faults(made, measure(made, decoded[name])) == []

    @pytest.mark.parametrize("name", NAMES)
    def test_no_second_inside_is_silent(self, name, decoded):
        samples = decoded[name].mean(axis=1)
        seconds = samples[: len(samples) // RATE * RATE].reshape(-1, RATE)
        assert np.sqrt((seconds[:-2] ** 2).mean(axis=1)).min() > 10 ** (-45 / 20)

    def test_the_tempo_check_sees_a_wrong_tempo(self):
        pytest.importorskip("librosa")
        rate, bpm = 22_050, 123.0
        clicks = np.zeros(rate * 30, np.float32)
        clicks[(np.arange(0, 29, 60 / bpm) * rate).astype(int)] = 1.0
        assert tempo_near(clicks, rate, 120.0) == pytest.approx(bpm, rel=0.002)

    def test_the_key_check_sees_a_wrong_key(self):
        pytest.importorskip("librosa")
        rate = 22_050
        time = np.arange(rate * 2) / rate
        chords = [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)]
        tones = [sum(np.sin(2 * np.pi * 261.63 * 2 ** (step / 12) * time) for step in chord) for chord in chords]
        sound = np.concatenate(tones).astype(np.float32) / 4
        assert key_rank(sound, rate, "C major") == 1
        assert key_rank(sound, rate, "F# major") > 6


class TestRender:
    @needs_fluidsynth
    @pytest.mark.parametrize("name", ["bach_prelude", "four_on_the_floor", "one_drop_reggae"])
    def test_a_new_render_is_the_committed_file(self, name, decoded):
        again, kept = (samples.mean(axis=1) for samples in (master(play(piece(name).score().midi())), decoded[name]))
        assert len(again) == pytest.approx(len(kept), abs=RATE // 20)
        # Loudness in steps of a tenth of a second: another version of a library may move a sample, not the music.
        length = min(len(again), len(kept)) // 4410 * 4410
        curves = [np.abs(samples[:length].reshape(-1, 4410)).mean(axis=1) for samples in (again, kept)]
        assert np.corrcoef(*curves)[0, 1] > 0.99

    @needs_fluidsynth
    def test_one_piece_goes_to_the_folder_that_is_named(self, tmp_path, capsys):
        assert main(["joplin_rag", "--out", str(tmp_path)]) == 0
        assert sorted(path.name for path in tmp_path.iterdir()) == [TABLE, "joplin_rag.ogg"]
        assert "joplin_rag" in capsys.readouterr().out
        table = json.loads((tmp_path / TABLE).read_text("utf-8"))
        assert [row["file"] for row in table["pieces"]] == ["joplin_rag.ogg"]

    def test_without_fluidsynth_it_says_what_to_install(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setenv("PATH", str(tmp_path))
        assert main(["--out", str(tmp_path / "out")]) == 2
        assert "apt install fluidsynth fluid-soundfont-gm" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()

    def test_an_unknown_piece_is_named(self, capsys):
        with pytest.raises(SystemExit):
            main(["moonlight"])
        assert "moonlight" in capsys.readouterr().err


def test_no_score_is_left_out():
    modules = {path.stem for path in Path(FOLDER, "scores").glob("*.py")}
    assert modules - {"__init__", "writing", "mastering", "checks", "render"} == set(NAMES)
