"""`genrelens serve`: the page."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from genrelens.catalogue.store import Catalogue
    from genrelens.workflows.policy import Policy

__all__ = ["serve"]


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for every machine that reaches this one.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    password: Annotated[
        str | None,
        typer.Option(envvar="GENRELENS_PASSWORD", help="Ask visitors for this password.", show_default=False),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name that a proxy in front gives this page; may be repeated.", show_default=False),
    ] = None,
    catalogue: Annotated[
        str | None,
        typer.Option(help="Catalogue to review and to look at: a file, or postgresql://...", show_default=False),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="Policy file: what the tabs Review and Catalogue, and accepting in bulk, go by; the default when left "
            "out (genrelens policy show).",
            show_default=False,
        ),
    ] = None,
    bundle: Annotated[Path | None, typer.Option(help="Folder of another model.", show_default=False)] = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda"], typer.Option(help="Where the network runs; auto: the graphics card if it can.")
    ] = "auto",
) -> None:
    """Serve the page, by default on http://127.0.0.1:8000 for this machine alone."""
    from genrelens.audio.sources import safe_name
    from genrelens.listening.model import load_model
    from genrelens.studio import serve as serve_page

    with contextlib.ExitStack() as opened:
        found = None
        if catalogue:
            from genrelens.catalogue.store import open_catalogue

            found = opened.enter_context(open_catalogue(catalogue))
        # The model is handed over unloaded: it loads while the page starts.
        serve_page(
            lambda: load_model(bundle, device=device),
            host=host,
            port=port,
            password=password,
            allow_hosts=allow_host or (),
            catalogue=found,
            policy=_read(policy, bundle, found),
            policy_name="" if policy is None else safe_name(policy) or "?",
        )


def _read(path: Path | None, bundle: Path | None, catalogue: Catalogue | None) -> Policy:
    """The policy, which may name the genres of the page's model and those of the catalogue's."""
    from genrelens.listening.bundle import read_bundle
    from genrelens.workflows.policy import DEFAULT, read_policy

    if path is None:
        return DEFAULT
    labels = read_bundle(bundle).labels
    answered = None if catalogue is None else catalogue.latest_model()
    if catalogue is not None and answered is not None:
        labels = tuple(dict.fromkeys((*labels, *catalogue.labels(answered))))
    return read_policy(path, labels)
