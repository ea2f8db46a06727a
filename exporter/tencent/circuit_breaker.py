"""A circuit breaker: an action that gets no answer is called by one request at a time until it does."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from exporter.tencent.errors import TencentError

FAILURES = 3
"""How many requests in a row must have gone without any answer for the circuit to be open."""


class ProbeFailedError(Exception):
    """The call that probed has failed for good, with the error in `cause`."""

    def __init__(self, cause: TencentError) -> None:
        self.cause = cause
        super().__init__(cause)


class CircuitBreaker:
    """Watches the requests for one action. While the circuit is open, one call probes and the others wait for it.

    It is open only for the flows that have failed themselves since the last answer, such as those of one application:
    where the API gives no answer about one of them, it may well give one about another.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._failed_flows: set[Hashable] = set()
        self._probe: asyncio.Future[None] | None = None

    def is_open(self, flow: Hashable) -> bool:
        """Return whether the endpoint has stopped answering the action, a request of this flow among others."""
        return self._failures >= FAILURES and flow in self._failed_flows

    @property
    def is_probed(self) -> bool:
        """Whether a call is probing, so that another one would have to wait for it."""
        return self._probe is not None

    def answered(self) -> None:
        """Note an answer, whatever it was."""
        self._failures = 0
        self._failed_flows.clear()
        if self._probe is not None:
            self._end_probe()

    def failed(self, flow: Hashable) -> None:
        """Note a request of a flow that got no answer."""
        self._failures += 1
        self._failed_flows.add(flow)

    async def become_probe(self, flow: Hashable) -> bool:
        """Return True where the caller's call is to probe, and False once the circuit is closed.

        The call that probes ends that by `probe_ended`. Raises ProbeFailedError.
        """
        while self.is_open(flow):
            if self._probe is None:
                self._probe = asyncio.get_running_loop().create_future()
                return True
            await asyncio.shield(self._probe)
        return False

    def probe_ended(self, error: TencentError | None) -> None:
        """Note that the call that probes has ended, with an error that holds for those who wait, or none."""
        if self._probe is not None:
            self._end_probe(error)

    def _end_probe(self, error: TencentError | None = None) -> None:
        probe, self._probe = self._probe, None
        assert probe is not None
        if error is None:
            probe.set_result(None)
        else:
            probe.set_exception(ProbeFailedError(error))
            # Where nobody waits, asyncio would complain that nobody has looked at it.
            probe.exception()
