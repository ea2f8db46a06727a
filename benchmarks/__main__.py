"""Run every benchmark and print one table each."""

from benchmarks import cpu, memory, observed, startup

startup.main()
cpu.main()
memory.main()
observed.main()
