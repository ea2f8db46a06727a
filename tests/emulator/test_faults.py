from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from exporter.emulator.action_names import ActionName
from exporter.emulator.faults import Dice, Fault, FaultName, parse_fault


@pytest.mark.parametrize(
    ("text", "name", "probability"),
    [
        ("hang", "hang", 1.0),
        ("http-500:0.25", "http-500", 0.25),
        ("reset:0", "reset", 0.0),
        ("reset:1", "reset", 1.0),
        ("AuthFailure.TokenFailure:0.1", "AuthFailure.TokenFailure", 0.1),
        ("RequestLimitExceeded.UinLimitExceeded", "RequestLimitExceeded.UinLimitExceeded", 1.0),
    ],
)
def test_faults_are_read(text: str, name: str, probability: float) -> None:
    assert parse_fault(text) == Fault(name, probability)


@pytest.mark.parametrize("text", ["DescribeCallInMetrics/hang:0.5", "DescribeStaffInfoList/InternalError"])
def test_faults_of_one_action_are_read(text: str) -> None:
    action, _, fault = text.partition("/")
    expected = parse_fault(fault)
    assert parse_fault(text) == Fault(expected.name, expected.probability, action)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found '', allowed: internal-error, throttled, "),
        ("explode", "found 'explode', allowed: internal-error, "),
        ("AuthFailure.NoSuchCode", "found 'AuthFailure.NoSuchCode', allowed: "),
        ("DescribeTelSession/hang", "found the action 'DescribeTelSession', allowed: DescribePSTNActiveSessionList, "),
        ("/hang", "found the action '', allowed: DescribePSTNActiveSessionList, DescribeCallInMetrics, "),
        ("DescribeCallInMetrics/", "found '', allowed: internal-error, "),
        ("DescribeCallInMetrics/explode", "found 'explode', allowed: internal-error, "),
        ("DescribeCallInMetrics/hang:2", "found the probability 2, allowed: 0 to 1"),
        ("hang:", "found the probability '', allowed: 0 to 1"),
        ("hang:often", "found the probability 'often', allowed: 0 to 1"),
        ("hang:1.5", "found the probability 1.5, allowed: 0 to 1"),
        ("hang:-1", "found the probability -1, allowed: 0 to 1"),
        ("hang:nan", "found the probability nan, allowed: 0 to 1"),
    ],
)
def test_what_is_no_fault_is_told(text: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        parse_fault(text)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("internal-error", "InternalError"),
        ("throttled", "RequestLimitExceeded"),
        ("permission-denied", "FailedOperation.PermissionDenied"),
        ("AuthFailure.UnauthorizedOperation", "AuthFailure.UnauthorizedOperation"),
        ("UnauthorizedOperation", "UnauthorizedOperation"),
        ("RequestLimitExceeded.IPLimitExceeded", "RequestLimitExceeded.IPLimitExceeded"),
        ("InvalidParameterValue.Limit", "InvalidParameterValue.Limit"),
        ("ResourceNotFound", "ResourceNotFound"),
        ("ServiceUnavailable", "ServiceUnavailable"),
        ("hang", None),
        ("clock-skew", None),
    ],
)
def test_some_faults_are_error_codes_of_the_api(name: str, code: str | None) -> None:
    assert Fault(name).error_code == code


def test_each_fault_strikes_with_its_probability_and_the_first_one_wins() -> None:
    faults = [Fault(FaultName.HANG, 0.5), Fault(FaultName.RESET, 0.5)]
    dice = Dice(faults, Random(1))
    struck = Counter(dice.throw() for _ in range(4000))
    assert struck[faults[0]] == pytest.approx(2000, rel=0.1)
    assert struck[faults[1]] == pytest.approx(1000, rel=0.1)
    assert struck[None] == pytest.approx(1000, rel=0.1)


def test_the_same_seed_throws_the_same_dice() -> None:
    first, second = (Dice([Fault(FaultName.HANG, 0.5)], Random(9)) for _ in range(2))
    assert [first.throw() for _ in range(50)] == [second.throw() for _ in range(50)]


def test_without_faults_nothing_strikes() -> None:
    assert Dice([], Random(1)).throw() is None


def test_a_fault_of_one_action_strikes_its_requests_alone() -> None:
    dice = Dice(
        [Fault("hang", action="DescribeCallInMetrics"), Fault("reset", action="DescribeStaffInfoList")], Random(1)
    )
    struck = {action: dice.throw(action) for action in (*ActionName, None)}
    assert {action for action, fault in struck.items() if fault is not None and fault.name == "hang"} == {
        ActionName.CALL_IN_METRICS
    }
    assert {action for action, fault in struck.items() if fault is not None and fault.name == "reset"} == {
        ActionName.STAFF_INFO_LIST
    }
