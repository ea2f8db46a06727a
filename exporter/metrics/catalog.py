"""Every metric family about contact centers: its name, its type and its help text.

Names and units follow https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Family:
    """A metric family; `name` and `type` are those of OpenMetrics.

    The samples of a counter and of an info family have the name with `_total` and `_info` added.
    """

    name: str
    type: Literal["counter", "gauge", "gaugehistogram", "histogram", "info"]
    help: str
    help_of_parts: Mapping[str, str] = field(default_factory=dict)
    """What the samples say that the text format shows as families of their own, by the suffix of their names."""


UP = Family("tccc_up", "gauge", "Whether the last collection of this application succeeded (1) or not (0).")
ACTIVE_SESSIONS = Family("tccc_active_sessions", "gauge", "Active phone sessions, as the API counts them (Total).")
SESSIONS = Family(
    "tccc_sessions",
    "gauge",
    "Active phone sessions counted from the list, by the API's status and by direction; too many statuses are other.",
)
WAITING_SESSIONS = Family("tccc_waiting_sessions", "gauge", "Sessions that nobody has accepted yet.")
STAFF_SESSIONS = Family(
    "tccc_staff_sessions",
    "gauge",
    "Active sessions of each staff member seen on a call lately; those beyond staff.max_series are added up as other.",
)
STAFF_CALL_START = Family(
    "tccc_staff_call_start_timestamp_seconds",
    "gauge",
    "When the oldest session that a staff member is on was accepted, in Unix seconds; only for those on a call.",
)
BUSIEST_STAFF_SESSIONS = Family(
    "tccc_busiest_staff_sessions", "gauge", "The most active sessions that any one staff member has."
)
STAFF_SERIES_FOLDED = Family(
    "tccc_staff_series_folded", "gauge", "Staff members without series of their own, beyond staff.max_series."
)
UNASSIGNED_SESSIONS = Family(
    "tccc_unassigned_sessions", "gauge", "Active sessions with neither a staff number nor a staff email."
)
LONGEST_WAIT = Family(
    "tccc_longest_wait_seconds", "gauge", "Age of the oldest session that nobody has accepted yet; 0 for none."
)
LONGEST_CALL = Family(
    "tccc_longest_call_seconds", "gauge", "Time since the oldest accepted session was accepted; 0 for none."
)
SESSION_AGE = Family(
    "tccc_session_age_seconds",
    "gaugehistogram",
    "How long the sessions of this moment have been waiting or connected. Goes up and down: never rate() it.",
    {
        "_gcount": "The number of sessions waiting or connected; those of unknown age are not in it.",
        "_gsum": "The ages of the sessions waiting or connected, in seconds, added up.",
    },
)
OBSERVED_STARTED = Family(
    "tccc_observed_sessions_started",
    "counter",
    "Sessions first seen after the first snapshot. Calls shorter than the gap between two scrapes go unseen.",
)
OBSERVED_ENDED = Family(
    "tccc_observed_sessions_ended",
    "counter",
    "Sessions gone from the list, counted once they have not been seen for 2 minutes, in case they come back. Calls "
    "shorter than the gap between two scrapes go unseen, and an answer after the last sight of a session does too.",
)
OBSERVED_WAIT = Family(
    "tccc_observed_wait_seconds",
    "histogram",
    "Time from the start of a session to its acceptance by the API's timestamps, counted when it is first seen "
    "accepted. Calls shorter than the gap between two scrapes go unseen.",
)
OBSERVED_TALK = Family(
    "tccc_observed_talk_seconds",
    "histogram",
    "Time from the acceptance of a session to its last sight, which is up to a scrape interval before its end, counted "
    "when its end is. Calls shorter than the gap between two scrapes go unseen.",
)
INBOUND_CALLS = Family(
    "tccc_inbound_calls",
    "gauge",
    "Inbound calls of this moment by stage: in the ivr, waiting in a queue, ringing at a staff member, connected, or "
    "transferred to an outside number.",
)
INBOUND_LONGEST = Family(
    "tccc_inbound_longest_seconds",
    "gauge",
    "The longest that any one inbound call of this moment has been in its stage, by stage; 0 for none.",
)
SKILL_GROUP_INBOUND_CALLS = Family(
    "tccc_skill_group_inbound_calls",
    "gauge",
    "Inbound calls of this moment of each skill group (a queue), by stage; skill groups beyond 500 are added up as "
    "other.",
)
SKILL_GROUP_INBOUND_LONGEST = Family(
    "tccc_skill_group_inbound_longest_seconds",
    "gauge",
    "The longest that any one inbound call of a skill group has been in its stage, by stage; 0 for none.",
)
STAFF_MEMBERS = Family(
    "tccc_staff_members",
    "gauge",
    "Staff members by status, named as the API names them: the console shows its busy as in a call and its notReady as "
    "busy. Too many statuses are other.",
)
STAFF_LONGEST_STATUS = Family(
    "tccc_staff_longest_status_seconds",
    "gauge",
    "The longest that any one staff member has been in a status, by status; 0 for none. Not for those offline.",
)
SKILL_GROUP_STAFF_MEMBERS = Family(
    "tccc_skill_group_staff_members",
    "gauge",
    "Staff members of each skill group by status; one in several skill groups counts in each. Skill groups beyond 500 "
    "are added up as other.",
)
SKILL_GROUP_STAFF_LONGEST_STATUS = Family(
    "tccc_skill_group_staff_longest_status_seconds",
    "gauge",
    "The longest that any one member of a skill group has been in a status, by status; 0 for none. Not for those "
    "offline.",
)
STAFF_STATUS_SINCE = Family(
    "tccc_staff_status_since_timestamp_seconds",
    "gauge",
    "Since when each staff member has been in the status of now, in Unix seconds; not for those offline. Those beyond "
    "staff.max_series are together as other, with the oldest time of each status.",
)
COLLECTOR_SUCCESS = Family(
    "tccc_collector_success",
    "gauge",
    "Whether the last read of a collector (sessions, inbound, staff) succeeded (1) or not (0).",
)
COLLECTOR_DURATION = Family(
    "tccc_collector_duration_seconds",
    "gauge",
    "How long the last read of a collector took, whether it succeeded or not.",
)
COLLECTOR_LAST_SUCCESS = Family(
    "tccc_collector_last_success_timestamp_seconds",
    "gauge",
    "When a collector last succeeded, in Unix seconds.",
)
ALERT_THRESHOLD = Family(
    "tccc_alert_threshold",
    "gauge",
    "A threshold of the configuration, above or below which a signal should not be; only while its schedule is on.",
)
SNAPSHOT_TIMESTAMP = Family(
    "tccc_snapshot_timestamp_seconds", "gauge", "When the last snapshot of this application was finished, Unix seconds."
)
SNAPSHOT_DURATION = Family("tccc_snapshot_duration_seconds", "gauge", "How long reading the snapshot took.")
SNAPSHOT_REQUESTS = Family("tccc_snapshot_requests", "gauge", "API requests that the snapshot took, retries included.")
SNAPSHOT_COMPLETE = Family(
    "tccc_snapshot_complete",
    "gauge",
    "Whether every session that was up throughout is proven to be in the snapshot once (1) or not (0).",
)
APPLICATION = Family("tccc_application", "info", "The account and the SdkAppId of an application.")

FAMILIES = (
    UP,
    ACTIVE_SESSIONS,
    SESSIONS,
    WAITING_SESSIONS,
    LONGEST_WAIT,
    LONGEST_CALL,
    SESSION_AGE,
    OBSERVED_STARTED,
    OBSERVED_ENDED,
    OBSERVED_WAIT,
    OBSERVED_TALK,
    STAFF_SESSIONS,
    STAFF_CALL_START,
    BUSIEST_STAFF_SESSIONS,
    STAFF_SERIES_FOLDED,
    UNASSIGNED_SESSIONS,
    INBOUND_CALLS,
    INBOUND_LONGEST,
    SKILL_GROUP_INBOUND_CALLS,
    SKILL_GROUP_INBOUND_LONGEST,
    STAFF_MEMBERS,
    STAFF_LONGEST_STATUS,
    SKILL_GROUP_STAFF_MEMBERS,
    SKILL_GROUP_STAFF_LONGEST_STATUS,
    STAFF_STATUS_SINCE,
    ALERT_THRESHOLD,
    SNAPSHOT_TIMESTAMP,
    SNAPSHOT_DURATION,
    SNAPSHOT_REQUESTS,
    SNAPSHOT_COMPLETE,
    COLLECTOR_SUCCESS,
    COLLECTOR_DURATION,
    COLLECTOR_LAST_SUCCESS,
    APPLICATION,
)
"""All families, in the order in which they are exposed."""
