"""Which songs of rare genres are hidden in a catalogue: a ranked list, with the evidence for each.

What a file says of itself is one more voice beside the model: a label is taken to be right with a stated probability,
else to have been drawn as often as this catalogue uses it. So a hint of Latin in a song that is labelled Metal and
sounds nothing like it weighs more than the same hint in a song labelled Pop that sounds like Pop. How much better that
finds hidden songs than the rare genre's probability alone: `python -m benchmarks.longtail`.

Where a wrong label is what the model itself finds likely, both err together: such a tag counts half, which costs next
to nothing elsewhere. Where all wrong labels are like that, the list is still no better, or worse (same script).

Tried on the choosing half of `validation` and left out, because they made the order no better there: the strongest
window, the neighbours by embedding, the margin between the two probabilities. The catalogue's own shares of the genres
(EM of Saerens et al. 2002) helped on one half and hurt on the other. Windows and neighbours are shown as evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.catalogue.vectors import unit_vectors
from genrelens.errors import CatalogueError, UsageError
from genrelens.taxonomy import genres_named
from genrelens.workflows.catalogue_map import Layout, nearest

__all__ = [
    "RARE_BELOW",
    "Find",
    "Kin",
    "LabelSource",
    "LongTail",
    "Moment",
    "long_tail",
    "tail_scores",
]

RARE_BELOW: Final = 0.03
"""Share of a catalogue's songs below which a genre is rare, where nobody names genres: half of an even sixteenth."""
_TRUST: Final = {"decision": 0.9, "tag": 0.5}
"""How often a label is taken to be right. Half for a tag: a higher trust finds more of what is hidden under labels
drawn by chance, and loses more of what is hidden under the genre that it is most like (`benchmarks.longtail`)."""
_HEARD: Final = 0.25
"""Probability from which the model itself hears a tag: what it says then is less of a second voice."""
_TRUST_HEARD: Final = 0.25
"""How often such a tag is taken to be right."""
_SURE: Final = "sure"
_NEIGHBOURS: Final = 10
"""Nearest songs that are looked at for each find."""
_SHOWN_INSTRUMENTS: Final = 3
_OFTEN: Final = 2.0
"""How many times more often than elsewhere an instrument must be heard in a genre's songs to point there."""
_FEW_KNOWN: Final = 4
"""Songs of a genre below which nothing is said of its instruments."""
_UNLIKELY: Final = 0.1
"""Probability of all present labels together below which they are called unlikely."""
_MOMENT: Final = 0.5
"""Probability in one window from which that window is named."""
_LEAST: Final = 0.05
"""Score below which a song is no find: one in twenty is not worth a person's minute."""

