"""What banks ask and are told of a payment besides its end: pacs.028, and the statuses before and after it."""

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import TransferId
from schemas.canonical.money import Money
from schemas.canonical.terms import IsoReferences, Terms
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Envelope


class EnquiredPayment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One payment that is asked for.

    `references` are as the asker gave them; `transfer_id` is None where nothing fits them, or more than one payment
    (`ambiguous`). `request_id` is the asker's id of this question.
    """

    references: IsoReferences
    transfer_id: TransferId | None = None
    request_id: str | None = None
    ambiguous: bool = False


class Enquire(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="enquire"):
    """A bank asks what became of payments (pacs.028). `terms` carry the references of its message as a whole."""

    envelope: Envelope
    key: str
    payments: tuple[EnquiredPayment, ...]
    terms: Terms


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of one payment asked for.

    `transfer` with no more terms than an answer tells; without one the payment is still looked at (`pending`) or there
    is none, for `fault`. `returned` and `returning` are what of it was, and is about to be, given back.
    """

    references: IsoReferences
    request_id: str | None = None
    transfer: Transfer | None = None
    to_payer: bool = False
    pending: bool = False
    fault: Fault | None = None
    returned: Money | None = None
    returning: Money | None = None


class Enquired(msgspec.Struct, frozen=True, tag_field="is", tag="enquired"):
    """To the bank that asked: everything it asked for, in its order (one pacs.002). `query` is its message."""

    query: IsoReferences
    findings: tuple[Finding, ...]


class StatusAsked(msgspec.Struct, frozen=True, tag_field="is", tag="status_asked"):
    """To the payee's bank: its answer is awaited, what became of this payment (pacs.028 of the hub's own)."""

    transfer: Transfer


class Progressed(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="progressed"):
    """To the payer's bank: a status that moves no money, before the payment's end or after it (pacs.002).

    `status` is the word of ISO 20022, `reason` why a payment that was accepted is not posted.
    """

    transfer_id: TransferId
    status: str
    references: IsoReferences | None = None
    reason: Fault | None = None
