from __future__ import annotations

import pytest

from exporter.advice import advice
from exporter.tencent.errors import (
    ApiError,
    DnsError,
    HttpStatusError,
    NoCredentialsError,
    RateLimitTimeoutError,
    TencentError,
    UnreadableKeyFileError,
)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ApiError("AuthFailure.SecretIdNotFound", ""), "wrong key"),
        (ApiError("AuthFailure.SignatureFailure", ""), "wrong key"),
        (ApiError("AuthFailure.SignatureExpire", ""), "clock"),
        (ApiError("AuthFailure.UnauthorizedOperation", ""), '"ccc:DescribePSTNActiveSessionList"'),
        (ApiError("UnauthorizedOperation", ""), '"ccc:DescribePSTNActiveSessionList"'),
        (ApiError("UnauthorizedOperation.CamNoAuth", ""), "grant"),
        (ApiError("FailedOperation.PermissionDenied", ""), "grant"),
        (ApiError("RequestLimitExceeded.UinLimitExceeded", ""), "requests_per_second"),
        (ApiError("InvalidParameterValue.SdkAppId", ""), "sdk_app_id"),
        (ApiError("ResourceNotFound", ""), "sdk_app_id"),
        (ApiError("InternalError", ""), "fault of its own"),
        (ApiError("AuthFailure.InvalidSecretId", ""), "secret_id"),
        (ApiError("IpNotInWhitelist", ""), "IP address"),
        (HttpStatusError(404), "endpoint"),
        (HttpStatusError(502), "endpoint"),
        (RateLimitTimeoutError(), "more keys"),
        (DnsError("x"), "endpoint"),
        (NoCredentialsError("x"), "key in the configuration"),
        (UnreadableKeyFileError("x"), "this file, readable"),
    ],
    ids=lambda value: value.code if isinstance(value, TencentError) else "",
)
def test_what_to_do(error: TencentError, words: str) -> None:
    assert words in advice(error)
    assert "\n" not in advice(error)
