"""Candidates for a brief: the order, the reasons, impostors, and what cannot be judged."""

from __future__ import annotations

import json

import pytest

from genrelens.errors import AudioError, UsageError
from genrelens.insight.brief import parse_brief
from genrelens.insight.description import Description, gather
from genrelens.insight.match import REASONS, match
from genrelens.sentences.match import brief_lines, fit_rows, reason_text, reasons_text
from genrelens.words import LANGUAGES, say
from tests.insight.candidates import candidate

TECH = parse_brief("科技感、未来、简洁")


def codes(fit) -> dict[str, float]:
    return {reason.code: reason.amount for reason in fit.reasons}


def test_the_genre_decides_and_its_share_is_the_reason():
    found = match(TECH, [candidate("folk", Folk=0.9), candidate("electronic", Electronic=0.8)])
    assert [fit.path for fit in found.fits] == ["electronic", "folk"]
    assert [fit.rank for fit in found.fits] == [1, 2]
    best = found.fits[0].reasons[0]
    assert (best.code, best.facts["genre"], best.amount) == ("genre_helps", "Electronic", 0.8)
    assert codes(found.fits[1])["genre_hurts"] < 0
    assert found.shortlist(5) == found.fits[:1]


def test_the_score_is_the_sum_of_its_reasons_as_far_as_they_are_worth_a_word():
    # A genre that holds everything leaves nothing too small to be said.
    sound = Description(energy=0.9, brightness=0.9)
    (fit,) = match(parse_brief("calm piano"), [candidate("x", Metal=1.0, description=sound)]).fits
    assert fit.score == pytest.approx(sum(reason.amount for reason in fit.reasons), abs=1e-3)


def test_a_ruled_out_genre_sinks():
    brief = parse_brief("energetic -rock")
    found = match(brief, [candidate("rock", Rock=0.9), candidate("electronic", Electronic=0.9)])
    assert [fit.path for fit in found.fits] == ["electronic", "rock"]
    assert found.fits[1].score < 0


def test_an_impostor_is_called_out_with_its_numbers():
    pretends = candidate("x", first={"Electronic": 0.8}, Pop=0.58)
    honest = candidate("y", first={"Electronic": 0.8}, Electronic=0.7)
    open_about_it = candidate("z", Pop=0.58)
    found = match(TECH, [pretends, honest, open_about_it])
    assert [fit.path for fit in found.impostors] == ["x"]
    text = reason_text(found.impostors[0].impostor, "en").replace("\u00a0", " ")
    assert text == "sounds Electronic at first, is Pop 58 %"


@pytest.mark.parametrize(
    ("brief", "sound", "code", "helps"),
    [
        ("120 bpm, pop", Description(tempo_bpm=121.0, tempo_asked=True), "tempo_fits", True),
        ("120 bpm, pop", Description(tempo_bpm=60.0, other_tempo_bpm=120.0, tempo_asked=True), "tempo_fits", True),
        ("120 bpm, pop", Description(tempo_bpm=90.0, tempo_asked=True), "tempo_off", False),
        ("energetic", Description(energy=0.9), "energy_fits", True),
        ("energetic", Description(energy=0.1), "energy_low", False),
        ("calm", Description(energy=0.9), "energy_high", False),
        ("dark", Description(brightness=0.9), "brightness_high", False),
        ("bright sound", Description(brightness=0.1), "brightness_low", False),
        ("bright sound", Description(brightness=0.9), "brightness_fits", True),
    ],
)
def test_wishes_help_when_met_and_hurt_when_missed(brief, sound, code, helps):
    (fit,) = match(parse_brief(brief), [candidate("x", Pop=0.5, description=sound)]).fits
    assert (codes(fit)[code] > 0) is helps


def test_what_is_unknown_is_no_reason():
    (fit,) = match(parse_brief("120 bpm, calm, dark"), [candidate("x", Pop=0.5)]).fits
    assert {code for code in codes(fit) if not code.startswith("genre_")} == set()
    looked = candidate("x", Pop=0.5, description=Description(tempo_asked=True))
    (fit,) = match(parse_brief("120 bpm, calm"), [looked]).fits
    assert codes(fit)["tempo_unknown"] == 0


@pytest.mark.parametrize(
    ("brief", "tags", "code", "sign"),
    [
        ("pop, no vocals", ("singing",), "voice_unwanted", -1),
        ("pop, female vocals", ("singing",), "voice_fits", 1),
        ("pop, no vocals", (), "voice_unheard", 0),
        ("violin", ("violin",), "tag_fits", 1),
        ("pop, no drums", ("drum_kit",), "tag_unwanted", -1),
        ("pop, no rap", ("rapping",), "tag_unwanted", -1),
    ],
)
def test_voices_and_instruments(brief, tags, code, sign):
    (fit,) = match(parse_brief(brief), [candidate("x", Pop=0.5, tags=tags)]).fits
    amount = codes(fit)[code]
    assert (amount > 0) - (amount < 0) == sign


def test_not_music_and_files_that_fail_come_last():
    from genrelens.insight.description import Candidate

    broken = Candidate("broken.mp3", AudioError("AUDIO_EMPTY", "nothing in it"))
    noise = candidate("noise", Electronic=0.9, tier="not_music")
    found = match(TECH, [broken, noise, candidate("song", Electronic=0.4)])
    assert [fit.path for fit in found.fits] == ["song", "noise", "broken.mp3"]
    assert "not_music" in codes(found.fits[1])
    assert [fit.error.code for fit in found.failed] == ["AUDIO_EMPTY"]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["fits"][2]["error"]["code"] == "AUDIO_EMPTY"


def test_a_brief_that_nobody_understands_is_refused():
    with pytest.raises(UsageError) as caught:
        match(parse_brief("qzxv wvut"), [candidate("x", Pop=0.5)])
    assert (caught.value.code, caught.value.details["unknown"]) == ("BRIEF_UNKNOWN", ["qzxv", "wvut"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_sentence(language):
    facts = {"genre": "Pop", "first": "Jazz", "probability": 0.5, "measured": 1, "low": 0, "high": 2,
             "names": {"en": "violin", "zh": "小提琴"}}  # fmt: skip
    from genrelens.insight.match import Reason

    said = {reason_text(Reason(code, 0.1, facts), language) for code in REASONS}
    assert len(said) == len(REASONS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_understood_is_said(language):
    lines = "\n".join(brief_lines(parse_brief("warm, nostalgik, quuxly, -rock, 90-100 bpm, no vocals"), language))
    for word in ("nostalgik", "quuxly", "90"):
        assert word in lines
    (fit,) = (found := match(parse_brief("no vocals, jazz"), [candidate("x", Jazz=0.9)])).fits
    assert "+0.9" in reasons_text(fit, language)
    assert len(fit_rows(found, language)[0]) == len(say("matched.columns", language).split(","))


def test_real_pieces(model, examples):
    """Swing is found for a bar of the twenties; a broken file between them is a row of its own."""
    chosen = [path for path in examples if path.stem in ("joplin_rag", "metal_riff", "four_on_the_floor")]
    found = match(parse_brief("speakeasy, swing, 老上海"), gather(model, [*chosen, "/no/such.mp3"]))
    assert found.fits[0].path.endswith("joplin_rag.ogg")
    assert found.failed[0].error.code == "AUDIO_NOT_FOUND"
    assert all(fit.description.energy is not None for fit in found.fits[:3])
