"""A printable page: one HTML file that holds all it shows, has no script, fetches nothing, and fits A4.

Every text comes through `escaped`; pictures are our own SVG, put in as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import count
from typing import Final

from genrelens.words import TAGS

__all__ = ["document", "escaped", "listing", "lone_ids", "paragraphs"]

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE: Final = """
@page { size: A4; margin: 16mm 17mm 18mm; }
:root { --ink: #16191c; --dim: #565d63; --line: #d9dcde; --soft: #f4f5f5; --accent: #0b6e69;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans",
    "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif; }
* { box-sizing: border-box; }
html { color-scheme: light; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 50rem; background: #fff; color: var(--ink);
  font: 400 15px/1.5 var(--sans); -webkit-print-color-adjust: exact; print-color-adjust: exact; }
:lang(zh) { line-break: strict; }
:lang(zh) p, :lang(zh) li { line-height: 1.65; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 0.9rem; font-weight: 680; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.4rem 0 0.7rem; font-weight: 650; letter-spacing: -0.01em; }
h3 { font-size: 1.05rem; line-height: 1.4; margin: 1.6rem 0 0.35rem; font-weight: 650; overflow-wrap: anywhere; }
h4 { font-size: 0.8rem; margin: 0.9rem 0 0.2rem; font-weight: 650; color: var(--dim); }
p, ul, ol, dl, figure { margin: 0 0 0.5rem; }
ul, ol { padding-inline-start: 1.3rem; }
li { margin: 0.15rem 0; overflow-wrap: anywhere; }
p, dd { overflow-wrap: anywhere; }
.about { color: var(--dim); font-size: 0.87rem; }
.about p { margin: 0 0 0.25rem; }
.kind { border-inline-start: 3px solid var(--accent); padding-inline-start: 0.8rem; color: var(--ink); }
.verdict { font-weight: 550; }
.questions li { margin: 0.35rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.83rem; line-height: 1.4; margin: 0.4rem 0 1rem; }
th, td { text-align: start; vertical-align: top; padding: 0.35rem 0.6rem 0.35rem 0;
  border-bottom: 1px solid var(--line); }
td.free { overflow-wrap: anywhere; }
th { color: var(--dim); font-weight: 600; border-bottom: 1.5px solid var(--ink); }
td.number, th.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
.group td { font-weight: 650; padding-top: 0.8rem; border-bottom-color: var(--ink); }
.dot { display: inline-block; width: 0.65em; height: 0.65em; border-radius: 50%; margin-inline-end: 0.45em;
  border: 1px solid rgba(0, 0, 0, 0.25); }
.card { background: var(--soft); border-radius: 8px; padding: 0.8rem 1rem; margin: 0 0 1rem; font-size: 0.9rem; }
.card p:last-child, .card dl:last-child { margin-bottom: 0; }
dl.pairs { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; }
dl.pairs dt { color: var(--dim); }
dl.pairs dd { margin: 0; }
.two { display: grid; grid-template-columns: 5fr 6fr; gap: 0 2rem; align-items: start; }
figure { margin-top: 0.8rem; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { color: var(--dim); font-size: 0.8rem; margin: 0 0 0.3rem; }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 999px; padding: 0 0.6rem;
  font-size: 0.8rem; font-weight: 600; margin-inline-end: 0.4rem; white-space: nowrap; }
.badge.agrees { background: var(--accent); border-color: var(--accent); color: #fff; }
.badge.possible { border-color: var(--accent); color: var(--accent); }
.badge.differs { border-color: var(--ink); }
.badge.open { color: var(--dim); }
.quote { color: var(--dim); border-inline-start: 3px solid var(--line); padding-inline-start: 0.8rem; }
@media (max-width: 40rem) {
  .two { grid-template-columns: 1fr; }
  .wide { overflow-x: auto; }
  .wide table { min-width: 38rem; }
}
@media print {
  body { padding: 0; max-width: none; font-size: 10.5pt; }
  .page { break-before: page; }
  .page > h2:first-child { margin-top: 0; }
  h1, h2, h3, h4, figcaption { break-after: avoid; }
  figure, .card, tr, li, .keep { break-inside: avoid; }
  figure svg { max-height: 66mm; }
  thead { display: table-header-group; }
  p, li { orphans: 3; widows: 3; }
}
"""


def document(title: str, language: str, body: Iterable[str]) -> str:
    """The whole file.

    Args:
        title: Plain text.
        language: Of its words: "en" or "zh".
        body: Finished markup.
    """
    return (
        f'<!doctype html>\n<html lang="{TAGS[language]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="content-security-policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{''.join(body)}\n</body>\n</html>\n"
    )


def escaped(text: str) -> str:
    """Plain text as markup; what no page can hold is replaced."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"))


def paragraphs(lines: Sequence[str], class_: str = "") -> str:
    """A paragraph a line."""
    named = f' class="{class_}"' if class_ else ""
    return "".join(f"<p{named}>{escaped(line)}</p>" for line in lines)


def listing(lines: Sequence[str], *, ordered: bool = False, class_: str = "") -> str:
    """A list; "" for no lines."""
    if not lines:
        return ""
    tag, named = ("ol" if ordered else "ul"), (f' class="{class_}"' if class_ else "")
    return f"<{tag}{named}>{''.join(f'<li>{escaped(line)}</li>' for line in lines)}</{tag}>"


_NUMBERS: Final = count(1)


def lone_ids(svg: str) -> str:
    """A picture whose pattern has a name of its own, so that many can stand in one page."""
    own = f"hatch{next(_NUMBERS)}"
    return svg.replace('id="hatch"', f'id="{own}"').replace("url(#hatch)", f"url(#{own})")
