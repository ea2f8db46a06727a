"""From the JSON of `DescribeStaffStatusMetrics` and `DescribeStaffInfoList` to typed values.

Tolerant where the API is known to be loose: lists and fields may be missing or null, texts come as numbers too, unknown
fields are passed over. What is not of the documented shape is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from exporter.fields.numbers import Number, read_count, read_id
from exporter.fields.shape import documented_shape
from exporter.fields.texts import LONGEST_TEXT, UNKNOWN, Scalar, Texts, plain_text
from exporter.fields.timestamps import AbsurdTimestampError, Timestamps, check_absurd
from exporter.staff.model import StaffStatus, member_key
from exporter.tencent.answer import Answer
from exporter.tencent.lenient_json import decode_json

MOST_MEMBERS = 100_000
"""How many staff members an answer may list, and all pages of the staff list together at about."""


class ListedGroup(msgspec.Struct, frozen=True, gc=False):
    """A skill group of a staff member; `id` is None and `name` empty where the API gave none."""

    id: int | None
    name: str


class ListedMember(msgspec.Struct, frozen=True):
    """A staff member on a page of the staff list; `key` and `number` are empty where the API gave none."""

    key: str
    number: str
    groups: tuple[ListedGroup, ...]


class StaffListPage(msgspec.Struct, frozen=True):
    """A page of the staff list, and how many members there are as the API counts them, None where it does not."""

    total: int | None
    members: tuple[ListedMember, ...]


def decode_statuses(answer: Answer, texts: Texts) -> tuple[StaffStatus, ...]:
    """Decode the statuses of all staff members. Raises BadBodyError.

    Of a member who is listed twice the last status counts. One with an absurd timestamp is taken without it; where a
    tenth of them are like that, the answer is refused.
    """
    with documented_shape(answer):
        listed = decode_json(_STATUS_DECODER, answer.content).Response.Metrics or ()
        _TIMESTAMPS.set_clock(answer.server_time)
        return _statuses(listed, texts)


def decode_list_page(answer: Answer, texts: Texts) -> StaffListPage:
    """Decode a page of the staff list. Raises BadBodyError."""
    with documented_shape(answer):
        wire = decode_json(_LIST_DECODER, answer.content).Response
        if wire.TotalCount is None and wire.StaffList is None:
            raise ValueError("there is neither TotalCount nor StaffList at `$.Response`")
        total = None if wire.TotalCount is None else read_count(wire.TotalCount, "TotalCount")
        return StaffListPage(total, tuple([_listed_member(one, texts) for one in wire.StaffList or ()]))


class _WireStatus(msgspec.Struct, gc=False):
    Email: Scalar = None
    Status: Scalar = None
    LastStatusTimestamp: Scalar = None


class _WireStatuses(msgspec.Struct):
    Metrics: Annotated[list[_WireStatus], msgspec.Meta(max_length=MOST_MEMBERS)] | None = None


class _WireStatusAnswer(msgspec.Struct):
    Response: _WireStatuses


class _WireGroup(msgspec.Struct, gc=False):
    SkillGroupId: Number = None
    SkillGroupName: Scalar = None


class _WireMember(msgspec.Struct):
    Mail: Scalar = None
    StaffNumber: Scalar = None
    SkillGroupList: list[_WireGroup] | None = None


class _WireList(msgspec.Struct):
    TotalCount: Number = None
    StaffList: Annotated[list[_WireMember], msgspec.Meta(max_length=MOST_MEMBERS)] | None = None


class _WireListAnswer(msgspec.Struct):
    Response: _WireList


_STATUS_DECODER = msgspec.json.Decoder(_WireStatusAnswer)
_LIST_DECODER = msgspec.json.Decoder(_WireListAnswer)
_TIMESTAMPS = Timestamps()


def _statuses(listed: Sequence[_WireStatus], texts: Texts) -> tuple[StaffStatus, ...]:
    absurd: list[int] = []
    members: dict[str | int, StaffStatus] = {}
    for index, one in enumerate(listed):
        since = None
        try:
            since = _TIMESTAMPS[one.LastStatusTimestamp]
        except AbsurdTimestampError:
            absurd.append(index)
        except ValueError:
            raise ValueError(f"LastStatusTimestamp is no timestamp at `$.Response.Metrics[{index}]`") from None
        email = _email(one.Email, texts)
        key = member_key(email)
        members[key or index] = StaffStatus(key, email, texts[one.Status] or UNKNOWN, since)
    check_absurd(absurd, len(listed), "staff members", "$.Response.Metrics")
    return tuple(members.values())


def _listed_member(wire: _WireMember, texts: Texts) -> ListedMember:
    groups = tuple([_listed_group(group, texts) for group in wire.SkillGroupList or ()])
    return ListedMember(member_key(_email(wire.Mail, texts)), texts[wire.StaffNumber], groups)


def _listed_group(wire: _WireGroup, texts: Texts) -> ListedGroup:
    return ListedGroup(read_id(wire.SkillGroupId, "SkillGroupId"), texts[wire.SkillGroupName])


def _email(field: Scalar, texts: Texts) -> str:
    """Return an email; what is longer than one can be is none, as emails must differ and texts are cut."""
    return texts[field] if len(plain_text(field)) <= LONGEST_TEXT else ""
