"""On whose behalf telemetry arrives, as a value that every part of its way can carry."""

import msgspec


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf telemetry arrives: the project and the key that it came with."""

    project_id: str
    key_id: str = ""
    environment: str = ""
    named_project: str = ""
    """What a header of the request calls the project to send to; see `routing`."""
    routes_in: str = ""
    """The organisation among whose projects the key may route; empty when it may not."""
