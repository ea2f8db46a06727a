"""The client of one account: calls actions at the rate allowed, and again where they fail in passing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import TypeVar

import msgspec
import structlog

from exporter.durations import format_duration
from exporter.tencent.action import ApiAction
from exporter.tencent.answer import Answer
from exporter.tencent.circuit_breaker import CircuitBreaker, ProbeFailedError
from exporter.tencent.codes import THROTTLED, TOKEN_REFUSED
from exporter.tencent.credentials import CredentialProvider, Credentials
from exporter.tencent.credentials_in_use import CredentialsInUse
from exporter.tencent.endpoint import Endpoint
from exporter.tencent.errors import (
    PASSING,
    TOO_MANY_REQUESTS,
    ApiError,
    BadBodyError,
    HttpStatusError,
    RateLimitTimeoutError,
    RequestTimeoutError,
    TencentError,
)
from exporter.tencent.limiters import RateLimiters
from exporter.tencent.permit_waiter import PermitWaiter
from exporter.tencent.rate_limiter import Permit, RateLimiter
from exporter.tencent.retry import with_retries

ATTEMPT_TIMEOUT = 5.0
"""Seconds after which an attempt is given up; one that hangs must not use up a scrape's whole time."""

Result = TypeVar("Result")

_log = structlog.get_logger()


