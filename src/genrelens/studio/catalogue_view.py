"""The tab "catalogue" as HTML: overview with bars, the map's frame, a song with its neighbours, long tail, duplicates.

Names of files and folders are strangers': everything is escaped here, and what the script puts into the map it sets as
text.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow
from genrelens.pictures.catalogue_map import CERTAINTY, certainty_of
from genrelens.pictures.colours import genre_colour
from genrelens.sentences.longtail import genre_text, label_text, why_texts
from genrelens.studio.catalogue_parts import file_text, genre_html, place_html, play_html
from genrelens.studio.catalogue_tags_view import form_html
from genrelens.studio.names import dot
from genrelens.words import LANGUAGES, both, each, each_line, say
from genrelens.words.forms import clock, percent
from genrelens.workflows.catalogue_map import CatalogueMap
from genrelens.workflows.duplicates import Duplicates, Group
from genrelens.workflows.longtail import Find, LongTail

__all__ = [
    "catalogue_html",
    "duplicates_html",
    "map_data",
    "overview_html",
    "song_html",
    "tail_html",
    "without_catalogue",
]

_MOST_GROUPS: Final = 200
_TIERS: Final = ("decided", "sure", "likely", "blend", "unsure", "not_music", "")


def without_catalogue() -> str:
    """What the tab says where the page was opened without a catalogue."""
    commands = ("genrelens label MUSIC_FOLDER --catalogue my.db", "genrelens serve --catalogue my.db")
    lines = "".join(f"<li><code>{command}</code></li>" for command in commands)
    return (
        f'<section class="cat"><div class="cat-off"><h2 class="cat-title">{both("cat.no_catalogue")}</h2>'
        f'<p>{both("cat.no_catalogue_text")}</p><ol class="commands">{lines}</ol></div></section>'
    )


def catalogue_html(labels: Sequence[str]) -> str:
    """The whole tab, still empty; `labels` are the model's."""
    looks = {
        "map": _MAP.format(**{name: both(f"cat.{name}") for name in _MAP_WORDS}),
        "tail": _tail(labels),
        "twice": f"""<h2 class="cat-title">{both("cat.twice")}</h2><p class="dim">{both("cat.twice_how")}</p>
      <p><button type="button" class="button small look-twice">{both("cat.look")}</button></p>
      <div class="twice-list" aria-live="polite"></div>""",
        "policy": _asked("policy"),
        "models": _asked("models"),
        "tags": form_html(),
    }
    links = "".join(
        f'<a class="look-link" href="#catalogue/{name}" data-look="{name}">{both(f"looks.{name}")}</a>'
        for name in looks
    )
    parts = "".join(
        f'<section class="cat-part cat-{name}" data-look="{name}" hidden>{html}</section>'
        for name, html in looks.items()
    )
    words = "".join(
        f'<template data-word="{word}">{both(f"cat.{word}")}</template>' for word in ("working", "gone", "network")
    )
    return f"""
<section class="cat" data-state="loading">
  <nav class="cat-looks" aria-labelledby="cat-looks-name">
    <span class="sr" id="cat-looks-name">{both("looks.nav")}</span>{links}</nav>
  {parts}
  <p class="cat-note" role="status"></p>
  {words}
  <audio hidden></audio>
</section>"""


_MAP_WORDS: Final = ("choose", "find", "list", "loading", "map", "map_how", "more", "png", "refresh", "svg")
_MAP: Final = """<p class="cat-loading" role="status"><span class="spinner"></span>{loading}</p>
  <div class="cat-error" role="alert" hidden></div>
  <div class="cat-body">
    <div class="cat-overview"></div>
    <h2 class="cat-title">{map}</h2>
    <p class="dim">{map_how}</p>
    <div class="map-row"><div class="map-box"><canvas aria-hidden="true"></canvas>
      <p class="map-tip" hidden></p></div>
      <div class="map-side"><div class="song-panel" aria-live="polite"><p class="dim">{choose}</p></div></div></div>
    <p class="take-map"><a class="link" data-kind="png" download href="#">{png}</a>
      <a class="link" data-kind="svg" download href="#">{svg}</a>
      <button type="button" class="link refresh">{refresh}</button></p>
    <details class="twin"><summary>{list}</summary>
      <label class="find"><span class="dim">{find}</span><input type="search" maxlength="200"></label>
      <ol class="twin-list"></ol>
      <p><button type="button" class="button small more-songs" hidden>{more}</button></p></details>
  </div>"""


