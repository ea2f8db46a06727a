"""What the emulator answers: the actions of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from exporter.emulator import call_in_metrics, session_list, staff_info_list, staff_status_metrics
from exporter.emulator.action_names import ActionName
from exporter.emulator.center import ContactCenter
from exporter.emulator.parameters import Parameters

_INSTANCE_NOT_EXIST = "InvalidParameterValue.InstanceNotExist"


class ActionRequest(Protocol):
    """The parameters of a request, read and checked."""

    @property
    def sdk_app_id(self) -> int:
        """The application."""
        ...

    def answer(self, center: ContactCenter, damage: Random | None) -> dict[str, object]:
        """Return the fields of the answer, with null fields where `damage` is there to choose them."""
        ...


@dataclass(frozen=True, slots=True)
class Action:
    """One action: its parameters' names, how they are read, and the error code for an application that there is not."""

    parameters: tuple[str, ...]
    parse: Callable[[Parameters], ActionRequest]
    unknown_application: str = _INSTANCE_NOT_EXIST


ACTIONS: Mapping[str, Action] = {
    ActionName.SESSION_LIST: Action(
        session_list.PARAMETERS, session_list.SessionListRequest.parse, "FailedOperation.PermissionDenied"
    ),
    ActionName.CALL_IN_METRICS: Action(call_in_metrics.PARAMETERS, call_in_metrics.CallInMetricsRequest.parse),
    ActionName.STAFF_STATUS_METRICS: Action(
        staff_status_metrics.PARAMETERS, staff_status_metrics.StaffStatusMetricsRequest.parse
    ),
    ActionName.STAFF_INFO_LIST: Action(staff_info_list.PARAMETERS, staff_info_list.StaffInfoListRequest.parse),
}
