"""Calls in the air, and the watch that ends those which take too long or whose client has left.

Timers and waiting for a client to leave cost more than most calls last. So no call sets any: it notes its deadline, and
one watch for all looks around every 50 milliseconds. Only calls that are older than a look-around get a task that waits
for their client. A call is ended by cancelling its task, with the reason noted first.
"""

import asyncio
import time
from collections.abc import Awaitable
from enum import Enum
from typing import Protocol

LOOK_AROUND_S = 0.05
_LAST_WORDS_S = 1.0


class Ending(Enum):
    """Why the watch ended a call."""

    NONE = 0
    DEADLINE = 1
    CLIENT_GONE = 2
    STOPPING = 3


class Client(Protocol):
    """The part of Granian's protocol object that tells when a client has left."""

    def client_disconnect(self) -> Awaitable[None]:
        """Return when the connection is gone."""
        ...


class Flight:
    """One call in the air. `deadline` is on the monotonic clock; `waits_for` names what the deadline is for."""

    __slots__ = (
        "client",
        "deadline",
        "ending",
        "is_abandoned",
        "is_finished_alone",
        "seen",
        "task",
        "waits_for",
        "watcher",
    )

    def __init__(self, client: Client, task: "asyncio.Task[None]", deadline: float, waits_for: str) -> None:
        """Take off; `land` ends the watch."""
        self.client = client
        self.task = task
        self.deadline = deadline
        self.waits_for = waits_for
        self.ending = Ending.NONE
        self.seen = False
        self.is_abandoned = False
        """Whether the client has left."""
        self.is_finished_alone = False
        """Whether the call goes on without its client: it cannot be taken back, and its answer is worth a record."""
        self.watcher: asyncio.Task[None] | None = None

    def expect(self, deadline: float, waits_for: str) -> None:
        """Set what comes next, and by when."""
        self.deadline = deadline
        self.waits_for = waits_for

    def end(self, ending: Ending) -> None:
        """End the call for this reason, once."""
        if self.ending is Ending.NONE:
            self.ending = ending
            self.task.cancel()

    def was_ended(self) -> bool:
        """Say, inside a `CancelledError`, whether it was the watch that cancelled; the task may then go on."""
        if self.ending is Ending.NONE:
            return False
        self.task.uncancel()
        return True

    async def wait_for_client(self) -> None:
        """Note when the client has left, and end the call unless it is to be finished alone."""
        await self.client.client_disconnect()
        self.is_abandoned = True
        if not self.is_finished_alone:
            self.end(Ending.CLIENT_GONE)


class Watch:
    """The one look-out for all calls of a worker."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._flights: set[Flight] = set()
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        """Return how many calls are in the air."""
        return len(self._flights)

    def start(self, flight: Flight) -> None:
        """Keep an eye on this call."""
        self._flights.add(flight)

    def land(self, flight: Flight) -> None:
        """Forget a call; it cannot be ended any more."""
        self._flights.discard(flight)
        if not self._flights:
            self._empty.set()
        if flight.watcher is not None:
            flight.watcher.cancel()

    def look_around(self, now: float) -> None:
        """End what is overdue, and begin to wait for the clients of what has lasted since the last look."""
        for flight in tuple(self._flights):
            if now >= flight.deadline:
                flight.end(Ending.DEADLINE)
            elif not flight.seen:
                flight.seen = True
            elif flight.watcher is None:
                flight.watcher = asyncio.get_running_loop().create_task(flight.wait_for_client())

    async def run(self) -> None:
        """Look around until cancelled."""
        while True:
            await asyncio.sleep(LOOK_AROUND_S)
            self.look_around(time.monotonic())

    async def drain(self, patience_s: float) -> None:
        """Wait until all have landed; end those that have not after `patience_s`, and let them write their records."""
        if await self._all_landed(patience_s):
            return
        for flight in tuple(self._flights):
            flight.end(Ending.STOPPING)
        await self._all_landed(_LAST_WORDS_S)

    async def _all_landed(self, within_s: float) -> bool:
        if not self._flights:
            return True
        self._empty.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True