def _tail(labels: Sequence[str]) -> str:
    genres = "".join(
        f'<option value="{escape(label)}" data-en="{escape(genre_text(label, "en"))}" '
        f'data-zh="{escape(genre_text(label, "zh"))}">{escape(label)}</option>'
        for label in labels
    )
    return f"""<h2 class="cat-title">{both("cat.tail")}</h2>
      <p class="dim">{both("cat.tail_how")}</p>
      <label class="find"><span class="dim">{both("cat.tail_genre")}</span>
        <select><option value="" data-en="{escape(say("cat.rare", "en"))}"
          data-zh="{escape(say("cat.rare", "zh"))}"></option>{genres}</select></label>
      <p><button type="button" class="button small look-tail">{both("cat.look")}</button></p>
      <div class="tail-list" aria-live="polite"></div>"""


def _asked(name: str) -> str:
    """A look that is made when it is opened, and made anew when somebody asks for it."""
    return (
        f'<h2 class="cat-title">{both(f"{name}_look.title")}</h2><p class="dim">{both(f"{name}_look.how")} '
        f'<button type="button" class="link read-anew">{both("cat.refresh")}</button></p>'
        f'<div class="{name}-box"></div>'
    )


def overview_html(found: CatalogueMap) -> str:
    """How many songs, by genre and certainty; a genre is a button that shows it alone."""
    facts = {"waiting": found.waiting, "failed": found.failed, "copies": found.copies}
    songs = sum(sum(tiers.values()) for tiers in found.counts.values())
    most = max((sum(tiers.values()) for tiers in found.counts.values()), default=1)
    rows = "".join(_bar(genre, tiers, most) for genre, tiers in found.counts.items())
    shades = "".join(
        f'<span class="shade"><span class="swatch" style="opacity:{opacity}"></span>{both(f"mapped.{name}")}</span>'
        for name, opacity in CERTAINTY.items()
    )
    return (
        f'<p class="cat-count">{both("cat.songs", count=songs)}</p>'
        f'<p class="dim">{both("cat.others", **facts)}</p>'
        f'<ul class="genre-bars">{rows}</ul><p class="shades dim">{shades}</p>'
    )


def _bar(genre: str, tiers: dict[str, int] | Any, most: int) -> str:
    shades = dict.fromkeys(CERTAINTY, 0)
    for tier, count in tiers.items():
        shades[certainty_of(tier)] += count
    total = sum(shades.values())
    colour = genre_colour(genre)
    parts = "".join(
        f'<span style="width:{100 * count / most:.3f}%;background:{colour};opacity:{CERTAINTY[shade]}"></span>'
        for shade, count in shades.items()
        if count
    )
    sure = both("cat.of_them_sure", count=shades["certain"])
    return (
        f'<li><button type="button" class="genre-bar" aria-pressed="false" data-genre="{escape(genre)}" '
        f'data-count="{total}" data-certain="{shades["certain"]}"><span class="genre-name">{genre_html(genre)}'
        f'</span><span class="track" aria-hidden="true">{parts}</span><span class="genre-count">{total}'
        f'<span class="sr"> ({sure})</span></span></button></li>'
    )


def map_data(found: CatalogueMap) -> dict[str, Any]:
    """The points for the script: rows of [sha256, name, x, y, genre, shade, doubtful_s], genres by number."""
    genres = list(found.counts)
    number = {genre: index for index, genre in enumerate(genres)}
    shades = list(CERTAINTY)
    points = [
        [
            point.sha256,
            file_text(point.path),
            point.x,
            point.y,
            number[point.genre],
            shades.index(certainty_of(point.tier, point.decided)),
            round(point.doubtful_s, 2),
        ]
        for point in found.points
    ]
    return {
        "genres": [
            {"id": genre, "colour": genre_colour(genre), **{lang: genre_text(genre, lang) for lang in LANGUAGES}}
            for genre in genres
        ],
        "shades": list(CERTAINTY.values()),
        "points": points,
    }


