"""What is refused of calls that come in by themselves and of bundles, as sentences with places."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.documents.phrases import Phrase, said

INCOMING_PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        # what came in by itself
        said("message %(id)s became call %(call)s: erase that, and with it what its source said"),
        said("a time zone such as Asia/Shanghai or +08:00"),
        said("THEIRS=OURS, where OURS is one of: %(words)s"),
        said("SOURCE_LINE=NUMBER, or one number for every line"),
        said("a zip that can be unpacked"),
        said("Pack it again, without password"),
        said("a file that can be read"),
        said("a folder, a zip or a file"),
        said("a file that a source of calls recognises"),
        said("Import a bundle by hand"),
        said("`tracer intake list` shows what waits"),
        said("a message: tick at least one"),
        said("the zip of a bundle, or a file of one of: %(words)s"),
        said("Say whose it is (source), and which column is which"),
        said("The number that rang is not in the pool: %(number)s"),
        said("The source names a canary that does not exist: %(id)s"),
        said("The source names a canary that is on another line than the one that rang: %(id)s"),
        said("there is a call %(id)s already, and this one is told of as another"),
        # a bundle that is imported
        said("nothing was imported: %(count)s problems found. Mend the rows named and import again"),
        said("nothing was imported: 1 problem found. Mend the rows named and import again"),
        said("expected %(expected)s, got %(got)s. %(hint)s"),
        said("expected %(expected)s, got %(got)s"),
        said("a time at or after the order's (%(when)s)"),
        said("differs from what is registered under the same %(column)s; the registry keeps its own"),
        said("a bundle with files out of: %(words)s"),
        said("None is in it"),
        said("a folder, a zip or a CSV file"),
        said("There is nothing at this path"),
        said("The zip is damaged or packed in an unknown way: pack it again"),
        said("each file of the bundle once"),
        said("%(file)s stands in it more than once"),
        said("a zip without password"),
        said("This one is encrypted"),
        said("a zip that unpacks to at most %(most)s MB"),
        said("Import it in parts"),
        said("only files named %(words)s"),
        said("Look into %(path)s"),
        said("It cannot be read: %(what)s"),
        said("this column stands in the header more than once"),
        said("this column is missing from the header"),
        said("the file is empty; expected the header %(words)s"),
        said("expected columns separated by commas, got %(got)s"),
        said("unknown column; expected columns out of: %(words)s"),
        said("column %(number)s of the header has no name"),
        said("%(field)s: expected %(expected)s, got %(got)s. %(hint)s"),
        said("%(field)s: expected %(expected)s, got %(got)s"),
    )
]
