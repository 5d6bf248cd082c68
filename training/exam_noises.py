"""The exam's crowds, machines, weather, animals and bodies."""

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
    wobble,
)

__all__ = ["NOISES"]

_N: Final = EXAM_LENGTH_S


def _applause(r: Random, people: int, fall: float) -> Sound:
    """Each pair of hands claps in its own rhythm and has its own pitch."""
    hands = []
    for _ in range(people):
        pitch, rate = r.uniform(600, 2400), r.uniform(2.5, 5)
        clap = shaped(noise(0.04, r, pitch * 0.7, pitch * 1.6), 0.001, r.uniform(0.02, 0.05))
        hands.append(events(_N, [r.uniform(0, 0.4) + s for s in bursts(_N, rate, r, 0.08)], lambda _, clap=clap: clap))  # type: ignore[misc]
    return room(np.sum(hands, axis=0), r, fall, 0.6)


def _claps_together(r: Random) -> Sound:
    return events(
        _N,
        bursts(_N, 2.1, r, 0.01),
        lambda _: np.sum(
            [np.roll(shaped(noise(0.08, r, 700, 3000), 0.001, 0.05), int(r.uniform(0, 900))) for _ in range(30)], axis=0
        ),
    )


def _engine(r: Random, rate: float, rough: float, high: float) -> Sound:
    """Combustion as pulses of noise at the firing rate."""
    thump = lambda _: modal(0.12, [(rate * q, 1 / q, 0.09) for q in (2, 3, 5, 8)]) * r.uniform(1 - rough, 1)
    return mix((1, events(_N, bursts(_N, rate, r, 0.03 * rough), thump)), (0.4, noise(_N, r, 60, high, -1)))


def _keys(r: Random, rate: float, low: float) -> Sound:
    press = lambda _: (
        shaped(noise(0.03, r, low, 7000), 0.001, 0.03)
        + 0.4 * np.roll(shaped(noise(0.03, r, low, 5000), 0.001, 0.02), 500)
    )
    return mix((1, events(_N, bursts(_N, rate, r, 0.7), press)), (0.03, noise(_N, r, 50, 4000, -1)))


def _drips(r: Random) -> Sound:
    drop = lambda _: shaped(sweep(0.06, r.uniform(500, 900), r.uniform(1200, 2000)), 0.002, 0.08)
    return room(events(_N, bursts(_N, 1.4, r, 0.3), drop), r, 0.9, 0.5)


def _rain(r: Random) -> Sound:
    return mix(
        (1, events(_N, bursts(_N, 250, r), lambda _: shaped(noise(0.01, r, 1000, 12_000), 0.001))),
        (0.6, noise(_N, r, 800, 11_000)),
    )


def _thunder(r: Random) -> Sound:
    return events(
        _N, [0.5, 6], lambda _: noise(5, r, 20, 250, -3) * np.exp(-seconds(5)) * wobble(5, r, 6, 0.2)
    ) + 0.02 * noise(_N, r, 500, 9000)


def _waves(r: Random) -> Sound:
    return noise(_N, r, 80, 6000, -1) * (0.15 + np.clip(np.sin(2 * np.pi * seconds(_N) / 5.5), 0, 1) ** 2)


def _gale(r: Random) -> Sound:
    return mix(
        (1, noise(_N, r, 60, 700, -2) * wobble(_N, r, 0.8, 0.2)),
        (0.3, tone(_N, 520, (1,), 0.3, 0.12) * wobble(_N, r, 0.8)),
    )


def _fire(r: Random) -> Sound:
    return mix(
        (
            1,
            events(
                _N, bursts(_N, 25, r), lambda _: r.uniform(0.1, 1) ** 3 * shaped(noise(0.01, r, 800, 14_000), 0.0005)
            ),
        ),
        (0.3, noise(_N, r, 40, 500, -2)),
    )


def _steps(r: Random) -> Sound:
    step = lambda _: (
        modal(0.15, [(95, 1, 0.1), (160, 0.6, 0.08)]) + 0.3 * shaped(noise(0.15, r, 1000, 6000), 0.005, 0.1)
    )
    return room(events(_N, bursts(_N, 1.9, r, 0.06), step), r, 0.5, 0.3)


def _blackbird(r: Random) -> Sound:
    def phrase(_: int) -> Sound:
        notes = [shaped(sweep(r.uniform(0.1, 0.25), *r.uniform(1700, 3100, 2)), 0.02) for _ in range(5)]
        return np.concatenate([*notes, *(shaped(sweep(0.05, 5000, r.uniform(3500, 7000)), 0.005) for _ in range(4))])

    return mix((1, events(_N, [0.3, 3.2, 6.5, 9.4], phrase)), (0.02, noise(_N, r, 200, 5000, -1)))


def _cuckoo(r: Random) -> Sound:
    return mix(
        (
            1,
            events(
                _N,
                [s + o for s in range(0, 12, 2) for o in (0, 0.45)],
                lambda n: shaped(tone(0.25, 667 if n % 2 == 0 else 545), 0.03),
            ),
        ),
        (0.05, noise(_N, r, 200, 6000, -1)),
    )


