"""The endpoint: answers requests as Tencent Cloud API 3.0 does, for the one action that there is."""

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
from exporter.emulator.authentication import AcceptedKey, AuthorizationHeaders, authenticate, claimed_secret_id
from exporter.emulator.center import ContactCenter
from exporter.emulator.clock import SimulatedClock
from exporter.emulator.errors import RequestRefusedError
from exporter.emulator.faults import Dice, Fault, FaultName
from exporter.emulator.misbehavior import misbehave
from exporter.emulator.options import EmulatorOptions
from exporter.emulator.parameters import PageRequest, parse_body, parse_query
from exporter.emulator.rate import new_rate_limit
from exporter.emulator.request_log import ANSWERED, RequestLog, RequestRecord

ACTION = "DescribePSTNActiveSessionList"
VERSION = "2020-02-10"

_CLOCK_SKEW = 600.0
_REGION = re.compile(r"(af|ap|eu|me|na|sa)-[a-z]+(-[a-z0-9]+)*")


class EmulatedEndpoint:
    """Answers requests about the contact centers.

    A request meets, in this order: the rate limit, the faults, the checks of its action, of who sent it and of its
    parameters. Only requests that name the right key and the action count against the rate limit.
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
        self._rate_limit = new_rate_limit(options.rate_window, options.requests_per_second)
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
        record = self._log.request_arrived(time.monotonic())
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
        limit = self._options.requests_per_second
        if self._is_limited(request) and not self._rate_limit.admit(record.arrived):
            raise RequestRefusedError("RequestLimitExceeded", f"More than {limit} requests per second for {ACTION}.")
        fault = self._dice.throw()
        if fault is not None and fault.error_code is not None:
            raise RequestRefusedError(fault.error_code, "This error was asked for.")
        if fault is not None and fault.name not in {FaultName.NULL_FIELDS, FaultName.CLOCK_SKEW}:
            self._log.outcome_known(record, fault.name)
            return await misbehave(fault.name, request)
        response = _json(await self._page(request, fault, request_id))
        if fault is not None and fault.name == FaultName.CLOCK_SKEW:
            response.headers["Date"] = formatdate(self._clock.now() + _CLOCK_SKEW, usegmt=True)
        self._log.outcome_known(record, ANSWERED)
        return response

    def _is_limited(self, request: web.BaseRequest) -> bool:
        return (
            request.headers.get("X-TC-Action") == ACTION
            and claimed_secret_id(request.headers.get("Authorization")) == self._options.secret_id
        )

    async def _page(self, request: web.BaseRequest, fault: Fault | None, request_id: str) -> bytes:
        _check_action(request)
        headers = request.headers
        content_type = headers.get("Content-Type", "")
        query = request.raw_path.partition("?")[2] if request.method == "GET" else ""
        body = await request.read()
        skew = _CLOCK_SKEW if fault is not None and fault.name == FaultName.CLOCK_SKEW else 0.0
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
            server_time=time.time() + skew,
        )
        page = parse_query(query) if request.method == "GET" else parse_body(content_type, body)
        return self._view(page, fault, request_id)

    def _view(self, page: PageRequest, fault: Fault | None, request_id: str) -> bytes:
        center = self._centers.get(page.sdk_app_id)
        if center is None:
            raise RequestRefusedError(
                "FailedOperation.PermissionDenied", f"There is no application {page.sdk_app_id} here."
            )
        center.advance(self._clock.now())
        sessions = center.page(page.offset, page.limit)
        if fault is not None and fault.name == FaultName.NULL_FIELDS:
            objects = [wire.session_object(session, center.start) for session in sessions]
            damaged = [wire.with_null_fields(session, self._random) for session in objects]
            return wire.result(len(center), damaged, request_id)
        encoded = [wire.encoded_session(session, center.start) for session in sessions]
        return wire.result(len(center), encoded, request_id)


def _check_action(request: web.BaseRequest) -> None:
    if request.method not in {"GET", "POST"}:
        raise RequestRefusedError("UnsupportedProtocol", "Requests must be GET or POST.")
    action = request.headers.get("X-TC-Action")
    version = request.headers.get("X-TC-Version")
    region = request.headers.get("X-TC-Region")
    if not action:
        raise RequestRefusedError("MissingParameter", "The header X-TC-Action is missing.")
    if action != ACTION:
        raise RequestRefusedError("InvalidAction", f"There is no such action; the emulator knows {ACTION}.")
    if not version:
        raise RequestRefusedError("MissingParameter", "The header X-TC-Version is missing.")
    if version != VERSION:
        raise RequestRefusedError("NoSuchVersion", f"There is no such version; {ACTION} has {VERSION}.")
    if region and not _REGION.fullmatch(region):
        raise RequestRefusedError("UnsupportedRegion", "The header X-TC-Region must be a region such as ap-guangzhou.")


def _json(body: bytes) -> web.Response:
    # Exactly this type: the vendor's SDKs look for errors only where no charset is added.
    return web.Response(body=body, headers={"Content-Type": "application/json"})
