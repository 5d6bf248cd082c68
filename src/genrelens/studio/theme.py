"""How the page looks: the colours of the genres, and the Gradio theme that fits our style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gradio.themes import Base

__all__ = ["GENRE_COLOURS", "genre_colour", "page_theme"]

GENRE_COLOURS: Final = {
    "Blues": "#306fb1",
    "Classical": "#c5bcff",
    "Country": "#e1801b",
    "Disco": "#a893fd",
    "Electronic": "#2d93b1",
    "Folk": "#5a6c05",
    "Hip-Hop": "#9067f5",
    "Jazz": "#ffab0b",
    "Latin": "#b57467",
    "Metal": "#2e4e12",
    "Pop": "#a24172",
    "R&B": "#7e1768",
    "Rap": "#6514a8",
    "Reggae": "#69d894",
    "Rock": "#320bed",
    "World": "#69b3ac",
}
"""Genre -> colour, the same everywhere. Found by search: every two differ by at least 0.1 in OKLab for
normal, protanope, deuteranope and tritanope eyes (Machado 2009, severity 1); a test measures it again."""
_OTHER: Final = "#8a8f94"

_SANS: Final = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "Liberation Sans"]
_CJK: Final = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]


def genre_colour(label: str) -> str:
    """The colour of a label; grey for a label that is not one of ours."""
    return GENRE_COLOURS.get(label, _OTHER)


def page_theme() -> Base:
    """A Gradio theme of system fonts and the colours of `style.css`: no font is fetched from anywhere."""
    from gradio.themes import Base

    return Base(font=[*_SANS, *_CJK], font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"]).set(
        # As in style.css; spelled out because Gradio paints these before that is there.
        body_background_fill="#fbfbfa",
        body_background_fill_dark="#121416",
        body_text_color="#16191c",
        body_text_color_dark="#eceeef",
        background_fill_primary="var(--paper)",
        background_fill_primary_dark="var(--paper)",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        link_text_color="var(--accent)",
        link_text_color_dark="var(--accent)",
        button_primary_background_fill="var(--accent)",
        button_primary_background_fill_dark="var(--accent)",
        button_primary_text_color="var(--on-accent)",
        button_primary_text_color_dark="var(--on-accent)",
        color_accent="var(--accent)",
        loader_color="var(--accent)",
        loader_color_dark="var(--accent)",
    )
