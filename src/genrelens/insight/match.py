"""Background music for a brief: candidates ranked, each with the reasons that helped and hurt it.

A candidate earns what its genres are worth to the brief, and a little for tempo, energy, brightness, voice and
instruments, as far as those are known: what could not be heard is no reason, and is said instead. A candidate that
begins like what was wished for and is something else as a whole is called out, wherever it stands in the ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from genrelens.errors import GenreLensError, UsageError
from genrelens.insight.brief import Brief
from genrelens.insight.description import Candidate, Description
from genrelens.insight.lexicon import Range
from genrelens.listening.analysis import Analysis, GenreScore, ModelInfo
from genrelens.listening.tags import HeardTag

__all__ = ["REASONS", "VOICE_TAGS", "Fit", "Match", "Reason", "check_brief", "match"]

SCHEMA_VERSION: Final = 1

REASONS: Final = (
    *("genre_helps", "genre_hurts", "tempo_fits", "tempo_off", "energy_fits", "energy_low", "energy_high"),
    *("brightness_fits", "brightness_low", "brightness_high", "voice_fits", "voice_unwanted", "voice_unheard"),
    *("tag_fits", "tag_unwanted", "tempo_unknown", "impostor", "not_music", "silent"),
)
"""Every code that a reason can have; the words have a sentence for each."""

VOICE_TAGS: Final = frozenset({"singing", "female_singing", "male_singing", "rapping", "choir", "opera_singing"})
"""Tags of the model that mean a voice; its `speech` is none that a song is asked for."""

_WISH_WEIGHT: Final = {"tempo": 0.2, "energy": 0.25, "brightness": 0.1}
"""What a wish that is met, or quite missed, adds to a score or takes from it; genres alone range from -1 to +1."""
_SLACK: Final = {"tempo": 0.25, "energy": 0.35, "brightness": 0.35}
"""How far outside the range a wish counts as quite missed: a share of the tempo, or of the scale from 0 to 1."""
_VOICE_UNWANTED: Final = -0.5
_VOICE_WANTED: Final = 0.15
_TAG_WANTED: Final = 0.12
_TAG_UNWANTED: Final = -0.3
_NOT_MUSIC: Final = -1.0
_SPOKEN_FROM: Final = 0.03
"""Of a score: a genre's share below this is not worth a sentence."""

_WISHED: Final = 0.5
"""Wish from which a genre is what the brief is after; an impostor only pretends to be of one of these."""
_FOREIGN: Final = 0.25
"""Wish below which a genre is something else."""
_SEEMS: Final = 0.5
"""Probability from which the first window seems to be of a genre."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a candidate stands where it does.

    Attributes:
        code: One of `REASONS`.
        amount: What it adds to the score; 0 for what is only said.
        facts: Numbers and ids for the sentence: `genre`, `probability`, `wish`, `measured`, `low`, `high`, `tag` ...
    """

    code: str
    amount: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"code": self.code, "amount": self.amount, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True)
class Fit:
    """How one candidate fits.

    Attributes:
        path: As it was named.
        rank: 1 for the best; None where the file failed.
        score: About -1 to +1.5; None where the file failed.
        top: Its likeliest genres.
        tier: How sure the answer is; None where the file failed.
        description: Tempo, energy and brightness as far as known.
        tags: Instruments and voices that were heard.
        reasons: The weightiest first.
        error: What went wrong with the file.
        duration_s: Length of the sound, in seconds; None where the file failed.
    """

    path: str
    rank: int | None
    score: float | None
    top: tuple[GenreScore, ...]
    tier: str | None
    description: Description
    tags: tuple[str, ...]
    reasons: tuple[Reason, ...]
    error: GenreLensError | None = None
    duration_s: float | None = None

    @property
    def impostor(self) -> Reason | None:
        """The reason that calls it an impostor, where it is one."""
        return next((reason for reason in self.reasons if reason.code == "impostor"), None)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {
            "path": self.path.encode("utf-8", "replace").decode("utf-8"),
            "rank": self.rank,
            "score": self.score,
            "top": [asdict(score) for score in self.top],
            "tier": self.tier,
            "description": self.description.to_dict(),
            "tags": list(self.tags),
            "reasons": [reason.to_dict() for reason in self.reasons],
            "error": None if self.error is None else self.error.to_dict(),
            "duration_s": self.duration_s,
        }


