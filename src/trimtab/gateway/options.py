"""What a gateway worker is told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All that the hot path and its companions need from the settings."""

    data_dir: Path
    spool_dir: Path
    server_url: str
    """Where the control plane is, without a slash at the end."""
    internal_token: str = field(repr=False)
    max_body_bytes: int
    connect_timeout_s: float
    first_token_timeout_s: float
    idle_timeout_s: float
    total_timeout_s: float
    shutdown_timeout_s: float
    capture_content: bool
    spool_max_bytes: int
    spool_segment_bytes: int
    ship_batch: int
    ship_interval_s: float
    snapshot_wait_s: float

    @property
    def snapshot_path(self) -> Path:
        """Where the last good snapshot lies."""
        return self.data_dir / "gateway" / "snapshot.msgpack"
