"""What taggers that learnt from other data say of clips of `train`, as truth for the words that they know.

Of the five, two learnt from MagnaTagATune, two from MTG-Jamendo, one from the Million Song Dataset. None of them is in
the product but the last, whose tags are not used there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from genrelens.audio.windows import Excerpt, listen
from genrelens.errors import AudioError
from genrelens.listening.frontend import log_mel, normalise_level, resample_windows
from training.bodies import MEL_16K, MEL_32K, WINDOW_S
from training.corpus import Clip, Corpus
from training.nets.fcn import load_fcn
from training.nets.musicnn import FRAMES, load_musicnn
from training.tag_words import Word

__all__ = ["TAGGERS", "Teachers", "agreement", "ask_teachers", "excerpt_of", "tag_names", "truth_by_label"]

log = logging.getLogger(__name__)

TAGGERS: Final = ("mtat_fcn", "mtat_musicnn", "jamendo_fcn", "jamendo_musicnn", "msd_fcn")
SURE: Final = 0.4
"""Probability from which a tagger is taken to hear the tag. Tags are rare, and taggers say 0.4 of few songs."""
LOW: Final = 0.1
"""Probability below which a tagger is taken not to hear it."""
SPEECH: Final = ("speech", "tts", "spoken", "interview")
"""What the titles of spoken clips of not-music hold."""

_FCN_SAMPLES: Final = 465_000
"""29.06 s, what the published FCN reads; shorter clips are repeated."""
_WINDOWS: Final = 2
_SAVE_EVERY: Final = 50


class Teachers:
    """The five taggers.

    Args:
        folder: With the published weights.
    """

    def __init__(self, folder: Path) -> None:
        self._nets = {
            name: (load_fcn if name.endswith("fcn") else load_musicnn)(folder / f"{name}.pth") for name in TAGGERS
        }

    @torch.inference_mode()
    def tags(self, excerpt: Excerpt) -> NDArray[np.float32]:
        """Probabilities of the tags of an excerpt's windows together, float32 [taggers, 50]."""
        windows = resample_windows(normalise_level(excerpt.windows), excerpt.sample_rate, MEL_16K.sample_rate)
        wave = windows.reshape(-1)
        long = torch.from_numpy(log_mel(np.resize(wave, _FCN_SAMPLES)[None], MEL_16K))
        mel = log_mel(wave[None], MEL_16K)[0]
        count = mel.shape[1] // FRAMES
        short = torch.from_numpy(np.stack(np.split(mel[:, : count * FRAMES], count, axis=1)))
        answers = [net(long if name.endswith("fcn") else short).mean(0) for name, net in self._nets.items()]
        result: NDArray[np.float32] = torch.stack(answers).numpy()
        return result


def excerpt_of(corpus: Corpus, clip: Clip) -> Excerpt | None:
    """What is heard of a clip, at most 20 s; None where it is silent or cannot be decoded."""
    try:
        excerpt = listen(corpus.read(clip), sample_rate=MEL_32K.sample_rate, window_s=WINDOW_S, count=_WINDOWS)
    except AudioError as error:
        log.warning("%s: %s", clip.id, error)
        return None
    return excerpt if len(excerpt.windows) else None


def ask_teachers(folder: Path, corpus: Corpus, clips: Sequence[Clip], cache: Path) -> dict[str, NDArray[np.float32]]:
    """Clip id -> probabilities float32 [taggers, 50] of every clip that can be heard.

    Args:
        folder: With the published weights.
        corpus: That holds the clips.
        clips: Whom to ask about.
        cache: An `npz` of answers; those in it are not asked for again, and new ones are added.
    """
    known: dict[str, NDArray[np.float32]] = {}
    if cache.exists():
        with np.load(cache) as arrays:
            known = dict(arrays)
    teachers = None
    asked = 0
    for clip in clips:
        excerpt = None if clip.id in known else excerpt_of(corpus, clip)
        if excerpt is not None:
            teachers = teachers or Teachers(folder)
            known[clip.id] = teachers.tags(excerpt)
            asked += 1
            if asked % _SAVE_EVERY == 0:
                log.info("teachers: %d clips", asked)
                _save(cache, known)
    if asked:
        _save(cache, known)
    return {clip.id: known[clip.id] for clip in clips if clip.id in known}


def tag_names(folder: Path) -> list[list[str]]:
    """The 50 tags of each tagger, without the kind that MTG-Jamendo puts before them."""
    files = (f"{name.split('_')[0]}_tags.txt" for name in TAGGERS)
    return [
        [line.rpartition("---")[2] for line in (folder / file).read_text(encoding="utf-8").splitlines()]
        for file in files
    ]


def agreement(word: Word, tags: NDArray[np.float32], names: Sequence[Sequence[str]]) -> bool | None:
    """Whether taggers hear a word in a clip: two surely, or none at all; None where it is neither.

    Args:
        word: One that taggers know.
        tags: float32 [taggers, 50].
        names: Of the tags of each tagger.
    """
    heard = [
        max(float(row[index]) for index, tag in enumerate(own) if tag in word.tags)
        for row, own in zip(tags, names, strict=True)
        if any(tag in word.tags for tag in own)
    ]
    if sum(value >= SURE for value in heard) >= 2:
        return True
    return False if max(heard) < LOW else None


def truth_by_label(word: Word, clip: Clip) -> bool | None:
    """Whether a word is true of a clip by its label; None where the label does not say.

    The second label counts, too: a song that is Rap on second thoughts may hold rapping or not.
    """
    spoken = not clip.is_music and any(part in clip.title.lower() for part in SPEECH)
    names = {"speech"} if spoken else {clip.label, clip.label2} - {""}
    if clip.confidence == "low" or (names & set(word.labels) and not names <= set(word.labels)):
        return None
    if names <= set(word.labels):
        return True
    return None if names & set(word.not_labels) else False


def _save(path: Path, values: dict[str, NDArray[np.float32]]) -> None:
    partial = path.with_suffix(".tmp.npz")
    np.savez(partial, **values)  # type: ignore[arg-type]
    partial.replace(path)
