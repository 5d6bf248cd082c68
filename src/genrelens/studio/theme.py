"""The Gradio theme that fits our style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gradio.themes import Base

__all__ = ["page_theme"]

_SANS: Final = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "Liberation Sans"]
_CJK: Final = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]


def page_theme() -> Base:
    """A Gradio theme of system fonts and the colours of `style/base.css`: no font is fetched from anywhere."""
    from gradio.themes import Base

    return Base(font=[*_SANS, *_CJK], font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"]).set(
        # As in style/base.css; spelled out because Gradio paints these before that is there.
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
