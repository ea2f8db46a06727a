"""Readings in real time: every contender a process of its own, in front of an emulator in another one."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from benchmarks.cells import Cell, Contender
from benchmarks.children import Child
from benchmarks.emulation import Command, emulator_of
from benchmarks.outcomes import Outcome, Reading, Witness, judge

Outcomes = dict[tuple[Cell, Contender], list[Outcome]]
Readings = Mapping[Contender, int]
"""How many readings each contender gets, the first and cold one included."""

PAUSE = 1.15
"""Seconds that an emulator is left alone between two readings, so that the next one finds the whole rate free."""

_COMMANDS: dict[Contender, tuple[str, ...]] = {
    Contender.EXPORTER: ("benchmarks.contenders.exporter",),
    Contender.SERIAL: ("benchmarks.contenders.sdk", "serial"),
    Contender.THREADS: ("benchmarks.contenders.sdk", "threads"),
}


class Station:
    """An emulator of a cell, and the contenders that read it in turn. Made by `station`."""

    def __init__(self, cell: Cell, emulator: Child, contenders: Mapping[Contender, Child]) -> None:
        self.cell = cell
        self._emulator = emulator
        self._contenders = contenders
        self._free_at = 0.0
        self._begun: set[Contender] = set()

    def read(self, contender: Contender) -> Outcome:
        """Have the list read by a contender once the rate is free."""
        time.sleep(max(0.0, self._free_at - time.monotonic()))
        self._emulator.ask(Command.BEGIN, str)
        reading = self._contenders[contender].ask("read", Reading)
        self._free_at = time.monotonic() + PAUSE
        cold = contender not in self._begun
        self._begun.add(contender)
        return judge(reading, self._emulator.ask(Command.WITNESS, Witness), cold=cold)


@contextmanager
def station(cell: Cell) -> Iterator[Station]:
    """Start everything that a cell needs, and end it."""
    with ExitStack() as stack:
        emulator = stack.enter_context(emulator_of(cell))
        url = emulator.ask(Command.BEGIN, str)
        contenders = {
            contender: stack.enter_context(Child(module, url, *arguments))
            for contender, (module, *arguments) in _COMMANDS.items()
        }
        for contender in contenders.values():
            # What still starts would be in the way of what is measured, above all of a first reading.
            contender.receive(str)
        yield Station(cell, emulator, contenders)


def read_in_turn(cells: Iterable[Cell], readings: Readings, tell: Callable[[str], None]) -> Outcomes:
    """Read short lists one after another, so that no reading disturbs another one's milliseconds."""
    found: Outcomes = defaultdict(list)
    with ExitStack() as stack:
        stations = [stack.enter_context(station(cell)) for cell in cells]
        for turn, contender in _turns(readings):
            if turn % 20 == 0:
                tell(f"turn {turn + 1} of {contender}")
            for one in stations:
                found[one.cell, contender].append(one.read(contender))
    return found


def read_side_by_side(
    cells: Sequence[Cell], readings: Readings, most_at_once: int, tell: Callable[[str], None]
) -> Outcomes:
    """Read long lists at the same time: who waits for the rate most of the time does not mind."""

    def read(cell: Cell) -> Outcomes:
        tell(f"{cell.sessions} sessions, {cell.latency * 1000:.0f} ms, jitter {cell.jitter * 1000:.0f} ms")
        found: Outcomes = defaultdict(list)
        with station(cell) as one:
            for _, contender in _turns(readings):
                found[cell, contender].append(one.read(contender))
        return found

    with ThreadPoolExecutor(most_at_once) as pool:
        return {key: outcomes for found in pool.map(read, cells) for key, outcomes in found.items()}


def _turns(readings: Readings) -> Iterator[tuple[int, Contender]]:
    """Interleave the contenders, so that what disturbs the machine for a while disturbs all of them."""
    for turn in range(max(readings.values())):
        for contender, count in readings.items():
            if turn < count:
                yield turn, contender
