from __future__ import annotations

import json
import logging

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage

from exporter.logs import configure_logs


def test_logfmt_goes_to_stderr_one_line_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "logfmt")
    structlog.get_logger().info("listening", addresses=":1", error='a "quoted"\nline')
    structlog.get_logger().debug("not shown")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("ts=")
    assert ' level=info msg=listening addresses=:1 error="a \\"quoted\\"\\nline"' in captured.err


def test_json_with_the_libraries_own_logs_and_their_exceptions(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug", "json")
    logging.getLogger("aiohttp.server").info("chatter")
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling %s", "request")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    event = json.loads(lines[0])
    assert (event["level"], event["msg"], event["logger"]) == ("error", "Error handling request", "aiohttp.server")
    assert "ValueError: broken" in event["exception"]


def test_a_client_that_speaks_no_http_leaves_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug", "logfmt")
    try:
        raise BadHttpMessage("bad chunk")
    except BadHttpMessage:
        logging.getLogger("aiohttp.server").exception("Error handling request")
    assert capsys.readouterr().err == ""


def test_levels_have_the_names_of_the_flag(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug", "logfmt")
    structlog.get_logger().warning("one")
    logging.getLogger("asyncio").log(45, "two")
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == ["level=warn", "level=error"]


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("error", "logfmt")
    structlog.get_logger().warning("not shown")
    logging.getLogger("asyncio").warning("not shown")
    structlog.get_logger().error("shown")
    assert capsys.readouterr().err.count("\n") == 1
