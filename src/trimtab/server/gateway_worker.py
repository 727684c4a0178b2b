"""What each worker process of the gateway loads: settings in, an RSGI application out."""

import os
import sys

from trimtab.base.errors import BadSetting
from trimtab.gateway.options import Options
from trimtab.gateway.worker import Worker
from trimtab.identity.secrets import MasterKey
from trimtab.server import parent, settings
from trimtab.server.settings import Settings

_EXIT_BAD_SETTING = 2


def app() -> Worker:
    """Return the application of this process, which will not outlive the master that started it."""
    parent.follow()
    chosen = settings.load(os.environ)
    try:
        key = MasterKey.load(chosen.data_dir, chosen.master_key)
    except BadSetting as error:
        sys.stderr.write(f"trimtab gateway: {error.message}\n")
        sys.exit(_EXIT_BAD_SETTING)
    return Worker(options(chosen, key), key.secret_box())


def options(chosen: Settings, key: MasterKey) -> Options:
    """Return what the gateway's own parts need of the settings."""
    return Options(
        data_dir=chosen.data_dir,
        spool_dir=chosen.spool_dir,
        server_url=chosen.effective_server_url,
        internal_token=key.internal_token(),
        max_body_bytes=chosen.max_body_bytes,
        connect_timeout_s=chosen.connect_timeout_s,
        first_token_timeout_s=chosen.first_token_timeout_s,
        idle_timeout_s=chosen.idle_timeout_s,
        total_timeout_s=chosen.total_timeout_s,
        shutdown_timeout_s=chosen.shutdown_timeout_s,
        capture_content=chosen.capture_content,
        spool_max_bytes=chosen.spool_max_bytes,
        spool_segment_bytes=chosen.spool_segment_bytes,
        ship_batch=chosen.ship_batch,
        ship_interval_s=chosen.ship_interval_ms / 1000,
        snapshot_wait_s=chosen.snapshot_wait_s,
    )
