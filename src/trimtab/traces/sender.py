"""On whose behalf telemetry arrives, as a value that every part of its way can carry."""

import msgspec


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf telemetry arrives: the project and the key that it came with."""

    project_id: str
    key_id: str = ""
    environment: str = ""
