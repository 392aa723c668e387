"""Alibaba Cloud's number protection (号码隐私保护, Dyplsapi): what it tells of calls to privacy numbers, by HTTP."""

from __future__ import annotations

from tracer.intake.aliyun.receive import read_again, receive
from tracer.intake.sources import HookSource

SOURCE = HookSource("aliyun", receive, read_again)
