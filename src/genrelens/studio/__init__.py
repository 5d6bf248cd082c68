"""The web page: drop a song, read its genre. Gradio is loaded when the page is served, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genrelens.studio.page import build_page
    from genrelens.studio.server import serve

__all__ = ["build_page", "serve"]


def __getattr__(name: str) -> Any:
    if name == "serve":
        from genrelens.studio.server import serve

        return serve
    if name == "build_page":
        from genrelens.studio.page import build_page

        return build_page
    raise AttributeError(f"module 'genrelens.studio' has no attribute {name!r}")
