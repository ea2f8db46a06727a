"""Credentials in the variables that Tencent Cloud's own tools know."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.tencent.credential_sources.key_pair import Part, half_set, key_pair
from exporter.tencent.credentials import Credentials


class EnvironmentCredentials:
    """The variables `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY` and `TENCENTCLOUD_TOKEN`.

    Some tools call the last one `TENCENTCLOUD_SECURITY_TOKEN`; it counts where the other is not set.
    """

    description = "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def find(self) -> Credentials | None:
        """Return the credentials, None unless both variables of the pair are set.

        Raises NoCredentialsError where one of them holds no key.
        """
        return key_pair(self._parts, source=self.description)

    def absence(self) -> str:
        """Return in words why there are no credentials."""
        return half_set(self._parts) or f"{self.description} are not set"

    @property
    def _parts(self) -> list[Part]:
        names = ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"]
        if not self._environment.get("TENCENTCLOUD_TOKEN", "").strip():
            names[-1] = "TENCENTCLOUD_SECURITY_TOKEN"
        return [(name, self._environment.get(name)) for name in names]
