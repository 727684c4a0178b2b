"""How records lie one after another, in a spool file and on the wire alike.

A frame is a length, a checksum and the payload: `[u32 length][u32 crc32][payload]`, little endian. Whoever reads can
tell a record that was cut off by a crash from one that is whole, without understanding it.
"""

import struct
import zlib
from collections.abc import Iterator

from trimtab.base.errors import InvalidInput

_HEAD = struct.Struct("<II")

HEAD_BYTES = _HEAD.size
MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
"""A longer length is taken for damage: it is more than the largest body that the gateway accepts by far."""


def encode(payload: bytes) -> bytes:
    """Return `payload` as one frame."""
    return _HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def seal(buffer: bytearray) -> None:
    """Make `buffer` one frame in place: the payload starts at `HEAD_BYTES`, the bytes before it are filled in here."""
    with memoryview(buffer) as view:
        _HEAD.pack_into(buffer, 0, len(buffer) - HEAD_BYTES, zlib.crc32(view[HEAD_BYTES:]))


def lengths(data: bytes) -> Iterator[int]:
    """Yield how long each whole frame at the beginning of `data` is, head included, without looking at checksums."""
    offset = 0
    while offset + HEAD_BYTES <= len(data):
        length = HEAD_BYTES + _HEAD.unpack_from(data, offset)[0]
        offset += length
        if offset > len(data):
            return
        yield length


def split(data: bytes) -> Iterator[bytes]:
    """Yield the payloads of whole frames that fill `data` exactly.

    Raises:
        InvalidInput: a frame is cut off, too long, or does not match its checksum. Payloads before it were yielded.
    """
    offset = 0
    while offset < len(data):
        payload, offset = _read(data, offset)
        yield payload


def intact_length(data: bytes, offset: int = 0) -> int:
    """Return where the last whole frame of an unbroken run from `offset` ends; what follows it is torn."""
    while offset < len(data):
        try:
            _, offset = _read(data, offset)
        except InvalidInput:
            return offset
    return offset


def _read(data: bytes, offset: int) -> tuple[bytes, int]:
    start = offset + HEAD_BYTES
    if start > len(data):
        raise InvalidInput(f"the frame at byte {offset} is cut off: {len(data) - offset} bytes of its head are there")
    length, checksum = _HEAD.unpack_from(data, offset)
    if length > MAX_PAYLOAD_BYTES:
        raise InvalidInput(
            f"the frame at byte {offset} claims {length} bytes; at most {MAX_PAYLOAD_BYTES} can be right"
        )
    end = start + length
    if end > len(data):
        raise InvalidInput(
            f"the frame at byte {offset} is cut off: it claims {length} bytes, {len(data) - start} follow"
        )
    payload = data[start:end]
    if zlib.crc32(payload) != checksum:
        raise InvalidInput(f"the frame at byte {offset} does not match its checksum; the record was damaged")
    return payload, end
