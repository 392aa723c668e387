"""What services refuse with, as sentences with places for their values.

A test reads every refusal out of the source and holds these to them.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracer.documents.phrases import Phrase, said

PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        # where an attribution is worked out
        said("the package distributed to be installed"),
        said("pip install distributed, on scheduler and workers too; or leave the setting empty"),
        said("a PEM file that can be read, for a cluster reached by tls"),
        said("PEM files of an authority, and of a certificate with its key"),
        said("tls://, or tcp:// to this machine (%(words)s)"),
        # what a value is expected to be
        said("a value"),
        said("one word"),
        said("yes or no"),
        said("each id once"),
        said("male or female"),
        said("text without control characters"),
        said("printable characters"),
        said("printable characters only"),
        said("one of: %(words)s"),
        said("one or more of: %(words)s"),
        said("at most %(most)s characters (these are %(these)s)"),
        said("at most %(most)s characters"),
        said("%(least)s to %(most)s characters"),
        said("%(least)s to %(most)s printable characters"),
        said("a whole number from %(least)s to %(most)s"),
        said("a whole number from 1 to 7, or nothing for a shared number"),
        said("a plain number such as 57.30, without currency sign or thousands comma"),
        said("an id of 1 to 128 characters without blanks, commas or quotes"),
        said("an ISO 8601 time with offset such as 2026-01-05T04:24:12+08:00"),
        said("a time that has come; it is %(now)s"),
        said("a time after now, %(now)s"),
        said("a time after %(column)s (%(when)s)"),
        said("a year from %(first)s to %(last)s"),
        said("one word without blanks or commas"),
        said("one telephone number"),
        said("a number without extension"),
        said("something else than the log-in name"),
        said("either name or name:masked, not both"),
        said("another channel than itself"),
        said("another id; background and other are reserved"),
        said("what the caller said: a name, goods, a price or a number"),
        # what to do about it
        said("This column may not be empty"),
        said("Choose another one"),
        said("There are: %(names)s"),
        said("Give each tag by itself"),
        said("Several stand here: give each its own row"),
        said("The offset is missing; China is +08:00"),
        # what a rule forbids
        said("canary %(id)s is %(state)s already"),
        said("call %(id)s is %(state)s already; `tracer call show %(again)s` tells more"),
        said("call %(id)s is %(state)s; merge into one that counts"),
        said("a call cannot be merged into itself"),
        said("call %(last)s was merged into %(target)s later. Restore %(again)s first"),
        said(
            "canary %(id)s is on another line than the one that rang. Correct the number or the canary, or leave one "
            "of them out"
        ),
        said(
            "canary %(id)s is %(state)s: nothing is ordered with it any more. "
            "Issue a new one with `tracer canary issue`"
        ),
        said("%(noun)s %(id)s holds nothing that is personal"),
        said("%(noun)s %(id)s holds nothing that is personal any more: it was erased on %(day)s"),
        said(
            "canary %(id)s is %(state)s: a call may still ask for its name. Give it up first with `tracer canary "
            "retire %(again)s`, then erase it"
        ),
        said(
            "the personal data of %(noun)s %(id)s was erased on %(day)s, and none is taken for it again: leave out "
            "%(columns)s"
        ),
        said("what call %(id)s gave to %(target)s was erased, so it can no longer be taken back: they stay one"),
        said("the route of order %(id)s names a channel twice at the same time"),
        said("there is no number in the pool. Add one you own: tracer number add NUMBER [--extensions 4]"),
        said("no number of the pool is owned at this time. Add one: tracer number add NUMBER"),
        said("user %(id)s is the last enabled owner. Make another user an owner first"),
        said("key %(id)s was revoked already, on %(when)s"),
        said("there is a %(noun)s %(id)s already: %(difference)s"),
        said("there is an %(noun)s %(id)s already: %(difference)s"),
        said("there is no report 'latest'. Make one on the page /report"),
        said("there is no such %(noun)s. %(hint)s"),
        said("there is no %(noun)s %(id)s. %(hint)s"),
        said("there is no %(noun)s %(id)s"),
        said("this needs the scope %(scope)s, which you were not given. An owner can grant it"),
        said("this form has expired or did not come from this page. Go back, reload, try again"),
        said("this came from a page of another site"),
        said("too many %(what)s. Try again in %(seconds)s s"),
        said("%(where)s: another program held the database for %(seconds)s s. Try again"),
        said("%(where)s: the disk is full. Nothing was written; free some space and do it again"),
        # parcels
        said("no carrier service is set up. Set kuaidi100_customer and kuaidi100_key; docs/tracking.md"),
        said("order %(id)s has no waybill number, so there is nothing to ask for"),
        said(
            "the waybill number of order %(id)s has the form of no carrier that can be asked, and no courier of its "
            "route names one. Say which: --carrier"
        ),
        # kinds and numbers
        said("a channel kind out of: %(words)s"),
        said("More kinds go into channels.toml"),
        said("a telephone number, with an extension of 1 to %(most)s digits where it has one"),
        said("It is empty"),
        said("Write it as +442079460016 or +442079460016;ext=0042 (Chinese forms such as 010-…-801 are read too)"),
        said("The country code is missing: %(code)s …"),
        said("There are no digits of a number in it"),
        said("Letters are not part of a number"),
        said("It is too short"),
        said("It is too long; two numbers need two rows"),
        said("Without a country code it is not clear which country it belongs to"),
        said("No telephone plan has such a number (missing or extra digits, or an unknown area code)"),
        said("an extension of 1 to %(most)s digits"),
        said("%(digits)s has %(count)s"),
        said("a number or word without control characters"),
        said("a locale out of: %(words)s"),
        said("a gender out of: %(words)s"),
        said("a style out of: %(words)s"),
        said("Say how many digits its extensions have: tracer number add %(number)s --extensions %(digits)s"),
        said("the virtual number that the platform gave out"),
        said("it is in the pool; `tracer number list` shows it"),
        # times and fields
        said("A spreadsheet rewrote it: set the column to text before saving"),
        said("an offset in whole minutes"),
        said("an offset from -17:00 to +17:00"),
        said("blank-separated field names out of: %(words)s"),
        said("each field once, %(field)s stands twice"),
        said("a day such as %(day)s"),
        said("a probability between 0 and 1, both excluded"),
        said("a number above 0"),
        said("a number above %(least)s, up to %(most)s"),
        said("what one such order costs, a number above 0"),
        said("keys out of: %(words)s"),
        said("%(least)s to %(most)s (a week)"),
        said("one word of up to %(most)s characters"),
        said("%(least)s to %(most)s at a time"),
        said("Ask for fewer at once"),
        said("either a number of orders or a budget"),
        # calls
        said(
            "nothing is said of this call. Give what you know: the number that rang, the canary, the name as heard "
            "or what the caller knew"
        ),
        said("`tracer call correct` changes one that is logged"),
        said("these cannot be changed: %(words)s"),
        said("call %(id)s was merged into %(target)s, and that into %(last)s. Restore %(again)s first"),
        said(
            "calls %(id)s and %(other)s %(difference)s, so they cannot be the same contact. Correct one of them "
            "first with `tracer call correct`"
        ),
        said("rang on different lines"),
        said("have different canaries (%(one)s, %(two)s)"),
        said("are a scam and a legitimate contact"),
        said(
            "call %(id)s is not attributed: it is %(state)s, %(nature)s, received at %(when)s. Only counting calls "
            "that are not legitimate are"
        ),
        said("`tracer call list` shows them"),
        said("one candidate on a line of its own"),
        # files
        said("a file"),
        said("Choose a recording or a screenshot"),
        said("files that hold something"),
        said("One is empty: 0 bytes"),
        said("files of at most %(most)s MB together (these have %(size)s MB)"),
        said("files of at most %(most)s MB together (these have %(size)s MB; the call holds %(held)s MB already)"),
        said("Choose fewer or shorter ones"),
        said("call %(id)s has %(count)s files already, which is the most. Log another call for more"),
        said("The page of the call shows its attachments"),
        said("Only the hash of this file was noted: whoever has the file can add it to the call, and it is kept"),
        said("attachment %(id)s is not what was attached: its SHA-256 differs"),
        # canaries, channels and orders
        said("`tracer canary list` shows them"),
        said("`tracer canary issue` makes more"),
        said("`tracer channel list` shows them; `tracer channel add` makes one"),
        said("`tracer channel list` shows them"),
        said("`tracer order list` shows them"),
        said("No canary and no call bears it"),
        said("other processes took the drawn names %(times)s times in a row. Try again"),
        said("another process was faster"),
        said("a control is given to nobody: leave out either --control or --for"),
        said("say whom the canary is for with --for CHANNEL, or --control for one that nobody is given"),
        said("the ids of canaries"),
        said("Tick some in the list of canaries first"),
        said("at most %(most)s canaries"),
        said("%(number)s is not in the pool. `tracer number list` shows it; `tracer number add` adds"),
        said("every extension is in use or quarantined. Add a number: tracer number add NUMBER"),
        said(
            "no shared number takes more %(locale)s names (`tracer codebook capacity` shows them). Add a number: "
            "tracer number add NUMBER"
        ),
        said(
            "every extension is in use or quarantined, and no shared number takes more %(locale)s names (`tracer "
            "codebook capacity` shows them). Add a number: tracer number add NUMBER"
        ),
        said(
            "only %(count)s of the canaries asked for find room: %(why)s. Ask for --count %(again)s, or add a "
            "number: tracer number add NUMBER"
        ),
        said("every other extension is in use or quarantined"),
        said(
            "every other extension is in use or quarantined, and no shared number takes more %(locale)s names "
            "(`tracer codebook capacity` shows them)"
        ),
        said("no shared number takes more %(locale)s names (`tracer codebook capacity` shows them)"),
        said(
            "only %(room)s of %(wanted)s %(locale)s names could still be told apart by ear on this number, which "
            "carries %(size)s. Add another number (tracer number add NUMBER) and issue the rest there"
        ),
        said(
            "only %(found)s of %(wanted)s new %(locale)s names could be found that differ in sound from all issued "
            "ones. Issue the rest in another locale"
        ),
        said("choose another --id, or leave it out"),
        said("same order, channel and time"),
        said(
            "order %(id)s was placed at %(when)s, before its canary %(canary)s was issued at %(then)s. Correct the time"
        ),
        said("%(id)s cannot have been shown order %(order)s at %(when)s: the order was placed at %(then)s"),
        # letters, reports, lists and jobs
        said("a letter of 1 to %(most)s characters"),
        said("a letter that names a party is released only by somebody who has read and checked it"),
        said("Make one on the page /report"),
        said("It is not in this report"),
        said("the address of a page as this site wrote it"),
        said("Begin at the first page"),
        said("the end of the page before"),
        said("Begin again at the first page"),
        said("a word"),
        said("Write the tag first"),
        said("job %(id)s is a %(kind)s that is %(state)s: it has no output to fetch"),
        said("one of: tag untag sheet retire"),
        # the database
        said("%(where)s: the database does not answer (%(what)s)"),
        said("%(where)s: every connection is busy. Nothing was kept; do it again"),
        said(
            "a newer version of Tracer upgraded the database, and this server may not know all that is personal in it. "
            "Nothing was erased; ask again when every server is upgraded"
        ),
        said("%(where)s: another process wrote the same at the same time. Nothing was kept; look and do it again"),
        said("%(where)s: the server's disk is full. Nothing was written; free some space and do it again"),
        said("%(where)s: the database is read-only. Check who may write the file and its folder"),
        said(
            "%(where)s has schema %(found)s by now, this program has %(known)s: another version of Tracer changed it "
            "while this one was running. Nothing was done; start this program again, in that version"
        ),
        said(
            "%(where)s was moved into another database with `tracer migrate-to`, or set aside by `tracer restore`, and "
            "is kept as it was. Nothing was written; point TRACER_DATABASE_URL at the new one"
        ),
        said("%(field)s of %(id)s was sealed with another key version or format"),
        said("%(field)s of %(id)s does not open: wrong key, or the database was altered"),
        said(
            "another version of Tracer (phonetics %(found)s, here %(known)s) is at work on this database, and the "
            "two hear names differently. Use one version everywhere and start again"
        ),
        said("the program was stopped in the middle of this. See whether it was kept, else do it again"),
        said("the process that works things out ended early. Try again"),
        said("job %(id)s is no longer this worker's: it was silent too long and another took over"),
    )
]
