"""Temporary keys, renewed before they expire."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from exporter.durations import format_duration
from exporter.tencent.credentials import CredentialProvider, Credentials
from exporter.tencent.errors import NoCredentialsError

MARGIN = 0.1
"""What part of its life a key has left when it is renewed."""
LEAST_MARGIN = 300.0
"""Seconds that it has left at least."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""Seconds between attempts that fail: the pause doubles from one to the next."""
REFUSAL_PAUSE = 60.0
"""Seconds within which only the first refusal has a key renewed: where the next key is refused too, it is not the key.
"""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TemporaryKey:
    """A key, when it expires in Unix seconds, and the seconds that it had left when it came, by the server's clock."""

    credentials: Credentials
    expires: float
    remaining: float


class SourceAbsentError(NoCredentialsError):
    """There is no such source here, so that another one may be asked.

    `is_likely_to_last`: it is asked again in the background, as nobody should wait for what will hardly come.
    """

    def __init__(self, message: str, *, is_likely_to_last: bool = False) -> None:
        super().__init__(message)
        self.is_likely_to_last = is_likely_to_last


class RenewedCredentials(CredentialProvider):
    """A temporary key, got by `fetch` when it is first asked for, and renewed in time from then on.

    `fetch` raises NoCredentialsError, in time. While it fails, the last key is used until it expires. `account` is the
    name by which logs tell of it; `chance` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[TemporaryKey]],
        *,
        account: str = "",
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._fetch = fetch
        self._account = account
        self._chance = chance
        self._key: TemporaryKey | None = None
        self._expires_at = 0.0
        self._margin = 0.0
        self._failure: NoCredentialsError | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._may_renew_at = -math.inf
        self._renewing: asyncio.Task[Credentials | NoCredentialsError] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def get(self) -> Credentials:
        """Return the key. Raises NoCredentialsError, without asking again at once after a failure.

        A source that was not there is asked again, since networks come up late; but the caller does not wait for it.
        """
        if credentials := self.current():
            return credentials
        if self._failure is not None:
            is_early = asyncio.get_running_loop().time() < self._retry_at
            if self._is_likely_to_be_absent and not is_early:
                self._start()
            if self._is_likely_to_be_absent or (is_early and self._renewing is None):
                raise _copy(self._failure)
        return await self._renewed()

    def current(self) -> Credentials | None:
        """Return the key, None where there is none that has not expired."""
        if self._key is None or self._loop is None or self._loop.time() >= self._expires_at:
            return None
        return self._key.credentials

    @property
    def expiry(self) -> float | None:
        """When the last key expires, or has expired, in Unix seconds; None while there has been none."""
        return None if self._key is None else self._key.expires

    async def renew(self, refused: Credentials) -> bool:
        """Fetch another key at once in place of one that was refused; tell whether there is another one."""
        now = asyncio.get_running_loop().time()
        if self._key is not None and self._key.credentials == refused:
            if self._renewing is None:
                if now < self._may_renew_at:
                    return False
                self._may_renew_at = now + REFUSAL_PAUSE
            try:
                await self._renewed()
            except NoCredentialsError:
                return False
        return self.current() not in {None, refused}

    def look_again(self) -> None:
        """Have the next `get` ask at once, where there is no key."""
        if self._key is None:
            self._failure, self._failures, self._retry_at = None, 0, 0.0

    async def aclose(self) -> None:
        """Renew no more, and give up what is under way."""
        if self._timer is not None:
            self._timer.cancel()
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])

    @property
    def _is_likely_to_be_absent(self) -> bool:
        failure = self._failure
        return self._key is None and isinstance(failure, SourceAbsentError) and failure.is_likely_to_last

    async def _renewed(self) -> Credentials:
        renewing = self._start()
        # Whoever waits is given up alone, and is not given up with what it waits for.
        await asyncio.wait([renewing])
        if renewing.cancelled():
            raise NoCredentialsError("these credentials are not in use any more")
        match renewing.result():
            case NoCredentialsError() as error:
                raise _copy(error)
            case credentials:
                return credentials

    def _start(self) -> asyncio.Task[Credentials | NoCredentialsError]:
        if self._renewing is None:
            self._loop = asyncio.get_running_loop()
            if self._timer is not None:
                self._timer.cancel()
            self._renewing = self._loop.create_task(self._renew())
            self._renewing.add_done_callback(self._ended)
        return self._renewing

    def _ended(self, _: object) -> None:
        self._renewing = None

    async def _renew(self) -> Credentials | NoCredentialsError:
        try:
            key = await self._fetch()
        except NoCredentialsError as error:
            # Returned, since nobody may be there to catch it.
            self._failed(error)
            return error
        self._came(key)
        return key.credentials

    def _came(self, key: TemporaryKey) -> None:
        loop = asyncio.get_running_loop()
        known = self._key
        if known is None or known.credentials != key.credentials:
            self._margin = max(key.remaining * MARGIN, LEAST_MARGIN)
        if known is None or self._failure is not None:
            _log.info(
                "temporary key obtained" if known is None else "temporary key renewed again",
                account=self._account,
                key_source=key.credentials.source,
                expires_in=format_duration(key.remaining),
            )
        self._key, self._failure, self._failures = key, None, 0
        self._expires_at = loop.time() + key.remaining
        # Where a key lives shorter than the margin, or the same one came once more, another may come a little later.
        wait = max(key.remaining - self._margin, min(key.remaining / 2, LONGEST_PAUSE), 1.0)
        self._timer = loop.call_later(wait, self._start)

    def _failed(self, error: NoCredentialsError) -> None:
        loop = asyncio.get_running_loop()
        self._failures += 1
        pause = min(FIRST_PAUSE * 2.0 ** (self._failures - 1), LONGEST_PAUSE) * (0.5 + self._chance() / 2)
        self._retry_at = loop.time() + pause
        if self._key is not None:
            self._timer = loop.call_at(self._retry_at, self._start)
            if self._failure is None:
                _log.warning(
                    "cannot renew the temporary key, still trying",
                    account=self._account,
                    key_source=self._key.credentials.source,
                    error=error.message,
                    expires_in=format_duration(max(0.0, self._expires_at - loop.time())),
                )
        self._failure = error


def _copy(error: NoCredentialsError) -> NoCredentialsError:
    """Return an error anew: one that is raised again and again would carry all its tracebacks."""
    return type(error)(error.message)
