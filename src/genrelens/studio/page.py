"""The page: masthead, tabs, and how Gradio is told to stay quiet and private."""

# No postponed annotations here: Gradio reads those of the event handlers at run time.

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from genrelens.studio.batch import build_batch, serve_tables
from genrelens.studio.catalogue import build_catalogue, serve_catalogue
from genrelens.studio.classroom import build_classroom, serve_classroom
from genrelens.studio.compare import build_compare, serve_comparisons
from genrelens.studio.help import build_help
from genrelens.studio.listen import build_listen
from genrelens.studio.match import build_match, serve_shortlists
from genrelens.studio.quick import load_gradio
from genrelens.studio.review import build_review, serve_review
from genrelens.studio.room import Room
from genrelens.studio.samples import Sample
from genrelens.studio.scripts import script_of
from genrelens.studio.settle import build_settle, serve_settle
from genrelens.studio.take import add_routes
from genrelens.studio.theme import page_theme
from genrelens.studio.uploads import MAX_AGE_S, MAX_BYTES, Uploads
from genrelens.words import both, say

if TYPE_CHECKING:
    from fastapi import FastAPI
    from gradio import Blocks

__all__ = ["TABS", "build_app", "build_page", "masthead"]

_HERE: Final = Path(__file__).parent
_SWEEP_S: Final = 60
_PAGE_SCRIPTS: Final = ("page.js", "upload.js", "deck.js", "record.js", "keys.js", "guess.js")
"""What every tab uses; each tab's own script comes with the tab."""
TABS: Final[dict[str, Callable[[Room], None]]] = {
    "listen": build_listen,
    "compare": build_compare,
    "match": build_match,
    "batch": build_batch,
    "review": build_review,
    "catalogue": build_catalogue,
    "settle": build_settle,
    "classroom": build_classroom,
    "help": build_help,
}
"""The tabs, in their order: name -> what puts it into the surrounding `gr.Blocks`."""
_HEADERS: Final = {
    # The browser itself refuses every foreign address, whatever a component of the page might want.
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
}


def quiet_gradio(uploads: Uploads) -> None:
    """Set what Gradio reads from the environment: no analytics, no node, uploads in our own folder."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_SSR_MODE"] = "False"
    os.environ["GRADIO_MCP_SERVER"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(uploads.folder)
    os.environ.pop("GRADIO_VIBE_MODE", None)  # would let the page run code


def build_page(room: Room) -> "Blocks":
    """The `gr.Blocks` of the page."""
    quiet_gradio(room.uploads)
    load_gradio()
    import gradio as gr

    with gr.Blocks(
        title=say("page.title", "en"),
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(_SWEEP_S, int(MAX_AGE_S)),
    ) as page:
        gr.HTML(masthead(), js_on_load=None, apply_default_css=False, elem_id="masthead", elem_classes="gl")
        for name, build in TABS.items():
            with gr.Column(elem_id=f"tab-{name}", elem_classes="tab"):
                build(room)

        def on_leave(request: gr.Request) -> None:
            room.leave(request.session_hash or "")

        page.unload(on_leave)
    built: Blocks = page
    return built


def build_app(
    page: "Blocks", room: Room, *, password: str | None = None, known: Callable[[str], bool] = lambda _: True
) -> "FastAPI":
    """The web application that serves the page at `/` and nothing that the page does not need.

    Args:
        page: What `build_page` made.
        room: The page's tools.
        password: Asked for, with the user name "genrelens".
        known: Whether a Host header names this page; others are refused.
    """
    import gradio as gr
    from fastapi import FastAPI

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(_Guard, known=known)
    _serve_samples(app, room.samples)
    add_routes(app, room)
    serve_tables(app, room)
    serve_comparisons(app, room)
    serve_shortlists(app, room)
    serve_classroom(app, room)
    serve_review(app, room)
    serve_catalogue(app, room)
    serve_settle(app, room)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        auth=("genrelens", password) if password else None,
        auth_message=_login_message() if password else None,
        allowed_paths=[],
        show_error=False,
        max_file_size=MAX_BYTES,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        favicon_path=str(_HERE / "favicon.png"),
        theme=page_theme(),
        head=_head(),
    )
    return app


def _serve_samples(app: "FastAPI", samples: Sequence[Sample]) -> None:
    """The examples at `/examples/NAME`: by name, so that no path of this machine stands in the page."""
    from fastapi import HTTPException
    from fastapi.responses import FileResponse

    files = {sample.path.name: sample.path for sample in samples}

    @app.get("/examples/{name}")
    def example(name: str) -> FileResponse:
        if name not in files:
            raise HTTPException(404)
        return FileResponse(files[name])


def masthead() -> str:
    """The HTML of the line at the top: name, what the page is for, language, dark or light."""
    return f"""
