from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from multidict import MultiDict

from exporter.metrics.application import ApplicationIdentity
from exporter.web.selection import chosen_collectors, find_application

APPLICATIONS: list[Any] = [
    SimpleNamespace(identity=ApplicationIdentity(name, account, sdk_app_id))
    for name, account, sdk_app_id in (
        ("support", "main", 1400000001),
        ("1400000001", "main", 1400000002),
        ("sales", "main", 1400000003),
        ("sales of others", "other", 1400000003),
        ("\u547c\u53eb / a&b", "other", 1400000004),
    )
]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("support", "support"),
        ("1400000001", "1400000001"),
        ("1400000002", "1400000001"),
        ("sales", "sales"),
        ("1400000004", "\u547c\u53eb / a&b"),
        ("\u547c\u53eb / a&b", "\u547c\u53eb / a&b"),
    ],
)
def test_a_name_comes_before_an_id(target: str, name: str) -> None:
    assert find_application(MultiDict(target=target), APPLICATIONS).identity.name == name


@pytest.mark.parametrize(
    ("targets", "status", "problem"),
    [
        ([], 400, "target: is missing, allowed: one name or SdkAppId of an application; see /sd\n"),
        ([""], 400, "target: is missing, allowed: one name or SdkAppId of an application; see /sd\n"),
        (["support", "sales"], 400, "target: found 2 of them, allowed: one name or SdkAppId of an application"),
        (
            ["1400000003"],
            400,
            "target: found 1400000003, which stands in several accounts, allowed: 'sales' or 'sales of others'\n",
        ),
        (["Support"], 404, "target: found 'Support', allowed: the name or the SdkAppId of an application; see /sd\n"),
        (["support "], 404, "target: found 'support ', allowed"),
        (["01400000002"], 404, "target: found '01400000002', allowed"),
        (["\u0661\u0664"], 404, "target: found '\u0661\u0664', allowed"),
        (["a\r\nb\x00\udcff"], 404, r"target: found 'a\r\nb\x00\udcff', allowed"),
        (["x" * 5000], 404, f"target: found '{'x' * 60}...', allowed"),
    ],
)
def test_a_bad_target_gets_one_line(targets: list[str], status: int, problem: str) -> None:
    with pytest.raises(web.HTTPException) as caught:
        find_application(MultiDict([("target", target) for target in targets]), APPLICATIONS)
    assert caught.value.status == status
    assert caught.value.text is not None
    assert caught.value.text.startswith(problem)
    assert caught.value.text.count("\n") == 1


@pytest.mark.parametrize(
    ("names", "chosen"),
    [([], {"sessions", "exporter"}), (["sessions"], {"sessions"}), (["exporter", "exporter"], {"exporter"})],
)
def test_collectors(names: list[str], chosen: set[str]) -> None:
    query = MultiDict([("collect[]", name) for name in names])
    assert set(chosen_collectors(query, ("sessions", "exporter"))) == chosen


@pytest.mark.parametrize(
    ("name", "shown"), [("staf", "'staf'"), ("", "''"), ("a\nb", r"'a\nb'"), ("Sessions", "'Sessions'")]
)
def test_an_unknown_collector(name: str, shown: str) -> None:
    with pytest.raises(web.HTTPBadRequest) as caught:
        chosen_collectors(MultiDict([("collect[]", "sessions"), ("collect[]", name)]), ("sessions", "exporter"))
    assert caught.value.text == f"collect[]: found {shown}, allowed: sessions, exporter\n"
