"""What ledger, evidence packs, backups and time stamps refuse with, and what an audit finds, as sentences with places.

Tests hold them to what the source says and to what is found in packs and ledgers that were tampered with.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracer.documents.phrases import Phrase, said

SEALED_PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        # what is asked for
        said("a fingerprint of 64 hexadecimal digits, or a verifier key (name+id+base64)"),
        said("a fingerprint or a verifier key"),
        said("Take all of it, from where it was published"),
        said("an evidence pack"),
        said("The others are open anyway"),
        said("nothing is sealed in the ledger yet: run `tracer ledger checkpoint`"),
        said("at most %(most)s facts; these are %(these)s"),
        said("Make packs for single canaries or calls of this channel"),
        said("call %(id)s is part of %(other)s: make the pack for that one"),
        said("call %(id)s does not count. To count it again: tracer call restore"),
        said("GET /journal lists them with their entry_id"),
        said("this fact waits for its place in the ledger: it is sealed within seconds. Ask again"),
        # the ledger's alarms
        said("the ledger's head %(path)s cannot be read: %(reason)s"),
        said("the ledger's head %(path)s cannot be written: %(reason)s"),
        said(
            "the ledger in the database ends at %(here)s facts, and %(signed)s were signed before: the database was "
            "set back to an older state. Facts are still taken, but nothing is signed. Put the newer database back, "
            "or bring a backup in with `tracer restore`, which begins a new log that says so"
        ),
        said(
            "the first %(count)s facts of the ledger are not those that were signed: the database was changed. "
            "Nothing is signed. Run `tracer ledger verify` to find the first one that differs"
        ),
        said(
            "%(path)s holds a checkpoint of the log %(log)s, which this database does not know: it was set back to a "
            "state from before that log began. Facts are still taken, but nothing is signed. Put the newer database "
            "back, or bring a backup in with `tracer restore`"
        ),
        said(
            "%(path)s does not hold a checkpoint of this registry's log: %(problem)s. Either another database was put "
            "in its place, or that file was changed"
        ),
        said("no time-stamp authority gave a stamp that holds (%(reason)s). Try again later, or add another"),
        # what an audit finds
        said("the log %(log)s does not hold the key that it names: it was put in behind the program's back"),
        said("%(signed)s facts were signed, and %(here)s are here: the database was set back to an older state"),
        said("%(event)s of %(id)s (journal %(position)s) was never sealed: it was put in behind the program's back"),
        said("checkpoint %(size)s of log %(log)s does not hold: %(problem)s"),
        said("the time token of %(authority)s over checkpoint %(size)s does not hold: %(problem)s"),
        said("it proves %(proven)s, and %(written)s is written here"),
        said("it is over %(count)s facts"),
        said("leaf %(index)s is missing: the next one that is there is %(next)s"),
        said("leaf %(index)s (%(event)s of %(id)s, fact %(entry)s): %(problem)s"),
        said("leaf %(index)s (fact %(entry)s): %(problem)s"),
        said("a leaf that waits (%(event)s of %(id)s, fact %(entry)s): %(problem)s"),
        said("a leaf that waits (fact %(entry)s): %(problem)s"),
        said("the fact was changed since it was sealed"),
        said("its %(column)s is not what was sealed"),
        said("a payload of the journal has no form that this program knows"),
        said("the stored hash %(index)s of level %(level)s is not that of its leaves"),
        said("the stored hash %(index)s of level %(level)s is missing"),
        said(
            "the first %(count)s leaves are not those that %(log)s signed: one of them was changed, put in or taken "
            "out since"
        ),
        said("%(noun)s %(id)s: %(problem)s. The row was changed behind the program's back"),
        said("the %(what)s cannot be read any further (%(problem)s): the database was changed or damaged"),
        said("the %(what)s cannot be read any further (%(problem)s): damage, or a fault of this program"),
        said("%(column)s is not the index of its row, which was changed behind the program's back"),
        said("%(noun)s %(id)s: facts tell of it, and its row is gone"),
        said("no fact tells of it"),
        said("parts of its facts are gone, and no erasure tells of it"),
        said("its %(columns)s is not what its facts say"),
        said("it is not what its facts say"),
        said("its route is not what its facts say"),
        said("expected the opened list of its fields, %(list)s: it is not there"),
        said("expected a list of paths in %(list)s"),
        said("expected the paths in %(list)s in their order, each once"),
        said("a field is opened that %(list)s does not name"),
        said("it has %(here)s fields, and %(list)s names %(named)s"),
        said("the closed fields are not among those that %(list)s names, each once"),
        # a pack as a zip
        said("expected an evidence pack of at most %(most)s MiB, got %(size)s bytes"),
        said("the files of the pack are larger than %(most)s MiB together"),
        said("there are %(count)s bytes behind the last file that belong to none"),
        said("%(member)s: there are bytes before it that belong to no file. %(hint)s"),
        said("It was not packed by Tracer, or changed since: use the file as it was made"),
        said("expected an evidence pack: a zip that begins with its first file"),
        said("expected a whole zip and nothing behind it: %(problem)s"),
        said("it was cut off"),
        said("there is something behind its end"),
        said("the zip's end does not fit the zip"),
        said("the zip's list of files is longer than it says"),
        said("the zip's list of files is damaged"),
        said("%(member)s is encrypted: an evidence pack is not"),
        said("%(member)s is packed in a way that is not read here"),
        said("%(member)s is no plain file"),
        said("%(member)s is a folder: an evidence pack holds files only"),
        said("%(member)s is no name of a file in an evidence pack"),
        said("%(member)s: it is longer than the zip has room for"),
        said("%(member)s: the zip says two things of it. %(hint)s"),
        said("%(member)s is damaged or was edited: its checksum does not fit"),
        said("%(member)s is damaged: it unpacks to more or less than it says"),
        said("%(member)s is damaged: it cannot be unpacked"),
        said("%(member)s is in the pack twice"),
        # a pack by its members
        said(
            "%(member)s: the pack was signed by another key than the one you trust. Its key has the fingerprint "
            "%(fingerprint)s"
        ),
        said("%(member)s is missing: this is no evidence pack, or a part of one"),
        said("%(member)s is missing: %(other)s names it"),
        said("%(member)s is missing: nothing proves %(other)s"),
        said("%(member)s is missing"),
        said("%(member)s does not belong in the pack: %(other)s does not name it"),
        said("%(member)s does not belong in an evidence pack"),
        said(
            "%(member)s was changed: expected %(size)s bytes with the SHA-256 %(sha)s, got %(got)s bytes with %(other)s"
        ),
        said("%(member)s: no time token is there for this checkpoint"),
        said("a checkpoint of %(log)s, which %(member)s does not know"),
        said("%(member)s: this time token is not one over its checkpoint"),
        said("%(member)s: a proof under another checkpoint than the pack's"),
        said("%(member)s: no proof for %(other)s under a checkpoint with a time token"),
        said("%(member)s: with %(other)s it does not lead to the signed root: one of them is false"),
        said("%(member)s is the same fact as %(other)s"),
        said("%(member)s: the pack is said to be about %(subject)s, and no fact in it is"),
        said("%(member)s: expected text in UTF-8"),
        said("facts/%(number)s: %(problem)s"),
        said("time/%(number)s: %(problem)s"),
        said("MANIFEST: %(problem)s"),
        said("checkpoint: %(problem)s"),
        said("log-key.txt: %(problem)s"),
        said("what is to be read differs from what was hashed: it was edited"),
        said("the fingerprint or a verifier key is not written as it should be"),
        said("the signature of %(who)s does not fit its text: one of the two was changed"),
        said("expected a signature of %(who)s (%(key)s), found %(found)s"),
        said("leaf %(index)s does not lead to the signed root: the record or its proof was changed"),
        said("the verifier key does not fit its own key id: it was changed"),
        said("MANIFEST: expected %(expected)s, got %(got)s"),
        said("MANIFEST: expected what the pack is about and when it was made"),
        said("MANIFEST: expected a time after 'made', got %(got)s"),
        said("MANIFEST: expected lines of SHA-256, size and name, got %(got)s"),
        said("MANIFEST: its lines are not in their one order, or one stands there twice"),
        said("expected a fingerprint and verifier keys, one a line"),
        said("expected one key for all the logs of a registry, got several"),
        said("a field is opened twice"),
        said("expected the opened fields %(words)s, %(missing)s is not there"),
        said("expected as many digests of closed fields as there are closed fields"),
        said("expected digests of %(size)s bytes, got one of %(got)s"),
        said("expected an object with the keys %(words)s"),
        said("expected a fact as JSON: %(reason)s"),
        said("expected a checkpoint of three lines: origin, size, root"),
        said("expected a root of %(size)s bytes, got %(got)s"),
        said("expected a checkpoint of the log %(log)s, got one of %(got)s"),
        said("expected a proof that begins with c2sp.org/tlog-proof@v1 and an index"),
        said("expected a proof of at most %(most)s hashes, got %(got)s"),
        said("%(place)s: expected a decimal number"),
        said("the proof says leaf %(index)s of a tree of %(size)s leaves: there is no such leaf"),
        said("the inclusion proof is shorter than its tree is high"),
        said("the inclusion proof is longer than its tree is high"),
        said("expected hashes of %(size)s bytes, got one of %(got)s"),
        said("the tree of %(size)s leaves lacks stored hashes of level %(level)s"),
        said("the ledger lacks the hash %(index)s of level %(level)s: the database was damaged or cut"),
        said("expected a signed note of at most %(most)s characters, got %(got)s"),
        said("expected a signed note: a text, an empty line, and lines of signatures"),
        said("expected a note with at most %(most)s signatures, got %(got)s"),
        said("expected a verifier key of Ed25519: name+key id+base64"),
        said("%(place)s: expected base64 in its one form"),
        said("%(place)s: expected base64"),
        said("expected a line with a signature: — name base64"),
        said("a signature is too short"),
        said("expected a signer's name without spaces and plus signs"),
        said("expected a note's text of lines without control characters"),
        said("a disclosure is not written in its one form: it was edited or made by another program"),
        said('expected a disclosure ["salt","path",value], got other JSON'),
        said("expected a disclosure, a JSON list of salt, path and value: %(reason)s"),
    )
]
