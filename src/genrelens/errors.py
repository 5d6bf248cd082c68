"""Every expected failure, once: its class, its stable code, and what a person can do about it.

A code never changes its meaning and never disappears; the page translates it, `docs/errors.md`
lists it (a test keeps that list true). Raise with `AudioError("AUDIO_EMPTY", "what happened")`:
the hint comes from the table below unless the place that raises knows a better one.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any, Final

__all__ = [
    "HINTS",
    "AudioError",
    "BundleError",
    "CatalogueError",
    "CheckpointError",
    "GenreLensError",
    "InternalError",
    "PolicyError",
    "ServeError",
    "TagError",
    "TeachError",
    "UsageError",
    "as_expected",
]

HINTS: Final[Mapping[str, str]] = {
    # audio: the file, its container, its samples
    "AUDIO_NOT_FOUND": "Check the path: the file must exist and be readable by you.",
    "AUDIO_UNREADABLE": "Play the file in a music player. If it does not play there either, export it again as WAV, FLAC or MP3.",
    "AUDIO_EMPTY": "The file holds no sound. Export or download it again and check that its size is not zero.",
    "AUDIO_NO_TRACK": "The file has no audio track. Choose a file with sound, or export the sound of the video.",
    "AUDIO_TOO_LARGE": "Files over 200 MB are not opened. Export the song as MP3, OGG or FLAC, or cut out the part you mean.",
    "AUDIO_TOO_LONG": "Recordings over 6 hours are not opened, and at most 20 minutes are listened to at once. Cut out the part you mean, or give a start and an end.",
    "AUDIO_RATE_REFUSED": "Sample rates from 8 to 384 kHz are accepted. Export the file at 44.1 or 48 kHz.",
    "AUDIO_PART_INVALID": "Give the start and the end inside the recording, the start first, for example --start 0:45 --end 1:15.",
    "AUDIO_SAMPLES_INVALID": "Pass a float array of shape [samples] or [channels, samples] with finite values, and its sample_rate in Hz.",
    "AUDIO_SILENT": "There is nothing to hear in this part. Check the recording, or choose another part of it.",
    "AUDIO_DECODER_CRASHED": "This file breaks the decoder. It was decoded apart, nothing else is affected. Export it again in another format.",
    "AUDIO_DECODER_TIMEOUT": "Decoding took too long and was stopped. Export the file again in another format.",
    # bundle: the model and its description
    "BUNDLE_NOT_FOUND": "Give the folder that holds model.onnx and bundle.json, or leave it out to use the model that comes with GenreLens.",
    "BUNDLE_INVALID": "The model and its description do not fit together. Install GenreLens again, or make the bundle again.",
    "BUNDLE_NEEDS_IMPORT": "Turn the checkpoint into a bundle first, once: genrelens import-checkpoint save.pt --labels labels.txt; then use --bundle with its folder (docs/import-checkpoint.md).",
    "BUNDLE_NO_EMBEDDING": "Leave --bundle out: the model that comes with GenreLens can compare songs.",
    "DEVICE_UNAVAILABLE": "Use --device cpu, or install the gpu extra on a machine with an NVIDIA card: pip install 'genrelens[gpu]'. `genrelens doctor` says what is missing.",
    "GENRE_UNKNOWN": "Name one of the model's own genres, in English as it lists them, for example Hip-Hop or Jazz.",
    # teaching
    "BUNDLE_UNTEACHABLE": "Teach the model that comes with GenreLens: leave --bundle out.",
    "TEACH_NOT_INSTALLED": "Install what teaching needs, about 230 MB: pip install 'genrelens[teach]', or in a checkout .venv/bin/pip install -e '.[teach]'.",
    "TEACH_NO_EXAMPLES": "Give a folder that holds a folder for each genre, or a CSV with the columns path and label, or path and decision.",
    "TEACH_TABLE_INVALID": "Save the table as CSV in UTF-8 with a first row of column names, path and label (or decision) among them.",
    "TEACH_LABEL_UNKNOWN": "Only the model's own genres can be corrected. To teach new ones, leave --correct out.",
    "TEACH_TOO_LITTLE": "Give at least 10 different sounds for each genre, better 30, of several artists, and at least two genres.",
    "TEACH_OUT_EXISTS": "Choose another --name or --out, or replace what is there with --force.",
    "TEACH_OUT_FAILED": "Check that there is space and that you may write there, or choose another place with --out.",
    # importing
    "IMPORT_NOT_INSTALLED": "Install what importing needs: pip install torch --index-url https://download.pytorch.org/whl/cpu, then pip install 'genrelens[import]', or in a checkout .venv/bin/pip install -e '.[import]'.",
    "CHECKPOINT_UNREADABLE": 'Give a file that was written with torch.save(model.state_dict(), "save.pt"): weights alone, not a whole model. Anything else is refused, because it could run code.',
    "CHECKPOINT_UNKNOWN": "Only the layout of torchvision's vit_b_16 can be imported, with one linear layer or the CCMUSIC head. Any other network: export it to ONNX and describe it in a bundle.json (docs/architecture.md, section Bundle).",
    "CHECKPOINT_LABELS": "Name the classes in the order of the network's outputs: --labels with a text file in UTF-8, one a line, no two alike; or --label-set ccmusic for the published CCMUSIC weights.",
    "CHECKPOINT_DIFFERS": "Nothing was written. Try another version of torch or onnxruntime; if it stays, please report it with the versions.",
    # the catalogue
    "CATALOGUE_NOT_FOUND": "Make it with: genrelens label PATH... --catalogue my.db - or check the path.",
    "CATALOGUE_EMPTY": "Label some music first: genrelens label PATH... --catalogue my.db",
    "CATALOGUE_ADDRESS": "Give the path of a file, for example my.db, or an address such as postgresql://user:password@host/name.",
    "CATALOGUE_CORRUPT": "The file is damaged or is something else; it was left as it is. Take your last copy (genrelens catalogue backup makes one), or label into a new catalogue.",
    "CATALOGUE_NEWER": "A newer GenreLens made this catalogue. Install that version, or label into a new catalogue.",
    "CATALOGUE_BUSY": "Another program is writing into this catalogue. Wait until it is done, then try again; what is done is kept.",
    "CATALOGUE_LOCKED": "Wait until the other run is done, or give this one another --catalogue. With PostgreSQL several can label at once.",
    "CATALOGUE_DISK_FULL": "Free some space on that disk, then run the same command again: it goes on where it stopped.",
    "CATALOGUE_READ_ONLY": "Choose a folder in which you may write, or change the rights of the file and its folder.",
    "CATALOGUE_UNREACHABLE": "Check that the database server runs and that name, user and password are right, then run the same command again: it goes on where it stopped.",
    "CATALOGUE_FAILED": "Run the same command again: what was done is kept. If it stays, `genrelens catalogue check` says more.",
    "POSTGRES_NOT_INSTALLED": "Install the driver: pip install 'genrelens[postgres]', or in a checkout .venv/bin/pip install -e '.[postgres]'.",
    "LABEL_GAVE_UP": "This file seems to end the whole program, so it is left alone. Export it again in another format, then use --retry-failed.",
    "FILE_CHANGED": "The file was changed while it was being heard. Run the same command again when nobody works on it.",
    # policies and reviews
    "POLICY_INVALID": "Mend that line. `genrelens policy init policy.yaml` writes a file with every setting explained.",
    "POLICY_NO_EVIDENCE": "Review some songs one by one (genrelens review), 100 or more over all probabilities, then give --catalogue.",
    "MAPPING_INVALID": "Mend that line. `genrelens catalogue mapping mapping.yaml` writes an example with every setting explained.",
    "REVIEW_TAKEN": "Nothing was kept. Go on with the next file, or wait: what nobody touches for five minutes is free again.",
    "REVIEW_DECIDED": "Nothing was kept. Look at what they decided; a second opinion is a review of its own: genrelens review run --second.",
    "REVIEW_NOTHING_TO_UNDO": "Only your own last decision, or your own bulk decision, can be taken back; --as says who you are.",
    "REVIEW_UNKNOWN_FILE": "Label it first: genrelens label PATH --catalogue my.db - or check the path.",
    "REVIEW_VERDICT": "Say accept, second, not-music, skip, or one of the model's genres, for example Hip-Hop.",
    "REVIEW_PLAYER": "Check the player's name, or leave --player out: the path and the seconds are printed anyway.",
    "REVIEW_NO_NAME": "Give your name: genrelens review run --as ANNA, or in the field on the page.",
    # labels of several sources
    "ARBITRATE_NOT_INSTALLED": "Install what arbitration needs, about 390 MB: pip install 'genrelens[arbitrate]', or in a checkout .venv/bin/pip install -e '.[arbitrate]'.",
    "LABELS_TABLE_INVALID": "Save the table as CSV with a first row of column names: file and one column for each source, or file, source, label.",
    "LABELS_TABLE_TOO_LARGE": "The command reads tables up to 64 MB, a million rows and a megabyte a line, the page up to 5 MB and 20000 songs. Cut the table into parts.",
    "NAMES_INVALID": "Write a name and a genre that GenreLens knows in each line, such as `Zorgcore: Electronic`, `Neoperreo: [Latin, Pop]`, or `Mixtape: ~` for no genre.",
    "LABELS_UNKNOWN": "Look at the list of names that nobody knows, and write them as genres that GenreLens knows, or say with --names what they mean.",
    # tags
    "TAGS_POLICY": "Leave --add and --replace out, or say --when sure or --when always.",
    "TAGS_NOT_INSTALLED": "Install what writing these tags needs: pip install 'genrelens[tags]', or in a checkout .venv/bin/pip install -e '.[tags]'.",
    "TAGS_UNREADABLE": "The file was left as it is. Let a tag editor write its tags anew, or export the file again.",
    "TAGS_NOT_PROVEN": "The file was left as it is, because the new copy differed in more than the genre. Please report what kind of file it is.",
    "TAGS_FILE_CHANGED": "Another program writes this file. Close it and run the command again; nothing was changed.",
    "TAGS_LINKED": "Replacing one of several hard links would part them. Copy the file, or tag it where it has one name only.",
    "TAGS_WRITE_FAILED": "The file was left as it is. Check that you may write the file and its folder, and that there is space.",
    "TAGS_UNDO_FAILED": "Nothing was changed. Give the folder with --undo; `genrelens tags undo --list` shows its runs.",
    "TAGS_CHANGED_SINCE": "Somebody changed this file after the tags were written; it is left alone. Undo later runs first, or put a backup of your own in its place.",
    # the classroom
    "ROSTER_INVALID": "Save the list as CSV with a first row of column names: student, file, claimed genre, reasons (or 姓名、文件、流派、理由), at most 500 rows.",
    "ZIP_REFUSED": "Pack the sound files themselves into a plain zip without a password, at most 2000 files and 4 GB unpacked; or give the folder.",
    "LESSON_TOO_MANY": "Make a sheet of at most 100 pieces at a time.",
    # the page and the command line
    "PORT_BUSY": "Stop the program that holds the port, or choose another one: genrelens serve --port 8001.",
    "SERVE_FAILED": "Check that the address belongs to this machine and that you may use it: --host 127.0.0.1 always works.",
    "RESULT_NOT_FOUND": "Results go when their tab closes, at the latest after an hour: give the song again.",
    "NO_INPUT": "Name at least one audio file or a folder that holds some.",
    "BRIEF_UNKNOWN": "Name moods, uses, scenes, instruments or genres in Chinese or English, for example: 科技感、未来、简洁 - or: warm, nostalgic, no vocals.",
    "FILTER_INVALID": "Give the tempo difference in beats a minute, from 0 to 100, for example --bpm-within 6.",
    "EXPORT_FORMAT": "Let the name end in .csv, .jsonl, .parquet or .xlsx, or give --format csv, jsonl, parquet, xlsx or simple.",
    "PARQUET_NOT_INSTALLED": "Install it: pip install 'genrelens[parquet]', or in a checkout .venv/bin/pip install -e '.[parquet]'. CSV, JSONL and XLSX need nothing more.",
    "BACKUP_EXISTS": "Choose another name, or replace the older copy with --force; a catalogue is never copied onto itself.",
    "MODEL_UNKNOWN": "Name it by its number, its name and version, or the first characters of its SHA-256: `genrelens catalogue info` lists them.",
    "OUTPUT_FAILED": "Check that the folder exists, that there is space and that you may write there, or choose another place.",
    # ours
    "INTERNAL": "This is a bug in GenreLens. The log holds the details under the id above; please report it.",
}
"""Code -> what to do. The keys are the complete list of codes."""


class GenreLensError(Exception):
    """An expected failure: a stable code, what happened, what to do, and facts for programs.

    Args:
        code: A key of `HINTS`.
        message: What happened, in plain words, without advice.
        hint: What to do; the code's own hint when left out.
        details: JSON-ready facts (numbers, names) for programs.
    """

    def __init__(
        self, code: str, message: str, hint: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        if code not in HINTS:
            raise ValueError(f"unknown error code {code!r}: add it to HINTS and docs/errors.md")
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = HINTS[code] if hint is None else hint
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the message alone; errors cross process borders.
        return (type(self), (self.code, self.message, self.hint, self.details))

    def to_dict(self) -> dict[str, Any]:
        """The one JSON shape of an error: `code`, `message`, `hint`, `details`."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "details": self.details}


