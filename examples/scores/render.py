"""Rebuild the example pieces: `python -m examples.scores.render [NAME ...]`, from the repository's root.

Every score becomes MIDI, is played by FluidSynth with Debian's General MIDI sound font, brought to
one loudness, packed as Ogg Vorbis into `examples/` and checked; `examples/examples.json` is the table
that the page and the tests read. Needs the extras `dev` and `notes`, and
`apt install fluidsynth fluid-soundfont-gm`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from examples.scores import NAMES, piece
from examples.scores.checks import Report, faults, measure
from examples.scores.mastering import MissingTool, decode, encode, master, play, sound_font
from examples.scores.writing import Piece

__all__ = ["FOLDER", "TABLE", "main", "render"]

FOLDER: Final = Path(__file__).resolve().parents[1]
TABLE: Final = "examples.json"
LICENCE: Final = "Apache-2.0"
"""Of our scores and renders; the music itself is in the public domain or our own."""
SOUND_FONT: Final = {"name": "FluidR3_GM", "licence": "MIT", "author": "Frank Wen", "package": "fluid-soundfont-gm"}


def render(piece: Piece) -> bytes:
    """The piece as an Ogg Vorbis file.

    Raises:
        MissingTool: FluidSynth or its sound font is missing.
    """
    return encode(master(play(piece.score().midi())), piece.title, piece.composer)


def row(piece: Piece, report: Report, size: int) -> dict[str, Any]:
    """The piece's row of the table."""
    return {
        "file": f"{piece.name}.ogg",
        "title": {"en": piece.title, "zh": piece.title_zh},
        "composer": {"en": piece.composer, "zh": piece.composer_zh},
        "music": piece.rights,
        "licence": LICENCE,
        "tempo_bpm": piece.tempo_bpm,
        "metre": piece.metre,
        "key": piece.key,
        "genre": piece.genre,
        "duration_s": round(report.duration_s, 2),
        "bytes": size,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Render the named pieces, or all; 0 when each of them passed its checks, 2 when a tool is missing."""
    parser = argparse.ArgumentParser(prog="examples.scores.render", description="Rebuild the example pieces.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all when left out")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to (default: examples/)")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"no piece {', '.join(unknown)}: expected some of {', '.join(NAMES)}")
    try:
        sound_font()
    except MissingTool as missing:
        print(missing, file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    table = options.out / TABLE
    rows = {entry["file"]: entry for entry in json.loads(table.read_text("utf-8"))["pieces"]} if table.is_file() else {}
    wrong: list[str] = []
    for name in options.names or NAMES:
        made = piece(name)
        packed = render(made)
        report = measure(made, decode(packed))
        wrong += faults(made, report)
        (options.out / f"{name}.ogg").write_bytes(packed)
        rows[f"{name}.ogg"] = row(made, report, len(packed))
        print(
            f"{name:18} {report.duration_s:5.1f} s  {len(packed):6} bytes  peak {report.peak:.2f}"
            f"  {report.loudness_lufs:.1f} LUFS  {report.tempo_bpm:.2f} BPM ({made.tempo_bpm:g})"
            f"  {made.key} ranks {report.key_rank}"
        )
    pieces = [rows[f"{name}.ogg"] for name in NAMES if f"{name}.ogg" in rows]
    document = {"schema_version": 1, "sound_font": SOUND_FONT, "pieces": pieces}
    table.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