@dataclass(frozen=True, slots=True)
class Match:
    """The answer to a brief.

    Attributes:
        brief: What was understood.
        fits: Every candidate, the best first; files that failed stand at the end with their error.
        model: Which model answered; None where every file failed.
    """

    brief: Brief
    fits: tuple[Fit, ...]
    model: ModelInfo | None

    @property
    def impostors(self) -> tuple[Fit, ...]:
        """The candidates that begin like what was wished for and are something else."""
        return tuple(fit for fit in self.fits if fit.impostor is not None)

    @property
    def failed(self) -> tuple[Fit, ...]:
        """The files that could not be judged."""
        return tuple(fit for fit in self.fits if fit.error is not None)

    def shortlist(self, count: int) -> tuple[Fit, ...]:
        """The best `count` that do not speak against the brief more than for it."""
        return tuple(fit for fit in self.fits if fit.score is not None and fit.score > 0)[:count]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {
            "schema_version": SCHEMA_VERSION,
            "brief": self.brief.to_dict(),
            "fits": [fit.to_dict() for fit in self.fits],
            "model": None if self.model is None else asdict(self.model),
        }


def check_brief(brief: Brief) -> None:
    """Refuse a brief of which nothing was understood, before anything is decoded for it.

    Raises:
        UsageError: `BRIEF_UNKNOWN`.
    """
    if not brief.understood:
        raise UsageError("BRIEF_UNKNOWN", "no word of the brief is known", details={"unknown": list(brief.unknown)})


def match(brief: Brief, candidates: Iterable[Candidate]) -> Match:
    """Rank candidates for a brief.

    Args:
        brief: From `parse_brief`.
        candidates: From `gather`, or made of analyses that are there already.

    Raises:
        UsageError: `BRIEF_UNKNOWN` where no word of the brief is known: any ranking would be a guess.
    """
    check_brief(brief)
    given = list(candidates)
    judged = [_judge(brief, item, item.answer) for item in given if isinstance(item.answer, Analysis)]
    failed = [_failure(item.path, item.answer) for item in given if isinstance(item.answer, GenreLensError)]
    judged.sort(key=lambda fit: -(fit.score or 0.0))
    ranked = [replace(fit, rank=rank) for rank, fit in enumerate(judged, start=1)]
    models = [item.answer.model for item in given if isinstance(item.answer, Analysis)]
    return Match(brief, (*ranked, *failed), models[0] if models else None)


def _failure(path: str, error: GenreLensError) -> Fit:
    return Fit(path, None, None, (), None, Description(), (), (), error)


def _judge(brief: Brief, candidate: Candidate, analysis: Analysis) -> Fit:
    reasons = sorted(_reasons(brief, analysis, candidate.description), key=lambda reason: -abs(reason.amount))
    genres = sum(score.probability * brief.genres.get(score.id, 0.0) for score in analysis.top)
    others = sum(reason.amount for reason in reasons if not reason.code.startswith("genre_"))
    return Fit(
        path=candidate.path,
        rank=None,
        score=round(genres + others, 4),
        top=analysis.top5,
        tier=analysis.tier,
        description=candidate.description,
        tags=tuple(tag.id for tag in analysis.tags),
        reasons=tuple(reasons),
        duration_s=analysis.source.duration_s,
    )


def _reasons(brief: Brief, analysis: Analysis, description: Description) -> Iterator[Reason]:
    if not analysis.top:
        yield Reason("silent", _NOT_MUSIC)
        return
    if analysis.tier == "not_music":
        yield Reason("not_music", _NOT_MUSIC, {"probability": analysis.not_music})
    yield from _genre_reasons(brief, analysis.top)
    yield from _impostor(brief, analysis)
    yield from _tempo(brief.tempo_bpm, description)
    yield from _wish("energy", brief.energy, description.energy)
    yield from _wish("brightness", brief.brightness, description.brightness)
    yield from _voice(brief, analysis.tags)
    yield from _tags(brief, analysis.tags)


