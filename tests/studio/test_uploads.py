"""The private folder: nobody else reads it, nothing outside it is opened, nothing in it outlives its use."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time

import pytest

from genrelens.errors import AudioError
from genrelens.studio.uploads import Uploads


@pytest.fixture
def uploads(tmp_path):
    room = Uploads(tmp_path)
    yield room
    room.remove()


def upload(uploads, name="a/song.mp3", content=b"x"):
    path = uploads.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_folder_is_private(uploads):
    assert stat.S_IMODE(uploads.folder.stat().st_mode) == 0o700


def test_a_listener_leaves_and_takes_only_its_own(uploads):
    mine, other = upload(uploads, "a/1.mp3"), upload(uploads, "b/2.mp3")
    assert uploads.claim("me", str(mine)) == mine
    uploads.claim("you", str(other))
    uploads.leave("me")
    assert not mine.parent.exists()
    assert other.exists()
    uploads.leave("me")
    uploads.leave("nobody")


def test_nothing_outside_is_opened(uploads, tmp_path):
    outside = tmp_path / "outside.mp3"
    outside.write_bytes(b"x")
    link = uploads.folder / "link.mp3"
    link.symlink_to(outside)
    for path in ("/etc/passwd", str(outside), str(link), str(uploads.folder), f"{uploads.folder}/../outside.mp3",
                 f"{uploads.folder}/gone.mp3", "", "\0", "a" * 5000):  # fmt: skip
        with pytest.raises(AudioError) as caught:
            uploads.claim("me", path)
        assert caught.value.code == "AUDIO_NOT_FOUND"


def test_old_uploads_go_and_new_ones_stay(uploads):
    old, new = upload(uploads, "a/old.mp3"), upload(uploads, "b/new.mp3")
    uploads.claim("me", str(old))
    past = time.time() - 3700
    os.utime(old, (past, past))
    assert uploads.sweep() == 1
    assert not old.parent.exists()
    assert new.exists()
    with pytest.raises(AudioError):
        uploads.claim("me", str(old))


def test_removed_whole(uploads):
    upload(uploads)
    uploads.remove()
    assert not uploads.folder.exists()


def test_what_a_killed_process_left_goes_at_the_next_start(tmp_path):
    code = (
        "import os, sys; from genrelens.studio.uploads import Uploads; "
        "room = Uploads(sys.argv[1]); (room.folder / 'x').write_bytes(b'x'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    living = Uploads(tmp_path)
    another = Uploads(tmp_path)
    assert set(tmp_path.iterdir()) == {living.folder, another.folder}
