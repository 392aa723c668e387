"""The line as somebody noted it: an extension left out, a digit slipped, and which line may have rung."""

from __future__ import annotations

from tracer.domain.line import Line

NOTED_RIGHT, EXTENSION_LEFT_OUT, SLIPPED, OTHER_EXTENSION = 0.97, 0.02, 0.009, 0.001
"""Shares of notes that are right, lack the extension, have one slip of a digit, or another extension
altogether. Assumptions: nobody has counted them."""


def noted_as(noted: Line, rang: Line) -> float:
    """P(a line is noted so | this line rang); 0 where more went wrong than one slip.

    A slip is one digit wrong, missing or too many, or two neighbours swapped.
    """
    if noted == rang:
        return NOTED_RIGHT
    if noted.number != rang.number:
        if noted.extension not in (rang.extension, None) or not is_slip(noted.number, rang.number):
            return 0.0
        return SLIPPED / _slips(rang.number)
    if noted.extension is None:
        return EXTENSION_LEFT_OUT
    if rang.extension is None:
        return OTHER_EXTENSION / 10.0 ** len(noted.extension)
    slip = SLIPPED / _slips(rang.extension) if is_slip(noted.extension, rang.extension) else 0.0
    return slip + OTHER_EXTENSION / 10.0 ** len(noted.extension)


def is_slip(noted: str, meant: str) -> bool:
    """Whether two digit strings differ by one digit wrong, missing or too many, or by neighbours swapped."""
    if noted == meant or abs(len(noted) - len(meant)) > 1:
        return False
    if len(noted) != len(meant):
        longer, shorter = sorted((noted, meant), key=len, reverse=True)
        return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))
    wrong = [i for i, (a, b) in enumerate(zip(noted, meant, strict=True)) if a != b]
    if len(wrong) == 1:
        return True
    return (
        len(wrong) == 2
        and wrong[1] == wrong[0] + 1
        and noted[wrong[0]] + noted[wrong[1]] == meant[wrong[1]] + meant[wrong[0]]
    )


def _slips(digits: str) -> int:
    """How many slips of a digit string there are: wrong, missing, too many, swapped."""
    n = len(digits.removeprefix("+"))
    return 9 * n + n + 10 * (n + 1) + max(0, n - 1)
