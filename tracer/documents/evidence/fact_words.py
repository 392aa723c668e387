"""A fact of an evidence pack in plain words, in English and Chinese: for people who never saw this program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracer.documents.catalogues import words_in
from tracer.domain.evidence.opened_fact import OpenedFact

LANGUAGES = ("en", "zh")
_EVENTS: Mapping[str, tuple[str, str]] = {
    "call_logged": ("A call was logged", "记录了一通来电"),
    "call_taken_in": ("A call came in by itself from another system", "一通来电由其他系统自动送达"),
    "call_imported": ("A call was taken in from a file", "从文件导入了一通来电"),
    "call_corrected": ("The record of a call was corrected", "更正了来电记录"),
    "call_undone": ("The record of a call was taken out of the count", "来电记录被撤销，不再计入"),
    "call_restored": ("The record of a call was counted again", "来电记录恢复计入"),
    "call_merged": ("The record of a call was joined to another of the same call", "来电记录并入同一来电的另一条记录"),
    "file_attached": ("A recording or picture of the call was noted by its hash", "以散列值登记了来电的录音或图片"),
    "file_content_kept": ("The content of such a file was kept", "保存了该文件的内容"),
    "canary_issued": ("A decoy recipient was made", "生成了一个诱饵收件人"),
    "canary_imported": ("A decoy recipient was taken in from a file", "从文件导入了一个诱饵收件人"),
    "canary_used": ("The decoy recipient was first used for an order", "诱饵收件人首次用于订单"),
    "canary_quarantined": ("The decoy recipient was taken out of use", "诱饵收件人停止使用"),
    "canary_retired": ("The decoy recipient was retired", "诱饵收件人停用"),
    "order_placed": ("An order was placed, and this was shown to whom", "下了一个订单，并记下谁看到了什么"),
    "order_imported": (
        "An order was taken in from a file, and whom it was shown to",
        "从文件导入了一个订单，及谁看到了它",
    ),
    "exposure_recorded": ("A party was shown the order", "某一方看到了订单"),
    "parcel_scanned": (
        "The carrier's own record told when a party had the parcel",
        "承运商的记录表明某一方何时经手包裹",
    ),
    "channel_registered": ("A party was registered that handles orders", "登记了一个经手方"),
}
_FIELDS: Mapping[str, tuple[str, str]] = {
    "received_at": ("received at", "来电时间"),
    "kind": ("kind", "类型"),
    "dialled_number": ("our number that rang", "被拨打的本方号码"),
    "caller_number": ("caller's number as shown", "显示的主叫号码"),
    "heard_name": ("name that the caller said", "来电者说出的姓名"),
    "claimed_role": ("whom the caller claimed to be", "来电者自称的身份"),
    "known_fields": ("what the caller knew", "来电者知道的内容"),
    "unknown_fields": ("what the caller, asked, could not say", "被问及而答不出的内容"),
    "script": ("the caller's story", "来电说辞"),
    "transcript": ("what was said", "通话内容"),
    "canary_id": ("decoy recipient", "诱饵收件人编号"),
    "heard_item": ("goods that the caller named", "来电者说出的商品"),
    "heard_price": ("price that the caller named", "来电者说出的价格"),
    "heard_order_no": ("order number that the caller named", "来电者说出的订单号"),
    "heard_waybill_no": ("waybill number that the caller named", "来电者说出的运单号"),
    "nature": ("nature", "性质"),
    "answered": ("answered", "已接听"),
    "caller_reached": ("number that was reached", "打到的号码"),
    "recipient_name": ("name", "姓名"),
    "phone": ("telephone line", "电话线路"),
    "issued_at": ("made at", "生成时间"),
    "issued_for": ("made for", "供给"),
    "locale": ("language", "语言"),
    "gender": ("gender", "性别"),
    "purpose": ("purpose", "用途"),
    "state": ("state", "状态"),
    "merged_into": ("joined to", "并入"),
    "order_id": ("order", "订单编号"),
    "placed_at": ("placed at", "下单时间"),
    "order_no": ("order number", "订单号"),
    "item": ("goods", "商品"),
    "price": ("price", "价格"),
    "currency": ("currency", "货币"),
    "waybill_no": ("waybill number", "运单号"),
    "account": ("account", "账号"),
    "ended_at": ("ended at", "结束时间"),
    "channel_id": ("party", "经手方编号"),
    "exposed_at": ("shown at", "看到的时间"),
    "fields": ("what was shown", "看到的内容"),
    "alias": ("alias number", "虚拟号码"),
    "alias_expires_at": ("alias number ends", "虚拟号码失效时间"),
    "service": ("told by", "信息来源"),
    "carrier": ("carrier", "承运商"),
    "stage": ("what happened", "物流状态"),
    "scanned_at": ("scanned at", "扫描时间"),
    "call_id": ("call", "来电编号"),
    "name": ("name", "名称"),
    "parent_id": ("part of", "隶属"),
    "natural_person": ("a natural person", "自然人"),
    "contact": ("contact", "联系方式"),
    "legitimate_numbers": ("its known numbers", "其已知号码"),
    "notes": ("notes", "备注"),
    "tags": ("tags", "标签"),
    "attachments": ("files", "附件"),
    "attachment_id": ("file", "文件编号"),
    "file_name": ("name of the file", "文件名"),
    "sha256": ("SHA-256", "SHA-256"),
    "size": ("bytes", "字节数"),
    "kept": ("content kept here", "内容已保存"),
    "route": ("parties that were shown the order", "看到订单的经手方数"),
    "changed": ("after the correction", "更正后"),
    "before": ("before it", "更正前"),
    "actor": ("written down by", "记录者"),
    "sealed_at_migration": ("put into the ledger only at", "补入账本的时间"),
}


_LISTS = ("known_fields", "unknown_fields", "fields")
_TOKENS = (
    "kind",
    "claimed_role",
    "script",
    "nature",
    "answered",
    "natural_person",
    "state",
    "gender",
    "purpose",
    "stage",
)
_FORMS: Mapping[str, tuple[str, str]] = {
    "masked": ("{} (surname only)", "{}（仅姓氏）"),
    "last4": ("{} (last four digits)", "{}（末四位）"),
    "alias": ("{} (an alias)", "{}（虚拟号码）"),
}
_VALUES: Mapping[str, tuple[str, str]] = {
    "call": ("call", "电话"),
    "sms": ("text message", "短信"),
    "chat": ("chat", "聊天"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "issued": ("issued", "已发出"),
    "used": ("used", "已使用"),
    "quarantined": ("taken out of use", "停用"),
    "retired": ("retired", "已停用"),
    "logged": ("counted", "计入"),
    "undone": ("not counted", "不计入"),
    "merged": ("part of another", "已并入"),
    "male": ("male", "男"),
    "female": ("female", "女"),
    "control": ("control", "对照"),
    "picked_up": ("picked up", "已揽收"),
    "at_station": ("arrived at a station", "到达驿站或快递柜"),
}


def event_words(event: str, language: str) -> str:
    """What happened."""
    return _picked(_EVENTS, event, language)


def field_words(path: str, language: str) -> str:
    """What a field is called: `/payload/route/0` is one party of a route."""
    parts = path.strip("/").split("/")
    name = parts[1] if parts[0] == "payload" else parts[0]
    if len(parts) == 3 and name == "route":
        return ("shown to", "看到者")[LANGUAGES.index(language)]
    return _picked(_FIELDS, name, language)


def told_fields(fact: OpenedFact, language: str) -> list[str]:
    """The opened fields that say something, one `label: value` each."""
    lines = []
    colon = ": " if language == "en" else "："
    for field in fact.fields:
        value = field.read
        if not field.path.startswith("/payload/"):
            if field.path in ("/actor", "/sealed_at_migration"):
                lines.append(f"{field_words(field.path, language)}{colon}{value}")
        elif value not in ("", [], {}, 0):
            lines.append(
                f"{field_words(field.path, language)}{colon}{_value(field.path.split('/')[2], value, language)}"
            )
    return lines


def listed_fields(text: str, language: str) -> str:
    """What somebody saw or knew, such as `name:masked item`, in words; nothing of it is left out."""
    words, place = words_in(language), LANGUAGES.index(language)
    told = []
    for field in text.split():
        base, _, form = field.partition(":")
        word = words.token(base)
        told.append(_FORMS[form][place].format(word) if form in _FORMS else word)
    return words.said(", ").join(told)


def _value(column: str, value: Any, language: str) -> str:
    if column in _LISTS:
        return listed_fields(str(value), language)
    if column in _TOKENS:
        return _picked(_VALUES, value, language) if value in _VALUES else words_in(language).token(str(value))
    if isinstance(value, Mapping):
        comma = "; " if language == "en" else ";"
        told = ((key, one) for key, one in value.items() if one not in ("", []) and key != "order_id")
        return comma.join(f"{field_words(key, language)} {_value(key, one, language)}" for key, one in told)
    return str(value)


def _picked(table: Mapping[str, tuple[str, str]], key: str, language: str) -> str:
    return table[key][LANGUAGES.index(language)] if key in table else key.replace("_", " ")
