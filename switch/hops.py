"""Cascading timeouts: how long each hop of a payment may take, agreed in the scheme and told outside signed bodies.

The expiration in a message is its payer's and signed by it, so payer, hub and payee share one moment. What the scheme
adds: a payment that leaves less time than the hops ahead need is refused at once; who is asked is told how long it may
take, in a header; the hub releases only after a grace, in which an answer that was on its way still counts. Pure.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from schemas.canonical.conversion import Side

HEADER: Final = "isoloop-remaining-ms"
"""Milliseconds the receiver of a request may take for its answer; never part of a signature."""
_PAYMENTS: Final = frozenset({"transfers", "bulkTransfers"})
_NONE: Final = timedelta()
_MILLI: Final = timedelta(milliseconds=1)


class Hops(msgspec.Struct, frozen=True):
    """Durations of a scheme; zero: no rule.

    `payee` and `fxp` may take so long to answer. The hub keeps `hub` of the time that is left for itself and the way
    back. `least` must be left at a prepare, whatever the hops need. `grace` follows the expiry.
    """

    payee: timedelta = _NONE
    fxp: timedelta = _NONE
    hub: timedelta = _NONE
    least: timedelta = _NONE
    grace: timedelta = _NONE

    def needed(self, side: Side | None) -> timedelta:
        """What a prepare must leave: a conversion for its provider, and one of a transfer for that transfer too."""
        transfer = self.payee + self.hub
        if side is None:
            return max(self.least, transfer)
        conversion = self.fxp + self.hub
        return max(self.least, conversion if side is Side.ALONE else conversion + transfer)

    def told(self, resource: str, until: datetime, now: datetime) -> tuple[str, str]:
        """The header for a request of that resource (or business message) which is due at `until`."""
        converting = resource == "fxTransfers"
        # The transfer that a conversion is for comes after it, and needs its own time.
        after = self.payee + self.hub if converting and self.payee else _NONE
        left = max(until - now - self.hub - after, _NONE)
        payment = resource in _PAYMENTS or resource.startswith("pacs.008")
        longest = self.fxp if converting else self.payee if payment else _NONE
        return HEADER, str((min(left, longest) if longest else left) // _MILLI)
