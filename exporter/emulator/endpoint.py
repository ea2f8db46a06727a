"""The endpoint: answers requests as Tencent Cloud API 3.0 does."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from random import Random

from aiohttp import web

from exporter.emulator import wire
from exporter.emulator.actions import ACTIONS, Action
from exporter.emulator.authentication import AcceptedKey, AuthorizationHeaders, authenticate, claimed_secret_id
from exporter.emulator.center import ContactCenter
from exporter.emulator.clock import SimulatedClock
from exporter.emulator.errors import RequestRefusedError
from exporter.emulator.faults import Dice, Fault, FaultName
from exporter.emulator.misbehavior import misbehave
from exporter.emulator.options import EmulatorOptions
from exporter.emulator.parameters import Parameters, parse_body, parse_query
from exporter.emulator.rate import new_rate_limit
from exporter.emulator.request_log import ANSWERED, RequestLog, RequestRecord

VERSION = "2020-02-10"

_CLOCK_SKEW = 600.0
_THROTTLED = "RequestLimitExceeded"
_REGION = re.compile(r"(af|ap|eu|me|na|sa)-[a-z]+(-[a-z0-9]+)*")


class EmulatedEndpoint:
    """Answers requests about the contact centers.

    A request meets, in this order: the rate limit, the faults, the checks of its action, of who sent it and of its
    parameters. Each action has a rate limit of its own; only requests that name the right key count against it.
    """

    def __init__(
        self, options: EmulatorOptions, centers: Mapping[int, ContactCenter], clock: SimulatedClock, log: RequestLog
    ) -> None:
        self._options = options
        self._credentials = AcceptedKey(options.secret_id, options.secret_key, options.token)
        self._centers = centers
        self._clock = clock
        self._log = log
        self._random = Random(f"{options.seed} endpoint")
        self._rate_limits = {name: new_rate_limit(options.rate_window, options.requests_per_second) for name in ACTIONS}
        self.set_faults(options.faults)

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Let these faults strike from the next request on, and no others."""
        self._dice = Dice(faults, Random(f"{self._options.seed} faults"))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, half the round trip before it arrives and half after."""
        if request.path != "/":
            return web.Response(status=404, body=b"Not Found\n", headers={"Content-Type": "text/plain"})
        one_way = self._round_trip() / 2
        if one_way:
            await asyncio.sleep(one_way)
        response = await self._answer(request)
        if one_way:
            await asyncio.sleep(one_way)
        return response

    def _round_trip(self) -> float:
        jitter = self._options.jitter
        return max(0.0, self._options.latency + (self._random.uniform(-jitter, jitter) if jitter else 0.0))

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        record = self._log.request_arrived(time.monotonic(), request.headers.get("X-TC-Action"))
        request_id = str(uuid.uuid4())
        date = None
        try:
            response = await self._serve(request, record, request_id)
        except RequestRefusedError as error:
            self._log.outcome_known(record, error.code)
            response = _json(wire.error(error.code, error.message, request_id))
            date = error.server_time
        response.headers.setdefault("Date", formatdate(self._clock.now() if date is None else date, usegmt=True))
        return response

    async def _serve(self, request: web.BaseRequest, record: RequestRecord, request_id: str) -> web.Response:
        if self._is_over_limit(request, record):
            raise RequestRefusedError(_THROTTLED, self._refusal())
        fault = self._dice.throw(record.action)
        if fault is not None and fault.error_code is not None:
            message = self._refusal() if fault.error_code == _THROTTLED else "This error was asked for."
            raise RequestRefusedError(fault.error_code, message)
        if fault is not None and fault.name not in {FaultName.NULL_FIELDS, FaultName.CLOCK_SKEW}:
            self._log.outcome_known(record, fault.name)
            return await misbehave(fault.name, record.action, request)
        response = _json(wire.answer(await self._fields(request, fault), request_id))
        if fault is not None and fault.name == FaultName.CLOCK_SKEW:
            response.headers["Date"] = formatdate(self._clock.now() + _CLOCK_SKEW, usegmt=True)
        self._log.outcome_known(record, ANSWERED)
        return response

    def _is_over_limit(self, request: web.BaseRequest, record: RequestRecord) -> bool:
        limit = self._rate_limits.get(record.action or "")
        is_counted = claimed_secret_id(request.headers.get("Authorization")) == self._options.secret_id
        return limit is not None and is_counted and not limit.admit(record.arrived)

    def _refusal(self) -> str:
        limit = self._options.requests_per_second
        return (
            f"Your current request times equals to `{limit + 1}` in a second, which exceeds the frequency limit "
            f"`{limit}` for a second. Please reduce the frequency of calls."
        )

    async def _fields(self, request: web.BaseRequest, fault: Fault | None) -> dict[str, object]:
        action = _checked_action(request)
        skew = _CLOCK_SKEW if fault is not None and fault.name == FaultName.CLOCK_SKEW else 0.0
        parameters = await self._authentic_parameters(request, time.time() + skew)
        parameters.check_names(action.parameters)
        parsed = action.parse(parameters)
        center = self._centers.get(parsed.sdk_app_id)
        if center is None:
            raise RequestRefusedError(action.unknown_application, f"There is no application {parsed.sdk_app_id} here.")
        center.advance(self._clock.now())
        is_damaged = fault is not None and fault.name == FaultName.NULL_FIELDS
        return parsed.answer(center, self._random if is_damaged else None)

    async def _authentic_parameters(self, request: web.BaseRequest, server_time: float) -> Parameters:
        headers = request.headers
        content_type = headers.get("Content-Type", "")
        query = request.raw_path.partition("?")[2] if request.method == "GET" else ""
        body = await request.read()
        authenticate(
            AuthorizationHeaders(
                authorization=headers.get("Authorization"),
                timestamp=headers.get("X-TC-Timestamp"),
                token=headers.get("X-TC-Token"),
                host=headers.get("Host", ""),
                content_type=content_type,
            ),
            request.method,
            query,
            body,
            credentials=self._credentials,
            server_time=server_time,
        )
        return parse_query(query) if request.method == "GET" else parse_body(content_type, body)


def _checked_action(request: web.BaseRequest) -> Action:
    if request.method not in {"GET", "POST"}:
        raise RequestRefusedError("UnsupportedProtocol", "Requests must be GET or POST.")
    action = request.headers.get("X-TC-Action")
    version = request.headers.get("X-TC-Version")
    region = request.headers.get("X-TC-Region")
    if not action:
        raise RequestRefusedError("MissingParameter", "The header X-TC-Action is missing.")
    if action not in ACTIONS:
        raise RequestRefusedError("InvalidAction", f"There is no such action; the emulator knows {', '.join(ACTIONS)}.")
    if not version:
        raise RequestRefusedError("MissingParameter", "The header X-TC-Version is missing.")
    if version != VERSION:
        raise RequestRefusedError("NoSuchVersion", f"There is no such version; {action} has {VERSION}.")
    if region and not _REGION.fullmatch(region):
        raise RequestRefusedError("UnsupportedRegion", "The header X-TC-Region must be a region such as ap-guangzhou.")
    return ACTIONS[action]


def _json(body: bytes) -> web.Response:
    # Exactly this type: the vendor's SDKs look for errors only where no charset is added.
    return web.Response(body=body, headers={"Content-Type": "application/json"})
