"""Faults on demand: their names, and the dice that decide which request they strike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from exporter.emulator.action_names import ActionName


class FaultName(StrEnum):
    """The faults with a name of their own; besides these, any documented error code of the API is one."""

    INTERNAL_ERROR = "internal-error"
    THROTTLED = "throttled"
    PERMISSION_DENIED = "permission-denied"
    HTTP_500 = "http-500"
    HTTP_502_HTML = "http-502-html"
    RESET = "reset"
    HANG = "hang"
    NOT_JSON = "not-json"
    WRONG_SHAPE = "wrong-shape"
    HUGE_BODY = "huge-body"
    NULL_FIELDS = "null-fields"
    CLOCK_SKEW = "clock-skew"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that strikes a request with a probability; the requests of one action, or of all where it names none."""

    name: str
    probability: float = 1.0
    action: str | None = None

    def __post_init__(self) -> None:
        if self.action is not None and self.action not in set(ActionName):
            raise ValueError(f"found the action {self.action!r}, allowed: {', '.join(ActionName)}")
        if self.name not in set(FaultName) and not _ERROR_CODE.fullmatch(self.name):
            raise ValueError(
                f"found {self.name!r}, allowed: {', '.join(FaultName)}, or an error code of the API such as "
                "AuthFailure.TokenFailure"
            )
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"found the probability {self.probability:g}, allowed: 0 to 1")

    @property
    def error_code(self) -> str | None:
        """The API's error code where the fault is one, else None."""
        if _ERROR_CODE.fullmatch(self.name):
            return self.name
        return _NAMED_CODES.get(self.name)


class Dice:
    """Throws for every request; the first fault of the list that strikes is the only one."""

    def __init__(self, faults: Sequence[Fault], random: Random) -> None:
        self._faults = tuple(faults)
        self._random = random

    def throw(self, action: str | None = None) -> Fault | None:
        """Return the fault that strikes a request of this action, or None."""
        for fault in self._faults:
            if fault.action in (None, action) and self._random.random() < fault.probability:
                return fault
        return None


def parse_fault(text: str) -> Fault:
    """Parse `[ACTION/]NAME[:PROBABILITY]`. Raises ValueError, saying what was found and what is allowed."""
    fault, colon, number = text.partition(":")
    action, slash, name = fault.rpartition("/")
    try:
        probability = float(number) if colon else 1.0
    except ValueError:
        raise ValueError(f"found the probability {number!r}, allowed: 0 to 1") from None
    return Fault(name, probability, action if slash else None)


_NAMED_CODES: dict[str, str] = {
    FaultName.INTERNAL_ERROR: "InternalError",
    FaultName.THROTTLED: "RequestLimitExceeded",
    FaultName.PERMISSION_DENIED: "FailedOperation.PermissionDenied",
}

_ERROR_CODE = re.compile(
    r"AuthFailure\.(SignatureExpire|SignatureFailure|SecretIdNotFound|TokenFailure|UnauthorizedOperation"
    r"|InvalidAuthorization)"
    r"|(RequestLimitExceeded|UnauthorizedOperation|InvalidParameter|InvalidParameterValue)(\.[A-Z][A-Za-z]+)?"
    r"|FailedOperation(\.PermissionDenied)?|InternalError|LimitExceeded\.OutOfCountLimit|MissingParameter"
    r"|UnknownParameter|InvalidAction|NoSuchVersion|UnsupportedRegion|ResourceNotFound|ServiceUnavailable"
)
