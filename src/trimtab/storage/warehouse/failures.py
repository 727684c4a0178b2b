"""What an engine's error means to the caller: its own fault, a limit reached, or "try again later"."""

import re

from trimtab.base.errors import InvalidInput, TooLarge, TrimtabError, Unavailable
from trimtab.storage.warehouse.port import Limits

_CODE = re.compile(r"[Cc]ode: (\d+)")

# Numbers of ClickHouse's ErrorCodes.cpp.
_MEMORY = frozenset({241})
_TIME = frozenset({159, 160})
_SHAPE = frozenset({6, 16, 20, 27, 41, 43, 47, 53, 69, 70, 72, 117, 131, 321, 349, 469, 636})


def explain(error: Exception, limits: Limits) -> TrimtabError:
    """Return the error to raise in place of an engine's own, whose first line is kept in the message."""
    text = str(error).strip()
    match = _CODE.search(text)
    code = int(match.group(1)) if match else 0
    first_line = text.splitlines()[0][:300] if text else type(error).__name__
    if code in _MEMORY:
        return TooLarge(
            f"this question needs more than the {limits.memory_bytes // (1024 * 1024)} MiB that one query may take",
            hint="Choose a shorter time range or more filters, or raise the setting warehouse_query_memory_mb.",
            code="query_too_large",
        )
    if code in _TIME:
        return TooLarge(
            f"this question needs more than the {limits.time_s:g} s that one query may take",
            hint="Choose a shorter time range or more filters, or raise the setting warehouse_query_timeout_s.",
            code="query_too_large",
        )
    if code in _SHAPE:
        return InvalidInput(f"the warehouse cannot take these rows or values: {first_line}")
    return Unavailable(
        f"the warehouse failed: {first_line}",
        hint="Try again; if it stays, look at disk space and at the server's log.",
        code="warehouse_unavailable",
    )


def busy(limits: Limits) -> Unavailable:
    """Return the error for a caller whose turn did not come in time."""
    return Unavailable(
        f"the warehouse is busy: no turn came within {limits.busy_wait_s:g} s",
        hint="Try again in a moment.",
        code="warehouse_busy",
    )
