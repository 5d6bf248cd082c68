"""Catalogues that cannot be used - something else, damaged, read-only: a clear error, and the file stays as it was."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import sys

import pytest

from genrelens.catalogue.store import open_catalogue
from genrelens.errors import CatalogueError
from tests.faults.running import genrelens, labelled, sounds, table

FILES = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("storage") / "music"
    sounds(folder, FILES)
    return folder


@pytest.fixture(scope="module")
def good(folder):
    """A catalogue that is whole."""
    place = folder.parent / "good.db"
    assert genrelens("label", folder, "-c", place).returncode == 0
    return place


def foreign(place):
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.execute("INSERT INTO bookmarks VALUES ('https://example.org')")
    connection.close()


def alike(place):
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE properties (colour TEXT)")
    connection.close()


def newer(place):
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE properties SET value = '99' WHERE name = 'schema_version'")
    connection.close()


def damaged(first, length):
    def damage(place):
        data = bytearray(place.read_bytes())
        data[first : first + length] = b"\xa5" * len(data[first : first + length])
        place.write_bytes(data)

    return damage


def cut(place):
    place.write_bytes(place.read_bytes()[: 3 * 4096 + 100])


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda place: place.write_bytes(b"ID3 this is a song, not a catalogue" * 300), "CATALOGUE_CORRUPT"),
        (damaged(0, 100), "CATALOGUE_CORRUPT"),
        (damaged(100, 3996), "CATALOGUE_CORRUPT"),
        (damaged(4096, 1 << 30), "CATALOGUE_CORRUPT"),
        (cut, "CATALOGUE_CORRUPT"),
        (foreign, "CATALOGUE_CORRUPT"),
        (alike, "CATALOGUE_CORRUPT"),
        (newer, "CATALOGUE_NEWER"),
    ],
    ids=["a song", "no header", "first page", "all others", "cut", "foreign", "alike", "newer"],
)
def test_what_is_no_catalogue_is_left_alone(folder, good, tmp_path, harm, code):
    place = tmp_path / "my.db"
    if harm not in (foreign, alike):
        shutil.copy(good, place)
    harm(place)
    before = place.read_bytes()
    done = genrelens("label", folder, "-c", place)
    assert done.returncode == 2
    assert code in done.stderr, done.stderr
    assert "my.db" in done.stderr
    assert place.read_bytes() == before


def code_of(truth):
    try:
        return "" if truth() else "wrong"
    except CatalogueError as error:
        return error.code


def test_a_damaged_page_is_told_where_it_is_read(folder, good, tmp_path):
    """Whatever page it is: no answer, or the error; never an answer that is wrong, never anything else."""
    whole, size = table(good), good.stat().st_size
    codes = []
    for first in range(4096, size, 4096):
        place = tmp_path / f"{first}.db"
        shutil.copy(good, place)
        damaged(first, 4096)(place)
        codes.append(code_of(lambda place=place: table(place) == whole))
    assert set(codes) <= {"", "CATALOGUE_CORRUPT"}
    assert codes.count("CATALOGUE_CORRUPT") > 3


@pytest.mark.parametrize("kind", ["folder", "no folder", "empty"])
def test_places_where_no_file_can_be(folder, tmp_path, kind):
    place = tmp_path / "my.db"
    if kind == "folder":
        place.mkdir()
    elif kind == "no folder":
        place = tmp_path / "nowhere" / "my.db"
    else:
        place.touch()
        with pytest.raises(CatalogueError) as caught:
            open_catalogue(place)
        assert caught.value.code == "CATALOGUE_NOT_FOUND"
        assert place.read_bytes() == b""
        # An empty file holds nothing that could be lost.
        assert genrelens("label", folder, "-c", place).returncode == 0
        return
    done = genrelens("label", folder, "-c", place)
    assert done.returncode == 2
    assert done.stderr.startswith(("CATALOGUE_READ_ONLY", "CATALOGUE_NOT_FOUND")), done.stderr


@pytest.mark.parametrize("name", ["what?.db", "a#b%41.db", "with space.db", "\udcff.db", "名.db"])
def test_any_name_of_a_catalogue(folder, tmp_path, name):
    with open_catalogue(tmp_path / name, create=True) as catalogue:
        assert catalogue.models() == {}
    assert {path.name for path in tmp_path.iterdir()} == {name}


def as_anybody():
    """Root minds the rights of files from here on."""
    if os.geteuid() == 0:
        library = ctypes.CDLL(None)
        for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert library.prctl(24, right, 0, 0, 0) == 0  # PR_CAPBSET_DROP


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="root without its rights is made by Linux's means")
@pytest.mark.parametrize("what", ["new in a folder", "folder", "file"])
def test_read_only(folder, good, tmp_path, what):
    home = tmp_path / "home"
    home.mkdir()
    place = home / "my.db"
    if what != "new in a folder":
        shutil.copy(good, place)
    (place if what == "file" else home).chmod(0o444 if what == "file" else 0o555)
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    try:
        done = genrelens("label", folder, "-c", place, preexec_fn=as_anybody)
    finally:
        home.chmod(0o755)
    assert done.returncode == 2
    assert "CATALOGUE_READ_ONLY" in done.stderr, done.stderr
    assert {path.name: path.read_bytes() for path in home.iterdir() if path.suffix == ".db"} == before
    place.chmod(0o644) if place.exists() else None
    assert labelled(genrelens("label", folder, "-c", place).stderr)[0] == FILES
    assert table(place) == table(good)
