"""Make a version of the repertoire: python tools/make_repertoire.py [--version N].

Reads the name lists of the installed Faker and mimesis and the decisions in tools/repertoire/*.toml, writes
tracer/domain/codebook/lists/repertoire-N.json, and prints what was left out and the hash to put into
repertoire.py. A version that exists is never overwritten with other content. See docs/repertoire.md.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from faker.providers.person.en_GB import Provider as BritishNames
from faker.providers.person.en_US import Provider as AmericanNames
from faker.providers.person.zh_CN import Provider as ChineseNames
from faker.providers.person.zh_TW import Provider as TaiwaneseNames
from pypinyin import Style, pinyin

from tracer.domain.codebook.repertoire import GENDERS, VERSION
from tracer.domain.codebook.syllables import SYLLABLE_ID

ROOT = Path(__file__).parents[1]
LISTS = ROOT / "tracer/domain/codebook/lists"
DECISIONS = ROOT / "tools/repertoire"

TIERS = {"very_common": 8.0, "common": 4.0, "usual": 1.5, "seldom": 0.6}
"""How common a given-name character of each tier is, against the others."""

MOST_COUNTED = 15
"""Beyond so many entries a character of a list is no commoner: one list has 轩 in 60 names of 1,000."""

Row = list[Any]
"""[word, weight], or [character, pinyin, weight]."""

left_out: Counter[str] = Counter()


def decisions(name: str) -> dict[str, Any]:
    """One file of decisions."""
    return tomllib.loads((DECISIONS / f"{name}.toml").read_text("utf-8"))


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights summing to one, to six significant digits, the commonest first."""
    total = sum(weights.values())
    return {
        word: float(f"{w / total:.6g}") for word, w in sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    }


def one_reading(character: str, usual: Mapping[str, str]) -> str:
    """The toneless pinyin of a character; "" when it has several and none is decided on."""
    if character in usual:
        return usual[character]
    found = dict.fromkeys(pinyin(character, heteronym=True, style=Style.NORMAL)[0])
    return next(iter(found)) if len(found) == 1 else ""


def with_readings(weights: Mapping[str, float], usual: Mapping[str, str]) -> list[Row]:
    """Rows of characters with a share and one reading each."""
    read = {character: one_reading(character, usual) for character in weights}
    left_out["several readings, none decided on"] += sum(reading not in SYLLABLE_ID for reading in read.values())
    kept = shares({c: w for c, w in weights.items() if read[c] in SYLLABLE_ID})
    return [[character, read[character], share] for character, share in kept.items()]


def usual_readings(text: str) -> dict[str, str]:
    """A table of readings written as `任ren 万wan`."""
    return {entry[0]: entry[1:] for entry in text.split()}


def chinese_surnames() -> list[Row]:
    """Surnames of one character that everybody reads alike, with their shares in the population."""
    wanted = decisions("surnames")
    listed = cast("Mapping[str, float]", ChineseNames.last_names)
    kept: dict[str, float] = {}
    for name, share in ({**listed, **wanted["share"]}).items():
        reason = next((f"surname: {why}" for why, names in wanted["left_out"].items() if name in names), "")
        if len(name) > 1:
            reason = "surname: compound"
        elif not reason and share < wanted["least_share"] and name not in wanted["rare_but_known"]:
            reason = "surname: too rare"
        if reason:
            left_out[reason] += 1
        else:
            kept[name] = max(share, wanted["floor"])
    return with_readings(kept, usual_readings(wanted["reading"]["usual"]))


def listed_given_names(gender: str, simplified: Mapping[int, str]) -> list[str]:
    """Given names of two characters that the lists have for a gender, each as often as it is listed."""
    mimesis: dict[str, list[str]] = json.loads(
        (files("mimesis") / "datasets" / "zh" / "person.json").read_text("utf-8")
    )["names"]
    female = gender == "female"
    # What mimesis calls male names are names of both; the tiers of each gender take their own out of them.
    names: list[Iterable[str]] = [
        ChineseNames.first_names_female if female else ChineseNames.first_names_male,
        TaiwaneseNames.first_names_female if female else TaiwaneseNames.first_names_male,
        *([mimesis["female"]] if female else []),
        mimesis["male"],
    ]
    return [name.translate(simplified) for one in names for name in one if len(name) == 2]


def given_characters(gender: str, place: int, wanted: Mapping[str, Any]) -> list[Row]:
    """Characters at a place of the given names of a gender, with their shares.

    The lists together hold some 1,700 names, many invented by their makers: enough to say that 婷 is
    commoner than 妮, not how much. So the tier says how common about, and the square root of the count,
    which tempers what a list is fond of, says it more finely.
    """
    pairs = wanted["simplified"]["pairs"].split()
    names = listed_given_names(gender, {ord(a): b for a, b in pairs})
    counts = Counter(name[place - 1] for name in names)
    tiers = {c: tier for tier, text in wanted[gender][str(place)].items() for c in text if not c.isspace()}
    left_out["given name: character in a list, but in no tier of that gender and place"] += len(counts.keys() - tiers)
    weights = {c: TIERS[tier] * (1 + min(counts[c], MOST_COUNTED)) ** 0.5 for c, tier in tiers.items()}
    return with_readings(weights, usual_readings(wanted["reading"]["usual"]))


