"""A small writer of SVG: just the elements our pictures need, everything escaped.

Pictures carry names that strangers chose (files, labels of foreign bundles), so no string reaches a
picture but through `element` or `text`: markup is escaped and what XML cannot hold is dropped. The
widths of texts are estimated without fonts, on the wide side, so that what fits here fits in any
browser and in the PNG; the same input gives the same picture on every machine.
"""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BIG",
    "LARGE",
    "SMALL",
    "TEXT",
    "document",
    "element",
    "fitted",
    "group",
    "image",
    "line",
    "path",
    "rect",
    "text",
    "text_width",
    "title",
    "wrapped",
]

SMALL: Final = 12.0
TEXT: Final = 14.0
LARGE: Final = 22.0
BIG: Final = 40.0
"""The type scale, px: four sizes, as on the page."""

_LATIN: Final = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', Arial"
_CJK: Final = (
    "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'WenQuanYi Micro Hei'"
)
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HAN: Final = "\u2e80-\u9fff\uf900-\ufaff"
_CLOSING: Final = "[\u3001\u3002\u300b\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u201d]*"
_PIECES: Final = re.compile(f"[{_HAN}]{_CLOSING}|[^ {_HAN}]+{_CLOSING} *| +")
"""What stays together on a line: a word with its space, or one Chinese character with the marks that close it."""
_NARROW: Final = frozenset("ijl.,:;'|!()[]I ftr/\\-\u00b7\u00a0`\"")
_WIDE: Final = frozenset("MWmw@%\u2026\u2014OQGDHNU")


def element(name: str, *children: str, **attributes: object) -> str:
    """One element. `children` are finished markup; attribute values are escaped.

    In attribute names `_` stands for `-`, and a closing `_` is dropped (`class_`); None leaves an attribute out.
    """
    spelled = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{spelled}>{''.join(children)}</{name}>" if children else f"<{name}{spelled}/>"


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = TEXT,
    anchor: str = "start",
    bold: bool = False,
    room: float | None = None,
    **style: object,
) -> str:
    """A line of text with its baseline at `y`; shortened with an ellipsis to `room` px; nothing for no text.

    Texts with Chinese in them name a Chinese font first: the PNG writer takes the first family it has for all.
    """
    shown = _clean(content) if room is None else fitted(_clean(content), room, size, bold=bold)
    if not shown:
        return ""
    return element(
        "text",
        escape(shown),
        x=x,
        y=y,
        font_size=size,
        text_anchor=None if anchor == "start" else anchor,
        font_weight=700 if bold else None,
        font_family=f"{_CJK}, {_LATIN}, sans-serif" if _has_wide(shown) else None,
        **style,
    )


def rect(x: float, y: float, width: float, height: float, **style: object) -> str:
    """A rectangle; a negative size is taken as none."""
    return element("rect", x=x, y=y, width=max(0.0, width), height=max(0.0, height), **style)


def line(x1: float, y1: float, x2: float, y2: float, **style: object) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **style)


def path(points: Iterable[tuple[float, float]], *, closed: bool = False, **style: object) -> str:
    """A line through the points, or the area inside."""
    steps = "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
    return element("path", d=f"M{steps}{'Z' if closed else ''}", **style)


def image(x: float, y: float, width: float, height: float, pixels: NDArray[np.uint8]) -> str:
    """A raster [rows, columns] (grey) or [rows, columns, 2] (grey, opacity), stretched over the box as a PNG."""
    from PIL import Image  # comes with Gradio

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return element(
        "image",
        x=x,
        y=y,
        width=width,
        height=height,
        preserveAspectRatio="none",
        href=f"data:image/png;base64,{data}",
    )


def group(children: Sequence[str], x: float = 0.0, y: float = 0.0, **style: object) -> str:
    """Elements moved together."""
    moved = f"translate({_number(x)} {_number(y)})" if x or y else None
    return element("g", "".join(children) or element("desc"), transform=moved, **style)


def title(content: str) -> str:
    """Words for the element it is put into, shown where a pointer rests on that."""
    return element("title", escape(_clean(content)))


def document(children: Sequence[str], width: float, height: float, name: str, **style: object) -> str:
    """A whole picture, with a name that a screen reader says."""
    return element(
        "svg",
        title(name),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        role="img",
        aria_label=name,
        font_family=f"{_LATIN}, {_CJK}, sans-serif",
        **style,
    )


def text_width(content: str, size: float = TEXT, *, bold: bool = False) -> float:
    """Width of a line in px, estimated on the wide side (DejaVu Sans, our widest, takes 0.6 em a letter)."""
    return sum(map(_em, content)) * size * (1.1 if bold else 1.0)


def fitted(content: str, room: float, size: float = TEXT, *, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits with an ellipsis; "" where not even two letters do."""
    if text_width(content, size, bold=bold) <= room:
        return content
    kept = content
    while len(kept) > 2 and text_width(kept.rstrip() + "\u2026", size, bold=bold) > room:
        kept = kept[:-1]
    shortened = kept.rstrip() + "\u2026"
    return shortened if text_width(shortened, size, bold=bold) <= room else ""


def wrapped(content: str, room: float, size: float = TEXT) -> list[str]:
    """The text in lines that fit, broken at spaces, and anywhere before Chinese that is not a closing mark."""
    lines: list[str] = [""]
    for piece in _PIECES.findall(_clean(content)):
        if lines[-1] and text_width((lines[-1] + piece).rstrip(), size) > room:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [fitted(line.rstrip(), room, size) for line in lines if line.strip()]


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.43
    if character in _WIDE:
        return 0.95
    return 0.72 if character.isupper() or ord(character) > 0x2FF else 0.64


def _has_wide(content: str) -> bool:
    return any(unicodedata.east_asian_width(character) in "WF" for character in content)


def _clean(content: str) -> str:
    return _UNFIT.sub("", content)


def _value(value: object) -> str:
    if isinstance(value, float | np.floating):
        return _number(float(value))
    return escape(_clean(str(value)), {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
