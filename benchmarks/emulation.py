"""The emulator as a process of its own that watches every view of its list: `Child` commands it, see `Command`."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from random import Random

import msgspec

from benchmarks.cells import APPLICATION, Cell
from benchmarks.children import Child
from benchmarks.outcomes import Witness
from benchmarks.truth import WatchedListing
from exporter.emulator.listing import Listing, Order, new_listing
from exporter.emulator.rate import RateWindow
from exporter.emulator.server import Emulator, EmulatorOptions

_THROTTLED = "RequestLimitExceeded"


class Command(StrEnum):
    """What it can be told: to begin with a reading (it answers its URL), and to bear witness of it."""

    BEGIN = "begin"
    WITNESS = "witness"


def emulator_of(cell: Cell, seed: int = 0) -> Child:
    """Start an emulator of a cell.

    Its second is a sliding one, the stricter of the two: who keeps to that keeps to a fixed one.
    """
    return Child("benchmarks.emulation", msgspec.json.encode(cell).decode(), str(seed))


class WatchedEmulator:
    """An emulator of one application whose list is watched."""

    def __init__(self, cell: Cell, seed: int) -> None:
        """Open the contact center."""
        self._lists: list[WatchedListing] = []
        options = EmulatorOptions(
            applications=(APPLICATION,),
            sessions=cell.sessions,
            latency=cell.latency,
            jitter=cell.jitter,
            order=cell.order,
            rate_window=RateWindow.SLIDING,
            seed=seed,
        )
        self.emulator = Emulator(options, listing=self._watched)

    def begin(self) -> None:
        """Let a reading begin."""
        self._lists[0].begin()

    def witness(self) -> Witness:
        """Return what was seen since the last time; requests that came in between belong to whoever caused them."""
        requests, throttled = len(self.emulator.requests.records), self.emulator.requests.outcomes[_THROTTLED]
        self.emulator.requests.clear()
        return Witness(
            listed=self._lists[0].listed, up=self._lists[0].up_throughout, requests=requests, throttled=throttled
        )

    def _watched(self, order: Order, random: Random) -> Listing:
        self._lists.append(WatchedListing(new_listing(order, random)))
        return self._lists[-1]


async def main() -> None:
    """Serve until stdin ends."""
    cell, seed = sys.argv[1:]
    watched = WatchedEmulator(msgspec.json.decode(cell, type=Cell), int(seed))
    async with watched.emulator as emulator:
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip() == Command.BEGIN:
                watched.begin()
                _say(emulator.url)
            else:
                _say(watched.witness())


def _say(answer: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main())
