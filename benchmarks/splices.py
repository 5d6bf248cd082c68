"""Songs spliced from clips of the corpus, whose changes are therefore known, and clips made longer that have none.

For `benchmarks/timeline.py` and for choosing the parameters of `insight/sections.py`. Never written to disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import read_song
from genrelens.errors import AudioError
from genrelens.listening.frontend import normalise_level
from training.corpus import Clip, Corpus

__all__ = ["RATE", "Splice", "spliced", "tiled"]

RATE: Final = 32_000
_SHORTEST_S: Final = 12.0
_LONGEST_S: Final = 20.0
_FADE_S: Final = 0.05
_TILED_S: Final = 60.0

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Splice:
    """A made song.

    Attributes:
        sound: float32 [n] at `RATE`.
        clips: What it is made of, in order.
        parts: The sound of each clip as it was put in, before the cross-fade.
        cuts_s: The middle of each cross-fade: one fewer than the clips; none for a clip made longer.
    """

    sound: Floats
    clips: tuple[Clip, ...]
    parts: tuple[Floats, ...]
    cuts_s: tuple[float, ...]

    def span(self, index: int) -> tuple[float, float]:
        """(start_s, end_s) of a clip in the song."""
        edges = (0.0, *self.cuts_s, len(self.sound) / RATE)
        return edges[index], edges[index + 1]


def spliced(corpus: Corpus, parts: tuple[str, ...], count: int, seed: int, pieces: int = 3) -> Iterator[Splice]:
    """Songs of three clips with different labels and groups.

    Of each clip a random part of 12 to 20 s is taken, so that no cut lies on a grid; all are brought to one RMS
    level, so that loudness does not give a cut away, and joined by cross-fades of 50 ms. A clip is used again only
    when all others have been.
    """
    random = np.random.default_rng(seed)
    clips = [clip for clip in corpus.part(*parts) if clip.is_music and clip.duration_s >= _SHORTEST_S]
    pool: list[Clip] = []
    for _ in range(count):
        chosen: list[Clip] = []
        sounds: list[Floats] = []
        while len(chosen) < pieces:
            if len(pool) < 3 * pieces:
                pool += [clips[index] for index in random.permutation(len(clips))]
            used = {clip.label for clip in chosen} | {clip.group for clip in chosen}
            fitting = next(at for at, clip in enumerate(pool) if clip.label not in used and clip.group not in used)
            clip = pool.pop(fitting)
            sound = _sound(corpus, clip)
            if sound is not None and len(sound) >= _SHORTEST_S * RATE:
                chosen.append(clip)
                sounds.append(_some_of(sound, random))
        yield _joined(tuple(chosen), tuple(sounds))


def tiled(corpus: Corpus, parts: tuple[str, ...], count: int, seed: int) -> Iterator[Splice]:
    """Clips repeated until they last a minute: one piece of music, so any cut in it is false."""
    random = np.random.default_rng(seed)
    clips = [clip for clip in corpus.part(*parts) if clip.is_music and clip.duration_s >= _SHORTEST_S]
    for index in random.permutation(len(clips))[:count]:
        sound = _sound(corpus, clips[index])
        if sound is not None:
            times = int(np.ceil(_TILED_S * RATE / len(sound)))
            whole = _joined((clips[index],) * times, (sound,) * times).sound[: round(_TILED_S * RATE)]
            yield Splice(whole, (clips[index],), (sound,), ())


def _sound(corpus: Corpus, clip: Clip) -> Floats | None:
    try:
        sound = read_song(corpus.read(clip), sample_rate=RATE).mono()
    except AudioError:
        return None
    # A clip that is silent for most of its length has no genre to be found by.
    return normalise_level(sound[None])[0] if np.abs(sound).max(initial=0.0) > 1e-3 else None


def _some_of(sound: Floats, random: np.random.Generator) -> Floats:
    length = round(random.uniform(_SHORTEST_S, min(_LONGEST_S, len(sound) / RATE)) * RATE)
    first = int(random.integers(0, len(sound) - length + 1))
    part: Floats = normalise_level(sound[None, first : first + length])[0]
    return part


def _joined(clips: tuple[Clip, ...], sounds: tuple[Floats, ...]) -> Splice:
    fade = round(_FADE_S * RATE)
    rise = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    whole = sounds[0].copy()
    cuts = []
    for sound in sounds[1:]:
        cuts.append((len(whole) - fade / 2) / RATE)
        crossed = whole[-fade:] * (1 - rise) + sound[:fade] * rise
        whole = np.concatenate([whole[:-fade], crossed, sound[fade:]])
    return Splice(whole, clips, sounds, tuple(cuts))
