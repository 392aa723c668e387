"""The 410 toneless syllables of Mandarin, and which of them a telephone does not tell apart.

Merged are zh=z, ch=c, sh=s, n=l=r, hu=f before a vowel, and -ng=-n after a, e, i, ia, ua.
"""

from __future__ import annotations

from functools import lru_cache

_INVENTORY = """
a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen
ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan chuang chui chun chuo ci
cong cou cu cuan cui cun cuo da dai dan dang dao de den deng di dian diao die ding diu dong dou du duan dui
dun duo e ei en eng er fa fan fang fei fen feng fiao fo fou fu ga gai gan gang gao ge gei gen geng gong gou
gu gua guai guan guang gui gun guo ha hai han hang hao he hei hen heng hm hong hou hu hua huai huan huang
hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke ken keng
kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei leng li lia lian liang liao lie lin
ling liu lo long lou lu luan lun luo lv lve m ma mai man mang mao me mei men meng mi mian miao mie min ming
miu mo mou mu n na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nun
nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao
qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa sai
san sang sao se sen seng sha shai shan shang shao she shen sheng shi shou shu shua shuai shuan shuang shui
shun shuo si song sou su suan sui sun suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan
tui tun tuo wa wai wan wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun
ya yan yang yao ye yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan
zhang zhao zhe zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui
zun zuo
"""
SYLLABLES: tuple[str, ...] = tuple(_INVENTORY.split())
"""Every toneless syllable in pinyin, ü written v; a syllable's id is its place here."""

SYLLABLE_ID: dict[str, int] = {syllable: i for i, syllable in enumerate(SYLLABLES)}

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxzcsr")
_MERGED_INITIAL = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l"}
_ZERO_INITIAL = {
    "yi": "i", "ya": "ia", "ye": "ie", "yao": "iao", "you": "iou", "yan": "ian", "yang": "iang",
    "yin": "in", "ying": "ing", "yong": "iong", "yo": "io", "yu": "v", "yue": "ve", "yuan": "van",
    "yun": "vn", "wu": "u", "wa": "ua", "wo": "uo", "wai": "uai", "wei": "uei", "wan": "uan",
    "wen": "uen", "wang": "uang", "weng": "ueng",
}  # fmt: skip
_SHORT_FINAL = {"ui": "uei", "un": "uen", "iu": "iou"}
_MERGED_FINAL = {"ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan", "ueng": "uen"}


def initial_and_final(syllable: str) -> tuple[str, str]:
    """The phonemic halves of a pinyin syllable: `yun` → ("", "vn"), `jun` → ("j", "vn")."""
    if syllable in _ZERO_INITIAL:
        return "", _ZERO_INITIAL[syllable]
    initial = next((i for i in _INITIALS if syllable.startswith(i) and syllable != i), "")
    final = syllable[len(initial) :]
    if initial in ("j", "q", "x") and final.startswith("u"):
        return initial, "v" + final[1:]
    return initial, _SHORT_FINAL.get(final, final)


@lru_cache(maxsize=1024)
def merged_class(syllable: str) -> str:
    """The class of syllables that a telephone does not tell apart, as `initial+final`."""
    initial, final = initial_and_final(syllable)
    if initial == "h" and len(final) > 1 and final[0] == "u":
        initial, final = "f", final[1:]
    return f"{_MERGED_INITIAL.get(initial, initial)}+{_MERGED_FINAL.get(final, final)}"
