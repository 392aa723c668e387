"""Whose Twilio account is read, where, and as whom."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """An account (AC…), and who reads it: an API key (SK… and its secret), or the account itself with its token."""

    sid: str
    user: str
    password: str = field(repr=False)
    url: str = "https://api.twilio.com"

    @property
    def authorization(self) -> str:
        """The value of the header of this name (RFC 7617)."""
        return "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
