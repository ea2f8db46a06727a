"""Speed, memory and exactness of the exporter, measured on the machine at hand; `python -m benchmarks` runs all."""
