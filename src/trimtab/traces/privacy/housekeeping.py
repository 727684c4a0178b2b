"""The one thread that does what was asked of privacy, beside all requests: deletions at once, old data at night."""

import logging
import threading
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from trimtab.base.errors import TrimtabError
from trimtab.traces.privacy.deletions import DeletionService
from trimtab.traces.privacy.expiry import RetentionService

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S: Final = 5.0


class Housekeeping:
    """Loses nothing when its process dies: what is to be done is in the meta store, and each step can be done again."""

    def __init__(self, deletions: DeletionService, retention: RetentionService, stopping: threading.Event) -> None:
        """Work until `stopping` is set."""
        self._deletions = deletions
        self._retention = retention
        self._stopping = stopping

    def run(self) -> None:
        """Look for work until told to stop."""
        while not self._stopping.wait(_LOOK_EVERY_S):
            try:
                self._deletions.work()
                if self._retention.run_if_due():
                    self._retention.drop_unreadable()
            except (TrimtabError, SQLAlchemyError, OSError):
                _LOG.warning("privacy's work is held up, and tried again soon", exc_info=True)
