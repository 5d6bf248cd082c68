"""Help in the browser: links, cards, search, figures, and an example that plays in Listen."""

from __future__ import annotations

import pytest

from genrelens.listening.bundle import read_bundle
from genrelens.studio.figures import figures

pytestmark = pytest.mark.timeout(240)


def test_a_link_opens_its_card_and_the_figures_come(open_page, server):
    page = open_page(f"{server.url}#help/R%26B")
    page.wait_for_selector('#help [data-anchor="R&B"][open]')
    page.wait_for_selector("#help [data-slot=tiers] tr[data-tier=sure]")
    share = figures(read_bundle()).tiers["sure"].precision
    assert f"{share * 100:.1f}\u00a0%" in page.inner_text("#help tr[data-tier=sure]")
    assert "genrelens-base" in page.inner_text("#help [data-slot=model]")
    assert "%" in page.inner_text('#help [data-recall="R&B"]')
    # From card to card.
    page.click('#help [data-anchor="R&B"] .unlike a >> nth=0')
    page.wait_for_function("document.querySelectorAll('#help details[open]').length === 2")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_search_in_the_language_of_the_page(open_page, server):
    page = open_page(f"{server.url}#help", locale="zh-CN")
    page.wait_for_selector("#help .helping")
    page.fill("#help .find-help", "雷鬼")
    assert page.locator('#help [data-anchor="Reggae"]').is_visible()
    assert not page.locator('#help [data-anchor="Metal"]').is_visible()
    page.fill("#help .find-help", "xyzzy")
    assert page.locator("#help .help-none").is_visible()
    page.fill("#help .find-help", "")
    assert page.locator('#help [data-anchor="Metal"]').is_visible()
    assert page.locator("#help .w[lang=en]:visible").count() == 0


@pytest.mark.parametrize("options", [{}, {"locale": "zh-CN", "color_scheme": "dark"}])
def test_it_fits_a_phone_with_every_card_open(open_page, server, options):
    page = open_page(f"{server.url}?classroom=1#help", width=360, **options)
    page.wait_for_selector("#help [data-slot=model] dl")
    page.evaluate("document.querySelectorAll('#help details').forEach(card => { card.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_example_of_a_card_plays_in_listen(open_page, server):
    page = open_page(f"{server.url}#help/Jazz")
    example = page.locator('#help [data-anchor="Jazz"] [data-example]').first
    example.click()
    page.wait_for_function("document.body.dataset.tab === 'listen' && document.body.dataset.listening === 'done'")
