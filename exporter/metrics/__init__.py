"""From snapshots to metric families, and what is remembered between snapshots."""

import os

# Where one of these is set, prometheus_client keeps all values in files that the processes of one application share:
# inherited from a service beside this one, it would add up the two, or fail for want of the directory. The library
# looks at them when it is imported, and only the modules of this package import it.
for _name in ("PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"):
    os.environ.pop(_name, None)
