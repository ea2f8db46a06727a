"""From a file, or from the ids of applications alone, to a configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from exporter.config import checks
from exporter.config.schema import Account, Application, Config
from exporter.config.secret_files import unusable_secret_files
from exporter.config.thresholds import check_schedules, check_skill_groups, check_thresholds
from exporter.config.value_rules import endpoint as endpoint_rule
from exporter.config.value_rules import sdk_app_id
from exporter.yamlconf.described import described_text
from exporter.yamlconf.document import Document, read_file
from exporter.yamlconf.problems import ConfigProblem, ConfigurationError
from exporter.yamlconf.value_rule import InvalidValueError

Warn = Callable[[ConfigProblem], object]
"""What is told of that which keeps nobody from using a configuration."""


def load(path: str | Path, warn: Warn | None = None) -> Config:
    """Read a configuration file. Relative paths in it start at its directory. Raises ConfigurationError.

    `warn` is called for each file with a part of a key that is of no use now. Without it, they are not looked at.
    """
    return parse(read_file(path), str(path), warn)


def parse(content: bytes, file: str, warn: Warn | None = None) -> Config:
    """Read a configuration from the content of a file. Raises ConfigurationError, which tells every problem."""
    document = Document(file, redacted=("credentials",))
    config = document.build(content, Config)
    directory = Path(file).parent
    checks.check_collection(document)
    checks.check_names(document)
    checks.check_credentials(document)
    checks.check_ca_files(document, directory)
    check_schedules(document)
    check_skill_groups(document)
    check_thresholds(document)
    document.raise_problems()
    assert config is not None
    if warn is not None:
        for problem in unusable_secret_files(document, directory):
            warn(problem)
    return replace(config, accounts=tuple(_completed(account, directory) for account in config.accounts))


def for_applications(
    sdk_app_ids: Sequence[str], where: str, *, endpoint: str | None = None, endpoint_where: str = ""
) -> Config:
    """Return a configuration for applications alone: one account, everything else at its default.

    `where` names the flag or the variable that the ids come from: one or more texts, each with one id or several with
    commas between them. `endpoint_where` names that of the endpoint, None for the default one. Raises
    ConfigurationError.
    """
    rule = sdk_app_id()
    applications: list[Application] = []
    problems: list[ConfigProblem] = []
    for text in chain.from_iterable(map(_separated, sdk_app_ids)):
        try:
            number = rule.parse(text)
        except ValueError:
            problems.append(ConfigProblem(where, 0, "", f"found {described_text(text)}, allowed: {rule.allowed}"))
            continue
        if any(application.sdk_app_id == number for application in applications):
            problems.append(ConfigProblem(where, 0, "", f"found {number} twice, allowed: each application once"))
        applications.append(Application(sdk_app_id=number, name=str(number)))
    account = Account(name="main", applications=tuple(applications))
    if endpoint is not None:
        try:
            account = replace(account, endpoint=parse_endpoint(endpoint))
        except ValueError as error:
            problems.append(ConfigProblem(endpoint_where, 0, "", str(error)))
    if problems:
        raise ConfigurationError(problems)
    return Config(accounts=(account,))


def parse_endpoint(text: str) -> str:
    """Return a URL that an endpoint can have. Raises ValueError, which tells what was found and what is allowed."""
    rule = endpoint_rule()
    try:
        parsed: str = rule.parse(text)
    except InvalidValueError as error:
        raise ValueError(f"found {described_text(text)} {error.reason}, allowed: {rule.allowed}") from None
    except ValueError:
        raise ValueError(f"found {described_text(text)}, allowed: {rule.allowed}") from None
    return parsed


def _separated(text: str) -> list[str]:
    """Return what stands between commas; the text itself where that is nothing."""
    return [part.strip() for part in text.split(",") if part.strip()] or [text]


def _completed(account: Account, directory: Path) -> Account:
    credentials = account.credentials
    if credentials is not None:
        credentials = replace(
            credentials,
            secret_id_file=_resolved(credentials.secret_id_file, directory),
            secret_key_file=_resolved(credentials.secret_key_file, directory),
            token_file=_resolved(credentials.token_file, directory),
        )
    return replace(
        account,
        credentials=credentials,
        ca_file=_resolved(account.ca_file, directory),
        applications=tuple(
            replace(application, name=application.name or str(application.sdk_app_id))
            for application in account.applications
        ),
    )


def _resolved(path: str | None, directory: Path) -> str | None:
    return None if path is None else str(directory / path)
