"""Ids that sort by the time they were made and say what they name: `prm_01k…`.

48 bits of milliseconds, 20 of the nanoseconds within one, and 60 random bits in Crockford's base 32, a ULID in form,
behind a short prefix.
Trace and span ids are W3C Trace Context hex instead, because other tools read them.
"""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
"""Ten bits at a time: an id is made on the gateway's hot path."""
_PLACES = range(120, -1, -10)


def new(prefix: str) -> str:
    """Return a fresh id such as `prm_01k2…`; ids made later sort later, as far as the clock tells."""
    milliseconds, within_ns = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80 | within_ns << 60 | int.from_bytes(os.urandom(8)) >> 4
    return f"{prefix}_{''.join([_PAIRS[(value >> place) & 1023] for place in _PLACES])}"


def new_trace_id() -> str:
    """Return 32 lower-case hex digits, never all zero."""
    return f"{int.from_bytes(os.urandom(16)) or 1:032x}"


def new_span_id() -> str:
    """Return 16 lower-case hex digits, never all zero."""
    return f"{int.from_bytes(os.urandom(8)) or 1:016x}"
