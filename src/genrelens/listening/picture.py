"""Spectrograms as pictures: what a network for images, trained on plots of spectrograms, was shown.

Such networks (CCMUSIC's among them) learnt from files that librosa and matplotlib drew: a log-mel relative to its
maximum, cut into windows, each drawn by `librosa.display.specshow` without axes, saved, and resized by Pillow. The
same steps here in numpy alone: blocks of colour on matplotlib's default canvas, then a resize with Pillow's antialiased
triangle. What is not reproduced is the noise of the JPEG files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import BundleError
from genrelens.listening.frontend import MelSpec, log_mel

__all__ = ["CCMUSIC_MEL", "CCMUSIC_WINDOW_S", "COLOUR_MAPS", "PictureSpec", "pictures"]

CCMUSIC_WINDOW_S: Final = 11.4
"""Seconds that one picture of the CCMUSIC evaluation shows."""

CCMUSIC_MEL: Final = MelSpec(
    sample_rate=22_050,
    n_fft=2048,
    win_length=2048,
    hop=512,
    mels=128,
    fmin=0.0,
    fmax=11_025.0,
    formula="slaney",
    log="db",
    log_floor=1e-10,
    log_floor_mode="max",
)
"""`librosa.feature.melspectrogram` with its defaults, in decibels."""

COLOUR_MAPS: Final[Mapping[str, str]] = {
    # By Nathaniel Smith and Stefan van der Walt, public domain (CC0); 256 colours, each channel rounded down to 8 bits.
    "magma": (
        "00000300000400000601000701010901010b02020d02020f03031104031304041505041706051907051b08061d09071f"
        "0a07220b08240c09260d0a280e0a2a0f0b2c100c2f110c31120d33140d35150e38160e3a170f3c180f3f1a10411b1044"
        "1c10461e10491f114b20114d2211502311522511552611572811592a115c2b115e2d10602f1062301065321067341068"
        "350f6a370f6c390f6e3b0f6f3c0f713e0f72400f73420f74430f75450f76470f774810784a10794b10794d117a4f117b"
        "50127b52127c53137c55137d57147d58157e5a157e5b167e5d177e5e177f60187f61187f63197f651a80661a80681b80"
        "691c806b1c806c1d806e1e816f1e81711f81731f817420817621817721817922817a22817c23817e24817f2481812581"
        "8225818426818526818727818928818a28818c29808d29808f2a80912a80922b80942b80952c80972c7f992d7f9a2d7f"
        "9c2e7f9e2e7e9f2f7ea12f7ea3307ea4307da6317da7317da9327cab337cac337bae347bb0347bb1357ab3357ab53679"
        "b63679b83778b93778bb3877bd3977be3976c03a75c23a75c33b74c53c74c63c73c83d72ca3e72cb3e71cd3f70ce4070"
        "d0416fd1426ed3426dd4436dd6446cd7456bd9466ada4769dc4869dd4968de4a67e04b66e14c66e24d65e44e64e55063"
        "e65162e75262e85461ea5560eb5660ec585fed595fee5b5eee5d5def5e5df0605df1615cf2635cf3655cf3675bf4685b"
        "f56a5bf56c5bf66e5bf6705bf7715bf7735cf8755cf8775cf9795cf97b5df97d5dfa7f5efa805efa825ffb8460fb8660"
        "fb8861fb8a62fc8c63fc8e63fc9064fc9265fc9366fd9567fd9768fd9969fd9b6afd9d6bfd9f6cfda16efda26ffda470"
        "fea671fea873feaa74feac75feae76feaf78feb179feb37bfeb57cfeb77dfeb97ffebb80febc82febe83fec085fec286"
        "fec488fec689fec78bfec98dfecb8efdcd90fdcf92fdd193fdd295fdd497fdd698fdd89afdda9cfddc9dfddd9ffddfa1"
        "fde1a3fce3a5fce5a6fce6a8fce8aafceaacfcecaefceeb0fcf0b1fcf1b3fcf3b5fcf5b7fbf7b9fbf9bbfbfabdfbfcbf"
    ),
}
"""Name -> 256 colours as hexadecimal RGB, from the lowest value to the highest."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """Every parameter of one picture.

    Attributes:
        mel: The spectrogram that is drawn, in decibels.
        top_db: What lies further than this under the maximum of the song is cut off, dB.
        colour_map: A key of `COLOUR_MAPS`; a window's own minimum and maximum are its ends.
        drawn_width: Pixels of the canvas on which the spectrogram is drawn in blocks, before the resize.
        drawn_height: The same, upwards. 496 x 369 is a figure of matplotlib's default size without its margins.
        size: Width and height of the picture, pixels.
        mean: Taken from every colour value (0 to 1).
        std: Then divides it.
    """

    mel: MelSpec
    top_db: float = 80.0
    colour_map: str = "magma"
    drawn_width: int = 496
    drawn_height: int = 369
    size: int = 224
    mean: float = 0.5
    std: float = 0.5

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PictureSpec:
        """Read a front-end of kind `picture` of `bundle.json`.

        Raises:
            BundleError: `BUNDLE_INVALID` where a parameter is missing, unknown or impossible.
        """
        given = {key: value for key, value in values.items() if key not in ("kind", "mel")}
        try:
            spec = cls(mel=MelSpec.from_dict(values["mel"]), **given)
            sensible = (
                spec.mel.log == "db"
                and 0 < spec.top_db <= 200
                and spec.colour_map in COLOUR_MAPS
                and all(16 <= pixels <= 4096 for pixels in (spec.drawn_width, spec.drawn_height, spec.size))
                and 0 <= spec.mean <= 1
                and 0 < spec.std <= 1
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise BundleError("BUNDLE_INVALID", f"front-end parameters of a picture do not fit: {error!r}") from None
        if not sensible:
            raise BundleError("BUNDLE_INVALID", f"front-end parameters of a picture out of range: {dict(values)}")
        return spec

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON for `bundle.json`."""
        return {"kind": "picture", **asdict(self), "mel": self.mel.to_dict()}

    @property
    def sample_rate(self) -> int:
        """Of the sound that is drawn, Hz."""
        return self.mel.sample_rate


