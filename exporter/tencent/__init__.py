"""Tencent Cloud API 3.0: signing, credentials, rate budget, transport and errors. Knows no call center."""
