"""What the environment adds to a configuration: proxies, and keys where an account has none of its own."""

from __future__ import annotations

from collections.abc import Mapping

from yarl import URL

from exporter.config.loading import parse_endpoint
from exporter.config.schema import Config
from exporter.tencent.credential_sources.default_chain import METADATA_VARIABLE, STS_VARIABLE
from exporter.tencent.credential_sources.environment import EnvironmentCredentials
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.proxy import ProxyError, proxy_for
from exporter.yamlconf.problems import ConfigProblem, ConfigurationError


def check_environment(config: Config, environment: Mapping[str, str]) -> None:
    """Refuse variables that a configuration would use and cannot, since they stay as they are for as long as it runs.

    Raises ConfigurationError.
    """
    problems: dict[str, None] = {}
    for account in config.accounts:
        try:
            proxy_for(URL(account.endpoint))
        except ProxyError as error:
            problems[str(error)] = None
    if any(account.credentials is None for account in config.accounts):
        try:
            EnvironmentCredentials(environment).find()
        except NoCredentialsError as error:
            problems[error.message] = None
        for variable in (METADATA_VARIABLE, STS_VARIABLE):
            try:
                if text := environment.get(variable, "").strip():
                    parse_endpoint(text)
            except ValueError as error:
                problems[f"{variable}: {error}"] = None
    if problems:
        raise ConfigurationError(
            [ConfigProblem(variable, 0, "", problem) for variable, problem in map(_divided, problems)]
        )


def _divided(text: str) -> tuple[str, str]:
    variable, _, problem = text.partition(": ")
    return variable, problem
