"""Whether the messages of a trace are kept, when only a share of them is: one answer wherever it is asked. Pure."""

import hashlib
from typing import Final

_BYTES: Final = 8


def keeps_content(trace_id: str, share: float) -> bool:
    """Say whether this trace is among the share, from 0 (none) to 1 (all), whose messages are kept.

    The answer hangs on the trace's id alone, so that gateway and collector, and all spans of a trace, agree; and what
    is kept under one share is kept under every larger one.
    """
    if share >= 1:
        return True
    if share <= 0:
        return False
    drawn = hashlib.blake2b(trace_id.encode(), digest_size=_BYTES).digest()
    return int.from_bytes(drawn) < share * float(2 ** (8 * _BYTES))
