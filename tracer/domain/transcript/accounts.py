"""The account or log-in name at the shop, as it was said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Said

_ACCOUNT = pattern("accounts", "account")
_CALLED_BY_IT = re.compile(r"\s*(?:[\w .&'-]{2,30}:\s)?(?:hi |hello |dear )?([a-z]+[_.][a-z\d_]+|[a-z]{3,}\d{2,}),\s")
_VERB = pattern("accounts", "verb")
_TRIM = re.compile(r"(?:对吧.*|是吧.*|对吗|是吧|是吗|吗|吧|对不对|的(?:用户|账号|账户)?)$")


def accounts(said: Said) -> Iterator[Mention]:
    """Every account name that was said."""
    for turn in said.turns:
        handle = _CALLED_BY_IT.match(said.words_of(turn))
        if handle:
            yield Mention("account", turn.start + handle.start(1), turn.start + handle.end(1), handle[1], 0.75)
    for found in _ACCOUNT.finditer(said.text):
        group = "han" if found["han"] else "latin"
        if re.search(r"微信|qq|wechat|whatsapp|line|telegram|对公|银行|转", said.left(found.start(), 12)):
            continue
        value = _TRIM.sub("", found[group])
        latin = bool(re.search(r"[a-z\d]", value))
        quoted = '"' in said.text[found.start() : found.start(group)]
        asked = re.match(r"对吧|是吧|对吗|是吗", said.right(found.start(group) + len(value), 2))
        if _VERB.match(value) or (
            not latin
            and not quoted
            and not asked
            and not re.search(r"(?:昵称|名|叫)\S{0,3}$", said.text[found.start() : found.start(group)])
        ):
            continue
        if re.fullmatch(r"\d{1,6}", value) or re.match(r"ending|number", value):
            continue
        yield Mention("account", found.start(group), found.start(group) + len(value), value, 0.85)
