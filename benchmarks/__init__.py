"""Truth, speed and memory of the exporter, measured on the machine at hand beside the vendor's SDK.

`make bench` runs everything and writes `docs/benchmarks.md` and `docs/benchmarks.csv`; `make bench-quick` runs a few
cells and prints them. `python -m benchmarks --only PART` runs one part, see `--help`.

A cell (`cells.py`) is a list of some length in some order, some latency away; a contender is who reads it, the exporter
or the SDK's loop. `comparison.py` says which cells are read how often, on two clocks:

- Virtual (`virtual.py`): everything in one process on an event loop whose clock jumps, so that hours of reading take
  minutes, and the exporter's requests are answered without a network.
- Real (`real.py`): the emulator runs here, the contenders (`contenders/`) in processes of their own, so that CPU time
  and memory are theirs alone.

On either clock `truth.py` watches the list on the emulator's side, page by page, and compares what was active with what
was read. `summary.py` makes a row of many readings, `targets.py` the verdicts.

`single.py` looks at one exporter: its start, the CPU and the memory of its scrapes. `many_accounts.py` and
`shared_key.py` run it where more is at work. All these read the list alone; `collectors.py` measures what it costs to
read inbound calls and staff beside it. `processes.py` starts and scrapes it, `document.py` writes it all down.
`observed.py`, on its own, gives the figures of `docs/observed-series.md`.
"""
