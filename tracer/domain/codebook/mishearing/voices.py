"""Kinds of telephone call: who speaks, over which line, and who types what arrives.

Rates are those of the typed text, so after listeners have undone part of an accent they know. A rule
`a>b 0.2` says: of spoken a, 20 % arrive as b. Where an accent merges two sounds both directions have
a rate, the larger for what the accent says and the smaller for listeners who correct too much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracer.domain.errors import InvalidValue

Rules = Mapping[str, tuple[tuple[str, float], ...]]
"""What a sound may become, with probabilities; what is left over stays as it is."""

FORMS = ("full", "given", "titled", "full_titled", "nickname", "dropped", "one", "masked")
"""What of a name is typed: all of it, the given name, 王先生, 王伟先生, 小王, less a syllable, one character, 王*."""

_USUAL_FORMS = {
    "full": 0.6, "full_titled": 0.14, "titled": 0.1, "given": 0.05, "masked": 0.04, "dropped": 0.035,
    "nickname": 0.02, "one": 0.015,
}  # fmt: skip


def rules(text: str) -> Rules:
    """Rules written as `n>l 0.3, zh>z 0.2`."""
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for rule in filter(None, (part.strip() for part in text.split(","))):
        sounds, probability = rule.split()
        spoken, heard = sounds.split(">")
        found[spoken] = (*found.get(spoken, ()), (heard, float(probability)))
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class Voice:
    """One kind of caller, line and typist; see the module for what the rates mean."""

    name: str
    initials: Rules = field(default_factory=dict)
    """Substitutions of initials; a result that Mandarin lacks becomes the nearest syllable it has."""
    finals: Rules = field(default_factory=dict)
    """Substitutions of finals in full (`iou` for you and -iu, `v` for ü, `-i` for zi and shi)."""
    syllables: Rules = field(default_factory=dict)
    """Substitutions of whole syllables, tried before the other two."""
    near_noise: float = 0.03
    """Probability that a syllable is heard as one like it, whatever the accent."""
    any_noise: float = 0.003
    """Probability that a syllable is heard as any at all."""
    strengths: tuple[tuple[float, float], ...] = ((0.2, 0.5), (0.5, 1.0), (0.3, 1.6))
    """Shares of slight, usual and broad calls: all of a call's rates are multiplied alike."""
    tone: float = 0.7
    """Probability that the tone of a syllable guides the choice among its characters."""
    exact: float = 0.25
    """Probability that the very character is known for a syllable heard rightly, as when it was explained."""
    words: float = 0.1
    """Probability that a character is chosen by everyday use instead of its use in names."""
    first: float = 0.1
    """Probability that the first character on offer is taken."""
    phrases: float = 0.0
    """Probability that the last two syllables are written as a dictionary word that sounds so."""
    pinyin: float = 0.02
    """Probability that the name is typed in pinyin."""
    some_pinyin: float = 0.01
    """Probability for each syllable that it is left in pinyin."""
    traditional: float = 0.01
    """Probability that the name is typed in traditional characters."""
    forms: Mapping[str, float] = field(default_factory=lambda: dict(_USUAL_FORMS))
    """Weights of the forms, see FORMS."""

    def __post_init__(self) -> None:
        for attribute in ("initials", "finals", "syllables"):
            for spoken, heard in getattr(self, attribute).items():
                if not 0 <= sum(p for _, p in heard) <= 1:
                    raise InvalidValue(
                        f"voice {self.name}, {attribute}", spoken, "probabilities that add up to 1 at most"
                    )
        if unknown := set(self.forms) - set(FORMS):
            raise InvalidValue(f"voice {self.name}, forms", sorted(unknown), f"some of {', '.join(FORMS)}")


_STANDARD = Voice(name="standard", near_noise=0.024, any_noise=0.003, exact=0.3, tone=0.85)

# Chengdu and Chongqing: n and l are one, no retroflexes, no -ing and -eng, hu is fu.
_SOUTHWESTERN = Voice(
    name="southwestern",
    initials=rules("n>l 0.55, l>n 0.2, zh>z 0.4, ch>c 0.4, sh>s 0.4, z>zh 0.12, c>ch 0.12, s>sh 0.12, r>l 0.08"),
    finals=rules("ing>in 0.5, in>ing 0.15, eng>en 0.5, en>eng 0.1, ueng>uen 0.35, v>i 0.03"),
    syllables=rules("hu>fu 0.55, fu>hu 0.15, ge>guo 0.25, ke>kuo 0.2, he>huo 0.25, bai>bei 0.15, nian>yan 0.1"),
    tone=0.45,
)

