"""The actions of the API that the emulator knows."""

from __future__ import annotations

from enum import StrEnum


class ActionName(StrEnum):
    """Their names, as `X-TC-Action` has them."""

    SESSION_LIST = "DescribePSTNActiveSessionList"
    CALL_IN_METRICS = "DescribeCallInMetrics"
    STAFF_STATUS_METRICS = "DescribeStaffStatusMetrics"
    STAFF_INFO_LIST = "DescribeStaffInfoList"
