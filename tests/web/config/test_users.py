"""What passwords cost, and whom it keeps waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import bcrypt
import pytest

from exporter.web.config import users
from exporter.web.config.users import BusyError, Login, Users
from tests.web.secured import hashed

HASHES = {"alice": hashed("secret"), "bob": hashed("word")}
RIGHT = Login(b"alice", b"secret")


class Checks:
    """What is asked of bcrypt; it answers once it is let go."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.go = threading.Event()
        self.go.set()
        self._check = bcrypt.checkpw

    def __call__(self, password: bytes, hashed_password: bytes) -> bool:
        self.asked.append(hashed_password)
        assert self.go.wait(10)
        return self._check(password, hashed_password)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Checks]:
    asked = Checks()
    monkeypatch.setattr(bcrypt, "checkpw", asked)
    yield asked
    asked.go.set()


def wrong(number: int) -> Login:
    return Login(b"alice", f"wrong {number}".encode())


async def test_results_are_kept_whichever_they_are(checks: Checks) -> None:
    some = Users()
    for _ in range(3):
        assert await some.are_right(RIGHT, HASHES, "here")
        assert not await some.are_right(wrong(1), HASHES, "here")
        assert not await some.are_right(Login(b"carol", b"secret"), HASHES, "here")
    assert len(checks.asked) == 3


async def test_a_right_password_is_let_in_at_once_while_wrong_ones_wait(checks: Checks) -> None:
    some = Users()
    assert await some.are_right(RIGHT, HASHES, "here")
    checks.go.clear()
    waiting = [asyncio.create_task(some.are_right(wrong(number), HASHES, f"client {number}")) for number in range(100)]
    await asyncio.sleep(0)
    assert await some.are_right(RIGHT, HASHES, "there")
    checks.go.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(outcome, BusyError) for outcome in outcomes) == 100 - users.MOST_WAITING
    assert outcomes.count(False) == users.MOST_WAITING


async def test_one_client_leaves_room_for_others(checks: Checks) -> None:
    some = Users()
    checks.go.clear()
    waiting = [asyncio.create_task(some.are_right(wrong(number), HASHES, "here")) for number in range(100)]
    await asyncio.sleep(0)
    good = asyncio.create_task(some.are_right(RIGHT, HASHES, "there"))
    await asyncio.sleep(0)
    checks.go.set()
    assert await good
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert outcomes.count(False) == users.MOST_WAITING_OF_CLIENT
    # All that has waited is over.
    assert not await some.are_right(wrong(99), HASHES, "here")


async def test_any_number_of_wrong_ones_drives_out_no_right_one(
    checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "MOST_RESULTS", 5)
    some = Users()
    assert await some.are_right(RIGHT, HASHES, "here")
    for number in range(50):
        assert not await some.are_right(wrong(number), HASHES, "here")
    assert len(some._wrong) == 5
    before = len(checks.asked)
    assert await some.are_right(RIGHT, HASHES, "here")
    assert len(checks.asked) == before


async def test_a_user_that_is_unknown_costs_what_a_known_one_does(checks: Checks) -> None:
    hashes = {"alice": hashed("secret", 4), "bob": hashed("secret", 5)}
    some = Users()
    for number in range(40):
        assert not await some.are_right(Login(f"nobody {number}".encode(), b"secret"), hashes, "here")
        assert not await some.are_right(Login(f"nobody {number}".encode(), b"other"), hashes, "here")
    # Each name is always taken for the same one of the users, and all of them are.
    assert checks.asked[::2] == checks.asked[1::2]
    assert set(checks.asked) == {value.encode() for value in hashes.values()}


async def test_another_hash_makes_old_results_void(checks: Checks) -> None:
    some = Users()
    assert await some.are_right(RIGHT, HASHES, "here")
    assert not await some.are_right(RIGHT, {"alice": hashed("other")}, "here")
    # Not even where another user has the hash that she had.
    assert not await some.are_right(RIGHT, {"bob": HASHES["alice"]}, "here")
    assert await some.are_right(RIGHT, HASHES, "here")


async def test_those_who_give_up_take_the_result_from_nobody(checks: Checks) -> None:
    some = Users()
    checks.go.clear()
    first, second = (asyncio.create_task(some.are_right(RIGHT, HASHES, "here")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    checks.go.set()
    assert await second
    assert len(checks.asked) == 1


async def test_it_closes_while_something_waits(checks: Checks) -> None:
    some = Users()
    checks.go.clear()
    waiting = [asyncio.create_task(some.are_right(wrong(number), HASHES, "here")) for number in range(3)]
    await asyncio.sleep(0)
    some.close()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
