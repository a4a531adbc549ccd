"""The messages of verification and of the service itself, by which `business.py` knows them."""

from typing import Final

from iso.messages import acmt023, acmt024, admi004, admi006, admi007, admi011
from iso.messages.acmt023 import Acmt023
from iso.messages.acmt024 import Acmt024
from iso.messages.admi004 import Admi004
from iso.messages.admi006 import Admi006
from iso.messages.admi007 import Admi007
from iso.messages.admi011 import Admi011

ServiceMessage = Acmt023 | Acmt024 | Admi004 | Admi006 | Admi007 | Admi011
MODULES: Final = (acmt023, acmt024, admi004, admi006, admi007, admi011)
"""The modules that read and write them."""
