"""Messages of many payments to try steps on: one bank pays, and both lanes hand each other what they must."""

import hashlib

from schemas.canonical.events import Handed
from schemas.canonical.identity import TransferId
from schemas.canonical.payments import OrderedPayment, PaymentGroup, PaymentsReported, PreparePayments, group_key
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import Dialect
from tests.unit.switch.scene import BANK, CREDITOR, EXPIRY, Scene, envelope, original, terms, usd
from translator.iso.terms import bare_terms

KEY = group_key(BANK, "M-1")


def payment_id(number: int) -> TransferId:
    return TransferId(f"{number:08x}-ee48-4575-b6a9-ead2955b8069")


def payment(number: int, amount=10, payee=CREDITOR, content=None, **fields) -> OrderedPayment:
    agreed = terms(BANK, payee, amount, references=IsoReferences(end_to_end_id=f"E-{number}"))
    digest = hashlib.sha256((content or f"payment {number}").encode()).digest()
    piece = original(Dialect.ISO_XML, "POST", b"<Document/>")
    return OrderedPayment(payment_id(number), payee, usd(amount), EXPIRY, agreed, digest, piece, **fields)


def many(*payments: OrderedPayment, message="M-1") -> PreparePayments:
    sent = envelope(BANK, None, message, Dialect.ISO_XML, None, message_id=message)
    whole = bare_terms(IsoReferences(message_id=message), message, "USD")
    return PreparePayments(sent, group_key(BANK, message), whole, payments or (payment(1), payment(2)))


class PaymentsScene(Scene):
    """A ledger that carries what it hands to itself; what goes to another lane waits in `elsewhere`."""

    def __init__(self, **fields):
        super().__init__(**fields)
        self.elsewhere = []
        self.reports: list[PaymentsReported] = []
        self._hands = 0

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        for event in batch.events:
            if isinstance(event.body, PaymentsReported):
                self.reports.append(event.body)
            elif isinstance(event.body, Handed) and event.receiver == f"@{self.lane}":
                self._hands += 1
                self.do(event.body.command, f"ledger:{self._hands}")
            elif isinstance(event.body, Handed):
                self.elsewhere.append(event.body.command)
        return batch

    def group(self, key=KEY) -> PaymentGroup:
        return self.get(PaymentGroup, key)

    def results(self, nth=-1) -> list[str]:
        """Each payment of the last report as its transfer's state, or the reason of its fault."""
        return [one.fault.iso if one.fault else one.transfer.state.value for one in self.reports[nth].results]
