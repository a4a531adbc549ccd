"""pain.001 into the canonical language, piece by piece: the same reader takes a message and a file of any length.

The rules of a group: counts and sums must be those of the transactions (AM18, AM10), a PmtInfId and an EndToEndId come
once (DU02, DU04), the debtor's bank is the sender or has allowed it to initiate, and the day is neither long past nor
too far away.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from iso.messages import pain001
from iso.messages.fields import FinancialInstitution
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.pain001 import GroupHeader, Pain001, PaymentInstruction
from schemas.canonical.commands import Refuse
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId, derived_uuid, is_uuid
from schemas.canonical.initiation import (
    INITIATIONS,
    BatchFault,
    Initiate,
    InitiatedPayment,
    InitiationHead,
    initiation_key,
)
from schemas.canonical.terms import Initiated, IsoReferences
from schemas.canonical.wire import Envelope
from translator.iso import checks, orders
from translator.iso.agents import AgentIds, Directory, Unclear, ids_of
from translator.iso.checks import Scheme
from translator.iso.moments import date_in, date_out, moment_in
from translator.iso.terms import bare_terms, extensions_of, references_of, terms_of

_TRANSFER: Final = frozenset({"TRF", "TRA"})
_NOT_PROVIDED: Final = "NOTPROVIDED"
_OLDEST: Final = timedelta(days=5)
"""How long ago the day asked for may be: the payment is then made today (ACWC, DT06)."""
_FARTHEST: Final = timedelta(days=366)
"""How far away the day asked for may be."""
_NO_CURRENCY: Final = "XXX"


class Batch(msgspec.Struct, frozen=True):
    """A PmtInf that is open: who pays, when, what is wrong with all of it."""

    instruction: PaymentInstruction
    number: int
    payer: FspId
    due: datetime | None
    moved: bool
    fault: Fault | None


class Ordering:
    """Reads one initiation: `begin` a PmtInf, `add` its transactions, `close` it; at the very end `end`.

    Everything before `end` may be taken over part by part (`part`).
    """

    def __init__(
        self, definition: str, header: GroupHeader, envelope: Envelope, directory: Directory, scheme: Scheme
    ) -> None:
        self.envelope = envelope
        self.key = initiation_key(envelope.sender, header.message_id)
        self.head = InitiationHead(
            IsoReferences(
                message_id=header.message_id,
                message_name=definition,
                business_message_id=envelope.message_id,
                created=header.created,
                header=envelope.header,
            ),
            header.number_of_transactions.strip(),
            header.control_sum,
        )
        self.batch_faults: list[BatchFault] = []
        self.position = 0
        self._directory = directory
        self._scheme = scheme
        self._now = envelope.received_at or datetime.max.replace(tzinfo=UTC)
        self._total = Decimal(0)
        self._batches: set[str] = set()
        self._number = 0
        self._batch: Batch | None = None
        self._seen: set[tuple[str, str | None]] = set()
        self._transfers: set[str] = set()
        self._in_batch, self._batch_total = 0, Decimal(0)
        self._wanted: list[InitiatedPayment] = []

    def begin(self, instruction: PaymentInstruction) -> None:
        """Begin a PmtInf; its transactions are added one by one."""
        payer, wrong = self._payer(instruction.debtor_agent)
        due, moved, late = self._due(instruction)
        identifier = instruction.payment_information_id
        if identifier in self._batches:
            wrong = fault("DUPLICATE_BATCH", f"PmtInfId {identifier} is in this message twice")
        elif instruction.payment_method not in _TRANSFER:
            wrong = fault("UNSUPPORTED_TYPE", f"PmtMtd {instruction.payment_method}: only TRF is offered")
        self._batches.add(identifier)
        self._number += 1
        self._batch = Batch(instruction, self._number, payer, due, moved, wrong or late)
        self._seen.clear()
        self._in_batch, self._batch_total = 0, Decimal(0)

    def add(self, transfer: pain001.CreditTransfer, wrong: Fault | None = None) -> None:
        """Take the next transaction of the PmtInf that is open; `wrong` is the rule that it breaks."""
        batch = self._opened()
        self.position += 1
        self._in_batch += 1
        amount = transfer.amount or transfer.equivalent
        try:
            said = Decimal(amount.text) if amount is not None else Decimal(0)
        except InvalidOperation:
            said = Decimal(0)
        self._total += said
        self._batch_total += said
        payment = self._payment(transfer, batch)
        if wrong is not None and payment.fault is None:
            payment = msgspec.structs.replace(payment, fault=wrong)
        self._wanted.append(payment)

    def close(self) -> None:
        """End the PmtInf: now its count and sum can be judged."""
        batch = self._opened()
        instruction, counted = batch.instruction, str(self._in_batch)
        number = (instruction.number_of_transactions or counted).strip()
        wrong: Fault | None = None
        if _differs(number, Decimal(counted)):
            wrong = fault("WRONG_COUNT", f"NbOfTxs of the PmtInf is {number[:15]}, it holds {counted}")
        elif instruction.control_sum is not None and _differs(instruction.control_sum, self._batch_total):
            wrong = fault("WRONG_SUM", f"CtrlSum of the PmtInf is {instruction.control_sum}, not {self._batch_total}")
        if wrong is not None:
            self.batch_faults.append(BatchFault(batch.number, wrong))
        self._batch = None

    def end(self) -> Fault | None:
        """What is wrong with the whole, now that all of it was read."""
        counted = str(self.position)
        if _differs(self.head.number, Decimal(counted)):
            return fault("WRONG_COUNT", f"NbOfTxs is {self.head.number[:15]}, the message holds {counted}")
        if self.head.control_sum is not None and _differs(self.head.control_sum, self._total):
            return fault("WRONG_SUM", f"CtrlSum is {self.head.control_sum}, the transactions add up to {self._total}")
        return None

    @property
    def waiting(self) -> int:
        """How many transactions were read since the last part."""
        return len(self._wanted)

    def part(self, envelope: Envelope, *, complete: bool = False, wrong: Fault | None = None) -> Initiate:
        """What was read since the last part, as a command; `wrong`: why the whole cannot be executed."""
        payments, self._wanted = tuple(self._wanted), []
        faults, self.batch_faults = tuple(self.batch_faults), []
        digest = hashlib.sha256(b"".join(one.content_hash for one in payments)).digest()
        envelope = msgspec.structs.replace(envelope, content_hash=digest)
        first = self.position - len(payments) + 1
        return Initiate(envelope, self.key, self.head, first, payments, faults, complete, wrong)

    def _opened(self) -> Batch:
        if self._batch is None:
            raise ValueError("no PmtInf is open")
        return self._batch

    def _payer(self, agent: FinancialInstitution) -> tuple[FspId, Fault | None]:
        """The debtor's bank: the sender, or one that lets the sender initiate; nobody named means the sender."""
        sender, ids = self.envelope.sender, ids_of(agent)
        found = self._directory.resolve(ids) if ids.given else sender
        if found == sender:
            return sender, None
        if found is None or isinstance(found, Unclear):
            return sender, fault("PAYER_FSP_NOT_FOUND", f"DbtrAgt {ids.text} is no participant")
        bank = self._directory.participant(found)
        if bank is not None and bank.iso is not None and sender in bank.iso.initiators:
            return found, None
        return sender, fault("WRONG_AGENT", f"DbtrAgt {found} does not let {sender} initiate payments of its customers")

    def _due(self, instruction: PaymentInstruction) -> tuple[datetime | None, bool, Fault | None]:
        """When the payments may be made (None: now), whether that is later than asked, and why never."""
        moment = moment_in(instruction.execution_time)
        day = date_in(instruction.execution_date)
        if moment is None and day is not None:
            moment = datetime.combine(day, time(), UTC)
        if moment is None:
            return None, False, fault("WRONG_DATE", "ReqdExctnDt cannot be read")
        today = datetime.combine(self._now.date(), time(), UTC)
        if moment < today - _OLDEST:
            return None, False, fault("WRONG_DATE", f"ReqdExctnDt {moment.date()} is long past")
        if moment > self._now + _FARTHEST:
            return None, False, fault("FUTURE_DATE", f"ReqdExctnDt {moment.date()} is too far away")
        return (moment if moment > self._now else None), moment < today, None

    def _payment(self, transfer: pain001.CreditTransfer, batch: Batch) -> InitiatedPayment:
        sender = self.envelope.sender
        uetr = (transfer.uetr or "").lower()
        named = (self.key, batch.instruction.payment_information_id, str(self.position))
        transfer_id = TransferId(uetr if is_uuid(uetr) else derived_uuid("initiation", *named))
        ordered = orders.transfer_of(transfer, batch.instruction, transfer_id)
        message = self._message(batch, ordered, transfer_id)
        amount, wrong = checks.amount(ordered)
        payee, unroutable = checks.payee(message, ordered, AgentIds(), self._directory, self._scheme)
        references = msgspec.structs.replace(
            references_of(message, ordered, self.envelope),
            message_id=None,
            message_name=None,
            created=None,
            header=None,
        )
        terms = terms_of(message, ordered, amount, (batch.payer, payee), (transfer_id, references))
        terms = msgspec.structs.replace(
            terms,
            extensions=extensions_of(ordered, references, ""),
            initiated=Initiated(self.key, self.position, sender),
            order=orders.packed(ordered),
        )
        broken = batch.fault or wrong or self._twice(transfer, transfer_id) or _not_taken(transfer) or unroutable
        if broken is None and payee is None and terms.payee.id is None:
            broken = fault("PAYEE_FSP_NOT_FOUND", "neither CdtrAgt nor CdtrAcct says who is to be paid")
        ordered_for = (batch.instruction.execution_date, batch.instruction.execution_time, batch.payer)
        digest = hashlib.sha256(msgspec.json.encode((named, ordered_for, transfer))).digest()
        return InitiatedPayment(
            transfer_id, batch.instruction.payment_information_id, batch.number, batch.payer, payee, amount, terms,
            digest, transfer.instruction_id, batch.due, batch.moved, broken,
        )  # fmt: skip

    def _message(self, batch: Batch, ordered: CreditTransfer, transfer_id: TransferId) -> Pacs008:
        """The pacs.008 that the debtor's bank would send."""
        return Pacs008(
            message_id=transfer_id,
            created=self.head.references.created or "",
            number_of_transactions="1",
            settlement_date=date_out(batch.due or self._now),
            settlement_method="CLRG",
            transactions=(ordered,),
        )

    def _twice(self, transfer: pain001.CreditTransfer, transfer_id: TransferId) -> Fault | None:
        """A transaction that is in the message before: by its UETR, or in one PmtInf by its references."""
        if transfer_id in self._transfers:
            return fault("DUPLICATE_PAYMENT", f"UETR {transfer_id} is in this message twice")
        if transfer.uetr:
            self._transfers.add(transfer_id)
        if transfer.end_to_end_id == _NOT_PROVIDED:
            return None
        named = (transfer.end_to_end_id, transfer.instruction_id)
        if named in self._seen:
            return fault("DUPLICATE_END_TO_END", f"EndToEndId {transfer.end_to_end_id} is in this PmtInf twice")
        self._seen.add(named)
        return None


