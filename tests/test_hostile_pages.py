"""What one application's API answers is that application's trouble, whatever it is."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from exporter.config.schema import Account, CollectionSettings, CollectorSettings, Config, CredentialSettings
from exporter.metrics.exposition import text
from exporter.service import Exporter
from exporter.tencent.secret import Secret
from tests.emulated import SALES, SUPPORT

NOW = int(time.time())
GOOD = {"SessionID": "a", "SessionStatus": "inProgress", "Direction": 0, "StaffNumber": "7"} | {
    "StartTimestamp": str(NOW - 50),
    "AcceptTimestamp": str(NOW - 40),
}


def sessions(number: int, **changes: object) -> list[dict[str, object]]:
    """So many sessions, the first one of them changed."""
    return [{**GOOD, "SessionID": str(index), **(changes if index == 0 else {})} for index in range(number)]


def page(listed: object, total: object = None) -> bytes:
    count = len(listed) if total is None and isinstance(listed, list) else total
    return json.dumps({"Response": {"Total": count, "Sessions": listed, "RequestId": ""}}).encode()


@asynccontextmanager
async def api(pages: Mapping[int, bytes]) -> AsyncIterator[str]:
    """An API that answers with the same page, whatever of an application is asked for."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                asked = json.loads(await reader.readexactly(int(length.partition(b":")[2])))
                body = pages[asked["SdkAppId"]] if asked["Offset"] == 0 else page([], 0)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                )
                writer.write(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def scrape(hostile: bytes) -> dict[str, float]:
    """Scrape a good and a hostile application, and return the samples of the latter; the former is to be up."""
    async with api({SUPPORT.sdk_app_id: page(sessions(1)), SALES.sdk_app_id: hostile}) as endpoint:
        account = Account(
            name="main",
            credentials=CredentialSettings(secret_id="AKID", secret_key=Secret("key")),
            endpoint=endpoint,
            requests_per_second=1000,
            applications=(replace(SUPPORT), replace(SALES)),
        )
        config = Config(
            accounts=(account,),
            collectors=CollectorSettings(inbound=False, staff=False),
            collection=CollectionSettings(min_interval=0.0),
        )
        with capture_logs() as logs:
            async with Exporter(config, environment={}) as exporter:
                families = [*await exporter.collect(20.0), *exporter.self_metrics.families()]
    assert not [log for log in logs if "internal error" in log["event"]]
    samples: dict[str, float] = {}
    for family in text_string_to_metric_families("".join(text(families)).encode().decode()):
        for sample in family.samples:
            labels = dict(sample.labels)
            application = labels.pop("application", "")
            key = " ".join([sample.name.removeprefix("tccc_"), *map(str, labels.values())])
            if application == "sales":
                samples[key] = sample.value
            elif sample.name == "tccc_up":
                assert sample.value == 1
    return samples


REFUSED = {
    "a Total of 400 digits": b'{"Response": {"Total": %b, "Sessions": []}}' % (b"9" * 400),
    "a Total of 400 digits as text": page([], "9" * 400),
    "a Total of 5000 digits": b'{"Response": {"Total": %b, "Sessions": []}}' % (b"9" * 5000),
    "a page of 26": page(sessions(26)),
    "an id of 257 characters": page(sessions(1, SessionID="x" * 257)),
    "milliseconds": page([{**GOOD, "AcceptTimestamp": str(NOW * 1000)}]),
    "microseconds": page([{**GOOD, "AcceptTimestamp": NOW * 1_000_000}] * 3),
    "the year 9999": page([{**GOOD, "SessionID": str(one), "StartTimestamp": 253_402_300_799} for one in range(20)]),
    "next year": page([{**GOOD, "SessionID": str(one), "AcceptTimestamp": NOW + 31_536_000} for one in range(20)]),
    "a number that is no number": b'{"Response": {"Total": NaN}}',
    "nesting": b'{"Response": ' + b"[" * 5000,
    "no JSON": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("hostile", REFUSED.values(), ids=REFUSED)
async def test_what_is_no_page_costs_the_application_alone(hostile: bytes) -> None:
    samples = await scrape(hostile)
    assert samples["up"] == 0
    assert not [name for name in samples if name.startswith("sessions ")]


async def test_a_session_with_an_absurd_time_counts_without_an_age() -> None:
    samples = await scrape(page(sessions(20, AcceptTimestamp=NOW * 1000)))
    assert samples["up"] == 1
    assert samples["sessions inbound inProgress"] == 20
    assert samples["waiting_sessions inbound"] == 0
    assert samples["session_age_seconds_gcount connected"] == 19
    assert samples["longest_call_seconds inbound"] >= 40


@pytest.mark.parametrize("field", ["Caller", "RoomID", "SessionID", "SessionStatus", "StaffNumber"])
@pytest.mark.parametrize("text", ["\ud800", "\x00", "\x1b[2J", '"}\n', "\\", "\u2028", "x" * 256])
async def test_texts_spoil_no_page(field: str, text: str) -> None:
    samples = await scrape(page(sessions(3, **{field: text})))
    assert samples["up"] == 1
    assert sum(value for name, value in samples.items() if name.startswith("sessions ")) == 3


async def test_a_number_with_spaces_around_it_is_the_same_person() -> None:
    samples = await scrape(page(sessions(3, StaffNumber=" 7 ")))
    assert samples["staff_sessions 7"] == 3
