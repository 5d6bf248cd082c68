"""Analyses made by hand, one for each tier."""

from __future__ import annotations

from genrelens.audio.health import HealthFinding
from genrelens.audio.windows import SourceInfo
from genrelens.listening.analysis import Analysis, GenreScore, ModelInfo, WindowScores
from genrelens.listening.certainty import mix_index
from genrelens.listening.tags import HeardTag
from genrelens.taxonomy import GENRES

LABELS = [genre.id for genre in GENRES]
FIRST = {
    "sure": {"Jazz": 0.91},
    "likely": {"Rock": 0.77, "Metal": 0.15},
    "blend": {"Hip-Hop": 0.42, "Rap": 0.38, "Jazz": 0.12},
    "unsure": {"Folk": 0.28, "World": 0.22, "Country": 0.14},
    "not_music": {"Rap": 0.4, "World": 0.3},
}


TAGS = (
    HeardTag("saxophone", {"en": "saxophone", "zh": "萨克斯"}, 0.91),
    HeardTag("piano", {"en": "piano", "zh": "钢琴"}, 0.85),
)


def analysis(tier: str = "likely", *, name: str = "song.mp3", health=(), silent: bool = False, tags=()) -> Analysis:
    import numpy as np

    known = FIRST[tier]
    rest = (1 - sum(known.values())) / (len(LABELS) - len(known))
    scores = sorted((GenreScore(label, known.get(label, rest)) for label in LABELS), key=lambda s: -s.probability)
    probabilities = {score.id: score.probability for score in scores}
    starts = (10.0, 40.0, 70.0)
    return Analysis(
        source=SourceInfo(name, "0" * 64, 215.3, "mp3", 44_100, 2),
        listened=() if silent else tuple((start, start + 10.0) for start in starts),
        top=() if silent else tuple(scores),
        not_music=None if silent else 0.97 if tier == "not_music" else 0.01,
        tier=tier,
        mix_index=0.0 if silent else mix_index(np.array([score.probability for score in scores])),
        prediction_set=() if silent else tuple(score.id for score in scores[:2]),
        health=tuple(health),
        windows=() if silent else tuple(WindowScores(start, probabilities) for start in starts),
        embedding=None,
        model=ModelInfo("tiny", "1.0", "a" * 64),
        timing_ms={"decode": 110.0, "features": 40.0, "model": 230.0, "rest": 3.0},
        tags=tuple(tags),
    )


def clipped():
    return HealthFinding(
        "CLIPPING", "warning", 2.31, 0.5, "%", {"en": "Use a quieter master.", "zh": "请使用音量较低的母带。"}
    )
