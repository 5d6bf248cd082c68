import os

from hypothesis import given
from hypothesis import strategies as st

from genrelens.catalogue.paths import from_text, to_text


@given(st.binary(min_size=1, max_size=40).filter(lambda name: not set(name) & {0, 47}))
def test_any_path_comes_back_and_its_text_is_unicode(name):
    path = os.fsdecode(b"/music/" + name)
    if os.path.abspath(path) != path:  # noqa: PTH100
        return  # "." and ".."
    text = to_text(path)
    assert text.encode("utf-8").decode("utf-8") == text
    assert os.fsencode(from_text(text)) == os.fsencode(path)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1))
def test_two_paths_never_share_a_text(name):
    strange = os.fsdecode(os.fsencode(f"/a/{name}").replace(b"a", b"\xe9"))
    assert (to_text(f"/a/{name}") == to_text(strange)) == (f"/a/{name}" == strange)


def test_what_looks_escaped_is_told_from_what_is():
    assert to_text("/a/\\xff.mp3") == "/a/\\x5cxff.mp3"
    assert to_text("/a/\udcff.mp3") == "/a/\\xff.mp3"
    assert to_text("/a/plain\\name 歌.mp3") == "/a/plain\\name 歌.mp3"


def test_paths_are_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert to_text("song.mp3") == str(tmp_path / "song.mp3")
