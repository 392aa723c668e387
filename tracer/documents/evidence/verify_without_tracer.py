#!/usr/bin/env python3
"""Verify this evidence pack without Tracer: bare Python 3.8 or newer, and OpenSSL 3 for the signatures.

    python3 verify_without_tracer.py [--trust FINGERPRINT] [--ca TIME_AUTHORITY_ROOT.pem]

Run it in the folder that the pack was unpacked into, or name that folder. It says of every step what it found; the
exit code is 0 if everything holds and 1 otherwise. A cautious reader takes this file from Tracer's own source, not
from the pack, or reads it: it is short on purpose. What it computes:

    digest of a field = SHA-256("tracer field v1\\n" + its disclosure)
    leaf of a fact    = SHA-256(0x00 + "tracer record v1\\n" + all digests of its fields, sorted)
    node of the tree  = SHA-256(0x01 + left + right)                                  (RFC 6962)
    key id of a note  = SHA-256(name + "\\n" + 0x01 + public key), its first four bytes (C2SP signed-note)
"""

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

FIELD, RECORD = b"tracer field v1\n", b"tracer record v1\n"
SPKI = bytes.fromhex("302a300506032b6570032100")  # what stands before an Ed25519 public key in X.509


class DoesNotHold(Exception):
    """What does not hold, in words."""


def say(*words, sep=" "):
    """A line; what a forger wrote cannot steer the terminal."""
    line = sep.join(str(one) for one in words)
    print("".join(letter if letter.isprintable() else "?" for letter in line))


def need(holds, words):
    """Refuse unless it holds."""
    if not holds:
        raise DoesNotHold(words)


def sha256(data):
    """The hash that everything here is made of."""
    return hashlib.sha256(data).digest()


