"""The web configuration: TLS, basic authentication and headers, in the format of Prometheus's exporter-toolkit.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
"""
