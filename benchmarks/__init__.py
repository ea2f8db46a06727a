"""Speed and memory of the exporter, measured on the machine at hand; `python -m benchmarks` runs them all."""
