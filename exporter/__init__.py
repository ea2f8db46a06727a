"""A Prometheus exporter for the active phone sessions of Tencent Cloud Contact Center."""

__version__ = "0.1.0"
