"""The commands put together, and the one place where errors become words and exit codes."""

from __future__ import annotations

import logging
import os
import sys
import traceback

import typer

from genrelens.cli.arbitrate import arbitrate
from genrelens.cli.catalogue import catalogue_app
from genrelens.cli.classify import classify
from genrelens.cli.classroom import classroom
from genrelens.cli.compare import compare
from genrelens.cli.doctor import doctor
from genrelens.cli.evidence import evidence
from genrelens.cli.import_checkpoint import import_checkpoint
from genrelens.cli.label import label
from genrelens.cli.longtail import longtail
from genrelens.cli.match import match
from genrelens.cli.notes import notes
from genrelens.cli.policy import policy_app
from genrelens.cli.review import review_app
from genrelens.cli.serve import serve
from genrelens.cli.similar import similar
from genrelens.cli.style import style
from genrelens.cli.tags import tags
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
app.command()(label)
app.command()(evidence)
app.command()(timeline)
app.command()(notes)
app.command()(compare)
app.command()(style)
app.command()(match)
app.command()(similar)
app.command()(arbitrate)
app.add_typer(classroom, name="classroom")
app.command()(serve)
app.command()(teach)
app.command()(import_checkpoint)
app.add_typer(tags, name="tags")
app.command()(doctor)
app.add_typer(longtail, name="longtail")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(policy_app, name="policy")
app.add_typer(review_app, name="review")


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
    debug: bool = typer.Option(False, "--debug", help="Show tracebacks and log more."),
) -> None:
    """Tells what genre a song is, how sure that is, and what was heard. Nothing leaves this machine."""
    if version:
        from genrelens import __version__

        typer.echo(f"genrelens {__version__}")
        raise typer.Exit
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    context.obj = {"debug": debug}


def run(arguments: list[str] | None = None) -> int:
    """Run a command and give its exit code; errors are written to stderr in plain words.

    Args:
        arguments: Without the program's name; those of the process when left out.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments or os.environ.get("GENRELENS_DEBUG") == "1"
    try:
        code = app(arguments, standalone_mode=False)
    except GenreLensError as error:
        return _report(error, debug)
    except typer.Abort:
        return 130
    except Exception as error:
        if _is_usage(error):
            error.show()  # type: ignore[attr-defined]
            return 2
        return _report(as_expected(error), debug)
    return code if isinstance(code, int) else 0


def _is_usage(error: Exception) -> bool:
    # Typer may bring a click of its own, so that the class cannot be named here.
    return hasattr(error, "show") and hasattr(error, "exit_code")


def _report(error: GenreLensError, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    typer.echo(f"{error.code}: {error.message}\n  {error.hint}", err=True)
    return 2
