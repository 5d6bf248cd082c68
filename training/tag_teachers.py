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

from genrelens.audio.windows import Excerpt
from genrelens.listening.frontend import log_mel, normalise_level, resample_windows
from training.bodies import MEL_16K
from training.corpus import Clip, Corpus
from training.nets.fcn import load_fcn
from training.nets.musicnn import FRAMES, load_musicnn
from training.tag_sounds import Kept, excerpt_of, keep, kept
from training.tag_words import Word

__all__ = ["TAGGERS", "Teachers", "agreement", "ask_teachers", "tag_names", "truth_by_label"]

log = logging.getLogger(__name__)

TAGGERS: Final = ("mtat_fcn", "mtat_musicnn", "jamendo_fcn", "jamendo_musicnn", "msd_fcn")
FLOOR: Final = 0.1
"""Probability that a tagger must give a tag at least to be sure of it."""
SPEECH: Final = ("speech", "tts", "spoken", "interview")
"""What the titles of spoken clips of not-music hold."""

_FCN_SAMPLES: Final = 465_000
"""29.06 s, what the published FCN reads; shorter clips are repeated."""
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


def ask_teachers(folder: Path, corpus: Corpus, clips: Sequence[Clip], cache: Path) -> Kept:
    """Clip id -> probabilities float32 [taggers, 50] of every clip that can be heard.

    Args:
        folder: With the published weights.
        corpus: That holds the clips.
        clips: Whom to ask about.
        cache: An `npz` of answers; those in it are not asked for again, and new ones are added.
    """
    known = kept(cache)
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
                keep(cache, known)
    if asked:
        keep(cache, known)
    return {clip.id: known[clip.id] for clip in clips if clip.id in known}


def tag_names(folder: Path) -> list[list[str]]:
    """The 50 tags of each tagger, without the kind that MTG-Jamendo puts before them."""
    files = (f"{name.split('_')[0]}_tags.txt" for name in TAGGERS)
    return [
        [line.rpartition("---")[2] for line in (folder / file).read_text(encoding="utf-8").splitlines()]
        for file in files
    ]


def agreement(word: Word, tags: NDArray[np.float32], names: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Whether taggers hear a word in clips: 1 where two are sure, 0 where none hears it, NaN where it is neither.

    Tags are rare, and each tagger says its own small numbers: sure is a clip among the first of all for a tagger, half
    as many as the word's share, and `FLOOR` at least; not heard is one behind twice as many as the share.

    Args:
        word: One that two taggers know; else all is NaN.
        tags: Of many clips, drawn as they come, float32 [clips, taggers, 50].
        names: Of the tags of each tagger.
    """
    columns = []
    for tagger, own in enumerate(names):
        known = [index for index, tag in enumerate(own) if tag in word.tags]
        if known:
            columns.append(tags[:, tagger, known].max(1))
    truth = np.full(len(tags), np.nan)
    if len(columns) < 2:
        return truth
    heard = np.stack(columns, 1).astype(np.float64)
    sure, low = np.quantile(heard, [1 - word.share / 2, 1 - 2 * word.share], axis=0)
    truth[(heard < low).all(1)] = 0.0
    truth[(heard >= np.maximum(sure, FLOOR)).sum(1) >= 2] = 1.0
    return truth


def truth_by_label(word: Word, clip: Clip) -> bool | None:
    """Whether a word is true of a clip by its label; None where the label does not say.

    A second label makes nothing true, but it may make doubtful: Jazz that is Rap on second thoughts may hold rapping.
    """
    if clip.confidence == "low":
        return None
    spoken = not clip.is_music and any(part in clip.title.lower() for part in SPEECH)
    label = "speech" if spoken else clip.label
    if label in word.labels:
        return True
    return None if {label, clip.label2} & {*word.labels, *word.not_labels} else False