class AudioError(GenreLensError):
    """The sound cannot be had: the file, its container, its codec or the samples given."""


class BundleError(GenreLensError):
    """The model bundle cannot be used."""


class CheckpointError(GenreLensError):
    """A PyTorch checkpoint cannot be turned into a bundle."""


class CatalogueError(GenreLensError):
    """The catalogue cannot be opened, read or written."""


class PolicyError(GenreLensError):
    """A policy, a mapping or a table of labels does not say what it must."""


class ServeError(GenreLensError):
    """The page cannot be served."""


class TagError(GenreLensError):
    """The tags of a file cannot be read, written or put back; the file is what it was."""


class TeachError(GenreLensError):
    """What was given is not enough to learn from, or the result cannot be written."""


class UsageError(GenreLensError):
    """What was asked for makes no sense as asked."""


class InternalError(GenreLensError):
    """A bug of ours, logged with its traceback under `details["id"]`."""


def as_expected(error: Exception) -> GenreLensError:
    """The error itself where it is one of ours; a bug is logged with its traceback and becomes `INTERNAL` with the log's id."""
    if isinstance(error, GenreLensError):
        return error
    number = secrets.token_hex(4)
    logging.getLogger("genrelens").error("bug %s", number, exc_info=error)
    return InternalError("INTERNAL", f"something is broken inside GenreLens, id {number}", details={"id": number})
