"""The commands put together, and the one place where errors become words and exit codes."""

from __future__ import annotations

import logging
import os
import sys
import traceback

import typer

from genrelens.cli.classify import classify
from genrelens.cli.doctor import doctor
from genrelens.cli.import_checkpoint import import_checkpoint
from genrelens.cli.notes import notes
from genrelens.cli.serve import serve
from genrelens.cli.teach import teach
from genrelens.cli.timeline import timeline
from genrelens.errors import GenreLensError, as_expected

__all__ = ["app", "run"]

app = typer.Typer(
    name="genrelens",
    help="Tells what genre a song is, how sure that is, and what was heard. Nothing leaves this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(classify)
app.command()(timeline)
