"""The texts by which banks may call a payment besides its id: what the table of references holds."""

from typing import Final

from schemas.canonical.identity import iso_reference, uetr_of
from schemas.canonical.transfer import Transfer

_NONE: Final = "NOTPROVIDED"


def names_of(transfer: Transfer) -> tuple[str, ...]:
    """EndToEndId, TxId, InstrId and MsgId of a bank's payment, and how FSPIOP calls it.

    A payment between DFSPs has none. What can be made of the transfer's id is left out: it is found without a search.
    """
    known, terms = transfer.terms.references, transfer.terms
    if known is None and transfer.hub_key is None:
        return ()
    uetr = uetr_of(transfer.id)
    given = [uetr if uetr != transfer.id else None, terms.transaction_id]
    if known is not None:
        given += [known.end_to_end_id, known.transaction_id, known.instruction_id, known.message_id]
    else:
        given.append(terms.transaction_id.replace("-", ""))
    own = {transfer.id, iso_reference(transfer.id), _NONE, "", None}
    return tuple(name for name in dict.fromkeys(given) if name is not None and name not in own)
