"""Bulk payments of a sandbox DFSP: it orders many payments at once, and answers the orders of others item by item."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from fspiop import ilp
from fspiop.messages.bulktransfers import (
    BulkTransfersPost,
    BulkTransfersPut,
    IndividualTransfer,
    IndividualTransferResult,
)
from fspiop.messages.errors import ErrorInformation
from fspiop.messages.fields import PartyIdInfo
from fspiop.messages.transfers import TransfersPost
from schemas.canonical.money import Money
from switch.sandbox.agreement import Agreement, Customer
from switch.sandbox.behaviour import Behaviour
from switch.sandbox.clock import iso_moment, later, now
from switch.sandbox.payer import Payer, PaymentFailedError, Question

_ENCODE: Final = msgspec.json.Encoder().encode
_PATH: Final = "/bulkTransfers"
_NOT_AGREED: Final = ErrorInformation("5105", "not the agreed terms")

Put = Callable[[str, str, str, bytes], Awaitable[int]]
"""Sends a PUT: path, destination, id, body."""
Decide = Callable[[TransfersPost], tuple[str, Behaviour] | None]
"""The fulfilment that was promised for a transfer and how to answer it; None if nothing was."""
Credit = Callable[[TransfersPost], None]


class BulkResult(msgspec.Struct, frozen=True):
    """How a bulk ended for its payer: the hub's state or error code, and each item's code by transfer id.

    An item's code is `PAID`, or the error code it was refused with. `stage` is where it ended if not with results.
    """

    key: str
    word: str
    items: dict[str, str] = {}
    stage: str = "bulk"
    signature: str = ""
    milliseconds: int = 0

    @property
    def paid(self) -> list[str]:
        """The ids of the items whose fulfilment fits."""
        return [key for key, code in self.items.items() if code == "PAID"]


class BulkPayee:
    """The paid side: keeps the orders it took, and gives its customers the money when the hub tells the result."""

    def __init__(self, put: Put, decide: Decide, credit: Credit) -> None:
        self._put = put
        self._decide = decide
        self._credit = credit
        self._taken: dict[str, tuple[TransfersPost, ...]] = {}
        self._answers: dict[str, bytes] = {}

    async def answer(self, order: BulkTransfersPost, source: str) -> None:
        """Accept, refuse or leave out each item; an order that comes again gets the same answer."""
        key = order.bulk_transfer_id
        if key not in self._taken:
            self._taken[key] = tuple(_single(order, item) for item in order.individual_transfers)
            found = [self._result(transfer) for transfer in self._taken[key]]
            await asyncio.sleep(max((delay for _, delay in found), default=0.0))
            results = tuple(result for result, _ in found if result is not None)
            if not results:
                return
            self._answers[key] = _ENCODE(BulkTransfersPut("COMPLETED", iso_moment(now()), results))
        if key in self._answers:
            await self._put(f"{_PATH}/{key}", source, key, self._answers[key])

    def _result(self, transfer: TransfersPost) -> tuple[IndividualTransferResult | None, float]:
        promised = self._decide(transfer)
        if promised is None:
            return IndividualTransferResult(transfer.transfer_id, error_information=_NOT_AGREED), 0.0
        fulfilment, behaviour = promised
        if not behaviour.copies:
            return None, behaviour.delay_s
        if behaviour.reject:
            reason = ErrorInformation(behaviour.reject, behaviour.text or "Payee refuses")
            return IndividualTransferResult(transfer.transfer_id, error_information=reason), behaviour.delay_s
        return IndividualTransferResult(transfer.transfer_id, fulfilment), behaviour.delay_s

    def told(self, key: str, body: bytes) -> bool:
        """Take the hub's result of an order this DFSP was given; False if it knows no such order."""
        if key not in self._taken:
            return False
        told = msgspec.json.decode(body, type=BulkTransfersPut)
        paid = {one.transfer_id for one in told.individual_transfer_results or () if one.fulfilment}
        for transfer in self._taken[key]:
            if transfer.transfer_id in paid:
                self._credit(transfer)
        return True


async def pay_bulk(
    payer: Payer,
    name: str,
    customer: Customer,
    payees: Sequence[tuple[PartyIdInfo, Money]],
    *,
    life_s: float = 30,
    wait_s: float = 30,
) -> BulkResult:
    """Look up and quote each payee, then order all payments at once; the payees' FSP must be one and the same.

    `name` is the DFSP that pays, `life_s` the expiry of the order, `wait_s` how long each answer is waited for.
    """
    begun = time.perf_counter()
    key = str(uuid.uuid4())
    try:
        agreed = [await payer.agree(customer, party, amount, wait_s=wait_s) for party, amount in payees]
        order = _order(key, name, agreed, life_s)
        question = Question("bulk", "POST", _PATH, f"bulkTransfers/{key}", order.payee_fsp, _ENCODE(order))
        callback = await payer.ask(question, wait_s)
    except PaymentFailedError as failed:
        return BulkResult(key, failed.outcome.code or str(failed.outcome.end), stage=failed.outcome.stage)
    told = msgspec.json.decode(callback.body, type=BulkTransfersPut)
    conditions = {item.transfer_id: item.condition for item in order.individual_transfers}
    items = {one.transfer_id: _code(one, conditions) for one in told.individual_transfer_results or ()}
    took = round((time.perf_counter() - begun) * 1000)
    return BulkResult(key, told.bulk_transfer_state, items, signature=callback.signature, milliseconds=took)


def _order(key: str, name: str, agreed: Sequence[Agreement], life_s: float) -> BulkTransfersPost:
    (payee_fsp,) = {one.payee_fsp for one in agreed}
    items = tuple(
        IndividualTransfer(one.transfer_id, one.terms.transfer_amount, one.terms.ilp_packet, one.terms.condition)
        for one in agreed
    )
    return BulkTransfersPost(key, str(uuid.uuid4()), name, payee_fsp, items, iso_moment(later(life_s)))


def _code(result: IndividualTransferResult, conditions: dict[str, str]) -> str:
    if result.error_information is not None:
        return result.error_information.error_code
    return "PAID" if ilp.fits(result.fulfilment or "", conditions[result.transfer_id]) else "UNPROVEN"


def _single(order: BulkTransfersPost, item: IndividualTransfer) -> TransfersPost:
    """An item as the transfer that it is."""
    return TransfersPost(
        item.transfer_id, order.payee_fsp, order.payer_fsp, item.transfer_amount, item.ilp_packet, item.condition,
        order.expiration, item.extension_list,
    )  # fmt: skip