def openssl(arguments, files):
    """Whether OpenSSL says yes; files are (option, content)."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["openssl", *arguments]
        for number, (option, content) in enumerate(files):
            path = os.path.join(folder, str(number))
            with open(path, "wb") as file:
                file.write(content)
            command += [option, path]
        try:
            return (
                subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
                == 0
            )
        except FileNotFoundError:
            raise DoesNotHold("the command openssl (version 3) is not installed") from None


def read_keys(text):
    """Name to public key; the first one is that of the log kept now."""
    lines = text.decode().splitlines()
    keys = {}
    for line in lines[1:]:
        name, key_id, encoded = line.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        need(raw[:1] == b"\x01" and len(raw) == 33, "log-key.txt: not an Ed25519 key")
        need(sha256(name.encode() + b"\n" + raw)[:4].hex() == key_id, "log-key.txt: a key does not fit its key id")
        keys[name] = raw[1:]
    need(keys, "log-key.txt: no key")
    need(lines[0] == "fingerprint " + sha256(next(iter(keys.values()))).hex(), "log-key.txt: wrong fingerprint")
    need(len(set(keys.values())) == 1, "log-key.txt: more than one key")
    return keys


def signed_text(note, name, public, where):
    """The text of a note that the key signed."""
    text, _, below = note.decode().rpartition("\n\n")
    text += "\n"
    key_id = sha256(name.encode() + b"\n\x01" + public)[:4]
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(SPKI + public) + b"\n-----END PUBLIC KEY-----\n"
    for line in below.splitlines():
        dash, signer, encoded = line.split(" ")
        raw = base64.b64decode(encoded, validate=True)
        if dash == "\u2014" and signer == name and raw[:4] == key_id:
            files = [("-inkey", pem), ("-in", text.encode()), ("-sigfile", raw[4:])]
            need(openssl(["pkeyutl", "-verify", "-pubin", "-rawin"], files), where + ": the signature does not fit")
            return text
    raise DoesNotHold(where + ": not signed by the key in log-key.txt")


def read_checkpoint(note, keys, where):
    """(size, root) of a checkpoint that one of the keys signed."""
    name = note.decode().split("\n")[0]
    need(name in keys, where + ": a checkpoint of a log that is not in log-key.txt")
    lines = signed_text(note, name, keys[name], where).split("\n")
    need(len(lines) == 4 and lines[3] == "", where + ": not a checkpoint")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def read_proof(text, where):
    """(index, path, checkpoint) of a C2SP tlog-proof."""
    head, gap, checkpoint = text.decode().partition("\n\n")
    lines = head.split("\n")
    need(gap and lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index "), where + ": not a proof")
    path = [base64.b64decode(line, validate=True) for line in lines[2:]]
    need(all(len(one) == 32 for one in path), where + ": a hash of the wrong length")
    return int(lines[1][6:]), path, checkpoint.encode()


def root_of(leaf, index, size, path, where):
    """The root that an audit path leads to (RFC 9162, 2.1.3.2)."""
    need(0 <= index < size, where + ": there is no such leaf")
    place, last, found = index, size - 1, leaf
    for sibling in path:
        need(last, where + ": the proof is too long")
        if place & 1 or place == last:
            found = sha256(b"\x01" + sibling + found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + sibling)
        place, last = place >> 1, last >> 1
    need(not last, where + ": the proof is too short")
    return found


def leaf_of(content, where):
    """(leaf hash, opened fields) of a fact."""
    fact = json.loads(content.decode())
    told = {}
    for one in fact["disclosures"]:
        salt, path, value = json.loads(one)
        need(len(salt) == 32 and path not in told, where + ": a field is opened twice or has no salt")
        told[path] = value
    need(told == fact["fields"], where + ": what is to be read is not what was hashed")
    listed, shut = told.get("/fields") or [], fact["closed"]["paths"]
    need(listed and listed == sorted(set(listed)), where + ": the list of its fields is not open")
    need(set(told) - {"/fields"} <= set(listed) and "/fields" not in listed, where + ": a field that is not listed")
    need(
        len(set(shut)) == len(shut) == len(fact["closed"]["digests"]) and set(shut) <= set(listed) - set(told),
        where + ": a closed field that is not listed",
    )
    need(
        len(told) - 1 + len(shut) + len(fact["erased"]["digests"]) == len(listed),
        where + ": it has more or fewer fields than its list",
    )
    digests = [sha256(FIELD + one.encode()) for one in fact["disclosures"]]
    digests += [bytes.fromhex(one) for one in fact["closed"]["digests"] + fact["erased"]["digests"]]
    need(all(len(one) == 32 for one in digests), where + ": a digest of the wrong length")
    return sha256(b"\x00" + RECORD + b"".join(sorted(digests))), told


def read_folder(folder):
    """Name to content of every file."""
    found = {}
    for here, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(here, file)
            with open(path, "rb") as opened:
                found[os.path.relpath(path, folder).replace(os.sep, "/")] = opened.read()
    return found


def check_members(pack, manifest):
    """Every file is listed as it is, and no other is there."""
    lines = manifest.split("\n")
    need(lines[0] == "tracer evidence pack v1" and lines[-1] == "", "MANIFEST: not a manifest")
    listed = {}
    for line in lines[3:-1]:
        digest, size, name = line.split(" ")
        need(name not in listed, "MANIFEST: names " + name + " twice")
        listed[name] = (digest, int(size))
    for name in sorted(set(listed) | set(pack) - {"MANIFEST"}):
        need(name in pack, name + " is missing")
        need(name in listed, name + " does not belong in the pack")
        need(listed[name] == (sha256(pack[name]).hex(), len(pack[name])), name + " was changed")
    return lines[1]


def check_token(pack, name, checkpoint, authority):
    """A time token over a checkpoint, by OpenSSL."""
    for form in ([], ["-token_in"]):  # a whole reply of the authority, or the token alone
        files = [("-in", pack[name]), ("-data", checkpoint), ("-CAfile", authority)]
        if openssl(["ts", "-verify", *form], files):
            return
    raise DoesNotHold(name + ": openssl does not accept this time token with that root certificate")


def check_stamps(pack, keys, authority):
    """The stamped checkpoints: what each says, to its file and (size, root). Looks into the tokens with a root."""
    stamped = {}
    for one in sorted(pack):
        if one.startswith("time/") and one.endswith(".checkpoint"):
            stamped[pack[one]] = (one, read_checkpoint(pack[one], keys, one))
            for token in sorted(pack):
                if token.startswith(one[: -len("checkpoint")]) and token.endswith(".tsr"):
                    if authority:
                        check_token(pack, token, pack[one], authority)
                    say("holds: " if authority else "not looked into (give --ca): ", token, " over ", one, sep="")
    return stamped


def check_fact(pack, one, signed, stamped):
    """A fact leads to the signed (size, root), and where it has an earlier proof, to a stamped one."""
    size, root = signed
    proof = one[: -len("json")] + "tlog-proof"
    leaf, fields = leaf_of(pack[one], one)
    index, path, checkpoint = read_proof(pack[proof], proof)
    need(checkpoint == pack["checkpoint"], proof + ": under another checkpoint")
    need(root_of(leaf, index, size, path, proof) == root, one + " does not lead to the signed root")
    early, when = one[: -len("json")] + "time.tlog-proof", "no time stamp"
    if early in pack:
        same, path, checkpoint = read_proof(pack[early], early)
        need(same == index and checkpoint in stamped, early + ": not under a checkpoint in time/")
        when, (then, before) = stamped[checkpoint]
        need(root_of(leaf, index, then, path, early) == before, one + " does not lead to the root in " + when)
    what = fields["/event"] + " " + fields["/subject_id"]
    say("holds: ", one, ", fact ", index, ": ", what, " (", when, ")", sep="")


def verify(folder, trust, authority):
    """Say what holds; raises DoesNotHold."""
    pack = read_folder(folder)
    need("MANIFEST" in pack and "log-key.txt" in pack, "MANIFEST or log-key.txt is missing: this is no evidence pack")
    keys = read_keys(pack["log-key.txt"])
    name, public = next(iter(keys.items()))
    about = check_members(pack, signed_text(pack["MANIFEST"], name, public, "MANIFEST"))
    say("holds: every file is as it was signed; the pack is about", about)
    if trust:
        given = "".join(trust.replace(":", " ").split()).lower()
        need(given == sha256(public).hex(), "signed by another key than the one you trust: " + sha256(public).hex())
    size, root = read_checkpoint(pack["checkpoint"], keys, "checkpoint")
    say("holds: the checkpoint over", size, "facts is signed by", name)
    stamped = check_stamps(pack, keys, authority)
    for one in sorted(pack):
        if one.startswith("facts/") and one.endswith(".json"):
            check_fact(pack, one, (size, root), stamped)
    if trust:
        say("INTACT, and signed by the key you trust.")
    else:
        say("INTACT, ORIGIN NOT PROVEN: compare this fingerprint with one that you got elsewhere, or give that one")
        say("with --trust:", sha256(public).hex())


def main():
    """Run it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    asked.add_argument("--trust", default="", help="the fingerprint that you got elsewhere")
    asked.add_argument("--ca", default="", help="the root certificate of the time authority (PEM)")
    given = asked.parse_args()
    try:
        authority = b""
        if given.ca:
            with open(given.ca, "rb") as file:
                authority = file.read()
        verify(given.folder, given.trust, authority)
    except DoesNotHold as error:
        say("DOES NOT HOLD:", error)
        return 1
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        say("DOES NOT HOLD: a file is missing or not readable:", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
