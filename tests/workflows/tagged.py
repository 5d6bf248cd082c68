"""Real files of every kind that holds tags, with all that people keep in them: made by FFmpeg, mutagen and by hand."""

from __future__ import annotations

import hashlib
import io
import struct
from fractions import Fraction

import av
from mutagen import apev2, flac, id3, mp4, oggflac, oggopus, oggvorbis

from genrelens.workflows.tags.apply import apply_tags, entries_to_undo, undo_tags
from genrelens.workflows.tags.journal import Journal
from genrelens.workflows.tags.plan import TagPolicy, TagWish, plan_tags
from tests.audio.sounds import made

SECONDS = 1.0
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


def sound(name):
    return made(name, SECONDS)


def bare_mp3():
    """Without the tag that FFmpeg writes."""
    data = sound("mp3")
    return data[id3.ID3(io.BytesIO(data)).size :]


def frame(name, content, version):
    if version == 2:
        return name + len(content).to_bytes(3) + content
    size = len(content)
    safe = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    return name + (size.to_bytes(4) if version == 3 else safe) + b"\0\0" + content


def id3_tag(frames, version, padding=0, flags=0):
    body = b"".join(frames) + bytes(padding)
    size = len(body)
    return b"ID3" + bytes([version, 0, flags, size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + body


def rich_frames(version, genre=()):
    """What a loved mp3 holds: two covers without a description, words twice, frames that nobody knows."""
    picture = b"\x00image/png\x00\x03\x00" + PNG
    frames = [
        frame(b"TIT2", b"\x01\xff\xfe" + "标题".encode("utf-16-le"), version),
        frame(b"TPE1", b"\x00Ann\x00Bob" if version == 4 else b"\x00Ann/Bob", version),
        frame(b"COMM", b"\x00eng\x00first", version),
        frame(b"COMM", b"\x00eng\x00second, same name", version),
        frame(b"APIC", picture, version),
        frame(b"APIC", picture.replace(b"\x03\x00", b"\x04\x00", 1), version),
        frame(b"TXXX", b"\x00MOOD\x00calm", version),
        frame(b"PRIV", b"someone\x00\x01\x02\xff\x00\xff\xe0", version),
        frame(b"XABC", b"\x00\xff\x00nobody knows", version),
        frame(b"TBPM", b"\x00", version),
        frame(b"CHAP", b"one\0" + bytes(4) + (500).to_bytes(4) + b"\xff" * 8, version),
    ]
    return [*frames, *(frame(b"TCON", b"\x00" + text, version) for text in genre)]


def v1_trailer(genre=255):
    fields = b"Old title".ljust(30, b"\0") + "旧歌手".encode("gbk").ljust(30, b"\0") + b"Album".ljust(30, b" ")
    return b"TAG" + fields + b"1999" + b"said".ljust(28, b"\0") + b"\0\x07" + bytes([genre])


def ape_tag(**values):
    target = io.BytesIO()
    tag = apev2.APEv2()
    for key, value in values.items():
        tag[key] = value
    tag.save(target)
    return target.getvalue()


def rich_mp3(version, genre=(), padding=300):
    trailer = ape_tag(Mood="calm") + v1_trailer()
    return id3_tag(rich_frames(version, genre), version, padding) + bare_mp3() + trailer


def mp3_v22():
    picture = b"\x00PNG\x03\x00" + PNG
    frames = [frame(b"TT2", b"\x00Title", 2), frame(b"PIC", picture, 2), frame(b"TCO", b"\x00(17)", 2)]
    return id3_tag(frames, 2, 20) + bare_mp3()


def with_mutagen(data, kind, change):
    target = io.BytesIO(data)
    file = kind(target)
    if file.tags is None:
        file.add_tags()
    change(file)
    target.seek(0)
    file.save(target)
    return target.getvalue()


def rich_comments(file):
    file.tags.extend([("TITLE", "标题"), ("ARTIST", "Ann"), ("ARTIST", "Bob"), ("artist", "Carl"), ("MOOD", "")])
    file.tags.extend([("CHAPTER001", "00:00:00.000"), ("CHAPTER001NAME", "One")])


def rich_flac(genres=()):
    def change(file):
        rich_comments(file)
        file.tags.extend(("GENRE", genre) for genre in genres)
        for kind in (3, 4):
            picture = flac.Picture()
            picture.type, picture.mime, picture.data = kind, "image/png", PNG
            file.add_picture(picture)

    data = with_mutagen(sound("flac"), flac.FLAC, change)
    # A program's own block, behind the first one.
    return data[:42] + bytes([2]) + (46).to_bytes(3) + b"ourapp" + bytes(40) + data[42:]


def tagless_flac():
    """Without a block for comments, as `metaflac --remove` leaves it: the first block is the last, then the sound."""
    data, at = sound("flac"), 4
    while not data[at] & 0x80:
        at += 4 + int.from_bytes(data[at + 1 : at + 4])
    at += 4 + int.from_bytes(data[at + 1 : at + 4])
    return data[:4] + b"\x80" + data[5:42] + data[at:]


def rich_vorbis(genres=()):
    def change(file):
        rich_comments(file)
        file.tags.extend(("genre", genre) for genre in genres)

    return with_mutagen(sound("ogg vorbis"), oggvorbis.OggVorbis, change)


def rich_ogg_flac():
    """FLAC in Ogg pages, which few programs write: muxed by FFmpeg."""
    target = io.BytesIO()
    with av.open(io.BytesIO(sound("flac"))) as old, av.open(target, "w", format="ogg") as new:
        stream = new.add_stream_from_template(old.streams.audio[0])
        for packet in old.demux(old.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)

    def change(file):
        rich_comments(file)
        file.tags.append(("METADATA_BLOCK_PICTURE", "QUJD"))

    return with_mutagen(target.getvalue(), oggflac.OggFLAC, change)


def rich_opus(many_pages):
    def change(file):
        rich_comments(file)
        if many_pages:
            # A picture of 150 kB: comments over three pages.
            file.tags.append(("METADATA_BLOCK_PICTURE", "QUJD" * 37_500))

    return with_mutagen(sound("opus"), oggopus.OggOpus, change)


def rich_m4a(moov_first, genre=False, tmp=None):
    chapter = {"id": 1, "start": 0, "end": 500, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}}
    # What comes first is moved there once all is written, for which FFmpeg needs a file.
    place = tmp / "moov-first.m4a" if moov_first else io.BytesIO()
    with (
        av.open(io.BytesIO(sound("m4a aac"))) as old,
        av.open(place, "w", format="ipod", options={"movflags": "faststart"} if moov_first else {}) as new,
    ):
        new.set_chapters([chapter])
        stream = new.add_stream_from_template(old.streams.audio[0])
        for packet in old.demux(old.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    source = place.read_bytes() if moov_first else place.getvalue()
    assert source.count(b"chpl") == 1
    assert (source.index(b"moov") < source.index(b"mdat")) is moov_first

    def change(file):
        file.tags["\xa9nam"] = ["标题"]
        file.tags["\xa9ART"] = ["Ann", "Bob"]
        file.tags["covr"] = [mp4.MP4Cover(PNG, mp4.MP4Cover.FORMAT_PNG)]
        file.tags["----:com.apple.iTunes:MOOD"] = [mp4.MP4FreeForm(b"calm")]
        file.tags["cpil"] = True
        if genre:
            file.tags["\xa9gen"] = ["Indie"]

    return with_mutagen(source, mp4.MP4, change)


def chunk(name, content, order):
    return name + struct.pack("<I" if order == "RIFF" else ">I", len(content)) + content + bytes(len(content) % 2)


def rich_chunks(kind, *, info_genre=""):
    """WAV or AIFF with an ID3 chunk in front of another, and words in chunks of their own."""
    data, order = (sound("wav 16 bit"), "RIFF") if kind == "wav" else (sound("aiff"), "FORM")
    words = b"INFO" + chunk(b"INAM", b"Title\0", "RIFF")
    words += chunk(b"IGNR", info_genre.encode() + b"\0", "RIFF") if info_genre else b""
    extra = chunk(b"LIST", words, order) if kind == "wav" else chunk(b"NAME", b"Title", order)
    extra += chunk(b"cue " if kind == "wav" else b"MARK", bytes(4), order)
    extra += chunk(b"id3 " if kind == "wav" else b"ID3 ", id3_tag(rich_frames(3), 3), order)
    extra += chunk(b"xyz ", b"odd", order)
    whole = data[12:] + extra
    return order.encode() + struct.pack("<I" if order == "RIFF" else ">I", len(whole) + 4) + data[8:12] + whole


def every_kind(tmp):
    """Name of the file -> its bytes."""
    return {
        "v24.mp3": rich_mp3(4),
        "v23.mp3": rich_mp3(3),
        "v22.mp3": mp3_v22(),
        "bare.mp3": bare_mp3(),
        "v1.mp3": bare_mp3() + v1_trailer(),
        "full.mp3": rich_mp3(4, padding=0),
        "rich.flac": rich_flac(),
        "bare.flac": sound("flac"),
        "tagless.flac": tagless_flac(),
        "rich.ogg": rich_vorbis(),
        "rich.opus": rich_opus(False),
        "pages.opus": rich_opus(True),
        "rich.oga": rich_ogg_flac(),
        "last.m4a": rich_m4a(False),
        "first.m4a": rich_m4a(True, tmp=tmp),
        # Room for tags that is empty space.
        "tagless.m4a": sound("m4a aac").replace(b"udta", b"free"),
        "alac.m4a": sound("m4a alac"),
        "film.mp4": sound("mp4"),
        "rich.wav": rich_chunks("wav"),
        "bare.wav": sound("wav 24 bit"),
        "rich.aiff": rich_chunks("aiff"),
        "bare.aiff": sound("aiff"),
        "song.wma": sound("wma"),
        "song.webm": sound("webm"),
    }


def decoded(path):
    """sha256 of every sample as FFmpeg decodes it, and how many."""
    digest, count = hashlib.sha256(), 0
    with av.open(str(path), metadata_errors="replace") as container:
        for frames in container.decode(audio=0):
            digest.update(frames.to_ndarray().tobytes())
            count += frames.samples
    assert count
    return digest.hexdigest(), count


def wish(path, *genres, tier="sure", **more):
    values = {"probability": 0.91, "model": "genrelens-base 1", **more}
    return TagWish(path, genres or ("Rock", "Hip-Hop 嘻哈"), tier=tier, **values)


def plan(wishes, policy="sure", mode="keep"):
    return list(plan_tags(wishes, TagPolicy(policy), mode))


def tagged(folder, wishes, policy="sure", mode="keep", **options):
    """Plan and apply; the journal lies in `folder`."""
    return list(apply_tags(plan(wishes, policy, mode), Journal(folder / "undo"), **options))


def put_back(folder, **which):
    return [undone.state for undone in undo_tags(entries_to_undo(folder / "undo", **which))]
