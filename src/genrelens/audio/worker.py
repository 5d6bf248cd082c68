"""The child that decodes strangers' files: reads requests on stdin, answers on stdout, one after the other.

Started by `sandbox.py` as `python -m genrelens.audio.worker MEMORY CPU_S`. It limits itself before it reads the first
byte, and ends when its parent closes stdin, so that none is left over when the parent dies.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genrelens.audio.windows import ListenOptions

__all__ = ["main"]


def main() -> None:
    """Serve until stdin ends."""
    memory_bytes, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    requests = sys.stdin.buffer
    # Answers keep the pipe for themselves: whatever else prints goes where nobody reads.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_for_life(memory_bytes)

    # Loaded before the first request, so that a fresh child answers as fast as a used one.
    import av  # noqa: F401
    import soxr  # noqa: F401

    from genrelens.audio import wire

    while (header := wire.read_message(requests)) is not None:
        _limit_cpu(cpu_s)
        if not _answer(header, requests, answers):
            return


def _answer(header: dict[str, object], requests: BinaryIO, answers: BinaryIO) -> bool:
    """Listen and reply; False where this process should not be trusted with another file."""
    import numpy as np

    from genrelens.audio import wire
    from genrelens.audio.song import read_song
    from genrelens.errors import GenreLensError

    try:
        options, path = wire.request_options(header), wire.request_path(header)
        source = path if path is not None else requests.read(int(str(header["bytes"])))
        if header.get("whole"):
            song = read_song(
                source,
                sample_rate=options.sample_rate,
                start_s=options.start_s,
                end_s=options.end_s,
                limits=options.limits,
            )
            answer, body = wire.song_header(song), song.samples
        else:
            answer, body = _excerpt(source, options)
    except GenreLensError as error:
        wire.write_message(answers, {"error": error.to_dict()})
        return True
    except MemoryError:
        wire.write_message(
            answers, {"error": {"code": "AUDIO_DECODER_CRASHED", "message": "the file needs too much memory to decode"}}
        )
        return False
    except Exception as error:
        wire.write_message(answers, {"bug": f"{type(error).__name__}: {error}"})
        return False
    wire.write_message(answers, answer, np.ascontiguousarray(body).data.cast("B") if body.size else b"")
    return True


def _excerpt(source: str | bytes, options: ListenOptions) -> tuple[dict[str, object], NDArray[np.float32]]:
    from genrelens.audio import wire
    from genrelens.audio.windows import listen

    excerpt = listen(
        source,
        sample_rate=options.sample_rate,
        window_s=options.window_s,
        count=options.count,
        start_s=options.start_s,
        end_s=options.end_s,
        limits=options.limits,
    )
    return wire.excerpt_header(excerpt), excerpt.windows


def _limit_for_life(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is the only limit
        return
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def _limit_cpu(cpu_s: int) -> None:
    """From now on `cpu_s` more seconds of processor time; then the kernel ends the process."""
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(usage.ru_utime + usage.ru_stime) + 1 + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


if __name__ == "__main__":
    main()
