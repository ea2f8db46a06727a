"""The PromQL about single people in the session list."""

from __future__ import annotations

from grafana import queries

PERSON = "application, staff_number, staff_email"
# What is folded away stands under this name in every staff label.
SINGLE = 'staff_number!="other", staff_email!="other"'
SESSIONS = queries.per_application("tccc_staff_sessions", by=PERSON)
SINGLE_SESSIONS = queries.per_application("tccc_staff_sessions", SINGLE, PERSON)
# Nobody is on a call: 0 also where nobody has been seen for so long that no series of single people is left.
NOBODY = f"(max by (application) ({queries.of_application('tccc_busiest_staff_sessions')}) == 0)"
