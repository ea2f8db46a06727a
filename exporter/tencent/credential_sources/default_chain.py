"""Where the key of an account is looked for when the configuration names none."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from exporter.tencent.credential_sources.cvm_role import METADATA_ENDPOINT, CvmRole
from exporter.tencent.credential_sources.environment import EnvironmentCredentials
from exporter.tencent.credential_sources.pod_identity import PodIdentity, sts_endpoint
from exporter.tencent.credential_sources.profile import PROFILE_PATHS, ProfileCredentials
from exporter.tencent.credential_sources.renewal import RenewedCredentials, SourceAbsentError
from exporter.tencent.credentials import CredentialProvider, Credentials
from exporter.tencent.errors import NoCredentialsError

METADATA_VARIABLE, STS_VARIABLE = "TCCC_METADATA_ENDPOINT", "TCCC_STS_ENDPOINT"
"""What names the metadata service and STS where they are not where Tencent Cloud has them."""


def default_chain(
    environment: Mapping[str, str],
    *,
    endpoint: str,
    account: str = "",
    tls: Callable[[], ssl.SSLContext | None] = lambda: None,
    now: Callable[[], float] = time.time,
    profiles: Sequence[Path] = PROFILE_PATHS,
) -> CredentialChain:
    """Return the places in their order: environment, profiles, pod identity of TKE, role of the CVM.

    `endpoint` is that of the account, which STS goes by, `tls` gives the settings by which STS is checked, and `now`
    this machine's time in Unix seconds. `account` is the name by which logs tell of it.
    """
    pod = PodIdentity(environment, environment.get(STS_VARIABLE, "").strip() or sts_endpoint(endpoint), tls, now)
    cvm = CvmRole(environment.get(METADATA_VARIABLE, "").strip() or METADATA_ENDPOINT, now)
    return CredentialChain(
        [EnvironmentCredentials(environment), *map(ProfileCredentials, profiles)],
        [RenewedCredentials(source.fetch, account=account) for source in (pod, cvm)],
    )


class LocalSource(Protocol):
    """A place on this machine that may hold credentials."""

    def find(self) -> Credentials | None:
        """Return the credentials, None where this place holds none.

        Raises NoCredentialsError where it should hold some and cannot be read.
        """

    def absence(self) -> str:
        """Return in words why this place holds none."""


class CredentialChain(CredentialProvider):
    """The first of several sources that holds credentials: those on this machine, then those of clouds.

    Local ones are looked into before every request. A source that should hold credentials and fails to give them is
    told, and none behind it is used in its place: its key may be that of somebody else.
    """

    def __init__(self, local: Sequence[LocalSource], clouds: Sequence[RenewedCredentials]) -> None:
        self._local = local
        self._clouds = clouds
        self._used: RenewedCredentials | None = None

    async def get(self) -> Credentials:
        """Return the credentials. Raises NoCredentialsError, which tells of each source why it was passed over."""
        if credentials := self._find_local():
            self._used = None
            return credentials
        reasons = [source.absence() for source in self._local]
        for cloud in self._clouds:
            try:
                credentials = await cloud.get()
            except SourceAbsentError as error:
                reasons.append(error.message)
            else:
                self._used = cloud
                return credentials
        raise NoCredentialsError(f"no key found: {'; '.join(reasons)}")

    def current(self) -> Credentials | None:
        """Return what `get` would return without waiting, None where it would wait or fail."""
        try:
            return self._find_local() or (self._used.current() if self._used else None)
        except NoCredentialsError:
            return None

    @property
    def expiry(self) -> float | None:
        """When the key expires where it is one of a cloud, in Unix seconds; None for another."""
        return self._used.expiry if self._used else None

    async def renew(self, refused: Credentials) -> bool:
        """Have the cloud whose key it is renew it, see CredentialProvider."""
        if self.current() == refused and self._used:
            return await self._used.renew(refused)
        return await super().renew(refused)

    def look_again(self) -> None:
        """Have clouds asked again that were not there."""
        for cloud in self._clouds:
            cloud.look_again()

    async def aclose(self) -> None:
        """Give up what is under way."""
        for cloud in self._clouds:
            await cloud.aclose()

    def _find_local(self) -> Credentials | None:
        return next((credentials for source in self._local if (credentials := source.find())), None)
