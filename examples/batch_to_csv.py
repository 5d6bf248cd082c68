"""Write the genre of every song in a folder to a CSV file.

python examples/batch_to_csv.py FOLDER [genres.csv]

A file that cannot be read becomes a row too: its error code stands where the genre would, and the
confidence stays empty. Ends with 1 when there was such a file, 0 when every song got its genre.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from genrelens import GenreLensError, load_model, predict_genre

SONGS = {".mp3", ".ogg", ".wav", ".flac", ".m4a", ".opus"}


def main(folder: Path, table: Path) -> int:
    songs = sorted(path for path in folder.iterdir() if path.suffix.lower() in SONGS)
    model = load_model()  # once: it is the slow part
    failed = 0
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Filename", "Predicted Genre", "Confidence"])
        for song in songs:
            try:
                genre, confidence = predict_genre(model, song)[0]
                writer.writerow([song.name, genre, f"{confidence:.4f}"])
            except GenreLensError as error:
                failed += 1
                writer.writerow([song.name, error.code, ""])
                print(f"{song.name}: {error.message} {error.hint}", file=sys.stderr)
    print(f"{len(songs)} songs, {failed} of them failed: {table}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python examples/batch_to_csv.py FOLDER [genres.csv]")
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) == 3 else "genres.csv")))
