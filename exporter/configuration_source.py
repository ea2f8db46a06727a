"""Where the configuration comes from: of flags, variables of the environment and files, the first that is there."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from exporter.config.environment import check_environment
from exporter.config.loading import Warn, for_applications, load
from exporter.config.schema import Config
from exporter.demo import demo_config
from exporter.yamlconf.problems import ConfigProblem, ConfigurationError

DEFAULT_CONFIG_FILE = "config.yaml"


def configuration(
    flags: argparse.Namespace, environment: Mapping[str, str], warn: Warn | None = None
) -> tuple[str, Config]:
    """Return where the configuration comes from, and the configuration: of the flags, the environment or a file."""
    if flags.demo:
        return "--demo", demo_config()
    source, config = _configuration_of_applications(flags, environment, warn)
    check_environment(config, environment)
    return source, config


def _configuration_of_applications(
    flags: argparse.Namespace, environment: Mapping[str, str], warn: Warn | None
) -> tuple[str, Config]:
    if flags.config_file:
        return flags.config_file, load(flags.config_file, warn)
    endpoint, endpoint_where = flags.endpoint, "--endpoint"
    if endpoint is None and (text := environment.get("TCCC_ENDPOINT", "").strip()):
        endpoint, endpoint_where = text, "TCCC_ENDPOINT"
    for where, ids in (
        ("--sdk-app-id", flags.sdk_app_id),
        ("TCCC_SDK_APP_ID", [text] if (text := environment.get("TCCC_SDK_APP_ID", "")).strip() else []),
    ):
        if ids:
            return where, for_applications(ids, where, endpoint=endpoint, endpoint_where=endpoint_where)
    if flags.endpoint is not None:
        problem = "is given without applications, allowed: with --sdk-app-id or TCCC_SDK_APP_ID"
        raise ConfigurationError([ConfigProblem("--endpoint", 0, "", problem)])
    if not Path(DEFAULT_CONFIG_FILE).exists():
        problem = "does not exist; give --config.file=PATH, --sdk-app-id=ID, or --demo to look around first"
        raise ConfigurationError([ConfigProblem(DEFAULT_CONFIG_FILE, 0, "", problem)])
    return DEFAULT_CONFIG_FILE, load(DEFAULT_CONFIG_FILE, warn)


def file_of(flags: argparse.Namespace, source: str) -> str | None:
    """Return the file that the configuration comes from, None for none."""
    return flags.config_file or (DEFAULT_CONFIG_FILE if source == DEFAULT_CONFIG_FILE else None)


def unused_endpoint(flags: argparse.Namespace, source: str, environment: Mapping[str, str]) -> str | None:
    """Return the words for an endpoint of the environment where a file has those that count, None for none."""
    file = file_of(flags, source)
    if file is None or not environment.get("TCCC_ENDPOINT", "").strip():
        return None
    return f"TCCC_ENDPOINT: is not used: the endpoints of {file} count; set endpoint there, or unset the variable"