<a class="skip" href="#song">{both("page.skip")}</a>
<header class="masthead">
  <div><h1 class="brand">GenreLens</h1><p class="tagline dim">{both("page.tagline")}</p></div>
  <div class="switches">
    <button type="button" class="switch" data-classroom-toggle aria-pressed="false">{both("page.classroom")}</button>
    <div class="switch" role="group" aria-labelledby="language-label">
      <span class="sr" id="language-label">{both("page.language")}</span>
      <button type="button" data-language-choice="en" lang="en">English</button>
      <button type="button" data-language-choice="zh" lang="zh-CN">中文</button></div>
    <button type="button" class="switch theme" data-theme-toggle><span class="sr">{both("page.theme")}:</span>
      <span class="when-light">{both("page.dark")}</span><span class="when-dark">{both("page.light")}</span></button>
  </div>
</header>
<nav class="tabs" role="tablist" aria-label="GenreLens">{_tabs()}</nav>"""


def _tabs() -> str:
    return "".join(
        f'<button type="button" role="tab" class="tab-button" data-tab="{name}" id="tab-button-{name}" '
        f'aria-controls="tab-{name}" aria-selected="false">{both(f"tabs.{name}")}</button>'
        for name in TABS
    )


def _login_message() -> str:
    style = (_HERE / "login.css").read_text(encoding="utf-8")
    return f"<style>{style}</style>{say('page.login', 'en')}<br>{say('page.login', 'zh')}"


def _head() -> str:
    # The style sheet goes in whole: given as `css` Gradio would rewrite every selector.
    shown = [f"body:not([data-tab]) #tab-{next(iter(TABS))}"]
    shown += [f'body[data-tab="{name}"] #tab-{name}' for name in TABS]
    sheets = [path.read_text(encoding="utf-8") for path in sorted((_HERE / "style").glob("*.css"))]
    style = "\n".join([*sheets, f"{', '.join(shown)} {{ display: flex !important; gap: 0; }}"])
    script = script_of(*_PAGE_SCRIPTS)
    return f"<style>{style}</style><script>{script}</script>"


class _Guard:
    """Adds `_HEADERS` to every answer; refuses what another site's page sends here, and what asks by another's name.

    A browser lets any page on the web send a form with a file to 127.0.0.1, and says with it that it
    comes from elsewhere. Plain ASGI, because streams (the queue) must not be buffered.
    """

    def __init__(self, app: Callable[..., Any], known: Callable[[str], bool]) -> None:
        self._app, self._known = app, known

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        extra = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]

        async def send_with(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *extra]}
            await send(message)

        async def refuse(status: int, sentence: str) -> None:
            head = [(b"content-type", b"text/plain; charset=utf-8")]
            await send_with({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": sentence.encode()})

        headers = dict(scope["headers"])
        site = headers.get(b"sec-fetch-site", b"none")
        if not self._known(headers.get(b"host", b"").decode("latin-1")):
            await refuse(421, f"{say('page.unknown_name', 'en')}\n{say('page.unknown_name', 'zh')}\n")
        elif scope["method"] in ("GET", "HEAD") or site in (b"none", b"same-origin"):
            await self._app(scope, receive, send_with)
        else:
            await refuse(403, "not from another site")
