"""The pictures of the model card: readable in grey and by colour-blind eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

__all__ = ["draw"]

_BLUE: Final = "#0b5394"
_ORANGE: Final = "#c55a11"
_DPI: Final = 110


def draw(report: dict[str, Any], folder: Path) -> None:
    """Confusion, reliability, risk and coverage as PNG.

    Args:
        report: Of `training.evaluate`.
        folder: Where they go.
    """
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    _confusion(report["confusion"], folder / "card-confusion.png")
    _reliability(report["reliability"], folder / "card-reliability.png")
    _risk(report["risk_coverage"], folder / "card-risk-coverage.png")


def _confusion(matrix: dict[str, Any], path: Path) -> None:
    from matplotlib import pyplot

    labels = matrix["labels"]
    counts = np.array(matrix["rows_true_columns_first"])
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    figure, axes = pyplot.subplots(figsize=(8.2, 7.2), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=9)
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(labels)), [f"{label} ({n})" for label, n in zip(labels, counts.sum(1), strict=True)])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xlabel("first answer")
    axes.set_ylabel("own label (songs)")
    _save(figure, path)


def _reliability(rows: list[dict[str, float]], path: Path) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(4.6, 4.4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--", label="said = right")
    said, right = ([row[key] for row in rows] for key in ("said", "right"))
    axes.plot(said, right, color=_BLUE, marker="o", label="songs in ten groups")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="mean first probability", ylabel="share right (strict)")
    axes.legend(frameon=False, loc="upper left")
    _save(figure, path)


def _risk(curves: dict[str, list[dict[str, float]]], path: Path) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5.6, 4.0), layout="constrained")
    styles = {"strict": (_ORANGE, "s", "own label only"), "accepted": (_BLUE, "o", "second label, too")}
    for name, (colour, marker, label) in styles.items():
        points = curves[name]
        axes.plot(
            [100 * p["coverage"] for p in points], [100 * p["risk"] for p in points],
            color=colour, marker=marker, markersize=4, label=label,
        )  # fmt: skip
    axes.set(xlim=(0, 102), ylim=(0, None), xlabel="songs accepted, the surest first (%)", ylabel="of these wrong (%)")
    axes.legend(frameon=False)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=_DPI)
    pyplot.close(figure)
