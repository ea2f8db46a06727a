"""The paths that the exporter answers at, beside that of the metrics, which is a flag.

Nothing of the web is imported here: whoever reads the command line needs no server.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A path and the methods that it allows; others are answered with 405.

    One that is for health checks is answered whatever is going on.
    """

    path: str
    methods: tuple[str, ...] = ("GET", "HEAD")
    is_health: bool = False

    @property
    def is_limited(self) -> bool:
        """Whether it counts among the requests that are answered at once."""
        return not self.is_health and "GET" in self.methods


LANDING = Route("/")
PROBE = Route("/probe")
DISCOVERY = Route("/sd")
CONFIGURATION = Route("/config")
HEALTHY = Route("/-/healthy", is_health=True)
READY = Route("/-/ready", is_health=True)
RELOAD = Route("/-/reload", methods=("POST", "PUT"))
RUNBOOK = Route("/runbook")

ROUTES = (LANDING, PROBE, DISCOVERY, CONFIGURATION, RUNBOOK, HEALTHY, READY, RELOAD)
RESERVED_PATHS = tuple(route.path for route in ROUTES)
HEALTH_PATHS = frozenset(route.path for route in ROUTES if route.is_health)