class Client:
    """One account at one endpoint, which it closes.

    `credentials` is asked before every attempt, and closed by whoever made it. `limiters` is shared by all clients of
    the process; `account` is the name by which logs tell of this one.
    """

    def __init__(
        self, endpoint: Endpoint, credentials: CredentialProvider, limiters: RateLimiters, *, account: str = ""
    ) -> None:
        self._endpoint = endpoint
        self._credentials = CredentialsInUse(credentials)
        self._limiters = limiters
        self._account = account

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoint.close()

    def leave_rate_limits(self) -> None:
        """Have no part in any rate limit any more: the account is gone."""
        self._limiters.forget(str(self._endpoint.url), self._account)

    def change_credentials(self, credentials: CredentialProvider) -> None:
        """Use other credentials from the next attempt on."""
        self._credentials.change(credentials)

    async def call(
        self,
        action: ApiAction,
        parameters: Mapping[str, object],
        decode: Callable[[Answer], Result],
        deadline: float,
        flow: Hashable,
        *,
        permit: Permit | None = None,
        on_send: Callable[[], None] = lambda: None,
    ) -> Result:
        """Call an action, and again where it fails in passing.

        `decode` makes a result of the answer, or raises BadBodyError. `deadline` is a time of the running loop's clock.
        `flow` is where the attempts wait for permits, see RateLimiter; its failures alone open the circuit to it, see
        CircuitBreaker. `permit` is one for the first attempt that the
        caller has waited for already, and is released in any case. `on_send` is called for every request that goes out.
        Raises TencentError.
        """
        body = msgspec.json.encode(parameters)
        first_permit = permit
        is_probe = has_renewed = False
        failure: TencentError | None = None

        async def attempt() -> Result:
            nonlocal first_permit, has_renewed
            granted, first_permit = first_permit, None
            credentials = self._credentials.current()
            if credentials is None:
                if granted is not None:
                    # Whoever waits for credentials must not keep others from a permit.
                    granted.release()
                    granted = None
                credentials = await self._resolve(action, deadline)
            try:
                return await send(credentials, granted)
            except ApiError as error:
                if error.code == TOKEN_REFUSED and not has_renewed:
                    has_renewed = True
                    if await self._credentials.renew(credentials, deadline):
                        error.repetitions = PASSING
                raise

        async def send(credentials: Credentials, granted: Permit | None) -> Result:
            nonlocal is_probe
            limiter = self._limiter(action, credentials)
            if granted is not None and not granted.is_of(limiter):
                # The account has got another key since, whose requests are counted elsewhere.
                granted.release()
                granted = None
            breaker = action.circuit_breaker
            # An answer to somebody else ends a probe.
            is_probe = is_probe and breaker.is_probed and breaker.is_open(flow)
            if not is_probe and breaker.is_open(flow):
                if granted is not None and breaker.is_probed:
                    # Whoever waits for the probe must not keep it from a permit.
                    granted.release()
                    granted = None
                is_probe = await _become_probe(breaker, flow, deadline)
            if granted is None:
                granted = await _acquire(limiter, action, flow, deadline)
            with granted, self._observed(action, granted, limiter, flow):
                on_send()
                answer = await self._endpoint.request(
                    action.name,
                    body,
                    credentials,
                    deadline=min(deadline, asyncio.get_running_loop().time() + ATTEMPT_TIMEOUT),
                    largest_answer=action.largest_answer,
                )
                # Decoding is a part of it: an answer that makes no sense failed.
                return decode(answer)

        try:
            with permit or nullcontext():
                return await with_retries(attempt, deadline)
        except ProbeFailedError as error:
            raise error.cause from None
        except TencentError as error:
            failure = error
            error.action = action.name
            raise
        finally:
            if is_probe:
                action.circuit_breaker.probe_ended(failure)

    async def permits(self, action: ApiAction, flow: Hashable, deadline: float, wakeup: asyncio.Event) -> PermitWaiter:
        """Return what takes permits for first attempts, see `call` and PermitWaiter. Raises TencentError."""
        limiter = self._limiter(action, await self._resolve(action, deadline))
        return PermitWaiter(limiter, flow, deadline, wakeup, action.observer.rate_limit_waited)

    def rate_in_force(self, action: ApiAction) -> float:
        """Return the requests a second that are allowed now for an action."""
        credentials = self._credentials.current()
        return float(action.requests_per_second) if credentials is None else self._limiter(action, credentials).in_force

    def _limiter(self, action: ApiAction, credentials: Credentials) -> RateLimiter:
        return self._limiters.get(
            str(self._endpoint.url),
            credentials.identity,
            action.name,
            account=self._account,
            requests_per_second=action.requests_per_second,
        )

    async def _resolve(self, action: ApiAction, deadline: float) -> Credentials:
        try:
            return await self._credentials.get(deadline)
        except TencentError as error:
            error.action = action.name
            action.observer.request_failed(error.label)
            raise

    @contextmanager
    def _observed(self, action: ApiAction, permit: Permit, limiter: RateLimiter, flow: Hashable) -> Iterator[None]:
        """Tell all who need to know what becomes of the request that is sent within the context."""
        loop = asyncio.get_running_loop()
        sent = loop.time()
        permit.sent()
        action.observer.request_sent()
        try:
            yield
            permit.answered()
            action.circuit_breaker.answered()
        except TencentError as error:
            if isinstance(error, ApiError | BadBodyError | HttpStatusError):
                permit.answered()
                action.circuit_breaker.answered()
            elif not error.is_stale:
                action.circuit_breaker.failed(flow)
            if _is_refused_for_its_rate(error):
                limiter.throttled()
            action.observer.request_failed(error.label)
            _log.debug(
                "request failed",
                account=self._account,
                action=action.name,
                code=error.code,
                error=error.message,
                request_id=error.request_id or None,
                duration=format_duration(loop.time() - sent),
            )
            raise
        finally:
            action.observer.request_answered(loop.time() - sent)


async def _become_probe(breaker: CircuitBreaker, flow: Hashable, deadline: float) -> bool:
    try:
        async with asyncio.timeout_at(deadline):
            return await breaker.become_probe(flow)
    except TimeoutError:
        raise RequestTimeoutError("no answer in time") from None


async def _acquire(limiter: RateLimiter, action: ApiAction, flow: Hashable, deadline: float) -> Permit:
    loop = asyncio.get_running_loop()
    asked = loop.time()
    try:
        return await limiter.acquire(flow, deadline)
    except TimeoutError:
        raise RateLimitTimeoutError from None
    finally:
        action.observer.rate_limit_waited(loop.time() - asked)


def _is_refused_for_its_rate(error: TencentError) -> bool:
    return error.code.startswith(THROTTLED) or (
        isinstance(error, HttpStatusError) and error.status == TOO_MANY_REQUESTS
    )