def _genre_reasons(brief: Brief, top: Sequence[GenreScore]) -> Iterator[Reason]:
    for score in top:
        wish = brief.genres.get(score.id, 0.0)
        amount = score.probability * wish
        if abs(amount) >= _SPOKEN_FROM:
            facts = {"genre": score.id, "probability": score.probability, "wish": wish}
            yield Reason("genre_helps" if amount > 0 else "genre_hurts", round(amount, 4), facts)


def _impostor(brief: Brief, analysis: Analysis) -> Iterator[Reason]:
    """The first window is of a wished genre, the song as a whole is of one that was not wished for."""
    if len(analysis.windows) < 2:
        return
    first = max(analysis.windows[0].probabilities.items(), key=lambda pair: pair[1])
    whole = analysis.top[0]
    pretends = brief.genres.get(first[0], 0.0) >= _WISHED and first[1] >= _SEEMS
    share = next(score.probability for score in analysis.top if score.id == first[0])
    if pretends and brief.genres.get(whole.id, 0.0) < _FOREIGN and share < whole.probability:
        yield Reason(
            "impostor",
            0.0,
            {"first": first[0], "first_probability": first[1], "genre": whole.id, "probability": whole.probability},
        )


def _tempo(wished: Range | None, description: Description) -> Iterator[Reason]:
    """Half or double the tempo counts where people might count that."""
    if wished is None:
        return
    low, high = wished
    measured = [bpm for bpm in (description.tempo_bpm, description.other_tempo_bpm) if bpm is not None]
    if not measured:
        if description.tempo_asked:
            yield Reason("tempo_unknown", 0.0, {"low": low, "high": high})
        return
    nearest = min(measured, key=lambda bpm: max(low / bpm, bpm / high))
    off = max(0.0, low / nearest - 1.0, nearest / high - 1.0)
    amount = _worth("tempo", off)
    facts = {"measured": nearest, "low": low, "high": high}
    yield Reason("tempo_off" if off else "tempo_fits", round(amount, 4), facts)


def _wish(name: str, wished: Range | None, measured: float | None) -> Iterator[Reason]:
    if wished is None or measured is None:
        return
    low, high = wished
    off = max(0.0, low - measured, measured - high)
    amount = _worth(name, off)
    how = "fits" if not off else "low" if measured < low else "high"
    yield Reason(f"{name}_{how}", round(amount, 4), {"measured": measured, "low": low, "high": high})


def _worth(name: str, off: float) -> float:
    """A wish that is met helps, one that is missed hurts the more, the further off."""
    return -_WISH_WEIGHT[name] * min(1.0, off / _SLACK[name]) if off else _WISH_WEIGHT[name]


def _voice(brief: Brief, heard: Sequence[HeardTag]) -> Iterator[Reason]:
    """A voice that was heard helps or hurts; none heard proves nothing, and that is said."""
    if brief.voice is None:
        return
    voice = next((tag for tag in heard if tag.id in VOICE_TAGS), None)
    if voice is None:
        yield Reason("voice_unheard", 0.0, {"wish": brief.voice})
    elif brief.voice == "unwanted":
        yield Reason("voice_unwanted", _VOICE_UNWANTED, _named(voice))
    else:
        yield Reason("voice_fits", _VOICE_WANTED, _named(voice))


def _tags(brief: Brief, heard: Sequence[HeardTag]) -> Iterator[Reason]:
    """Instruments that were asked for or refused, where they were heard; the voice has its own reason."""
    for tag in heard:
        if tag.id in brief.tags and tag.id not in VOICE_TAGS:
            yield Reason("tag_fits", _TAG_WANTED, _named(tag))
        elif tag.id in brief.unwanted_tags and not (tag.id in VOICE_TAGS and brief.voice):
            yield Reason("tag_unwanted", _TAG_UNWANTED, _named(tag))


def _named(tag: HeardTag) -> dict[str, Any]:
    return {"tag": tag.id, "names": dict(tag.names), "precision": tag.precision}
