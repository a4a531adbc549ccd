"""Bulk transfers to try steps on: items of one payer and payee, with answers in short words."""

import hashlib

from schemas.canonical.bulk import AnswerBulk, AnsweredItem, Bulk, PrepareBulk, PreparedItem, QueryBulk, RejectBulk
from schemas.canonical.events import Handed
from schemas.canonical.identity import TransferId
from tests.unit.switch.scene import (
    CONDITION,
    EXPIRY,
    FULFILMENT,
    PAYEE,
    PAYEE_SAYS,
    PAYER,
    Scene,
    envelope,
    terms,
    usd,
)

BULK = "0f2a3a7e-ee48-4575-b6a9-ead2955b8069"


def item_id(number: int) -> TransferId:
    return TransferId(f"{number:08x}-ee48-4575-b6a9-ead2955b8069")


def item(number: int, amount="100", **fields) -> PreparedItem:
    fields.setdefault("condition", CONDITION)
    return PreparedItem(fields.pop("transfer_id", item_id(number)), usd(amount), terms(amount=amount), **fields)


def prepare_bulk(*items: PreparedItem, sender=PAYER, receiver=PAYEE, content="b", **fields) -> PrepareBulk:
    fields = {"payer": PAYER, "payee": PAYEE, "expiry": EXPIRY, "quote_id": "q"} | fields
    return PrepareBulk(envelope(sender, receiver, content), BULK, items=items or (item(1), item(2)), **fields)


def yes(number: int, fulfilment=FULFILMENT, **fields) -> AnsweredItem:
    return AnsweredItem(item_id(number), fulfilment, **fields)


def no(number: int, fault=PAYEE_SAYS, **fields) -> AnsweredItem:
    return AnsweredItem(item_id(number), fault=fault, **fields)


def answer_bulk(
    *items: AnsweredItem, sender=PAYEE, receiver=PAYER, content="a", word="COMPLETED", **fields
) -> AnswerBulk:
    return AnswerBulk(envelope(sender, receiver, content), BULK, word, items, **fields)


def reject_bulk(sender=PAYEE, receiver=PAYER, content="r") -> RejectBulk:
    return RejectBulk(envelope(sender, receiver, content), BULK, PAYEE_SAYS)


def query_bulk(sender=PAYER) -> QueryBulk:
    return QueryBulk(envelope(sender), BULK)


class BulkScene(Scene):
    """A scene that also carries what the lane hands to itself."""

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        for number, event in enumerate(batch.events):
            if isinstance(event.body, Handed):
                digest = hashlib.sha256(repr(command).encode()).hexdigest()
                self.later = super().do(event.body.command, f"{digest}:{number}")
        return batch

    @property
    def bulk(self) -> Bulk:
        return self.get(Bulk, BULK)

    def results(self) -> list[str]:
        """Each item as `refused 4001`, `5104`, `paid` or `open`."""
        return [
            ("refused " if one.refused else "") + one.fault.fspiop if one.fault else "paid" if one.decided else "open"
            for one in self.bulk.items
        ]
