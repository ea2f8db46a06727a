"""The demonstration: two applications of an emulated contact center, in the exporter's own process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.config.schema import (
    Account,
    Application,
    Config,
    CredentialSettings,
    SkillGroupSettings,
    SkillGroupThresholdSettings,
    ThresholdSettings,
)
from exporter.emulator.options import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, EmulatorOptions
from exporter.tencent.secret import Secret

if TYPE_CHECKING:
    from exporter.emulator.server import Emulator

SKILL_GROUPS = (1, 2, 3)
"""Those that every application of the emulator has: billing, technical and general."""

SUPPORT = Application(
    sdk_app_id=1400000001,
    name="support-hotline",
    thresholds=(
        ThresholdSettings(signal="active_sessions", severity="warning", above=80),
        ThresholdSettings(signal="active_sessions", severity="critical", above=100),
        ThresholdSettings(signal="queued_calls", severity="warning", above=8),
        ThresholdSettings(signal="longest_queue_seconds", severity="warning", above=60),
        ThresholdSettings(signal="longest_queue_seconds", severity="critical", above=180),
    ),
    skill_groups=tuple(
        SkillGroupSettings(
            id=skill_group,
            thresholds=(
                SkillGroupThresholdSettings(signal="queued_calls", severity="warning", above=4),
                SkillGroupThresholdSettings(signal="longest_queue_seconds", severity="warning", above=60),
                SkillGroupThresholdSettings(signal="longest_queue_seconds", severity="critical", above=180),
                SkillGroupThresholdSettings(signal="free_staff", severity="warning", below=1),
                SkillGroupThresholdSettings(signal="longest_after_call_work_seconds", severity="warning", above=300),
            ),
        )
        for skill_group in SKILL_GROUPS
    ),
)
SALES = Application(
    sdk_app_id=1400000002,
    name="sales",
    thresholds=(ThresholdSettings(signal="active_sessions", severity="warning", above=20),),
)
SUPPORT_GROUPS = (("billing", 1.0, 1.0), ("technical", 0.6, 0.09), ("general", 1.0, 1.0))
"""The queues of the hotline: names, and shares of the callers and of the people. The second one has too few people."""
SALES_GROUPS = (("orders", 2.0, 2.0), ("renewals", 1.0, 1.0))
FIRST_LINES = 24


def demo_emulator() -> Emulator:
    """Return the emulator, still to be started: a busy hotline of several pages, and a small sales desk.

    The list of the sales desk shows answered calls only, as the API's own may.
    """
    # Whoever runs the exporter in earnest need not load the emulator: that would take a tenth of the start.
    from exporter.emulator.server import Emulator, Listed, SkillGroup  # noqa: PLC0415

    def skill_groups(shares: Iterable[tuple[str, float, float]]) -> tuple[SkillGroup, ...]:
        return tuple(SkillGroup(number, *group) for number, group in enumerate(shares, start=1))

    return Emulator(
        EmulatorOptions(
            applications=(SUPPORT.sdk_app_id, SALES.sdk_app_id),
            application_sessions={SUPPORT.sdk_app_id: 60.0, SALES.sdk_app_id: 12.0},
            application_skill_groups={
                SUPPORT.sdk_app_id: skill_groups(SUPPORT_GROUPS),
                SALES.sdk_app_id: skill_groups(SALES_GROUPS),
            },
            application_lists={SALES.sdk_app_id: Listed.ANSWERED},
        )
    )


def demo_config() -> Config:
    """Return the configuration of the demonstration, its endpoint still to be set."""
    credentials = CredentialSettings(secret_id=DEFAULT_SECRET_ID, secret_key=Secret(DEFAULT_SECRET_KEY))
    return Config(accounts=(Account(name="demo", credentials=credentials, applications=(SUPPORT, SALES)),))


def with_endpoint(config: Config, emulator: Emulator) -> Config:
    """Return a configuration whose accounts are read from a started emulator."""
    return replace(config, accounts=tuple(replace(account, endpoint=emulator.url) for account in config.accounts))


def welcome(url: str, telemetry_path: str, exposition: str) -> str:
    """Return what to open, what is to be seen there, and how to stop."""
    first_lines = "\n".join(f"    {line}" for line in exposition.splitlines()[:FIRST_LINES])
    return f"""
An emulated contact center is up, with two applications. The hotline has three queues; too few people answer the one
called "technical", so callers wait there for minutes. The list of the sales desk shows answered calls only.

Open in a browser or with curl:

    {url}/         the landing page
    {url}/probe?target={SALES.name}   one application alone
    {url}{telemetry_path}  the metrics, which begin like this:

{first_lines}
    ...

To see your own calls instead, see "With a real account" in the README. To stop: Ctrl-C.
"""
