"""Whose a call is: what applications often say on the root of a trace alone, and sums of money are cut by. Pure."""

from typing import Final, NamedTuple

_LONGEST: Final = 512
"""Characters of a value that is taken over: longer ones are no names, and would be copied to each call beneath."""


class Whose(NamedTuple):
    """Empty text means that nobody said."""

    user_id: str = ""
    session_id: str = ""
    feature: str = ""
    team: str = ""
    environment: str = ""


NOBODY: Final = Whose()


def joined(first: Whose, second: Whose) -> Whose:
    """Return what the first says, and for the rest the second."""
    if second == NOBODY:
        return first
    return Whose(*(one or other for one, other in zip(first, second, strict=True)))


def inherited(own: Whose, so_far: Whose, above: Whose) -> Whose:
    """Return what a call takes over from the spans above it, with one more of them, farther than the others."""
    if above == NOBODY:
        return so_far
    said = zip(own, so_far, above, strict=True)
    return Whose(*(near or ("" if mine or len(far) > _LONGEST else far) for mine, near, far in said))
