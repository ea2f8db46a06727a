"""Basic authentication: users, their passwords, and what it costs to find out.

bcrypt is slow on purpose: it runs in a thread of its own, for a bounded number of requests, and results are kept.
"""

from __future__ import annotations

import asyncio
import binascii
import os
import sys
import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import NamedTuple

import bcrypt

LONGEST_PASSWORD = 72
"""Bytes that bcrypt looks at; htpasswd and Go let go of the rest, bcrypt 5 raises."""

MOST_WAITING = 32
"""Passwords that wait to be checked, or are."""

MOST_WAITING_OF_CLIENT = 8
"""The part of them that one client may have, so that a client of many wrong ones leaves room for others."""

MOST_RESULTS = 1000
"""Results kept, of right and of wrong passwords each."""

NICENESS = 10
"""Of the thread: where there is one processor, scrapes come before passwords."""


class BusyError(Exception):
    """More passwords are waiting to be checked than may."""


class Login(NamedTuple):
    """What a client says who it is."""

    user: bytes
    password: bytes


class Users:
    """Checks passwords. A right one that was checked before is never kept waiting by wrong ones."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "bcrypt", initializer=_be_nice)
        self._secret = os.urandom(32)
        self._right: dict[bytes, None] = {}
        self._wrong: dict[bytes, None] = {}
        self._checks: dict[bytes, asyncio.Task[bool]] = {}
        self._waiting: Counter[str] = Counter()

    async def are_right(self, login: Login, hashes: Mapping[str, str], client: str) -> bool:
        """Tell whether a login is that of one of the users, by the hashes of their passwords; not empty.

        `client` is the address that it comes from. Raises BusyError.
        """
        hashed = hashes.get(login.user.decode("utf-8", "surrogateescape"))
        is_known = hashed is not None
        if hashed is None:
            # Of one of the users, always the same for one name: what is not known takes as long as what is.
            chosen = int.from_bytes(self._digest(login.user)[:8], "big") % len(hashes)
            hashed = list(hashes.values())[chosen]
        key = self._digest(bytes([is_known]), login.user, hashed.encode(), login.password)
        if key in self._right:
            return True
        if key in self._wrong:
            return False
        if key not in self._checks:
            if len(self._checks) >= MOST_WAITING or self._waiting[client] >= MOST_WAITING_OF_CLIENT:
                raise BusyError
            self._waiting[client] += 1
            check = self._check(key, login.password, hashed.encode(), client, is_known=is_known)
            self._checks[key] = asyncio.create_task(check)
        # Others may wait for the same.
        return await asyncio.shield(self._checks[key])

    def close(self) -> None:
        """Give up all that waits."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        for check in self._checks.values():
            check.cancel()

    async def _check(self, key: bytes, password: bytes, hashed: bytes, client: str, *, is_known: bool) -> bool:
        try:
            loop = asyncio.get_running_loop()
            matches = await loop.run_in_executor(self._thread, _matches, password, hashed)
        finally:
            del self._checks[key]
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]
        results = self._right if matches and is_known else self._wrong
        results[key] = None
        if len(results) > MOST_RESULTS:
            del results[next(iter(results))]
        return matches and is_known

    def _digest(self, *parts: bytes) -> bytes:
        """Return what stands for some bytes in this process alone, so that no password is kept."""
        digest = blake2b(key=self._secret, digest_size=32)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.digest()


def parse_basic(header: str | None) -> Login | None:
    """Return what an Authorization header says; None where it says nothing by Basic authentication."""
    scheme, _, credentials = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(credentials.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return Login(user, password) if colon else None


def _matches(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password[:LONGEST_PASSWORD], hashed)
    except ValueError:
        return False


def _be_nice() -> None:
    if sys.platform == "linux":
        # Threads have a niceness of their own there, and are told apart by their native ids.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