def initiate(message: Pain001, envelope: Envelope, directory: Directory, scheme: Scheme) -> Initiate:
    """A whole pain.001."""
    reader = Ordering(message.definition, message.header, envelope, directory, scheme)
    for instruction in message.instructions:
        read_instruction(reader, instruction, instruction.transactions)
    return reader.part(envelope, complete=True, wrong=reader.end())


def read_instruction(
    reader: Ordering, instruction: PaymentInstruction, transfers: Iterable[pain001.CreditTransfer]
) -> None:
    """One whole PmtInf."""
    reader.begin(msgspec.structs.replace(instruction, transactions=()))
    for transfer in transfers:
        reader.add(transfer)
    reader.close()


def refuse(message_id: str, name: str, created: str, reason: Fault, envelope: Envelope) -> Refuse:
    """Refuse a message of a customer as a whole (pain.002 RJCT)."""
    references = IsoReferences(
        message_id=message_id,
        message_name=name,
        business_message_id=envelope.message_id,
        created=created,
        header=envelope.header,
    )
    digest = hashlib.sha256(msgspec.json.encode((message_id, name, created))).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    return Refuse(envelope, reason, INITIATIONS, message_id, bare_terms(references, message_id, _NO_CURRENCY))


def _not_taken(transfer: pain001.CreditTransfer) -> Fault | None:
    if transfer.cheque:
        return fault("UNSUPPORTED_TYPE", "cheques are not drawn here")
    if transfer.amount is None and transfer.equivalent is None:
        return fault("MISSING_ELEMENT", "neither InstdAmt nor EqvtAmt is there")
    if transfer.equivalent is None or transfer.equivalent_in == transfer.equivalent.currency:
        return None
    if transfer.creditor_account is None:
        return fault("MISSING_ELEMENT", "EqvtAmt is paid in another currency only to an account (CdtrAcct)")
    return None


def _differs(said: str, found: Decimal) -> bool:
    try:
        return Decimal(said) != found
    except InvalidOperation:
        return True
