"""Is everything here that GenreLens needs? Each check is one line: ok, note or problem, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from genrelens.errors import GenreLensError

__all__ = ["Check", "examine"]

State = Literal["ok", "note", "problem"]

_TEMPORARY_MB: Final = 500
"""An upload of 200 MB, its copy, and some room."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination: what was looked at, how it is, what was found, how to mend it."""

    name: str
    state: State
    found: str
    mend: str = ""

    def to_dict(self) -> dict[str, str]:
        """Plain JSON."""
        return {"name": self.name, "state": self.state, "found": self.found, "mend": self.mend}


def examine(port: int, bundle: Path | None = None) -> Iterator[Check]:
    """Look at everything, one check after the other; a check that breaks is a problem, not an end.

    Args:
        port: The port that the page would use.
        bundle: Folder of another model than the shipped one.
    """
    checks: list[tuple[str, Callable[[], Iterator[Check]]]] = [
        ("python", _python),
        ("packages", _packages),
        ("model", lambda: _model(bundle)),
        ("codecs", _codecs),
        ("port", lambda: _port(port)),
        ("gpu", _gpu),
        ("space", _space),
        ("fonts", _fonts),
    ]
    for name, check in checks:
        try:
            yield from check()
        except GenreLensError as error:
            yield Check(name, "problem", str(error), error.hint)
        except Exception as error:  # an examination must not die of what it finds
            yield Check(name, "problem", f"the check itself failed: {error!r}", "Report this, with the line above.")


def _python() -> Iterator[Check]:
    version = platform.python_version()
    # An older Python would not have come this far: it cannot read the syntax here.
    yield Check("python", "ok", f"{version} on {platform.system()} {platform.machine()}, {sys.executable}")


def _packages() -> Iterator[Check]:
    from packaging.requirements import Requirement

    needs = [Requirement(text) for text in importlib.metadata.requires("genrelens") or []]
    needs = [need for need in needs if "extra" not in str(need.marker or "")]
    seen: list[str] = []
    wrong: list[str] = []
    for need in needs:
        try:
            version = importlib.metadata.version(need.name)
        except importlib.metadata.PackageNotFoundError:
            # The gpu extra takes the place of the CPU build under another name.
            if need.name == "onnxruntime" and _installed("onnxruntime-gpu"):
                continue
            wrong.append(f"{need.name} is missing")
            continue
        (seen if need.specifier.contains(version, prereleases=True) else wrong).append(f"{need.name} {version}")
    if wrong:
        yield Check("packages", "problem", "; ".join(wrong), "Install again: ./start.sh, or pip install -U genrelens.")
    else:
        yield Check("packages", "ok", ", ".join(seen))


def _installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _model(bundle: Path | None) -> Iterator[Check]:
    from genrelens.listening.model import load_model

    model = load_model(bundle, device="cpu")
    described = model.bundle
    found = (
        f"{described.name} {described.version}, {len(described.labels)} labels, sha256 {described.model_sha256[:12]}..."
    )
    size = described.model_path.stat().st_size / 1e6
    yield Check("model", "ok", f"{found}, {size:.1f} MB, evidence {described.evidence}")


def _codecs() -> Iterator[Check]:
    from genrelens.audio.codecs import FORMATS, encode, tone
    from genrelens.audio.windows import listen

    broken: list[str] = []
    known: list[str] = []
    for form in FORMATS:
        try:
            excerpt = listen(encode(tone(), 44_100, form), sample_rate=32_000, window_s=1.0, count=1)
            (known if len(excerpt.windows) else broken).append(form.name)
        except Exception as error:  # whatever a broken codec library throws
            broken.append(f"{form.name} ({error})")
    if broken:
        yield Check("codecs", "problem", f"not decoded: {'; '.join(broken)}", "Install PyAV again: pip install -U av.")
    else:
        yield Check("codecs", "ok", ", ".join(known))


def _port(port: int) -> Iterator[Check]:
    from genrelens.studio.ports import port_holder

    holder = port_holder(port)
    if holder is None:
        yield Check("port", "ok", f"{port} is free")
    else:
        yield Check("port", "note", f"{port} is held by {holder}", f"Stop it, or: genrelens serve --port {port + 1}")


def _gpu() -> Iterator[Check]:
    from genrelens.listening.ear import gpu_status

    usable, why = gpu_status()
    mend = (
        "" if usable else "Nothing to mend: the CPU is fast enough. With an NVIDIA card: pip install 'genrelens[gpu]'"
    )
    yield Check("gpu", "ok" if usable else "note", why, mend)


def _space() -> Iterator[Check]:
    folder = tempfile.gettempdir()
    with tempfile.TemporaryFile() as stream:
        stream.write(b"genrelens")
    free = shutil.disk_usage(folder).free / 1e6
    found = f"{free / 1000:.1f} GB free in {folder}, which can be written"
    if free >= _TEMPORARY_MB:
        yield Check("space", "ok", found)
    else:
        yield Check(
            "space", "problem", found, f"Make {_TEMPORARY_MB} MB of room, or set TMPDIR to a folder that has it."
        )


def _fonts() -> Iterator[Check]:
    from genrelens.pictures.png import draws_chinese

    if draws_chinese():
        yield Check("fonts", "ok", "Chinese letters can be drawn in PNG pictures")
    else:
        yield Check(
            "fonts",
            "note",
            "no font with Chinese letters: in PNG pictures they are empty boxes",
            "Only for PNG in Chinese. Debian, Ubuntu: apt install fonts-noto-cjk. Fedora: google-noto-sans-cjk-fonts.",
        )
