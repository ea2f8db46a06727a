"""Tencent Cloud API 3.0: signing, credentials, rate limit, transport and errors. Knows no call center."""
