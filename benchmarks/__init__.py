"""Truth, speed and memory of the exporter, measured on the machine at hand beside the vendor's SDK.

`make bench` runs everything and writes `docs/benchmarks.md`; `make bench-quick` runs a few cells and prints them.
`python -m benchmarks --only PART` runs one part: see `--help`, and `__main__.py` for their names.

The comparison. A cell (`cells.py`) is a list of some length in some order, some latency away; a contender is who reads
it. `plan.py` says which cells are read how often, and on which of two clocks:

- Virtual (`virtual.py`): everything in one process on an event loop whose clock jumps, so that hours of reading take
  minutes. `simulated_api.py` is the contact center behind rate limit and latency; `simulated.py` leads the exporter's
  HTTP requests there, and is the one place that knows how the exporter sends them; `sdk_model.py` asks as the SDK does.
- Real (`real.py`): the emulator (`emulation.py`) and every contender (`contenders/`) are processes of their own that
  `children.py` talks to line by line, so that CPU time and memory are those of the contender alone.

On either clock `truth.py` watches the list on the emulator's side, view by view, and `outcomes.py` compares what was up
with what was read. `summary.py` makes a row of many outcomes, `warm.py` the table of short lists, `targets.py` the
verdicts, `comparison.py` the section of it all.

The rest. `scenarios/` runs the exporter as its command where more than one of something is at work: 200 scrapes, two
exporters on one key, 100 accounts. `startup.py`, `cpu.py` and `memory.py` look at the exporter alone; `processes.py`
starts it for them. `observed.py`, on its own, gives the figures of `docs/observed-series.md`. `document.py` is what
every part returns, and how it looks; `machine.py` says where it was measured.
"""
