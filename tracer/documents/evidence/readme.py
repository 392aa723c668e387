"""The plain-words README of an evidence pack, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from string import Template

from tracer.documents.evidence.fact_words import event_words, field_words, told_fields
from tracer.documents.evidence.timeline import timeline
from tracer.domain.evidence.members import fact_name
from tracer.domain.evidence.subject import SubjectKind
from tracer.services.evidence.export_evidence import PackContent, ProvedFact

_TEMPLATES = {"en": "readme.en.txt", "zh": "readme.zh-CN.txt"}
_KINDS = {
    SubjectKind.CALL: ("call", "来电"),
    SubjectKind.CANARY: ("canary", "金丝雀"),
    SubjectKind.CHANNEL: ("channel", "经手方"),
}


def readme(content: PackContent, made_at: str, language: str) -> bytes:
    """The README in `en` or `zh`, as UTF-8."""
    template = Template((Path(__file__).parent / _TEMPLATES[language]).read_text(encoding="utf-8"))
    part = content.report["restricted_to"]
    values = {
        "subject": f"{_said(*_KINDS[content.subject.kind], language)} {content.subject.subject_id}",
        "made_at": made_at,
        "count": f"{len(content.facts):,}",
        "fingerprint": in_groups(content.keys[0].fingerprint),
        "report_part": _said(
            "{calls} of {of_calls} calls and {channels} of {of_channels} parties.",
            "{of_calls} 通来电中的 {calls} 通，{of_channels} 个经手方中的 {channels} 个。",
            language,
        ).format(**part),
        "story": _story(content, language),
        "facts": "\n".join(_fact(number, one, language) for number, one in enumerate(content.facts, start=1)),
        "closed": _closed(content.facts, language),
        "erased": _erased(content.facts, language),
        **_time(content, language),
    }
    return re.sub(r"\n{4,}", "\n\n\n", template.substitute(values)).encode()


def in_groups(fingerprint: str) -> str:
    """A fingerprint as people compare it."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _said(english: str, chinese: str, language: str) -> str:
    return english if language == "en" else chinese


def _fact(number: int, one: ProvedFact, language: str) -> str:
    fact = one.fact
    head = _said("{event} ({subject}), written down {at}", "{event}（{subject}），写入时间 {at}", language)
    lines = [
        f"{fact_name(number)}: "
        + head.format(event=event_words(fact.event, language), subject=fact.subject_id, at=fact.recorded_at)
    ]
    lines += told_fields(fact, language)
    if fact.closed_paths:
        names = dict.fromkeys(field_words(path, language) for path in fact.closed_paths)
        lines.append(_said("kept closed: ", "未公开：", language) + _said(", ", "、", language).join(names))
    if fact.erased:
        text = _said("ERASED for ever: {n} fields, at {at}", "已永久删除：{n} 个字段，时间 {at}", language)
        lines.append(text.format(n=len(fact.erased), at=fact.erased_at or "?"))
    return "\n    ".join(lines) + "\n"


def _story(content: PackContent, language: str) -> str:
    told = timeline([one.fact for one in content.facts], language)
    return "\n".join(f"{one.when.isoformat()}  {one.what}  [{one.member}]" for one in told)


def _closed(facts: Sequence[ProvedFact], language: str) -> str:
    count = sum(len(one.fact.closed) for one in facts)
    if not count:
        return _said("No field is kept closed.", "没有未公开的字段。", language)
    return _said(
        f"{count} fields are kept closed. Of each only a salted hash is here, from which its value cannot be guessed;\n"
        "the keeper of the registry can open it later, and it will fit the same proof. Closed are, unless asked\n"
        "for, callers' numbers (they are often forged, and then a stranger's), what was said, notes, accounts, the\n"
        "names of those who wrote things down, and the names of natural persons.",
        f"有 {count} 个字段未公开。每个字段只留加盐散列值，由它猜不出内容；\n"
        "登记库管理者以后可以公开，并仍与同一证明相符。除非另有要求，以下内容不公开：\n"
        "主叫号码（往往是伪造的，实属无关的他人）、通话内容、备注、账号、记录者的名字、自然人的姓名。",
        language,
    )


def _erased(facts: Sequence[ProvedFact], language: str) -> str:
    count = sum(len(one.fact.erased) for one in facts)
    if not count:
        return _said("Nothing was erased in these facts.", "这些事实中没有被删除的内容。", language)
    return _said(
        f"{count} fields were ERASED in the registry, as the law or its rules ask for: nobody can open them any more.\n"
        "Their hashes stay, so the rest of these facts is proved all the same. Section 5 says where.",
        f"有 {count} 个字段已按法律或规则在登记库中永久删除：任何人都无法再公开。\n"
        "其散列值仍在，所以这些事实的其余部分照样得到证明。第五节注明是哪些。",
        language,
    )


def _time(content: PackContent, language: str) -> dict[str, str]:
    if not content.stamped:
        return {
            "time_proves": _said(
                "It holds no\ntime stamp of an authority: WHEN that was, only the registry's own clock says, and that "
                "proves nothing.",
                "本包没有时间戳机构的时间戳：那是什么时候，只有登记库自己的时钟可说，\n而它不证明任何事。",
                language,
            ),
            "time_files": "",
            "time_verify": "",
        }
    stamped = sum(1 for one in content.facts if one.early is not None)
    return {
        "time_proves": _said(
            f"\nFor {stamped} of the {len(content.facts)} facts it also proves that this was so no later than the time "
            "in the token of a\ntime-stamping authority (folder time/). Only that time proves WHEN.",
            f"\n其中 {stamped} 条（共 {len(content.facts)} 条）还证明：\n"
            "最迟在时间戳机构的时间戳所载时刻（文件夹 time/）已经如此。只有该时刻才证明时间。",
            language,
        ),
        "time_files": _said(
            "time/NNNN.checkpoint              an earlier signed state of the ledger\n"
            "time/NNNN.M.tsr                   a time-stamping authority's token over it (RFC 3161)\n"
            "facts/NNNN.time.tlog-proof        the proof that the fact was in that earlier state\n",
            "time/NNNN.checkpoint              账本较早的签名状态\n"
            "time/NNNN.M.tsr                   时间戳机构对它签发的时间戳（RFC 3161）\n"
            "facts/NNNN.time.tlog-proof        该事实已在那一较早状态中的证明\n",
            language,
        ),
        "time_verify": _said(
            "\nThe time tokens: get the root certificate of the authority from the authority itself, and add\n"
            '"--time-roots ROOT.pem" to the first command, "--ca ROOT.pem" to the second, or ask OpenSSL directly:\n\n'
            "    openssl ts -verify -data time/0001.checkpoint -in time/0001.1.tsr -CAfile ROOT.pem\n\n"
            '(with "-token_in" where the file is a token alone and not a whole reply).\n',
            "\n时间戳：向时间戳机构本身取得根证书，\n"
            "在上面第一条命令后加 --time-roots ROOT.pem，第二条后加 --ca ROOT.pem，或直接用 OpenSSL：\n\n"
            "    openssl ts -verify -data time/0001.checkpoint -in time/0001.1.tsr -CAfile ROOT.pem\n\n"
            "（若文件只是时间戳本身而不是完整回复，再加 -token_in）。\n",
            language,
        ),
    }
