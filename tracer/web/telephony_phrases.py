"""Why something of a telephone source was refused or held back, as sentences with places."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.documents.phrases import Phrase, said

TELEPHONY_PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        # Asterisk's files
        said("the extensions (`dst`) on which the calls came in"),
        said("Say which numbers of the pool they are, one by one: %(example)s"),
        said("the zone of the file's times"),
        said("UTC where cdr.conf has usegmtime=yes"),
        said("positions from 1, as in %(example)s"),
        said("%(columns)s as well"),
        said("expected the 16 to 21 columns of cdr_csv, got %(count)s. For cdr_custom say which column is which"),
        said("expected every quote to be closed, got one that is not: the row was cut off"),
        said("expected ANSWERED, NO ANSWER, BUSY, FAILED or CONGESTION as disposition, got another"),
        said("expected a start such as 2026-01-05 04:24:12, got another"),
        # Alibaba Cloud's reports
        said("expected a report, a JSON object, got another value"),
        said("expected a call_id, got none"),
        said("expected a time such as 2021-08-25 20:11:29, got something else"),
        said("expected sentences, each a JSON object, got something else"),
        # Twilio's requests and logs
        said("expected a CallSid or a MessageSid, got neither"),
        said("expected an entry as Twilio's API documents it, got one where a field is missing or is another"),
    )
]
