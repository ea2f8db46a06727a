"""`DescribePSTNActiveSessionList`: https://www.tencentcloud.com/document/product/1229/59767."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Self

from exporter.emulator import wire
from exporter.emulator.center import ContactCenter
from exporter.emulator.errors import RequestRefusedError
from exporter.emulator.parameters import Parameters

MAXIMUM_LIMIT = 25
PARAMETERS = ("SdkAppId", "Offset", "Limit")


@dataclass(frozen=True, slots=True)
class SessionListRequest:
    """Which page of which application's list is asked for."""

    sdk_app_id: int
    offset: int
    limit: int

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """Read the parameters, which are all required. Raises RequestRefusedError."""
        sdk_app_id, offset, limit = (parameters.integer(name) for name in PARAMETERS)
        if offset < 0:
            raise RequestRefusedError("InvalidParameterValue", "The parameter `Offset` must not be negative.")
        if limit < 1:
            raise RequestRefusedError("InvalidParameterValue", "The parameter `Limit` must be at least 1.")
        if limit > MAXIMUM_LIMIT:
            raise RequestRefusedError(
                "LimitExceeded.OutOfCountLimit", f"The parameter `Limit` must be at most {MAXIMUM_LIMIT}."
            )
        return cls(sdk_app_id, offset, limit)

    def answer(self, center: ContactCenter, damage: Random | None) -> dict[str, object]:
        """Return the fields of the answer, with null fields where `damage` is there to choose them."""
        page = center.page(self.offset, self.limit)
        if damage is None:
            sessions: list[object] = [wire.encoded_session(session, center.start) for session in page]
        else:
            sessions = [wire.with_null_fields(wire.session_object(session, center.start), damage) for session in page]
        return {"Total": len(center.listing), "Sessions": sessions}
