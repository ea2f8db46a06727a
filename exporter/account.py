"""One account of a configuration as it runs: its client, whose key, rate and certificates change in place."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from exporter.config.schema import Account, Config, CredentialSettings
from exporter.files import read_regular_file
from exporter.inbound import reader as inbound
from exporter.metrics.collector_state import INBOUND, SESSIONS, STAFF
from exporter.metrics.self_metrics import SelfMetrics
from exporter.sessions import reader as sessions
from exporter.sessions.reader import SERVICE
from exporter.staff import reader as staff
from exporter.tencent.action import ApiAction
from exporter.tencent.client import Client
from exporter.tencent.credential_sources.default_chain import default_chain
from exporter.tencent.credential_sources.fixed import FixedCredentials
from exporter.tencent.credentials import CredentialProvider
from exporter.tencent.endpoint import Endpoint
from exporter.tencent.limiters import RateLimiters
from exporter.yamlconf.problems import ConfigProblem, ConfigurationError

LARGEST_CA_FILE = 16 * 1024 * 1024

_LARGEST_ANSWERS = {
    SESSIONS: {sessions.ACTION: sessions.LARGEST_ANSWER},
    INBOUND: {inbound.ACTION: inbound.LARGEST_ANSWER},
    STAFF: {staff.STATUS_ACTION: staff.LARGEST_ANSWER, staff.LIST_ACTION: staff.LARGEST_ANSWER},
}
"""The actions that each collector calls, with the bytes of an answer that are read at most."""


@dataclass(frozen=True, slots=True)
class PrivateCa:
    """What an endpoint's certificate is checked by: the content of a `ca_file`, and the settings made of it."""

    content: bytes
    context: ssl.SSLContext


def load_private_cas(config: Config) -> dict[str, PrivateCa]:
    """Read every `ca_file` of a configuration, by its path. Raises ConfigurationError, which tells all that fail."""
    loaded: dict[str, PrivateCa] = {}
    problems: list[ConfigProblem] = []
    for path in dict.fromkeys(account.ca_file for account in config.accounts if account.ca_file):
        try:
            content, _ = read_regular_file(path, LARGEST_CA_FILE)
            loaded[path] = PrivateCa(content, ssl.create_default_context(cafile=path))
        except ssl.SSLError:
            problems.append(ConfigProblem(path, 0, "", "holds no certificate, allowed: a file of PEM certificates"))
        except OSError as error:
            problems.append(ConfigProblem(path, 0, "", f"cannot be read: {error.strerror}"))
    if problems:
        raise ConfigurationError(problems)
    return loaded


class RunningAccount:
    """One account. Make it inside a running event loop, close it when done.

    What makes another account of it are its name and its endpoint; all else may change. `private_ca` is that of its
    `ca_file`, None for none.
    """

    def __init__(
        self,
        settings: Account,
        private_ca: PrivateCa | None,
        environment: Mapping[str, str],
        *,
        collectors: Iterable[str],
        limiters: RateLimiters,
        self_metrics: SelfMetrics,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._private_ca = private_ca
        self._environment = environment
        self._now = now
        self._former_credentials: list[CredentialProvider] = []
        self._credentials = self._provider(settings)
        self._endpoint = Endpoint(settings.endpoint, SERVICE, account=settings.name, tls=_context(private_ca), now=now)
        self.client = Client(self._endpoint, self._credentials, limiters, account=settings.name)
        self.actions: dict[str, ApiAction] = {}
        """The actions that the collectors call, by name."""
        self._self_metrics = self_metrics
        self_metrics.watch_clock(settings.name, partial(getattr, self._endpoint.clock, "offset"))
        self_metrics.watch_credentials(settings.name, lambda: self._credentials.expiry)
        self.change(settings, collectors)

    def change(self, settings: Account, collectors: Iterable[str]) -> None:
        """Go on with another key, at another rate and for other collectors, where they differ from those before."""
        if settings.credentials != self._settings.credentials:
            self._former_credentials.append(self._credentials)
            self._credentials = self._provider(settings)
            self.client.change_credentials(self._credentials)
        self._credentials.look_again()
        self._settings = settings
        answers = dict(chain.from_iterable(_LARGEST_ANSWERS[collector].items() for collector in collectors))
        # Those, too, of an account of this name at another endpoint, whose place this one takes.
        for name in self._self_metrics.actions_of(settings.name) - answers.keys():
            self.actions.pop(name, None)
            self._self_metrics.forget_action(settings.name, name)
        for name, largest in answers.items():
            if name not in self.actions:
                self.actions[name] = self._action(name, largest)
            self.actions[name].requests_per_second = settings.requests_per_second

    def apply_rate(self) -> None:
        """Have the rate limits know the rate and the key of this account before the next request does."""
        for action in self.actions.values():
            self.client.rate_in_force(action)

    async def change_private_ca(self, private_ca: PrivateCa | None) -> None:
        """Check the endpoint by other certificates, on new connections, where they differ from those before."""
        before, self._private_ca = self._private_ca, private_ca
        if (before and before.content) != (private_ca and private_ca.content):
            await self._endpoint.change_tls(_context(private_ca))

    async def close_former_credentials(self) -> None:
        """Give up what is under way for keys that are not used any more."""
        while self._former_credentials:
            await self._former_credentials.pop().aclose()

    async def close(self) -> None:
        """Close all connections."""
        await self.close_former_credentials()
        await self._credentials.aclose()
        await self.client.close()

    def _action(self, name: str, largest_answer: int) -> ApiAction:
        account, rate = self._settings.name, self._settings.requests_per_second
        action = ApiAction(name, rate, largest_answer, self._self_metrics.requests_of(account, name))
        self._self_metrics.watch_rate_limit(account, name, partial(self.client.rate_in_force, action))
        return action

    def _provider(self, settings: Account) -> CredentialProvider:
        if settings.credentials is not None:
            return _fixed(settings.credentials)
        return default_chain(
            self._environment,
            endpoint=settings.endpoint,
            account=settings.name,
            # Whatever opens the TLS of the endpoint opens that of STS as well.
            tls=lambda: _context(self._private_ca),
            now=self._now,
        )


def _context(private_ca: PrivateCa | None) -> ssl.SSLContext | None:
    return None if private_ca is None else private_ca.context


def _fixed(settings: CredentialSettings) -> CredentialProvider:
    secret_id = settings.secret_id or _path(settings.secret_id_file)
    secret_key = settings.secret_key or _path(settings.secret_key_file)
    token = settings.token or _path(settings.token_file)
    assert secret_id is not None
    assert secret_key is not None
    return FixedCredentials(secret_id, secret_key, token)


def _path(path: str | None) -> Path | None:
    return None if path is None else Path(path)
