"""A tab that works on the catalogue: drawn once, then it asks by plain requests that its token allows.

A Gradio event gives the tab its token, so that a password guards it.
"""

# No postponed annotations here: Gradio reads those of the event handlers at run time.

import json
from collections.abc import Callable, Sequence
from typing import Any

from genrelens.studio.given import text_of
from genrelens.studio.room import Room
from genrelens.studio.scripts import script_of, tell

__all__ = ["build_seated"]


def build_seated(
    room: Room, name: str, html: Callable[[Sequence[str]], str], without: Callable[[], str], *scripts: str
) -> None:
    """Put a tab into the surrounding `gr.Blocks`; the event `genrelens:NAME` brings it its token as JSON.

    Args:
        room: The page's tools.
        name: Of the tab.
        html: Draws it, given the labels of the model that answered last.
        without: What it says where the page was opened without a catalogue.
        scripts: As for `script_of`.
    """
    import gradio as gr

    plain: dict[str, Any] = {"apply_default_css": False, "elem_id": name, "elem_classes": "gl"}
    catalogue = room.catalogue
    if catalogue is None:
        gr.HTML(without(), js_on_load=None, **plain)
        return
    model_id = catalogue.latest_model()
    labels = () if model_id is None else catalogue.labels(model_id)
    tab = gr.HTML(html_template=html(labels), js_on_load=script_of(*scripts), **plain)
    told = gr.HTML(
        "",
        html_template="",
        js_on_load=tell(f"genrelens:{name}"),
        apply_default_css=False,
        elem_id=f"{name}-token",
    )

    def on_open(event: gr.EventData, request: gr.Request) -> str:
        seat = room.seats.open(request.session_hash or "")
        # Numbered by the browser: the same words twice would not be told again.
        return json.dumps({"token": seat.token, "ask": text_of(event._data, "ask", 20)})

    tab.submit(on_open, inputs=None, outputs=told, show_progress="hidden", queue=False, api_visibility="private")