def pictures(windows: Floats, spec: PictureSpec) -> Floats:
    """Draw equally long windows of one song.

    Args:
        windows: float32 [n, samples] at `spec.sample_rate`, all of one song: the loudest point among them is 0 dB.
        spec: The parameters.

    Returns:
        float32 [n, 3, size, size], red, green and blue; the lowest frequency at the bottom, time to the right.
    """
    decibels = log_mel(windows, spec.mel)[:, ::-1]
    out = np.empty((len(windows), 3, spec.size, spec.size), np.float32)
    if not len(windows):
        return out
    decibels = np.maximum(decibels - decibels.max(), np.float32(-spec.top_db))
    rows = _redraw(spec.mel.mels, spec.drawn_height, spec.size)
    columns = _redraw(decibels.shape[2], spec.drawn_width, spec.size).T
    channels = _colours(spec.colour_map).T
    for window, picture in zip(decibels, out, strict=True):
        steps = _steps(window)
        for channel, values in enumerate(channels):
            picture[channel] = rows @ values[steps] @ columns
    out -= np.float32(spec.mean)
    out /= np.float32(spec.std)
    return out


def _steps(values: Floats) -> NDArray[np.intp]:
    """Which of the 256 colours each value gets, as matplotlib does by default: lowest value 0, highest 255."""
    low, high = values.min(), values.max()
    if low == high:
        return np.zeros(values.shape, np.intp)
    steps: NDArray[np.intp] = np.minimum((values - low) / (high - low) * 256, 255).astype(np.intp)
    return steps


@lru_cache(maxsize=4)
def _colours(name: str) -> Floats:
    """[256, 3] from 0 to 1."""
    table = np.frombuffer(bytes.fromhex(COLOUR_MAPS[name]), np.uint8).reshape(256, 3)
    # The table is rounded down: half a step more is nearest to what was drawn, whichever way that was rounded.
    colours: Floats = ((table + 0.5) / 255).astype(np.float32)
    return colours


@lru_cache(maxsize=8)
def _redraw(cells: int, drawn: int, size: int) -> Floats:
    """[size, cells]: what each cell of the spectrogram gives to each pixel of the picture, along one axis.

    Cells are drawn as blocks on `drawn` pixels; these are resized to `size` by Pillow's bilinear filter, a triangle
    that widens where the picture shrinks, so that no pixel is left out.
    """
    scale = drawn / size
    reach = max(scale, 1.0)
    pixels = np.arange(drawn)
    centres = (np.arange(size) + 0.5) * scale
    triangle = np.maximum(0.0, 1.0 - np.abs(pixels[None] + 0.5 - centres[:, None]) / reach)
    triangle /= triangle.sum(axis=1, keepdims=True)
    blocks = (((pixels + 0.5) * cells / drawn).astype(int)[:, None] == np.arange(cells)[None]).astype(float)
    result: Floats = (triangle @ blocks).astype(np.float32)
    result.setflags(write=False)
    return result
