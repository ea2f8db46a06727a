"""What the configuration may hold, and its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from exporter.config.schedules import Schedule
from exporter.config.value_rules import (
    endpoint,
    key,
    key_file,
    sdk_app_id,
    severity,
    skill_group_id,
    skill_group_signal,
    staff_labels,
)
from exporter.metrics.staff import StaffLabel
from exporter.metrics.thresholds import SIGNALS
from exporter.tencent.secret import Secret
from exporter.yamlconf.value_rules import boolean, duration, one_of, text, whole_number

FILE = text(4096)
LARGEST_THRESHOLD = 1_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialSettings:
    """The key of an account: an id and a key, each itself or in a file, and a token where the key is temporary."""

    secret_id: Annotated[str | None, key("secret_id")] = field(default=None, repr=False)
    secret_id_file: Annotated[str | None, key_file()] = field(default=None, repr=False)
    secret_key: Annotated[Secret | None, key("secret_key", Secret)] = field(default=None, repr=False)
    secret_key_file: Annotated[str | None, key_file()] = field(default=None, repr=False)
    token: Annotated[Secret | None, key("token", Secret)] = field(default=None, repr=False)
    token_file: Annotated[str | None, key_file()] = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ThresholdSettings:
    """A number that a signal should stay at or below (`above`), or at or above (`below`); one of the two is given.

    `during` is the name of the schedule by which it is on, None for always.
    """

    signal: Annotated[str, one_of(SIGNALS)]
    severity: Annotated[str, severity()]
    above: Annotated[int | None, whole_number(0, LARGEST_THRESHOLD)] = None
    below: Annotated[int | None, whole_number(1, LARGEST_THRESHOLD)] = None
    during: Annotated[str | None, text(100)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SkillGroupThresholdSettings(ThresholdSettings):
    """The same for a signal of a skill group."""

    signal: Annotated[str, skill_group_signal()]


@dataclass(frozen=True, kw_only=True, slots=True)
class SkillGroupSettings:
    """A skill group of an application, which is a queue, by its id in the contact center."""

    id: Annotated[int, skill_group_id()]
    thresholds: tuple[SkillGroupThresholdSettings, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """One application of a contact center; its name is the label `application`."""

    sdk_app_id: Annotated[int, sdk_app_id()]
    name: Annotated[str, text(100)] = ""
    thresholds: tuple[ThresholdSettings, ...] = ()
    skill_groups: tuple[SkillGroupSettings, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """One key, the endpoint it is used at, and what it may read there. Without `credentials`: the default chain."""

    name: Annotated[str, text(100)]
    credentials: CredentialSettings | None = None
    endpoint: Annotated[str, endpoint()] = "https://ccc.tencentcloudapi.com"
    ca_file: Annotated[str | None, FILE] = None
    requests_per_second: Annotated[int, whole_number(1, 1_000_000)] = 20
    applications: tuple[Application, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectorSettings:
    """What is read beside the session list; an action of the API that is not read needs no permission."""

    inbound: Annotated[bool, boolean()] = True
    staff: Annotated[bool, boolean()] = True


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionSettings:
    """How long things take and last, in seconds."""

    timeout: Annotated[float, duration("100ms", "10m")] = 10.0
    timeout_offset: Annotated[float, duration("0s", "1m")] = 0.5
    min_interval: Annotated[float, duration("0s", "10m")] = 1.0
    max_staleness: Annotated[float, duration("1s", "1h")] = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffSettings:
    """Which series staff members have, and for how long; `retention` is in seconds."""

    labels: Annotated[tuple[StaffLabel, ...], staff_labels()] = ("staff_number",)
    retention: Annotated[float, duration("0s", "7d")] = 3600.0
    max_series: Annotated[int, whole_number(1, 100_000)] = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """A whole configuration, every default filled in and every path made absolute or relative to this process."""

    accounts: tuple[Account, ...]
    collectors: CollectorSettings = CollectorSettings()
    collection: CollectionSettings = CollectionSettings()
    staff: StaffSettings = StaffSettings()
    schedules: dict[str, Schedule] = field(default_factory=dict)