def chinese() -> dict[str, Any]:
    """The lists of zh_CN."""
    wanted = decisions("given")
    lists: dict[str, Any] = {"surnames": chinese_surnames()}
    for gender in GENDERS:
        lists[gender] = {str(place): given_characters(gender, place, wanted) for place in (1, 2)}
    return lists


def comma_separated(text: str) -> list[str]:
    """The entries of a text, one space between words."""
    return [" ".join(entry.split()) for entry in text.split(",") if entry.strip()]


def blocked_chinese(lists: Mapping[str, Any]) -> dict[str, Any]:
    """Sounds, and mixtures of generations, that no name may have."""
    wanted, generation = decisions("blocked"), decisions("given")["generation"]
    surnames = {character: reading for character, reading, _ in lists["surnames"]}
    famous = []
    for name in wanted["whole"]["famous"].split():
        read = [found[0] for found in pinyin(name, style=Style.NORMAL)]
        famous.append(" ".join([surnames.get(name[0], read[0]), *read[1:]]))
    given = sorted({row[1] for gender in GENDERS for place in "12" for row in lists[gender][place]})
    twice = [f"{sound} {sound}" for sound in given]
    head = [f"{surname} {first}" for surname, firsts in wanted["head"].items() for first in firsts.split()]
    blocked = {
        "whole": famous + comma_separated(wanted["whole"]["jokes"]),
        "head": head + twice,
        "given": comma_separated(wanted["given"]["pairs"]) + twice,
    }
    unknown = {s for sounds in blocked.values() for sound in sounds for s in sound.split()} - SYLLABLE_ID.keys()
    if unknown:
        sys.exit(f"no syllables, in blocked.toml: {unknown}")
    new, old = ({place: re.sub(r"\s", "", text) for place, text in generation[age].items()} for age in ("new", "old"))
    mixed = [[new["1"], old["2"]], [old["1"], new["2"]]]
    return {**{place: sorted(set(sounds)) for place, sounds in blocked.items()}, "mixed": mixed}


def english_first_names(source: Any, gender: str, either: set[str], odd: set[str]) -> dict[str, float]:
    """First names that tell the gender, with their shares."""
    listed = source.first_names_female if gender == "female" else source.first_names_male
    # The British lists have no weights; they run from the commonest name to the rarest, ten times rarer.
    weights = listed if isinstance(listed, Mapping) else {name: 1 / (20 + rank) for rank, name in enumerate(listed)}
    kept = {name: w for name, w in weights.items() if name not in either | odd and re.fullmatch("[A-Z][a-z]+", name)}
    left_out["first name: either gender's, odd or not in plain letters"] += len(weights) - len(kept)
    return shares(kept)


def english(source: Any) -> dict[str, Any]:
    """The lists of an English locale."""
    wanted = decisions("english")
    either, odd = (set(wanted["first"][why].split()) for why in ("either_gender", "odd"))
    for one in (AmericanNames, BritishNames):
        either |= {*one.first_names_female} & {*one.first_names_male}
    first = {gender: english_first_names(source, gender, either, odd) for gender in GENDERS}
    no_last = {name for text in wanted["last"].values() for name in text.split()}
    last = {
        re.sub("^Mc([a-z])", lambda m: "Mc" + m[1].upper(), name): w
        for name, w in source.last_names.items()
        if name not in no_last and re.fullmatch("[A-Za-z]+", name)
    }
    left_out["last name: odd, misread, gendered or not in plain letters"] += len(source.last_names) - len(last)
    letters: dict[str, float] = {}
    for names in first.values():
        for name, share in names.items():
            letters[name[0]] = letters.get(name[0], 0.0) + share
    lists = {"surnames": shares(last), **first, "initials": shares(letters)}
    return {place: [list(row) for row in weights.items()] for place, weights in lists.items()}


def make(number: int) -> bytes:
    """The file of a version."""
    lists = {"zh_CN": chinese(), "en_US": english(AmericanNames), "en_GB": english(BritishNames)}
    names = decisions("english")["blocked"]
    english_names = sorted({name.casefold() for text in names.values() for name in comma_separated(text)})
    made = {
        "version": number,
        "made_from": {package: version(package) for package in ("faker", "mimesis", "pypinyin")},
        **lists,
        "blocked": {"zh_CN": blocked_chinese(lists["zh_CN"]), "en": english_names},
    }
    text = json.dumps(made, ensure_ascii=False, indent=0)
    # A row a line, so that two versions can be compared.
    text = re.sub(
        r"\[\n(\"[^\"\n]*\"(?:,\n\"[^\"\n]*\")*,\n[\d.e-]+)\n\]", lambda m: f"[{m[1].replace(chr(10), ' ')}]", text
    )
    return (text + "\n").encode()


def main() -> None:
    """Write the version asked for, unless it exists with other content."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", type=int, default=VERSION, help="the version to make (default: the one in use)")
    number = parser.parse_args().version
    content, path = make(number), LISTS / f"repertoire-{number}.json"
    for reason, count in sorted(left_out.items()):
        sys.stdout.write(f"left out  {count:5}  {reason}\n")
    if path.exists() and path.read_bytes() != content:
        sys.exit(
            f"{path.name} exists with other content, and a released version never changes: give --version {number + 1}"
        )
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    sys.stdout.write(f"{path.relative_to(ROOT)}: VERSION = {number}, SHA256 = {sha256(content).hexdigest()!r}\n")


if __name__ == "__main__":
    main()
