"""The exam's bells, ringtones, alarms, games and codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from training.synthesis import (
    EXAM_LENGTH_S,
    RATE,
    Random,
    Sound,
    beeps,
    bursts,
    events,
    mix,
    modal,
    noise,
    room,
    seconds,
    shaped,
    sweep,
    tone,
)

__all__ = ["ALERTS"]

_N: Final = EXAM_LENGTH_S


def _bowl(r: Random) -> Sound:
    """A singing bowl: pairs of near partials that beat, struck every six seconds."""
    pairs = [
        (f + d, a, fall)
        for f, a, fall in ((212, 1, 11), (574, 0.6, 8), (1080, 0.35, 5), (1716, 0.15, 3))
        for d in (0, 0.7)
    ]
    return events(_N, [0, 6], lambda _: modal(6, pairs))


def _bowl_rubbed(r: Random) -> Sound:
    return mix(
        (1, tone(_N, 318, (1, 0.15, 0.05), 0.8, 0.0008) * np.minimum(1, seconds(_N) / 4)),
        (0.08, noise(_N, r, 2000, 8000)),
    )


def _chimes(r: Random) -> Sound:
    tubes = (1046, 1175, 1397, 1568, 1760, 2093)
    return events(
        _N,
        bursts(_N, 2.2, r),
        lambda _: (lambda f: modal(2.5, [(f, 1, 2.4), (f * 2.756, 0.4, 1.2), (f * 5.404, 0.15, 0.6)]))(r.choice(tubes)),
    )


def _bell(strikes: Sequence[float], base: float, long: float) -> Sound:
    ratios = ((0.5, 0.5), (1, 1), (1.183, 0.8), (1.506, 0.5), (2, 0.7), (2.514, 0.25), (2.662, 0.2), (3.011, 0.2))
    return events(_N, strikes, lambda _: modal(long, [(base * q, a, long / q**0.6) for q, a in ratios]))


def _old_telephone(r: Random) -> Sound:
    gong = events(2, bursts(2, 22, r, 0), lambda n: modal(0.4, [(1450 if n % 2 else 1210, 1, 0.3), (3100, 0.4, 0.2)]))
    return events(_N, [0, 4, 8], lambda _: gong)


def _ring(notes: Sequence[int], lengths: Sequence[float], harmonics: Sequence[float], gap: float) -> Sound:
    pitches = [440 * 2 ** ((note - 69) / 12) for note in notes]
    pattern = [(length, 0.02) for length in lengths]
    pattern[-1] = (pattern[-1][0], gap)
    return beeps(_N, pattern, pitches, harmonics)


def _marimba_alert(r: Random) -> Sound:
    starts = [t + k * 0.16 for t in (0, 2.6, 5.2, 7.8, 10.4) for k in range(6)]
    notes = (784, 1175, 1568, 1175, 1976, 1568)
    return events(_N, starts, lambda n: modal(0.6, [(notes[n % 6], 1, 0.45), (notes[n % 6] * 3.93, 0.3, 0.12)]))


def _siren(low: float, high: float, rate: float) -> Sound:
    time = seconds(_N)
    hertz = low * (high / low) ** (0.5 - 0.5 * np.cos(2 * np.pi * rate * time))
    return np.tanh(3 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE))


def _modem(r: Random) -> Sound:
    dial = beeps(3, [(0.1, 0.08)], [1209 + 700, 1336, 1477, 1633])
    return np.concatenate(
        [dial, tone(1.5, 2100), sweep(1, 600, 3000, (1, 0.5)), tone(1.5, 1270, (1, 0, 1)), noise(_N - 7, r, 400, 3400)]
    )


def _morse(r: Random) -> Sound:
    units = [
        float(u)
        for letter in "CQ CQ DE GENRELENS K"
        for u in {
            "C": "3131",
            "Q": "3313",
            "D": "311",
            "E": "1",
            "G": "331",
            "N": "31",
            "R": "131",
            "L": "1311",
            "S": "111",
            "K": "313",
        }.get(letter, "")
    ]
    return beeps(_N, [(0.06 * u, 0.07) for u in units], [700.0])


def _dtmf(r: Random) -> Sound:
    lows, highs = (697, 770, 852, 941), (1209, 1336, 1477)
    return events(_N, bursts(_N, 2.5, r, 0.1), lambda _: shaped(tone(0.2, r.choice(lows)) + tone(0.2, r.choice(highs))))


def _metronome(r: Random, bpm: float, wood: bool) -> Sound:
    def tick(n: int) -> Sound:
        if wood:
            return modal(0.08, [(1800 if n % 4 else 2400, 1, 0.03), (3300, 0.5, 0.02), (700, 0.5, 0.03)])
        return shaped(tone(0.04, 1000 if n % 4 else 1500), 0.001)

    return events(_N, bursts(_N, bpm / 60, r, 0), tick)


def _clock(r: Random) -> Sound:
    tick = lambda n: modal(0.08, [(2900 + 600 * (n % 2), 1, 0.02), (5100, 0.6, 0.015), (900, 0.3, 0.04)])
    return mix((1, events(_N, bursts(_N, 2, r, 0), tick)), (0.02, noise(_N, r, 50, 6000)))


def _coin_game(r: Random) -> Sound:
    return events(
        _N,
        bursts(_N, 1.3, r, 0.5),
        lambda _: np.sign(np.concatenate([tone(0.08, 988), tone(0.3, 1319)])) * np.linspace(1, 0, round(0.38 * RATE)),
    )


def _jump_game(r: Random) -> Sound:
    return events(
        _N, bursts(_N, 1.5, r, 0.4), lambda _: np.sign(sweep(0.25, 180, 760)) * np.linspace(1, 0, round(0.25 * RATE))
    )


def _level_up(r: Random) -> Sound:
    notes = [523, 659, 784, 1047, 1319, 1568]
    return events(
        _N,
        [s + 0.08 * k for s in (0, 3, 6, 9) for k in range(6)],
        lambda n: np.sign(tone(0.08 if n % 6 < 5 else 0.4, notes[n % 6])),
    )


def _explosion_game(r: Random) -> Sound:
    return events(_N, [0, 2.5, 4, 7, 9], lambda _: np.repeat(r.uniform(-1, 1, 8000), 4) * np.exp(-4 * seconds(1.0)))


def _power_down(r: Random) -> Sound:
    return events(
        _N, [0, 3, 6, 9], lambda _: np.sign(sweep(1.6, 900, 60)) * (np.sin(2 * np.pi * 18 * seconds(1.6)) > 0)
    )


def _slot_machine(r: Random) -> Sound:
    return mix(
        (1, beeps(_N, [(0.05, 0.0)], list(r.choice([523, 659, 784, 1047], 64)), (1, 0.3))),
        (0.5, events(_N, bursts(_N, 9, r), lambda _: modal(0.3, [(r.uniform(2500, 6000), 1, 0.15)]))),
    )


def _sonar(r: Random) -> Sound:
    return room(events(_N, [0, 3, 6, 9], lambda _: shaped(tone(0.4, 1450), 0.01, 0.8)), r, 1.5, 1.0)


def _geiger(r: Random) -> Sound:
    return events(_N, bursts(_N, 14, r), lambda _: modal(0.01, [(3000, 1, 0.006)]))


def _horn(pitches: Sequence[float], on: float, off: float) -> Sound:
    return events(
        _N,
        list(np.arange(0, _N, on + off)),
        lambda _: np.sum([shaped(tone(on, p, 1 / np.arange(1, 14)), 0.08) for p in pitches], axis=0),
    )


def _bicycle(r: Random) -> Sound:
    ring = events(0.8, bursts(0.8, 16, r, 0), lambda n: modal(0.6, [(2350 + 90 * (n % 2), 1, 0.5), (5800, 0.4, 0.2)]))
    return events(_N, [0, 2.4, 5.1, 8.8], lambda _: ring)


def _coins(r: Random) -> Sound:
    return events(
        _N,
        bursts(_N, 7, r),
        lambda _: modal(0.3, [(r.uniform(3500, 9000), r.uniform(0.2, 1), r.uniform(0.05, 0.25)) for _ in range(4)]),
    )


def _cutlery(r: Random) -> Sound:
    return mix(
        (
            1,
            events(
                _N,
                bursts(_N, 3, r),
                lambda _: (
                    modal(0.4, [(f * r.uniform(0.8, 1.2), 1, 0.2) for f in (1900, 3400, 5200)])
                    + shaped(noise(0.4, r, 1000, 9000), 0.001, 0.03)
                ),
            ),
        ),
        (0.1, noise(_N, r, 100, 3000, -1)),
    )


def _shepard(r: Random) -> Sound:
    time = seconds(_N)
    return np.sum(
        [
            np.exp(-0.5 * ((octave + time / 6) % 8 - 4) ** 2)
            * np.sin(2 * np.pi * np.cumsum(27.5 * 2 ** ((octave + time / 6) % 8)) / RATE)
            for octave in range(8)
        ],
        axis=0,
    )


ALERTS: Final[dict[str, Callable[[Random], Sound]]] = {
    "singing bowl, struck": _bowl,
    "singing bowl, rubbed": _bowl_rubbed,
    "wind chimes": _chimes,
    "church bell": lambda r: _bell([0, 3, 6, 9], 220, 5),
    "school bell": lambda r: events(_N, bursts(_N, 28, r, 0), lambda n: modal(0.3, [(1830, 1, 0.3), (2970, 0.7, 0.2), (4480, 0.4, 0.1)])),
    "clock chime": lambda r: _bell([0, 0.8, 1.6, 2.4, 5, 7.5, 10], 415, 3),
    "doorbell": lambda r: events(_N, [s + o for s in (0, 4, 8) for o in (0, 0.7)], lambda n: modal(1.5, [(659 if n % 2 == 0 else 523, 1, 1.2), (1900, 0.1, 0.3)])),
    "old telephone": _old_telephone,
    "ringtone, one voice": lambda r: _ring((76, 74, 66, 68, 73, 71, 62, 64, 71, 69, 61, 64, 69), (0.12, 0.12, 0.25, 0.25) * 3 + (0.5,), (1, 0, 0.33, 0, 0.2), 0.8),
    "ringtone, two beeps": lambda r: _ring((88, 84, 88, 84), (0.07,) * 4, (1, 0.4), 1.4),
    "ringtone, struck bars": _marimba_alert,
    "ringback tone": lambda r: beeps(_N, [(1.0, 3.0)], [425.0]),
    "alarm clock": lambda r: beeps(_N, [(0.08, 0.06), (0.08, 0.06), (0.08, 0.06), (0.08, 0.5)], [2048.0], (1, 0.2, 0.5)),
    "smoke alarm": lambda r: beeps(_N, [(0.5, 0.5), (0.5, 0.5), (0.5, 1.5)], [3150.0], (1, 0.1)),
    "siren, wailing": lambda r: _siren(600, 1400, 0.2),
    "siren, yelping": lambda r: _siren(650, 1500, 3),
    "level crossing": lambda r: events(_N, bursts(_N, 1.9, r, 0), lambda n: modal(0.8, [(740 if n % 2 else 700, 1, 0.7), (1930, 0.5, 0.4), (3300, 0.3, 0.2)])),
    "modem": _modem,
    "Morse code": _morse,
    "telephone keypad": _dtmf,
    "metronome, wooden, 96": lambda r: _metronome(r, 96, True),
    "metronome, electronic, 140": lambda r: _metronome(r, 140, False),
    "clock ticking": _clock,
    "game: coin": _coin_game,
    "game: jump": _jump_game,
    "game: level up": _level_up,
    "game: explosion": _explosion_game,
    "game: power down": _power_down,
    "slot machine": _slot_machine,
    "sonar": _sonar,
    "Geiger counter": _geiger,
    "train horn": lambda r: _horn((311, 370, 415, 494), 1.8, 1.2),
    "ship horn": lambda r: _horn((92,), 3.5, 2.5),
    "bicycle bell": _bicycle,
    "coins": _coins,
    "cutlery": _cutlery,
    "endlessly rising tone": _shepard,
}  # fmt: skip
"""Name -> how it is made."""