def _frogs(r: Random) -> Sound:
    croak = lambda _: shaped(
        tone(0.3, r.uniform(180, 320), 1 / np.arange(1, 12)) * np.clip(np.sin(2 * np.pi * 42 * seconds(0.3)), 0, 1),
        0.02,
    )
    return events(_N, bursts(_N, 2.5, r), croak)


def _whale(r: Random) -> Sound:
    return room(
        events(
            _N,
            [0, 3, 6.5, 9],
            lambda _: shaped(sweep(2.5, r.uniform(150, 400), r.uniform(200, 900), (1, 0.4, 0.2)), 0.4),
        ),
        r,
        1.4,
        0.6,
    )


def _bark(r: Random) -> Sound:
    return events(
        _N,
        [s + o for s in (0, 3, 7, 10) for o in (0, 0.4, 0.9)],
        lambda _: shaped(sweep(0.18, 520, 320, 1 / np.arange(1, 9)) + 0.5 * noise(0.18, r, 400, 3000), 0.01),
    )


def _vowel(source: Sound, formants: Sequence[float]) -> Sound:
    spectrum, hertz = np.fft.rfft(source), np.fft.rfftfreq(len(source), 1 / RATE)
    return np.fft.irfft(spectrum * sum(np.exp(-0.5 * ((hertz - f) / 90) ** 2) for f in formants), len(source))


def _laughter(r: Random) -> Sound:
    ha = lambda n: shaped(
        _vowel(sweep(0.14, 260 - 6 * (n % 8), 230 - 6 * (n % 8), 1 / np.arange(1, 20)), (800, 1300, 2600))
        + 0.1 * noise(0.14, r, 1000, 6000),
        0.02,
    )
    return events(_N, [s + 0.2 * k for s in (0, 3.2, 6.4, 9.6) for k in range(8)], ha)


def _baby(r: Random) -> Sound:
    cry = lambda _: shaped(_vowel(tone(1.0, 430, 1 / np.arange(1, 15), 6, 0.03), (1100, 1900, 3200)), 0.1)
    return events(_N, bursts(_N, 0.8, r, 0.1), cry)


def _stadium(r: Random) -> Sound:
    return mix(
        (1, noise(_N, r, 300, 3500, -1) * wobble(_N, r, 0.5, 0.4)),
        (
            0.4,
            np.sum(
                [
                    _vowel(
                        tone(_N, r.uniform(150, 400), 1 / np.arange(1, 12), r.uniform(1, 4), 0.05) * wobble(_N, r, 2),
                        (700, 1200),
                    )
                    for _ in range(9)
                ],
                axis=0,
            ),
        ),
    )


def _train(r: Random) -> Sound:
    starts = [s + o for s in bursts(_N, 1.25, r, 0) for o in (0, 0.14)]
    return mix(
        (
            1,
            events(
                _N,
                starts,
                lambda _: (
                    modal(0.25, [(140, 1, 0.15), (310, 0.5, 0.1)]) + 0.5 * shaped(noise(0.25, r, 300, 4000), 0.002, 0.1)
                ),
            ),
        ),
        (0.7, noise(_N, r, 40, 1200, -1)),
    )


def _hammer(r: Random) -> Sound:
    return room(
        events(
            _N,
            bursts(_N, 1.6, r, 0.08),
            lambda _: modal(0.5, [(430, 1, 0.12), (1170, 0.7, 0.1), (2630, 0.6, 0.25), (4100, 0.4, 0.3)]),
        ),
        r,
        0.8,
        0.5,
    )


def _saw(r: Random) -> Sound:
    stroke = np.abs(np.sin(2 * np.pi * 1.1 * seconds(_N)))
    return noise(_N, r, 900, 7000) * stroke * (1 + np.sin(2 * np.pi * np.cumsum(90 + 60 * stroke) / RATE))


def _drill(r: Random) -> Sound:
    gate = (np.sin(2 * np.pi * 0.25 * seconds(_N)) > -0.6).astype(float)
    return mix((1, tone(_N, 212, 1 / np.arange(1, 30), 7, 0.006) * gate), (0.7, noise(_N, r, 800, 9000) * gate))


def _heart(r: Random) -> Sound:
    return events(
        _N,
        [s + o for s in bursts(_N, 1.15, r, 0.02) for o in (0, 0.3)],
        lambda n: modal(0.2, [(55 if n % 2 == 0 else 75, 1, 0.15), (110, 0.3, 0.08)]),
    )


def _breath(r: Random) -> Sound:
    return (
        noise(_N, r, 300, 4500) * np.clip(np.sin(2 * np.pi * 0.3 * seconds(_N)), 0, 1) ** 2
        + 0.6 * noise(_N, r, 500, 7000) * np.clip(-np.sin(2 * np.pi * 0.3 * seconds(_N)), 0, 1) ** 2
    )


