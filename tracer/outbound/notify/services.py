"""The services that notifications may go to, by the scheme of their apprise address.

Left out on purpose, though apprise knows them: whatever starts a program, writes to this machine, or speaks to the
own network by other means than HTTP and SMTP (dbus, gnome, windows, syslog, rsyslog, aprs, mqtt, irc, xmpp …).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SERVICES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "dingtalk": ("DingTalk 钉钉", "dingtalk://SECRET@TOKEN"),
        "wecombot": ("WeCom 企业微信", "wecombot://KEY"),
        "feishu": ("Feishu 飞书", "feishu://TOKEN"),
        "lark": ("Lark", "lark://TOKEN"),
        "bark": ("Bark", "bark://HOST/KEY"),
        "barks": ("Bark", "barks://api.day.app/KEY"),
        "schan": ("ServerChan Server酱", "schan://SENDKEY"),
        "pushplus": ("PushPlus 推送加", "pushplus://TOKEN"),
        "ntfy": ("ntfy", "ntfy://HOST/TOPIC"),
        "ntfys": ("ntfy", "ntfys://ntfy.sh/TOPIC"),
        "mailto": ("E-mail", "mailto://USER:PASSWORD@example.org"),
        "mailtos": ("E-mail", "mailtos://USER:PASSWORD@example.org?to=me@example.org"),
        "tgram": ("Telegram", "tgram://BOT_TOKEN/CHAT_ID"),
        "slack": ("Slack", "slack://TOKEN_A/TOKEN_B/TOKEN_C"),
        "discord": ("Discord", "discord://WEBHOOK_ID/WEBHOOK_TOKEN"),
        "matrix": ("Matrix", "matrix://USER:PASSWORD@HOST/#ROOM"),
        "matrixs": ("Matrix", "matrixs://USER:PASSWORD@HOST/#ROOM"),
        "gotify": ("Gotify", "gotify://HOST/TOKEN"),
        "gotifys": ("Gotify", "gotifys://HOST/TOKEN"),
        "pover": ("Pushover", "pover://USER_KEY@TOKEN"),
        "msteams": ("Microsoft Teams", "msteams://TEAM/TOKEN_A/TOKEN_B/TOKEN_C"),
        "json": ("JSON by HTTP", "json://HOST/PATH"),
        "jsons": ("JSON by HTTPS", "jsons://HOST/PATH"),
        "form": ("Form by HTTP", "form://HOST/PATH"),
        "forms": ("Form by HTTPS", "forms://HOST/PATH"),
    }
)
"""Scheme to what it is called, and how its address is written."""

MAIL = frozenset(("mailto", "mailtos"))
NATIVE = "https"
"""A link as the service itself shows it (a robot's webhook); apprise knows whose it is."""
