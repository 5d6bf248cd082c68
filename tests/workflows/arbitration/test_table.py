"""Tables of labels as people have them, and as strangers would."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.errors import PolicyError
from genrelens.workflows.arbitration.table import read_label_table

WIDE = {"discogs": {"a.mp3": "Rock; Pop", "b.mp3": "爵士"}, "我": {"b.mp3": "Jazz"}}


def written(folder, data):
    path = folder / "labels.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("separator", [",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_wide(tmp_path, encoding, separator, end):
    lines = [
        ["File", "Title", "discogs", "我"],
        ["a.mp3", "x", "Rock; Pop", ""],
        ["b.mp3", "", "爵士", "Jazz"],
        ["", "", "", ""],
    ]
    text = end.join(separator.join(row) for row in lines) + end
    table = read_label_table(written(tmp_path, text.encode(encoding)))
    assert table.said == WIDE
    assert table.files == ("a.mp3", "b.mp3")
    assert table.aside == ("Title",)


@pytest.mark.parametrize(
    "header", ["file,source,label", "task,worker,label", "Label;文件;来源", "genre\tpath\tannotator"]
)
def test_long(tmp_path, header):
    separator = next(mark for mark in ",;\t" if mark in header)
    names = header.casefold().split(separator)
    at = {"file": ("file", "task", "文件", "path"), "source": ("source", "worker", "来源", "annotator")}
    rows = [
        ("a.mp3", "discogs", "Rock; Pop"),
        ("b.mp3", "discogs", "爵士"),
        ("b.mp3", "我", "Jazz"),
        ("c.mp3", "我", ""),
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(header.split(separator))
    for file, source, label in rows:
        writer.writerow([file if name in at["file"] else source if name in at["source"] else label for name in names])
    table = read_label_table(written(tmp_path, text.getvalue()))
    assert table.said == WIDE
    # Nobody labelled the last file, but it is asked about.
    assert table.files == ("a.mp3", "b.mp3", "c.mp3")


def test_the_later_label_counts_and_is_counted(tmp_path):
    table = read_label_table(written(tmp_path, "file,source,label\na,x,Rock\na,x,Pop\na,x,Pop\n"))
    assert table.said == {"x": {"a": "Pop"}}
    assert table.repeated == 1


def test_short_and_long_rows(tmp_path):
    table = read_label_table(written(tmp_path, "file,x,y\na,Rock\nb,Rock,Pop,Jazz\n\n,Rock,Rock\n"))
    assert table.said == {"x": {"a": "Rock", "b": "Rock"}, "y": {"b": "Pop"}}


def test_names_of_sources_are_made_harmless(tmp_path):
    table = read_label_table(written(tmp_path, 'file,"a\x1b[31m\u202eb"\n1,Rock\n'))
    (source,) = table.said
    assert source.isprintable()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "LABELS_TABLE_INVALID"),
        ("file\na\n", "LABELS_TABLE_INVALID"),
        ("file,title\na,b\n", "LABELS_TABLE_INVALID"),
        ("genre,source\nRock,me\n", "LABELS_TABLE_INVALID"),
        ("file,x,x\na,Rock,Pop\n", "LABELS_TABLE_INVALID"),
        ("file," + ",".join(f"s{at}" for at in range(300)) + "\na,Rock\n", "LABELS_TABLE_INVALID"),
        (b"PK\x03\x04" + bytes(40), "LABELS_TABLE_INVALID"),
        ("file,\x1b\na,Rock\n", "LABELS_TABLE_INVALID"),
        ('file,x\na,"' + "x" * 200_000 + '"\n', "LABELS_TABLE_INVALID"),
        ("file,x\na," + "x" * (2 << 20) + "\n", "LABELS_TABLE_TOO_LARGE"),
    ],
)
def test_what_is_no_table(tmp_path, data, code):
    with pytest.raises(PolicyError) as caught:
        read_label_table(written(tmp_path, data))
    assert caught.value.code == code


def test_one_line_of_a_gigabyte_is_not_read(tmp_path):
    import tracemalloc

    path = written(tmp_path, "file,x\na,")
    with path.open("r+b") as file:
        file.truncate(2**30)
    tracemalloc.start()
    try:
        with pytest.raises(PolicyError) as caught:
            read_label_table(path)
        assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    finally:
        tracemalloc.stop()
    assert caught.value.code == "LABELS_TABLE_TOO_LARGE"


def test_a_folder_and_nothing(tmp_path):
    for path in (tmp_path, tmp_path / "no.csv"):
        with pytest.raises(PolicyError, match="cannot be read"):
            read_label_table(path)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@given(st.dictionaries(CELL, st.dictionaries(CELL, CELL, min_size=1, max_size=4), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_was_written_long_is_read(tmp_path_factory, said):
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["file", "source", "label"])
    writer.writerows((file, source, label) for source, row in said.items() for file, label in row.items())
    path = written(tmp_path_factory.mktemp("long"), text.getvalue())
    assert read_label_table(path).said == said
