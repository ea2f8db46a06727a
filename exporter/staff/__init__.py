"""The status of every staff member at this moment, and who works there. Knows no Prometheus."""