def _snore(r: Random) -> Sound:
    return events(
        _N,
        [0, 3.4, 6.9, 10.2],
        lambda _: shaped(_vowel(tone(1.6, 48, 1 / np.arange(1, 40) ** 0.5, 3, 0.08), (350, 900)), 0.3),
    )


def _cat(r: Random) -> Sound:
    return events(
        _N,
        [0, 2.5, 6, 9],
        lambda _: shaped(
            np.concatenate(
                [
                    _vowel(sweep(0.3, 480, 760, 1 / np.arange(1, 12)), (700, 1700)),
                    _vowel(sweep(0.5, 760, 520, 1 / np.arange(1, 12)), (1000, 1900)),
                ]
            ),
            0.05,
        ),
    )


def _printer(r: Random) -> Sound:
    line = mix(
        (1, tone(0.9, 880, 1 / np.arange(1, 9)) * (np.sin(2 * np.pi * 31 * seconds(0.9)) > 0)),
        (0.5, noise(0.9, r, 1500, 8000)),
    )
    return events(_N, list(np.arange(0, 12, 1.2)), lambda _: line)


def _washing(r: Random) -> Sound:
    return mix(
        (1, noise(_N, r, 60, 900, -1) * (0.4 + np.sin(2 * np.pi * 0.8 * seconds(_N)) ** 2)),
        (0.5, tone(_N, 100, (1, 0.6, 0.4, 0.2))),
        (0.3, events(_N, bursts(_N, 6, r), lambda _: modal(0.1, [(600, 1, 0.05)]))),
    )


def _vacuum(r: Random) -> Sound:
    return mix((1, noise(_N, r, 200, 9000, -0.5)), (0.5, tone(_N, 410, 1 / np.arange(1, 15), 0.4, 0.004)))


def _zip(r: Random) -> Sound:
    return events(
        _N,
        [0, 2, 4.2, 6.1, 8.8],
        lambda _: np.concatenate([shaped(noise(0.004, r, 1500, 9000), 0.0005) for _ in range(180)]),
    )


def _paper(r: Random) -> Sound:
    return events(
        _N,
        bursts(_N, 60, r),
        lambda _: r.uniform(0, 1) ** 2 * shaped(noise(r.uniform(0.005, 0.04), r, 1500, 13_000), 0.002),
    )


def _static(r: Random) -> Sound:
    return mix(
        (1, noise(_N, r, 300, 5000)),
        (0.6, tone(_N, 1000, (1,), 0.2, 0.4) * wobble(_N, r, 1)),
        (0.5, events(_N, bursts(_N, 12, r), lambda _: noise(0.01, r))),
    )


NOISES: Final[dict[str, Callable[[Random], Sound]]] = {
    "applause, a few people": lambda r: _applause(r, 6, 0.3),
    "applause, a full hall": lambda r: _applause(r, 90, 1.2),
    "clapping together": _claps_together,
    "reversing lorry": lambda r: mix((1, beeps(_N, [(0.5, 0.5)], [1250.0], (1, 0.5, 0.2))), (0.3, _engine(r, 24, 0.4, 900))),
    "engine idling": lambda r: _engine(r, 26, 0.3, 1500),
    "motorbike": lambda r: _engine(r, 62, 0.6, 5000),
    "propeller plane": lambda r: mix((1, tone(_N, 82, 1 / np.arange(1, 22), 1.3, 0.004)), (0.4, noise(_N, r, 60, 2500, -1))),
    "hair dryer": lambda r: mix((1, noise(_N, r, 500, 9000, -0.3)), (0.3, tone(_N, 780, (1, 0.5, 0.2)))),
    "vacuum cleaner": _vacuum,
    "washing machine": _washing,
    "refrigerator hum": lambda r: mix((1, tone(_N, 50, (1, 0.9, 0.3, 0.5, 0.1, 0.2))), (0.1, noise(_N, r, 30, 600, -1))),
    "transformer hum": lambda r: tone(_N, 100, 1 / np.arange(1, 18), 0.1, 0.0005),
    "mechanical keyboard": lambda r: _keys(r, 7, 1200),
    "typewriter": lambda r: _keys(r, 5, 400) + events(_N, [3.9, 8.1, 11.5], lambda _: modal(0.6, [(2900, 1, 0.5)])),
    "printer": _printer,
    "dripping tap": _drips,
    "rain on a roof": _rain,
    "thunder": _thunder,
    "sea": _waves,
    "gale": _gale,
    "fireplace": _fire,
    "footsteps": _steps,
    "blackbird": _blackbird,
    "cuckoo": _cuckoo,
    "frogs": _frogs,
    "whale": _whale,
    "dog": _bark,
    "cat": _cat,
    "laughter": _laughter,
    "baby": _baby,
    "stadium": _stadium,
    "train on rails": _train,
    "hammer": _hammer,
    "saw": _saw,
    "drill": _drill,
    "heartbeat": _heart,
    "breathing": _breath,
    "snoring": _snore,
    "zip": _zip,
    "paper": _paper,
    "radio between stations": _static,
}  # fmt: skip
"""Name -> how it is made."""
