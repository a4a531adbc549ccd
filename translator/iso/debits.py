"""pacs.003 and pacs.010: understood, and refused. The hub moves money only by who gives it."""

import hashlib
from typing import Final

import msgspec

from iso.messages.debits import Debit, DebitTransaction
from iso.messages.pacs010 import InstitutionDebit, Pacs010
from schemas.canonical.commands import Refuse
from schemas.canonical.faults import fault
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import Envelope
from translator.iso.terms import bare_terms

_NO_CURRENCY: Final = "XXX"
_WHAT: Final = {
    "pacs.003": "direct debits are not offered here",
    "pacs.010": "direct debits between institutions are not offered here",
}


def refuse(message: Debit | Pacs010, envelope: Envelope) -> Refuse:
    """The refusal of all of it (AG01), under the references of its one transaction, or of the message."""
    references = IsoReferences(
        message_id=message.message_id,
        message_name=message.definition,
        business_message_id=envelope.message_id,
        created=message.created,
        header=envelope.header,
    )
    if len(message.transactions) == 1:
        (one,) = message.transactions
        references = msgspec.structs.replace(references, **_ids(one))
    digest = hashlib.sha256(msgspec.json.encode(message.transactions)).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    terms = bare_terms(references, message.message_id, _NO_CURRENCY)
    reason = fault("NOT_OFFERED", _WHAT[message.definition[:8]])
    return Refuse(envelope, reason, "transfers", message.message_id, terms)


def _ids(one: DebitTransaction | InstitutionDebit) -> dict[str, str | None]:
    return {
        "instruction_id": one.instruction_id, "end_to_end_id": one.end_to_end_id,
        "transaction_id": one.transaction_id, "uetr": one.uetr,
    }  # fmt: skip