# Min speakers and Taiwan: f and h, r and l, no retroflexes, no ü, no -ing and -eng, -ong after labials.
_MIN = Voice(
    name="min",
    initials=rules("r>l 0.5, l>r 0.03, n>l 0.1, zh>z 0.4, ch>c 0.4, sh>s 0.4, z>zh 0.08, c>ch 0.08, s>sh 0.08"),
    finals=rules(
        "ing>in 0.45, in>ing 0.18, eng>en 0.45, en>eng 0.1, v>i 0.2, ve>ie 0.2, van>ian 0.2, vn>in 0.2,"
        "uo>ou 0.1, ei>e 0.06"
    ),
    syllables=rules(
        "fa>hua 0.4, fan>huan 0.4, fang>huang 0.5, fei>hui 0.5, fen>hun 0.45, feng>hong 0.5, fu>hu 0.5,"
        "hua>fa 0.1, huan>fan 0.1, huang>fang 0.1, hui>fei 0.15, hu>fu 0.15, hong>feng 0.08"
    ),
    traditional=0.15,
)

# Cantonese: n is l, one row of sibilants for three, x and s, h and k, no h before w, no ü-glide, r is y.
_CANTONESE = Voice(
    name="cantonese",
    initials=rules(
        "n>l 0.5, l>n 0.08, zh>z 0.2, zh>j 0.14, ch>c 0.2, ch>q 0.14, sh>s 0.22, sh>x 0.12, z>zh 0.06, z>j 0.08,"
        "c>q 0.08, s>x 0.1, j>z 0.08, j>zh 0.08, q>c 0.08, q>ch 0.08, x>s 0.14, x>sh 0.08, k>h 0.15, h>k 0.05"
    ),
    finals=rules(
        "eng>ang 0.08, eng>en 0.08, ang>eng 0.03, an>ang 0.06, in>ing 0.12, ing>in 0.12, v>i 0.08, ou>ao 0.08,"
        "ei>ai 0.05, vn>van 0.08, ian>in 0.03, uen>en 0.05"
    ),
    syllables=rules(
        "huang>wang 0.45, wang>huang 0.18, hua>wa 0.2, hui>wei 0.22, huan>wan 0.25, hu>wu 0.25, wu>hu 0.05,"
        "ran>yan 0.35, ren>yan 0.14, ren>yin 0.16, rong>yong 0.4, ru>yu 0.3, rou>you 0.3, rui>yi 0.12, rui>lei 0.12,"
        "fei>hui 0.05, he>huo 0.15, ke>huo 0.1, ge>guo 0.1"
    ),
    traditional=0.12,
    tone=0.5,
)

# Jiang-Huai and Wu: -in and -ing, -en and -eng are one either way, Huang is Wang, Nanjing merges n and l, an and ang.
_WU = Voice(
    name="wu",
    initials=rules("zh>z 0.35, ch>c 0.35, sh>s 0.35, z>zh 0.12, c>ch 0.12, s>sh 0.12, n>l 0.2, l>n 0.1, r>l 0.12"),
    finals=rules(
        "in>ing 0.4, ing>in 0.4, en>eng 0.22, eng>en 0.35, ang>an 0.12, an>ang 0.08, iang>ian 0.05, uan>uang 0.08,"
        "ian>ie 0.05, ai>ei 0.05, uen>en 0.12"
    ),
    syllables=rules(
        "huang>wang 0.45, wang>huang 0.22, hu>wu 0.16, wu>hu 0.08, hui>wei 0.12, shuang>sang 0.2, zhuang>zang 0.2,"
        "chuang>cang 0.2, guang>guan 0.1, guang>gang 0.06, kuang>kang 0.06"
    ),
    tone=0.5,
)

# Xiang: hu- is f-, n is l, no retroflexes and zhu is ju, no -ing and -eng, -ong towards -en.
_HUNAN = Voice(
    name="hunan",
    initials=rules("n>l 0.5, l>n 0.1, zh>z 0.35, ch>c 0.35, sh>s 0.35, z>zh 0.1, c>ch 0.1, s>sh 0.1, r>l 0.1"),
    finals=rules("ing>in 0.4, in>ing 0.12, eng>en 0.45, en>eng 0.06, ong>en 0.1, ang>an 0.06, ueng>uen 0.3"),
    syllables=rules(
        "hua>fa 0.5, huan>fan 0.5, huang>fang 0.5, hui>fei 0.5, hun>fen 0.5, hu>fu 0.55, fu>hu 0.15, fei>hui 0.15,"
        "fang>huang 0.12, fan>huan 0.1, fen>hun 0.1, hong>feng 0.28, feng>hong 0.14, zhu>ju 0.25, chu>qu 0.25,"
        "shu>xu 0.25, chun>qun 0.15, zhuan>juan 0.15, ru>yu 0.2"
    ),
    tone=0.5,
)

