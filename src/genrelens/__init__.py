"""GenreLens: what genre a song is, how sure that is, and why.

    from genrelens import load_model, predict_genre

    model = load_model()
    predict_genre(model, "song.mp3")  # [("Rock", 0.89), ("Metal", 0.07), ...]

Everything below is loaded when it is first asked for, so that `import genrelens` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genrelens.errors import AudioError, BundleError, GenreLensError
    from genrelens.listening.analysis import Analysis
    from genrelens.listening.analyze import analyze, analyze_many, predict_genre
    from genrelens.listening.model import Model, load_model

__all__ = [
    "Analysis",
    "AudioError",
    "BundleError",
    "GenreLensError",
    "Model",
    "__version__",
    "analyze",
    "analyze_many",
    "load_model",
    "predict_genre",
]

__version__ = "0.1.0"

_HOMES = {
    "Analysis": "genrelens.listening.analysis",
    "AudioError": "genrelens.errors",
    "BundleError": "genrelens.errors",
    "GenreLensError": "genrelens.errors",
    "Model": "genrelens.listening.model",
    "analyze": "genrelens.listening.analyze",
    "analyze_many": "genrelens.listening.analyze",
    "load_model": "genrelens.listening.model",
    "predict_genre": "genrelens.listening.analyze",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'genrelens' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
