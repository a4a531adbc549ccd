"""The messages of queries, liquidity and reports, by which `business.py` knows them."""

from typing import Final

from iso.messages import (
    camt003,
    camt004,
    camt005,
    camt006,
    camt010,
    camt011,
    camt025,
    camt050,
    camt052,
    camt053,
    camt054,
    camt060,
)
from iso.messages.camt003 import Camt003
from iso.messages.camt004 import Camt004
from iso.messages.camt005 import Camt005
from iso.messages.camt006 import Camt006
from iso.messages.camt010 import Camt010
from iso.messages.camt011 import Camt011
from iso.messages.camt025 import Camt025
from iso.messages.camt050 import Camt050
from iso.messages.camt052 import Camt052
from iso.messages.camt053 import Camt053
from iso.messages.camt054 import Camt054
from iso.messages.camt060 import Camt060

Queried = Camt003 | Camt005 | Camt060
"""What is asked."""
Told = Camt004 | Camt006 | Camt010 | Camt025 | Camt052 | Camt053 | Camt054
"""What is answered, or told unasked."""
Ordered = Camt011 | Camt050
"""What is to be done."""
Reporting = Queried | Told | Ordered

MODULES: Final = (
    camt003, camt004, camt005, camt006, camt010, camt011, camt025, camt050, camt052, camt053, camt054, camt060,
)  # fmt: skip
"""The modules that read and write them."""
