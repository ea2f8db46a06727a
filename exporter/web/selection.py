"""What the query of a scrape asks for: which application, and what is collected."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from multidict import MultiMapping

from exporter.application import Application

OWN = "exporter"
"""The name of the exporter's own metrics among the collectors; they are read from no API."""

LONGEST_SHOWN = 60


def find_application(query: MultiMapping[str], applications: Sequence[Application]) -> Application:
    """Return the application that `target` names, by its name or else by its SdkAppId.

    Raises HTTPBadRequest and HTTPNotFound, whose texts say what is wrong.
    """
    targets = query.getall("target", [])
    if len(targets) != 1 or not targets[0]:
        found = f"found {len(targets)} of them" if len(targets) > 1 else "is missing"
        raise web.HTTPBadRequest(text=f"target: {found}, allowed: one name or SdkAppId of an application; see /sd\n")
    [target] = targets
    for application in applications:
        if application.identity.name == target:
            return application
    by_id = [application for application in applications if str(application.identity.sdk_app_id) == target]
    if len(by_id) > 1:
        names = " or ".join(_shown(application.identity.name) for application in by_id)
        raise web.HTTPBadRequest(text=f"target: found {target}, which stands in several accounts, allowed: {names}\n")
    if not by_id:
        raise web.HTTPNotFound(
            text=f"target: found {_shown(target)}, allowed: the name or the SdkAppId of an application; see /sd\n"
        )
    return by_id[0]


def chosen_collectors(query: MultiMapping[str], allowed: Sequence[str]) -> Sequence[str]:
    """Return what `collect[]` names, all that is allowed for no name. Raises HTTPBadRequest for what is not allowed."""
    names = query.getall("collect[]", [])
    for name in names:
        if name not in allowed:
            raise web.HTTPBadRequest(text=f"collect[]: found {_shown(name)}, allowed: {', '.join(allowed)}\n")
    return names or allowed


def _shown(text: str) -> str:
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")
