"""A Prometheus exporter for Tencent Cloud Contact Center: calls, queues and staff."""

__version__ = "1.0.0"
