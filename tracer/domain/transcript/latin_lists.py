"""English first and last names, and the words that ask for one."""

from __future__ import annotations

from functools import lru_cache

from tracer.domain.codebook.repertoire import GENDERS, given_words, surnames

ASKING_BEFORE = frozenset(
    [
        "is this",
        "is that",
        "is it",
        "am i",
        "speaking",
        "speak",
        "talk",
        "talking",
        "looking",
        "asking",
        "asked",
        "asks",
        "are you",
        "do i have",
        "have i",
        "calling for",
        "called me",
        "knew i was",
        "reached",
        "addressed",
        "recipient",
        "name",
    ]
)
SURE_BEFORE = frozenset(
    [
        "is this",
        "is that",
        "am i speaking to",
        "am i speaking with",
        "am i talking to",
        "am i talking with",
        "speaking to",
        "speaking with",
        "speak to",
        "speak with",
        "talk to",
        "talking to",
        "looking for",
        "asking for",
        "do i have",
    ]
)


@lru_cache(maxsize=1)
def first_names() -> frozenset[str]:
    """First names of the lists, in lower case."""
    words = [
        word.lower()
        for gender in GENDERS
        for locale in ("en_US", "en_GB")
        for word in given_words(locale, gender).words
    ]
    more = [
        "lily",
        "grace",
        "mei",
        "ling",
        "wei",
        "jun",
        "xiaoming",
        "tom",
        "tim",
        "jim",
        "joe",
        "kate",
        "beth",
        "liz",
        "sue",
        "pat",
        "priya",
        "raj",
        "amit",
        "anjali",
        "fatima",
        "ahmed",
        "mohammed",
        "aisha",
        "yusuf",
        "olga",
        "ivan",
        "chloe",
        "niamh",
        "siobhan",
        "aoife",
        "ewan",
        "callum",
    ]
    return frozenset(words) | frozenset(more)


@lru_cache(maxsize=1)
def last_names() -> frozenset[str]:
    """Last names of the lists, in lower case."""
    return frozenset(word.lower() for locale in ("en_US", "en_GB") for word in surnames(locale).words) | frozenset(
        [
            "zhang",
            "wang",
            "li",
            "chen",
            "liu",
            "zhao",
            "zhou",
            "xu",
            "sun",
            "ma",
            "zhu",
            "hu",
            "guo",
            "he",
            "lin",
            "luo",
        ]
    )
