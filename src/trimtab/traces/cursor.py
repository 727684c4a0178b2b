"""Where a page of a list by time ends, as the text that the next page is asked for with. Pure."""

import re

from trimtab.base.errors import InvalidInput


def read(cursor: str | None, form: re.Pattern[str]) -> tuple[int, str] | None:
    """Return the time in nanoseconds and the id that a cursor names; `form` has a group for each.

    Raises:
        InvalidInput: it is no cursor of the list.
    """
    if cursor is None:
        return None
    match = form.fullmatch(cursor)
    if match is None or int(match[1]) >= 2**63:
        raise InvalidInput(f"the cursor {cursor!r} is not one of this list", hint="Use `next` of the page before it.")
    return int(match[1]), match[2]
