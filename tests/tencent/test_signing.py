from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from tencentcloud.common.abstract_client_async import AbstractClient

from exporter.tencent.signing import SignedRequest, authorization, signature


def test_known_answer() -> None:
    request = SignedRequest(
        method="POST",
        host="cvm.tencentcloudapi.com",
        content_type="application/json; charset=utf-8",
        body=rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}',
        service="cvm",
        timestamp=1551113065,
    )
    assert (
        signature(request, "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
        == "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


@given(
    method=st.sampled_from(["GET", "POST"]),
    host=st.from_regex(r"[a-z0-9.]{1,30}(:[0-9]{1,5})?", fullmatch=True),
    content_type=st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "application/json; charset=utf-8"]
    ),
    body=st.binary(max_size=300),
    query=st.from_regex(r"[A-Za-z0-9=&%.]{0,60}", fullmatch=True),
    service=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    timestamp=st.integers(0, 4_000_000_000),
    secret_key=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
)
def test_same_signature_as_the_vendors_sdk(
    method: str, host: str, content_type: str, body: bytes, query: str, service: str, timestamp: int, secret_key: str
) -> None:
    expected = AbstractClient._get_tc3_signature(
        method,
        "/",
        query,
        body,
        {"Content-Type": content_type, "Host": host, "X-TC-Timestamp": str(timestamp)},
        datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d"),
        service,
        secret_key,
        {},
    )
    request = SignedRequest(method, host, content_type, body, service, timestamp, query)
    assert signature(request, secret_key) == expected


def test_authorization_names_the_scope_and_the_signed_headers() -> None:
    request = SignedRequest("POST", "ccc.tencentcloudapi.com", "application/json", b"{}", "ccc", 1_700_000_000)
    assert authorization(request, "AKID", "key") == (
        "TC3-HMAC-SHA256 Credential=AKID/2023-11-14/ccc/tc3_request, SignedHeaders=content-type;host, "
        f"Signature={signature(request, 'key')}"
    )