def song_html(row: CatalogueRow, others: Sequence[tuple[CatalogueRow, float]]) -> str:
    """A song that was chosen, and what is most like it."""
    near = "".join(_line(other, percent(max(0.0, likeness))) for other, likeness in others)
    more = f'<h3>{both("cat.like")}</h3><ul class="song-list">{near}</ul>' if near else ""
    return f'<ul class="song-list this-song">{_line(row, "", folder=True)}</ul>{more}'


def _line(row: CatalogueRow, side: str, *, folder: bool = False) -> str:
    facts = [genre_html(row.counts_as)]
    if row.top and row.counts_as == row.genre and not row.decision:
        facts.append(percent(row.probability))
    if row.counts_as not in ("", NOT_MUSIC) or row.decision:
        facts.append(both(f"tail.tier_{'decided' if row.decision else row.tier}"))
    return (
        f"<li>{play_html(row.sha256, row.doubtful_s, row.path)}"
        f'<span class="song-main">{place_html(row.path, folder=folder)}'
        f'<span class="dim">{" · ".join(facts)}</span></span>'
        f'<span class="song-side">{side}</span></li>'
    )


def tail_html(found: LongTail) -> str:
    """The finds, genre by genre, each with its reasons."""
    if not found.genres:
        return f"<p>{both('cat.nothing_rare')}</p>"
    return "".join(
        _genre(genre, [find for find in found.finds if find.genre == genre], found.labelled[genre])
        for genre in found.genres
    )


def _genre(genre: str, finds: Sequence[Find], labelled: int) -> str:
    names = {language: genre_text(genre, language) for language in LANGUAGES}
    if not finds:
        return f'<p class="tail-none dim" data-genre="{escape(genre)}">{both("tail.none", genre=names)}</p>'
    title = both("tail.genre_title", genre=names, labelled=labelled, count=len(finds))
    rows = "".join(_find(find) for find in finds)
    head = f'<section data-genre="{escape(genre)}"><h3>{dot(genre)}{title}</h3>'
    return f'{head}<ol class="song-list finds">{rows}</ol></section>'


def _find(find: Find) -> str:
    start = 0.0 if find.moment is None else find.moment.start_s
    why = " ".join(f'<span class="why">{line}</span>' for line in each_line(lambda lang: why_texts(find, lang)))
    label = each({language: label_text(find, language) for language in LANGUAGES})
    return (
        f'<li data-score="{find.score!r}" data-sha="{escape(find.sha256)}">{play_html(find.sha256, start, find.path)}'
        f'<span class="song-main">{place_html(find.path)}'
        f'<span class="now">{label}</span><span class="dim">{why}</span></span>'
        f'<span class="song-side">{percent(find.score)}</span></li>'
    )


def duplicates_html(found: Duplicates) -> str:
    """The groups, those with most files first."""
    title = both("tail.duplicates_title", files=found.files, count=len(found.groups))
    if not found.groups:
        return f"<p>{both('tail.duplicates_none')}</p>"
    return f"<p>{title}</p>" + "".join(_group(group) for group in found.groups[:_MOST_GROUPS])


def _group(group: Group) -> str:
    facts = {"count": len(group.members), "likeness": f"{group.likeness:.2f}"}
    rows = "".join(
        f"<li>{play_html(member.sha256, 0.0, member.path)}"
        f'<span class="song-main">{place_html(member.path)}</span>'
        f'<span class="song-side dim">{clock(member.duration_s or 0.0)} · {member.size / 1e6:.1f} MB</span></li>'
        for member in group.members
    )
    title = both(f"tail.group_{group.kind}", **facts)
    return f'<section data-kind="{group.kind}"><h3>{title}</h3><ul class="song-list">{rows}</ul></section>'
