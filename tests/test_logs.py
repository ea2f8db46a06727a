from __future__ import annotations

import asyncio
import errno
import json
import logging
import re

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage

from exporter.log_lines import MOST_RECORDS, PERIOD, LineWriter
from exporter.logs import LogFormat, LogLevel, configure_logs
from tests import virtual_time
from tests.processes import PATIENCE


class Logs:
    """The logs of the process, and what has come of them."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.now = 0.0
        self.lines: LineWriter

    def configure(self, level: LogLevel = "debug", log_format: LogFormat = "logfmt") -> None:
        self.lines = configure_logs(level, log_format, lambda: self.now)

    def written(self) -> list[str]:
        self.lines.flush(PATIENCE)
        captured = self._capsys.readouterr()
        assert captured.out == ""
        return captured.err.splitlines()


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Logs:
    return Logs(capsys)


def test_logfmt_goes_to_stderr_one_line_an_event(logs: Logs) -> None:
    logs.configure("info")
    structlog.get_logger().info("listening", addresses=":1", error='a "quoted"\nline')
    structlog.get_logger().debug("not shown")
    [line] = logs.written()
    assert line.startswith("ts=")
    assert ' level=info msg=listening addresses=:1 error="a \\"quoted\\"\\nline"' in line


def test_json_with_the_libraries_own_logs_and_their_exceptions(logs: Logs) -> None:
    logs.configure("debug", "json")
    logging.getLogger("aiohttp.server").info("chatter")
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling %s", "request")
    [line] = logs.written()
    event = json.loads(line)
    assert (event["level"], event["msg"], event["logger"]) == ("error", "Error handling request", "aiohttp.server")
    assert "ValueError: broken" in event["exception"]


@pytest.mark.parametrize("log_format", ["logfmt", "json"])
def test_when_how_bad_and_what_come_first(log_format: LogFormat, logs: Logs) -> None:
    logs.configure("info", log_format)
    structlog.get_logger().bind(application="support").info("collection succeeded", request_id=None, sessions=3)
    [line] = logs.written()
    keys = re.findall(r"(\w+)=", line) if log_format == "logfmt" else list(json.loads(line))
    assert keys == ["ts", "level", "msg", "application", "sessions"]


SESSION_ID = "b7f9c1d2-7f5e-4f0a-9a52-0d5a8c3f1e2b"


def test_what_an_exception_quotes_is_blotted_out(logs: Logs) -> None:
    logs.configure("info")
    sessions: dict[str, str] = {}
    try:
        sessions[SESSION_ID]
    except KeyError as error:
        structlog.get_logger().error("internal error, please report", exc_info=error)
        logging.getLogger("asyncio").exception("Task failed: KeyError('%s'), +86 13800138000", SESSION_ID)
    lines = logs.written()
    assert len(lines) == 2
    assert all("KeyError: '<id>'" in line and "test_logs.py" in line for line in lines)
    assert "Task failed: KeyError('<id>'), <number>" in lines[1]


def test_a_client_that_speaks_no_http_leaves_no_trace(logs: Logs) -> None:
    logs.configure()
    try:
        raise BadHttpMessage("bad chunk")
    except BadHttpMessage:
        logging.getLogger("aiohttp.server").exception("Error handling request")
    assert logs.written() == []


def test_a_slip_of_the_server_while_it_stops_is_no_news(logs: Logs) -> None:
    logs.configure()
    for message in ("Unhandled exception", "Error handling request"):
        try:
            raise asyncio.InvalidStateError("invalid state")
        except asyncio.InvalidStateError:
            logging.getLogger("aiohttp.server").exception(message)
    [line] = logs.written()
    assert 'msg="Error handling request"' in line


def test_levels_have_the_names_of_the_flag(logs: Logs) -> None:
    logs.configure()
    structlog.get_logger().warning("one")
    logging.getLogger("asyncio").log(45, "two")
    assert [line.split()[1] for line in logs.written()] == ["level=warn", "level=error"]


def test_the_level_is_kept(logs: Logs) -> None:
    logs.configure("error")
    structlog.get_logger().warning("not shown")
    logging.getLogger("asyncio").warning("not shown")
    structlog.get_logger().error("shown")
    assert len(logs.written()) == 1


def accept_without_descriptors(number: int) -> None:
    """Log what asyncio does for a client when there are no file descriptors left."""
    try:
        raise OSError(errno.EMFILE, "Too many open files")
    except OSError:
        message = f"socket.accept() out of system resource\nsocket: <asyncio.TransportSocket fd={number}>"
        logging.getLogger("asyncio").exception(message)


def test_a_flood_of_records_of_a_library_becomes_a_few_lines_and_a_number(logs: Logs) -> None:
    logs.configure()
    for number in range(5000):
        accept_without_descriptors(number)
    lines = logs.written()
    assert len(lines) == MOST_RECORDS
    assert all("Too many open files" in line and "Traceback" not in line for line in lines)
    assert max(map(len, lines)) < 300
    assert [line for line in lines if 'further="left out for up to a minute"' in line] == lines[-1:]
    logs.now += PERIOD
    logging.getLogger("aiohttp.server").warning("another")
    left_out, another = logs.written()
    assert 'msg="records of a library left out" logger=asyncio records=4990' in left_out
    assert "msg=another" in another
    accept_without_descriptors(1)
    assert len(logs.written()) == 1


def test_a_flood_of_one_kind_leaves_out_no_other(logs: Logs) -> None:
    logs.configure()
    for number in range(20):
        accept_without_descriptors(number)
    logging.getLogger("asyncio").error("Task was destroyed but it is pending!")
    assert "Task was destroyed" in logs.written()[-1]


def test_what_was_left_out_is_told_although_nothing_more_comes(logs: Logs) -> None:
    async def flood() -> None:
        logs.lines = configure_logs("info", "logfmt", asyncio.get_running_loop().time)
        for number in range(100):
            accept_without_descriptors(number)
        await asyncio.sleep(PERIOD + 1)

    virtual_time.run(flood())
    assert "records=90" in logs.written()[-1]


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")

    __str__ = __repr__


@pytest.mark.parametrize("log_format", ["logfmt", "json"])
def test_what_cannot_be_put_into_words_is_dropped_and_counted(log_format: LogFormat, logs: Logs) -> None:
    logs.configure("debug", log_format)
    structlog.get_logger().error("one", value=Unspeakable())
    logging.getLogger("asyncio").error("two %s", Unspeakable())
    logging.getLogger("asyncio").error("three %d", "words")
    structlog.get_logger().error("four")
    assert len(logs.written()) == 1
    assert logs.lines.dropped == 3


def test_what_is_no_unicode_is_written_all_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    lines = configure_logs("info", "logfmt")
    structlog.get_logger().error("collection failed", error="\ud800客服")
    lines.flush(PATIENCE)
    assert r"\ud800客服" in capfd.readouterr().err
