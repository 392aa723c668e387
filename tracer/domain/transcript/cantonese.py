"""Cantonese as it is typed, put in the words the rules know."""

from __future__ import annotations

import re

from tracer.domain.transcript.plain import Plain

_IS_CANTONESE = re.compile("[嘅喺佢咗哋唔俾畀乜嘢嗰𠮶啲冇咁喇㗎嚟咪]")
_WORDS = {
    "而家": "现在", "边位": "哪位", "边个": "哪个", "边度": "哪里", "点解": "为什么", "点样": "怎么", "乜嘢": "什么", "几多": "多少", "系咪": "是不是", "唔系": "不是", "唔使": "不用", "唔该": "麻烦",
    "唔见": "不见", "唔好": "不要", "唔会": "不会", "呢度": "这里", "𠮶度": "那里", "𠮶个": "那个", "叫𠮶": "买那", "上门𠮶阵": "上门时", "按金": "押金", "批发单": "批发订单", "嗰度": "那里", "呢个": "这个", "嗰个": "那个", "我哋": "我们", "你哋": "你们", "佢哋": "他们", "打嚟": "打来", "过数": "转账", "入数": "转账", "户口": "账户", "寻日": "昨天", "听日": "明天",
    "今日": "今天", "琴日": "昨天", "屋企": "家", "搵": "找", "俾返": "退给", "赔返": "赔给", "攞": "拿", "睇": "看", "讲": "说", "係": "是", "系": "是", "嘅": "的", "喺": "在", "佢": "他", "咗": "了", "哋": "们", "唔": "不", "俾": "给", "畀": "给",
    "乜": "什么", "嗰": "那", "𠮶": "那", "喎": "啊", "畫": "画", "冇": "没", "嚟": "来", "呢件": "这件", "呢单": "这单", "叫咗": "买了", "叫嗰": "买那", "蚊": "块", "整": "弄", "返": "回", "佢地": "他们", "我地": "我们", "你地": "你们", "上门嗰阵": "上门时", "边": "哪里",
}  # fmt: skip
_WORD = re.compile("|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)))


def in_mandarin(text: Plain) -> Plain:
    """The text with Cantonese function words in Mandarin; a text without any stays as it is."""
    if len(_IS_CANTONESE.findall(text.text)) < 2:
        return text
    return text.rewritten(_WORD, lambda found: _WORDS[found[0]])
