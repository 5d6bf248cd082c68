"""What each health finding means and what to do about it, in both languages: the one table of finding codes.

Placeholders are filled with the finding's own numbers: `{measured}`, `{limit}` and what `find()` is given besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ADVICE"]

ADVICE: Final[Mapping[str, Mapping[str, str]]] = {
    "SILENT": {
        "en": (
            "There is no sound here: the loudest sample lies at {measured} dBFS. Check that the right file or "
            "the right part was chosen, and that the microphone was not muted."
        ),
        "zh": "这里没有声音：最响的采样只有 {measured} dBFS。请检查是否选对了文件或片段，麦克风是否被静音。",
    },
    "LOW_LEVEL": {
        "en": (
            "The recording is very quiet: its peaks reach only {measured} dBFS. {gain} dB more gain would bring "
            "them to -3 dBFS. The genre is not affected by level, but noise becomes part of what is heard."
        ),
        "zh": (
            "录音电平很低：峰值只有 {measured} dBFS。增益提高 {gain} dB 可使峰值达到 -3 dBFS。音量本身不影响流派"
            "判断，但噪声会混入所听内容。"
        ),
    },
    "CLIPPING": {
        "en": (
            "{measured} % of the samples are cut off flat at the top (clipping), which adds distortion that can "
            "pass for a harder genre. Record again with less gain, or use the unclipped master."
        ),
        "zh": (
            "有 {measured} % 的采样被削平（削波），由此产生的失真可能被误认为更重的流派。请降低录音增益重录，或使"
            "用未削波的母带。"
        ),
    },
    "TOO_SHORT": {
        "en": (
            "The sound lasts only {measured} s. That is less than one musical phrase: the answer cannot be "
            "trusted. Give at least 8 seconds, better 30."
        ),
        "zh": "声音只有 {measured} 秒，不足一个乐句，结果不可信。请提供至少 8 秒，最好 30 秒。",
    },
    "SHORT": {
        "en": (
            "The sound lasts {measured} s. A phrase takes about 8 to 16 seconds: a longer part gives a surer answer."
        ),
        "zh": "声音长度为 {measured} 秒。一个乐句约需 8 到 16 秒，较长的片段会使判断更可靠。",
    },
    "BAND_LIMITED": {
        "en": (
            "Nothing sounds above {measured} kHz, as in a telephone call or a very low bit rate. Cymbals and "
            "brightness are missing, so the genre may be wrong. Use a better copy of the song."
        ),
        "zh": (
            "{measured} kHz 以上没有声音，像电话录音或极低码率的文件。镲片和高频亮度缺失，流派判断可能出错。请使"
            "用音质更好的版本。"
        ),
    },
    "DC_OFFSET": {
        "en": (
            "The wave is shifted off its zero line by {measured} % of full scale, usually by a cheap sound card. "
            "It does not change the genre; remove the DC offset before mastering."
        ),
        "zh": (
            "波形偏离零线 {measured} %（相对满幅），通常由廉价声卡造成。它不影响流派判断，但母带处理前应去除直流偏移。"
        ),
    },
    "MOSTLY_SILENT": {
        "en": (
            "{measured} % of what was listened to is silence. Only the sounding part was judged; choose that "
            "part with a start and an end to be sure."
        ),
        "zh": "所听内容中有 {measured} % 是静音。只判断了有声部分；可设置起止时间来选定该部分。",
    },
    "REPEATED": {
        "en": (
            "The sound lasts {measured} s, less than the {limit} s that are listened to at once. It was repeated "
            "to fill them."
        ),
        "zh": "声音只有 {measured} 秒，短于一次聆听所需的 {limit} 秒，已循环播放补足。",
    },
    "TRUNCATED": {
        "en": (
            "The file ends after {measured} s although it announces {limit} s: it was cut off. What is there was "
            "judged. Download or export it again."
        ),
        "zh": (
            "文件声明长度为 {limit} 秒，但在 {measured} 秒处就结束了：文件不完整。已判断现有部分。请重新下载或导出。"
        ),
    },
    "CORRUPT_PACKETS": {
        "en": (
            "{measured} damaged pieces of the file were skipped. Download or export it again if that is not what "
            "you expect."
        ),
        "zh": "跳过了文件中 {measured} 个损坏的数据块。如非预期，请重新下载或导出文件。",
    },
    "PHASE_CANCELLED": {
        "en": (
            "Left and right cancel each other: mixed to mono, the song loses {measured} dB. The left channel was "
            "judged alone. One channel is probably wired or exported with the wrong polarity."
        ),
        "zh": (
            "左右声道互相抵消：混成单声道后响度损失 {measured} dB。因此只判断了左声道。很可能有一个声道的极性接反"
            "或导出错误。"
        ),
    },
    "NON_FINITE": {
        "en": (
            "{measured} samples are not numbers (NaN or infinity); they were taken as silence. The program that "
            "wrote the file has a fault: export it again."
        ),
        "zh": "有 {measured} 个采样不是有效数值（NaN 或无穷大），已按静音处理。写出该文件的程序有问题，请重新导出。",
    },
    "NOT_MUSIC": {
        "en": (
            "This does not sound like music (probability {measured} %), so the genres below say little. Choose a "
            "part where music plays."
        ),
        "zh": "这听起来不像音乐（概率 {measured} %），因此下面的流派意义不大。请选择有音乐的片段。",
    },
}
"""Code -> language -> text. The keys are the complete list of finding codes."""
