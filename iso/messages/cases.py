"""The messages of cases, one file each: recalls, exceptions, investigations and their answers."""

from types import ModuleType
from typing import Final

from iso.messages import camt026, camt027, camt028, camt029, camt055, camt056, camt087, camt110, camt111
from iso.messages.camt026 import Camt026
from iso.messages.camt027 import Camt027
from iso.messages.camt028 import Camt028
from iso.messages.camt029 import Camt029
from iso.messages.camt055 import Camt055
from iso.messages.camt056 import Camt056
from iso.messages.camt087 import Camt087
from iso.messages.camt110 import Camt110
from iso.messages.camt111 import Camt111

CaseMessage = Camt026 | Camt027 | Camt028 | Camt029 | Camt055 | Camt056 | Camt087 | Camt110 | Camt111
CASES: Final[tuple[ModuleType, ...]] = (
    camt026, camt027, camt028, camt029, camt055, camt056, camt087, camt110, camt111,
)  # fmt: skip
