"""The commands put together, and the one place where errors become words and exit codes."""

from __future__ import annotations

import logging
import os
import sys
import traceback

import typer

from genrelens.cli.classify import classify
from genrelens.cli.compare import compare
from genrelens.cli.doctor import doctor
from genrelens.cli.evidence import evidence
from genrelens.cli.import_checkpoint import import_checkpoint
from genrelens.cli.match import match
from genrelens.cli.notes import notes
from genrelens.cli.serve import serve
app.command()(compare)
app.command()(style)
app.command()(notes)
app.command()(evidence)
app.command()(timeline)
