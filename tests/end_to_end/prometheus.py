"""A Prometheus server of one's own, and its HTTP API."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.end_to_end.tools import free_port, tool
from tests.processes import get, running

PATIENCE = 60.0


class QueryError(Exception):
    """Prometheus refuses an expression, or fails to evaluate it."""


@dataclass(frozen=True, slots=True)
class Series:
    """Labels, and samples as times in Unix seconds and values."""

    labels: Mapping[str, str]
    samples: list[tuple[float, float]]

    @property
    def last(self) -> float:
        return self.samples[-1][1]


class Prometheus:
    """The HTTP API of a running server. Times are Unix seconds, now by default."""

    def __init__(self, url: str) -> None:
        self._url = url

    def query(self, expression: str, at: float | None = None) -> list[Series]:
        """Evaluate an expression at one time. Raises QueryError."""
        return _series(self._get("query", {"query": expression, **({} if at is None else {"time": at})}))

    def query_range(self, expression: str, start: float, end: float, step: float) -> list[Series]:
        """Evaluate an expression at every `step` seconds from `start` to `end`. Raises QueryError."""
        return _series(self._get("query_range", {"query": expression, "start": start, "end": end, "step": step}))

    def value(self, expression: str, at: float | None = None) -> float:
        """Return the value of an expression that has one series."""
        [series] = self.query(expression, at)
        return series.last

    def label_values(self, label: str, selector: str, start: float, end: float) -> list[str]:
        """Return the values that a label has on the series of a selector, all series for none. Raises QueryError."""
        matching = {"match[]": selector} if selector else {}
        values: list[str] = self._get(f"label/{label}/values", {**matching, "start": start, "end": end})
        return values

    def rule_health(self) -> set[str]:
        """Return how the evaluation of the rules went, `ok` where it went well."""
        return {rule["health"] for group in self._get("rules", {})["groups"] for rule in group["rules"]}

    async def wait_until(self, expression: str) -> None:
        """Wait until an expression has a result."""
        deadline = time.monotonic() + PATIENCE
        while not await asyncio.to_thread(self.query, expression):
            assert time.monotonic() < deadline, f"{expression} never had a result"
            await asyncio.sleep(0.2)

    def _get(self, endpoint: str, parameters: Mapping[str, object]) -> Any:
        _, body = get(f"{self._url}/api/v1/{endpoint}?{urlencode(parameters)}")
        answer = json.loads(body)
        if answer["status"] != "success":
            raise QueryError(answer["error"])
        return answer["data"]


@contextmanager
def running_prometheus(directory: Path, config: str, *flags: str) -> Iterator[Prometheus]:
    """Run a server with a configuration. Its data are in `data` under the directory."""
    path = directory / "prometheus.yml"
    path.write_text(config)
    address = f"127.0.0.1:{free_port()}"
    arguments = (
        f"--config.file={path}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}",
    )
    with running(tool("prometheus"), *arguments, *flags) as process:
        process.wait_for("Server is ready to receive web requests")
        yield Prometheus(f"http://{address}")


def _series(data: Mapping[str, Any]) -> list[Series]:
    if data["resultType"] == "scalar":
        return [Series({}, _samples([data["result"]]))]
    return [Series(one["metric"], _samples(one.get("values") or [one["value"]])) for one in data["result"]]


def _samples(pairs: list[list[Any]]) -> list[tuple[float, float]]:
    return [(float(at), float(value)) for at, value in pairs]
