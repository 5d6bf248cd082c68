"""Why a genre: where in the time and the frequencies of one window its evidence lies.

A bundle whose evidence is `exact` gives each patch of a window a score for each genre; their mean and the genre's bias
are the logit, so the map is the answer itself taken apart, not a guess about it. Much of each score is the whole
window's and the same for all patches, and much of what differs is the same for all genres. `Evidence.scores` are the
raw ones, which add up; `Evidence.shown` are what a map should paint: what speaks here, more than elsewhere in the
window, for this genre more than for the others. Which difference serves best was chosen on `validation`
(`benchmarks/evidence.py`). For other bundles parts of the sound are taken away instead (`occlusion.py`), and `kind`
says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.audio.windows import SourceInfo
from genrelens.errors import AudioError
from genrelens.insight.evidence_claims import Claim, evidence_claims
from genrelens.listening.along import hear_along
from genrelens.listening.analysis import Analysis, ModelInfo
from genrelens.listening.bundle import Patch, label_named
from genrelens.listening.certainty import window_probabilities
from genrelens.listening.frontend import MelSpec, level_gain, log_mel
from genrelens.listening.hearing import Hearing
from genrelens.listening.model import Model

__all__ = [
    "SCHEMA_VERSION",
    "Evidence",
    "Row",
    "evidence",
    "patch_energy",
    "shown_scores",
    "spectrogram",
    "strongest_start",
    "window_start",
]

SCHEMA_VERSION: Final = 1

LOUDNESS: Final = 0.25
"""Share of loudness in a map, in standard deviations of the evidence: chosen on `validation`."""

_MELS: Final = 128
_FRAMES: Final = 320
_LOWEST_HZ: Final = 30.0
_HIGHEST_HZ: Final = 15_000.0
_FFT_S: Final = 0.064
_PREEMPHASIS: Final = 0.97
"""Of the shipped network: without it, the lowest bands outshine everything."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row:
    """One patch as a table has it: seconds of the source, hertz, and what it says.

    Attributes:
        t0_s: Where the patch begins in the source, in seconds.
        t1_s: Where it ends.
        f0_hz: Its lowest frequency.
        f1_hz: Its highest.
        score: As in `Evidence.scores`.
        shown: As in `Evidence.shown`.
    """

    t0_s: float
    t1_s: float
    f0_hz: float
    f1_hz: float
    score: float
    shown: float


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What speaks for one genre, and against it, in one window.

    Attributes:
        source: What the file says of itself.
        model: Which model answered.
        label: The genre.
        start_s: Of the window, in seconds of the source.
        end_s: Its end; of a sound shorter than a window, the sound's end: the model heard it repeated.
        kind: `exact` (scores that add up to the logit) or `occlusion` (what the logit loses without a part of it).
        logit: Of the genre, for this window.
        bias: The mean of `scores` plus this is `logit` (1e-4); None for occlusion, whose scores add up to nothing.
        probability: Of the genre for this window alone, 0 to 1.
        first: The likeliest genre of this window.
        first_probability: Its probability.
        patches: Where each score belongs, in seconds from the window's start and in hertz.
        scores: float32 [patches], the raw ones, in units of the logit.
        shown: float32 [patches], what a map paints: above 0 speaks for the genre here, below 0 against it.
        mel: float32 [128, about 320], the sound in dB, to lay the map over; the lowest band first.
        edges_hz: float64 [129], between the bands of `mel`.
        claims: What may be said about it, at most two; `sentences.evidence.claim_texts` says it.
    """

    source: SourceInfo
    model: ModelInfo
    label: str
    start_s: float
    end_s: float
    kind: Literal["exact", "occlusion"]
    logit: float
    bias: float | None
    probability: float
    first: str
    first_probability: float
    patches: tuple[Patch, ...]
    scores: Floats
    shown: Floats
    mel: Floats
    edges_hz: NDArray[np.float64]
    claims: tuple[Claim, ...] = ()

    def table(self) -> list[Row]:
        """Every patch that begins before the sound ends, what speaks for the genre most strongly first."""
        rows = [
            Row(
                round(self.start_s + patch.t0_s, 3),
                round(min(self.start_s + patch.t1_s, self.end_s), 3),
                patch.f0_hz,
                patch.f1_hz,
                float(score),
                float(shown),
            )
            for patch, score, shown in zip(self.patches, self.scores, self.shown, strict=True)
            if self.start_s + patch.t0_s < self.end_s - 1e-6
        ]
        return sorted(rows, key=lambda row: -row.shown)

    def to_dict(self, *, mel: bool = False) -> dict[str, Any]:
        """Plain JSON with stable keys; the spectrogram only when asked for. Patches are in seconds of the source."""
        result: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "source": asdict(self.source),
            "model": asdict(self.model),
            "label": self.label,
            "start_s": self.start_s,
            "end_s": self.end_s,
            "kind": self.kind,
            "logit": self.logit,
            "bias": self.bias,
            "probability": self.probability,
            "first": {"id": self.first, "probability": self.first_probability},
            "patches": [
                {
                    **asdict(patch),
                    "t0_s": self.start_s + patch.t0_s,
                    "t1_s": self.start_s + patch.t1_s,
                    "score": float(score),
                    "shown": float(shown),
                }
                for patch, score, shown in zip(self.patches, self.scores, self.shown, strict=True)
            ],
            "claims": [claim.to_dict() for claim in self.claims],
        }
        if mel:
            result["mel"] = {"edges_hz": self.edges_hz.tolist(), "db": np.round(self.mel, 1).tolist()}
        return result


def evidence(
    model: Model,
    song: Song,
    *,
    start_s: float,
    label: str | None = None,
    beats_s: Sequence[float] | None = None,
    step: Callable[[float], None] | None = None,
) -> Evidence:
    """The evidence for a genre in the window that begins at `start_s`.

    Args:
        model: From `load_model`.
        song: At `model.bundle.sample_rate`.
        start_s: In seconds of the source; a window that would reach over the song's end begins earlier instead.
        label: A genre of the bundle, by its id or another of its names; the window's first when left out.
        beats_s: Beats in seconds of the source, where they are known (`Rhythm.beats_s`); found around the window when
            left out.
        step: Told the share that is done, 0 to 1; what it raises ends the listening.

    Raises:
        AudioError: `AUDIO_PART_INVALID` where the song does not have `start_s`.
        UsageError: `GENRE_UNKNOWN` where the bundle does not have the genre.
    """
    bundle = model.bundle
    start = window_start(song, start_s, bundle.window_s)
    hearing = hear_along(model, song, [start]).hearing
    probabilities = window_probabilities(hearing.logits, bundle.calibration)[0]
    first = int(np.argmax(probabilities))
    chosen = first if label is None else bundle.labels.index(label_named(bundle.labels, label))
    part = song.part(start, start + bundle.window_s)
    mel, edges = spectrogram(part)
    kind, bias, patches, scores, shown = _taken_apart(model, song, start, chosen, hearing, step)
    if kind == "exact":
        shown = shown_scores(shown, chosen, patch_energy(mel, edges, part.duration_s, patches))
    found = Evidence(
        source=song.source,
        model=ModelInfo(bundle.name, bundle.version, bundle.model_sha256, bundle.calibration.calibrated),
        label=bundle.labels[chosen],
        start_s=start,
        end_s=part.end_s,
        kind=kind,
        logit=float(hearing.logits[0, chosen]),
        bias=bias,
        probability=float(probabilities[chosen]),
        first=bundle.labels[first],
        first_probability=float(probabilities[first]),
        patches=patches,
        scores=scores,
        shown=shown,
        mel=mel,
        edges_hz=edges,
    )
    found = replace(found, claims=evidence_claims(model, song, found, beats_s=beats_s))
    if step is not None:
        step(1.0)
    return found


def strongest_start(analysis: Analysis, label: str) -> float:
    """Where the window begins that is the surest of a genre, of those that the answer was made from.

    Raises:
        AudioError: `AUDIO_SILENT` where nothing was heard.
        UsageError: `GENRE_UNKNOWN` where the model does not have the genre.
    """
    if not analysis.windows:
        raise AudioError("AUDIO_SILENT", "there is nothing to hear in this song")
    labels = tuple(analysis.windows[0].probabilities)
    chosen = label_named(labels, label)
    return max(analysis.windows, key=lambda window: window.probabilities[chosen]).start_s


def window_start(song: Song, start_s: float, window_s: float) -> float:
    """Where a window asked for at `start_s` begins: there, or earlier where the song would end inside it.

    Raises:
        AudioError: `AUDIO_PART_INVALID` where the song does not have `start_s`.
    """
    if not song.start_s - 1e-6 <= start_s < song.end_s:
        raise AudioError(
            "AUDIO_PART_INVALID",
            f"{start_s:g} s does not lie in the song ({song.start_s:g} s to {song.end_s:g} s)",
            details={"start_s": start_s, "song_start_s": song.start_s, "song_end_s": song.end_s},
        )
    return max(song.start_s, min(start_s, song.end_s - window_s))


def shown_scores(patch_scores: Floats, label: int, energy: Floats) -> Floats:
    """What a map paints, float32 [patches], in units of the logit, its mean 0.

    The other genres' mean is taken off each patch (what speaks for every genre says nothing), then the patches' mean
    (what the whole window says has no place). Of two patches that say as much, the louder one counts a little more:
    taken out of the sound, it takes more of the genre with it.

    Args:
        patch_scores: float32 [labels, patches], the raw ones of one window.
        label: Index of the genre.
        energy: float32 [patches], how loud each patch is, in dB: `patch_energy`.
    """
    contrast = patch_scores[label] - np.delete(patch_scores, label, axis=0).mean(axis=0)
    loudness = (energy - energy.mean()) / max(float(energy.std()), 1e-6)
    result: Floats = (contrast - contrast.mean() + LOUDNESS * contrast.std() * loudness).astype(np.float32)
    return result


def patch_energy(mel: Floats, edges_hz: NDArray[np.float64], seconds: float, patches: tuple[Patch, ...]) -> Floats:
    """How loud each patch is, float32 [patches]: its mean in dB.

    Args:
        mel: float32 [bands, frames], as in `Evidence`.
        edges_hz: float64 [bands + 1].
        seconds: Length of the sound in `mel`; what lies behind it is the sound again.
        patches: Where to look.
    """
    centres = (edges_hz[1:] + edges_hz[:-1]) / 2
    frames = mel.shape[1]
    result = np.zeros(len(patches), np.float32)
    for index, patch in enumerate(patches):
        low, high = np.searchsorted(centres, [patch.f0_hz, patch.f1_hz])
        first, last = (int(time / seconds * frames) for time in (patch.t0_s, patch.t1_s))
        rows = mel[min(low, len(mel) - 1) : max(high, low + 1)]
        result[index] = rows[:, np.arange(first, max(last, first + 1)) % frames].mean()
    return result


def _taken_apart(
    model: Model, song: Song, start: float, label: int, hearing: Hearing, step: Callable[[float], None] | None
) -> tuple[Literal["exact", "occlusion"], float | None, tuple[Patch, ...], Floats, Floats]:
    bundle = model.bundle
    if bundle.evidence == "exact":
        assert hearing.patch_scores is not None
        scores = hearing.patch_scores[0]
        return "exact", bundle.head_bias[label], bundle.patches, scores[label].copy(), scores
    from genrelens.insight.occlusion import occlusion

    patches, drops = occlusion(model, song, start_s=start, step=step)
    return "occlusion", None, patches, drops[label].copy(), drops[label].copy()


def spectrogram(part: Song) -> tuple[Floats, NDArray[np.float64]]:
    """The mel spectrogram in dB [128, about 320 or fewer], highs raised as the ear does, and its bands' edges [129]."""
    rate = part.sample_rate
    mono = part.mono()
    n_fft = 1 << round(np.log2(_FFT_S * rate))
    spec = MelSpec(
        sample_rate=rate,
        n_fft=n_fft,
        win_length=n_fft,
        hop=min(n_fft, max(1, round(len(mono) / _FRAMES))),
        mels=_MELS,
        fmin=_LOWEST_HZ,
        fmax=min(_HIGHEST_HZ, rate / 2),
        formula="htk",
        log="db",
        log_floor=1e-10,
        log_floor_mode="max",
        preemphasis=_PREEMPHASIS,
    )
    padded = np.pad(mono, (0, max(0, n_fft // 2 + 1 - len(mono))))
    edges = spec.band_edges_hz()
    return log_mel((padded * np.float32(level_gain(mono)))[None], spec)[0], (edges[1:] + edges[:-1]) / 2
