"""Every source of calls there is: a folder here each, and a line below."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.domain.incoming import Unreadable
from tracer.intake import aliyun, asterisk, csv_calls, google_voice, iphone, kuaidi100, sms_backup, twilio, webhook
from tracer.intake.sources import FileSource, HookSource, Item

FILES: dict[str, FileSource] = {
    source.name: source
    for source in (
        sms_backup.SOURCE,
        *iphone.SOURCES,
        google_voice.SOURCE,
        asterisk.SOURCE,
        csv_calls.SOURCE,  # last: its files are the least of all to be told by their content
    )
}
"""Kinds of files, asked in this order whether a file is theirs."""

HOOKS: dict[str, HookSource] = {
    source.name: source for source in (aliyun.SOURCE, kuaidi100.SOURCE, twilio.SOURCE, webhook.SOURCE)
}
"""Those who send requests to /hooks/<name>."""


def read_again(unread: Unreadable) -> Sequence[Item]:
    """What the source makes of what it could not read before; nothing where it has no way to."""
    for sources in (FILES, HOOKS):
        source = sources.get(unread.source)
        if source is not None and source.again is not None:
            return source.again(unread)
    return ()
