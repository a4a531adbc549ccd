"""How a payment ended for who sent it: one shape for banks and DFSPs."""

from enum import StrEnum

import msgspec


class End(StrEnum):
    """The ways a payment can end for its payer."""

    SETTLED = "settled"
    REFUSED = "refused"
    NOT_TAKEN = "not taken"
    UNANSWERED = "unanswered"


class Exchanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a bank was told of a conversion: given and got with their currencies, the rate, who converted, the charges.

    Amounts are as ISO 20022 writes them; a charge is `amount currency agent`.
    """

    given: str
    got: str
    rate: str
    provider: str
    charges: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the payer was told.

    `code` is the state or reason in the payer's dialect (ACSC, AC04, COMMITTED, 3204). NOT_TAKEN is a refusal in the
    HTTP answer itself (admi.002 or errorInformation); then `line` and `path` say where, for XML. `milliseconds` run
    from sending to the final answer. `signature` is what the check of the final answer's signature found. `exchanged`
    is set where the money changed its currency.
    """

    key: str
    end: End
    code: str
    text: str = ""
    http_status: int = 0
    milliseconds: int = 0
    stage: str = ""
    line: int = 0
    path: str = ""
    signature: str = ""
    exchanged: Exchanged | None = None
