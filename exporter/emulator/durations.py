"""How long callers listen, ring, talk and wait, in seconds."""

from __future__ import annotations

import math

MEAN_HOLDING_TIME = 180.0
"""Mean length of a talk in seconds."""

MEAN_PATIENCE = 180.0
"""Mean time in seconds after which a caller who has not been answered gives up."""

HOLDING_SIGMA = 0.8
HOLDING_MU = math.log(MEAN_HOLDING_TIME) - HOLDING_SIGMA**2 / 2
GREETING = (4.0, 12.0)
DESK_RINGS = (2.0, 8.0)
CUSTOMER_RINGS = (5.0, 20.0)
CUSTOMER_RINGS_IN_VAIN = (20.0, 40.0)
OUTBOUND_SHARE = 0.25
OUTBOUND_ANSWERED = 0.7
TRANSFERRED_SHARE = 0.03
MEAN_TRANSFER = 120.0
TYPICAL_GREETING = 8.0
TYPICAL_WAIT = 13.0
MEAN_TIME_SERVED = 170.0
"""Mean time in seconds that a session stays, of either direction, where nobody has to wait."""