LabelSource = Literal["decision", "tag", "model"]
"""Who says the present label: a person's decision, the file's own genre tag, or (without these) the model's first."""
Why = Literal["first", "second", "possible", "label_unlikely", "neighbours", "instruments", "moment"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kin:
    """A near neighbour that is known to be of the genre.

    Attributes:
        path: As the catalogue writes it.
        likeness: Cosine of the embeddings, -1 to 1.
        known_by: Who says so; "sure": the model, in the tier `sure`, with no label against it.
    """

    path: str
    likeness: float
    known_by: Literal["decision", "tag", "sure"]


@dataclass(frozen=True, slots=True)
class Moment:
    """The window in which the genre is strongest: where it begins, seconds, and its probability there alone."""

    start_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Find:
    """A song that may be of a rare genre.

    Attributes:
        genre: The rare genre.
        path: As the catalogue writes it.
        sha256: Of its bytes.
        score: 0 to 1: probability of the genre, given the sound and the present label; what is sorted by.
        probability: Of the genre, as the model gave it.
        rank: Place of the genre among the model's labels, from 1.
        label: What the song counts as now; several where a tag names several.
        label_source: Who says so.
        in_prediction_set: Whether the genre is among those that hold the true one with 90 % probability.
        kin: Those of its ten nearest songs that are known to be of the genre, the most alike first.
        instruments: Ids of what was heard in it and is heard more often in songs of the genre than elsewhere.
        moment: Where the genre is strongest; None where windows are not kept.
        why: What speaks for it, in the order in which it should be said.
        duration_s: Length of the sound.
        tier: The model's certainty of its first genre.
    """

    genre: str
    path: str
    sha256: str
    score: float
    probability: float
    rank: int
    label: tuple[str, ...]
    label_source: LabelSource
    in_prediction_set: bool
    kin: tuple[Kin, ...]
    instruments: tuple[str, ...]
    moment: Moment | None
    why: tuple[Why, ...]
    duration_s: float | None
    tier: str


@dataclass(frozen=True, slots=True)
class LongTail:
    """The rare genres of a catalogue and what may be hidden of them.

    Attributes:
        genres: The rare genres that were looked for.
        labelled: Every label -> songs that count as it now.
        finds: The likeliest first.
        songs: How many songs were looked through.
    """

    genres: tuple[str, ...]
    labelled: dict[str, int]
    finds: tuple[Find, ...]
    songs: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {"schema_version": 1, **asdict(self)}


@dataclass(slots=True)
class _Songs:
    """The songs of a catalogue in columns; row i of each belongs together."""

    labels: tuple[str, ...]
    probabilities: Floats
    rows: list[CatalogueRow] = field(default_factory=list)
    said: list[tuple[str, ...]] = field(default_factory=list)
    sources: list[LabelSource] = field(default_factory=list)

    def known(self, index: int, genre: str) -> Literal["decision", "tag", "sure"] | None:
        """Who says that a song is of the genre; None where nobody does."""
        source = self.sources[index]
        if source != "model":
            return source if genre in self.said[index] else None
        row = self.rows[index]
        return "sure" if row.tier == _SURE and row.genre == genre else None


def long_tail(
    catalogue: Catalogue,
    model_id: int,
    *,
    genres: Sequence[str] = (),
    rare_below: float = RARE_BELOW,
    most: int = 50,
    layout: Layout | None = None,
) -> LongTail:
    """Look for hidden songs of rare genres.

    Args:
        catalogue: Open.
        model_id: Whose answers.
        genres: Which genres; when left out, those as which less than `rare_below` of the songs count now.
        rare_below: Share, 0 to 1.
        most: Finds of each genre that are wanted, with their evidence.
        layout: Of the same model, whose embeddings are then not read again.

    Raises:
        UsageError: `GENRE_UNKNOWN`: a genre that is none of the model's labels.
        CatalogueError: `CATALOGUE_EMPTY`: no song has an answer yet.
    """
    songs = _songs_of(catalogue, model_id)
    unknown = [genre for genre in genres if genre not in songs.labels]
    if unknown:
        raise UsageError("GENRE_UNKNOWN", f"{unknown[0]!r} is none of the genres: {', '.join(songs.labels)}")
    if not songs.rows:
        raise CatalogueError("CATALOGUE_EMPTY", "no song of this catalogue has an answer yet")
    labelled = Counter(genre for said in songs.said for genre in said)
    wanted = tuple(dict.fromkeys(genres)) or tuple(
        genre for genre in songs.labels if labelled[genre] < rare_below * len(songs.rows)
    )
    scores = tail_scores(songs.probabilities, songs.said, songs.sources, songs.labels)
    chosen = _chosen(songs, scores, wanted, most)
    vectors = (layout.shas, layout.units) if layout else unit_vectors(catalogue, model_id)
    kin = _kin(songs, chosen, *vectors)
    pointing = {genre: _instruments(songs, genre) for genre in wanted}
    finds = [
        _find(catalogue, model_id, songs, scores, i, genre, kin.get((i, genre), ()), pointing[genre])
        for i, genre in chosen
    ]
    return LongTail(
        genres=wanted,
        labelled={genre: labelled[genre] for genre in songs.labels},
        finds=tuple(sorted(finds, key=lambda find: (-find.score, find.path, find.genre))),
        songs=len(songs.rows),
    )


def tail_scores(
    probabilities: Floats, said: Sequence[Sequence[str]], sources: Sequence[LabelSource], labels: Sequence[str]
) -> Floats:
    """Probability of every label for every song [n, labels], given its sound and what it counts as now.

    Args:
        probabilities: Of the model, [n, labels].
        said: What each song counts as now.
        sources: Who says so; "model" is no further voice.
        labels: In the order of the columns.
    """
    column = {label: index for index, label in enumerate(labels)}
    names = [[column[label] for label in row if label in column] for row in said]
    used = np.bincount([index for row in names for index in row], minlength=len(labels)) + 0.5
    used /= used.sum()
    result = probabilities.copy()
    for i, (chosen, source) in enumerate(zip(names, sources, strict=True)):
        if source != "model" and chosen:
            heard = source == "tag" and probabilities[i, chosen].sum() >= _HEARD
            right, by_chance = _TRUST_HEARD if heard else _TRUST[source], float(used[chosen].sum())
            chances = np.full(len(labels), (1.0 - right) * by_chance)
            chances[chosen] += right
            result[i] *= chances
    result /= result.sum(axis=1, keepdims=True)
    return result


def _songs_of(catalogue: Catalogue, model_id: int) -> _Songs:
    labels = catalogue.labels(model_id)
    column = {label: index for index, label in enumerate(labels)}
    songs = _Songs(labels, np.zeros((0, len(labels))))
    table: list[NDArray[np.float32]] = []
    for row in catalogue.rows(model_id, RowFilter(states=("done",), first_copies=True)):
        said, source = _label_of(row, column)
        if not row.top or NOT_MUSIC in said:
            continue
        line = np.zeros(len(labels), np.float32)
        for score in row.top:
            line[column[score.id]] = score.probability
        table.append(line)
        songs.rows.append(row)
        songs.said.append(said)
        songs.sources.append(source)
    if table:
        songs.probabilities = np.maximum(np.stack(table).astype(np.float64), 1e-9)
    return songs


def _label_of(row: CatalogueRow, labels: Collection[str]) -> tuple[tuple[str, ...], LabelSource]:
    if row.decision is not None:
        return (row.decision.verdict,), "decision"
    tagged = tuple(genre for genre in genres_named(row.genre_tag) if genre in labels)
    if tagged:
        return tagged, "tag"
    return (NOT_MUSIC if row.tier == "not_music" else row.genre,), "model"


def _chosen(songs: _Songs, scores: Floats, genres: Sequence[str], most: int) -> list[tuple[int, str]]:
    """The likeliest songs of each genre that nobody has called so."""
    chosen: list[tuple[int, str]] = []
    for genre in genres:
        own = scores[:, songs.labels.index(genre)]
        likely = np.flatnonzero(own >= _LEAST).tolist()
        hidden = [i for i in likely if songs.sources[i] == "model" or genre not in songs.said[i]]
        hidden.sort(key=lambda i: (-own[i], songs.rows[i].path))
        chosen += [(i, genre) for i in hidden[:most]]
    return chosen


def _find(
    catalogue: Catalogue,
    model_id: int,
    songs: _Songs,
    scores: Floats,
    i: int,
    genre: str,
    kin: tuple[Kin, ...],
    pointing: frozenset[str],
) -> Find:
    row, column = songs.rows[i], songs.labels.index(genre)
    rank = 1 + next(place for place, score in enumerate(row.top) if score.id == genre)
    probability = row.top[rank - 1].probability
    instruments = tuple(tag for tag in row.tags if tag in pointing)[:_SHOWN_INSTRUMENTS]
    moment = _moment(catalogue.analysis(row.sha256, model_id), genre)
    label = songs.said[i]
    of_label = sum(score.probability for score in row.top if score.id in label)
    why: list[Why] = []
    if rank <= 2:
        why.append("first" if rank == 1 else "second")
    elif genre in row.prediction_set:
        why.append("possible")
    if songs.sources[i] != "model" and of_label < _UNLIKELY:
        why.append("label_unlikely")
    if moment is not None and moment.probability >= _MOMENT and moment.probability > 1.5 * probability:
        why.append("moment")
    if kin:
        why.append("neighbours")
    if instruments:
        why.append("instruments")
    return Find(
        genre=genre,
        path=row.path,
        sha256=row.sha256,
        score=float(scores[i, column]),
        probability=probability,
        rank=rank,
        label=label,
        label_source=songs.sources[i],
        in_prediction_set=genre in row.prediction_set,
        kin=kin,
        instruments=instruments,
        moment=moment,
        why=tuple(why),
        duration_s=row.duration_s,
        tier=row.tier,
    )


def _moment(analysis: dict[str, Any] | None, genre: str) -> Moment | None:
    windows = (analysis or {}).get("windows", [])
    if not windows:
        return None
    best = max(windows, key=lambda window: (window["probabilities"].get(genre, 0.0), -window["start_s"]))
    return Moment(float(best["start_s"]), float(best["probabilities"].get(genre, 0.0)))


def _kin(
    songs: _Songs, chosen: Sequence[tuple[int, str]], shas: Sequence[str], units: NDArray[np.float32]
) -> dict[tuple[int, str], tuple[Kin, ...]]:
    """Of each find its near neighbours that are known to be of its genre."""
    where = {sha: index for index, sha in enumerate(shas)}
    song_at = {where[row.sha256]: i for i, row in enumerate(songs.rows) if row.sha256 in where}
    asked = sorted({i for i, _ in chosen if songs.rows[i].sha256 in where})
    if len(units) < 2 or not asked:
        return {}
    near, alike = nearest(units, min(_NEIGHBOURS, len(units) - 1), [where[songs.rows[i].sha256] for i in asked])
    line = {i: number for number, i in enumerate(asked)}
    found: dict[tuple[int, str], tuple[Kin, ...]] = {}
    for i, genre in chosen:
        if i not in line:
            continue
        kin = []
        for place, likeness in zip(near[line[i]], alike[line[i]], strict=True):
            other = song_at.get(int(place))
            known_by = None if other is None else songs.known(other, genre)
            if other is not None and known_by is not None:
                kin.append(Kin(songs.rows[other].path, round(float(likeness), 4), known_by))
        found[i, genre] = tuple(kin)
    return found


def _instruments(songs: _Songs, genre: str) -> frozenset[str]:
    """What is heard more often in the songs that are known to be of a genre than in the others."""
    own: Counter[str] = Counter()
    others: Counter[str] = Counter()
    known = 0
    for i, row in enumerate(songs.rows):
        if songs.known(i, genre) is not None:
            known += 1
            own.update(row.tags)
        else:
            others.update(row.tags)
    rest = len(songs.rows) - known
    if known < _FEW_KNOWN or not rest:
        return frozenset()
    return frozenset(
        tag for tag, count in own.items() if count >= 2 and count / known >= _OFTEN * (others[tag] + 1) / (rest + 1)
    )
