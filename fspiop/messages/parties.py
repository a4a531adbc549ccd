"""Bodies of /parties: who a party is (API definition section 6.3)."""

import msgspec

from fspiop.messages.fields import Party


class PartiesPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /parties/{Type}/{ID}[/{SubId}]: the party that was asked for."""

    party: Party