# The northeast: flat and curled sibilants change places, r is y, bo is be, a stray n, xue is xiao.
_NORTHEASTERN = Voice(
    name="northeastern",
    initials=rules("zh>z 0.35, ch>c 0.35, sh>s 0.35, z>zh 0.25, c>ch 0.25, s>sh 0.25, r>l 0.05"),
    finals=rules("uei>ei 0.05, ve>iao 0.12"),
    syllables=rules(
        "ran>yan 0.35, ren>yin 0.4, rong>yong 0.4, ru>yu 0.35, rou>you 0.35, rui>lei 0.15, run>yun 0.35, rao>yao 0.3,"
        "an>nan 0.18, en>nen 0.18, e>ne 0.18, ai>nai 0.14, ao>nao 0.1, bo>bei 0.05, bo>bao 0.08, mo>mei 0.05"
    ),
)

# 300 to 3400 Hz and lost packets: what tells s, f, x and h apart lies above; bursts and endings go under.
_NOISY_LINE = Voice(
    name="noisy_line",
    initials=rules(
        "f>h 0.06, f>s 0.04, s>f 0.06, s>x 0.02, s>sh 0.04, sh>s 0.04, sh>x 0.04, x>sh 0.04, x>s 0.02, x>q 0.04,"
        "h>f 0.04, h>k 0.02, b>d 0.06, b>p 0.04, d>b 0.04, d>g 0.04, g>d 0.04, g>k 0.02, p>t 0.06, p>b 0.04,"
        "t>p 0.04, t>k 0.04, k>t 0.06, k>h 0.02, m>n 0.06, n>m 0.08, n>l 0.04, l>n 0.04, l>m 0.02, j>q 0.04,"
        "q>j 0.04, q>x 0.04, z>c 0.04, c>z 0.04, zh>ch 0.04, ch>zh 0.04, zh>j 0.02, r>l 0.04, r>n 0.02"
    ),
    finals=rules(
        "an>a 0.02, an>ang 0.04, an>ai 0.02, ang>an 0.04, ang>a 0.02, en>e 0.02, en>eng 0.04, eng>en 0.04, in>i 0.02,"
        "in>ing 0.04, ing>in 0.04, ing>i 0.02, ian>ie 0.02, ian>ia 0.02, iang>ian 0.04, uan>ua 0.02, uang>uan 0.04,"
        "uen>en 0.02, ai>a 0.02, ei>i 0.02, ao>a 0.02, iao>ia 0.02, ou>o 0.02, iou>i 0.02, uei>ei 0.02, vn>v 0.02,"
        "van>ian 0.02, v>i 0.02, ong>eng 0.02, iong>ing 0.04"
    ),
    near_noise=0.085,
    any_noise=0.022,
    tone=0.6,
    exact=0.2,
)

_HASTY_TYPIST = Voice(
    name="hasty_typist",
    near_noise=0.04, any_noise=0.006, exact=0.15, words=0.2, first=0.5, pinyin=0.15, some_pinyin=0.04,
    forms=_USUAL_FORMS | {"titled": 0.14, "dropped": 0.1, "given": 0.08, "one": 0.04, "full": 0.45, "masked": 0.03},
)  # fmt: skip

_SPEECH_TO_TEXT = Voice(
    name="speech_to_text", near_noise=0.06, any_noise=0.008, exact=0.05, words=0.5, first=0.35, phrases=0.4,
    pinyin=0.0, some_pinyin=0.0, traditional=0.005,
    finals=rules("in>ing 0.02, ing>in 0.02, en>eng 0.02, eng>en 0.02, an>ang 0.01, ang>an 0.01"),
    initials=rules("zh>z 0.02, sh>s 0.02, ch>c 0.02, n>l 0.02, l>n 0.01, f>h 0.01"),
)  # fmt: skip

VOICES: Mapping[str, Voice] = {
    voice.name: voice
    for voice in (
        _STANDARD, _SOUTHWESTERN, _MIN, _CANTONESE, _WU, _HUNAN, _NORTHEASTERN, _NOISY_LINE, _HASTY_TYPIST,
        _SPEECH_TO_TEXT,
    )
}  # fmt: skip
"""The voices that a decoder is judged by."""
