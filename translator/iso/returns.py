"""pacs.004, pacs.007 and returns, both ways: a bank gives a payment back, and a DFSP's refund as a bank gets it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from iso.messages import pacs004
from iso.messages.fields import Code, Reason
from iso.messages.originals import OriginalReference, PartyOrAgent
from iso.messages.pacs004 import Pacs004, ReturnChain, ReturnedTransaction
from iso.messages.pacs007 import Pacs007
from iso.messages.shape import Amount
from schemas.canonical.commands import Prepare, Refuse
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId, derived_uuid, iso_reference
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.party import Party
from schemas.canonical.terms import IsoReferences, Refund, Terms
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Envelope
from schemas.codes.returns import reason_in, reason_out
from translator.iso import checks
from translator.iso.agents import AgentIds, Directory, institution_of
from translator.iso.checks import Scheme
from translator.iso.moments import date_out, moment_out
from translator.iso.parties import account_out, party_out
from translator.iso.reports import OriginalIds
from translator.iso.terms import bare_terms
from translator.iso.transfers import message_id_out
from translator.losses import Loss
from translator.outgoing import Task
from translator.text import iso_text, lines

MESSAGE: Final = "pacs.004"
REVERSAL: Final = "pacs.007"
MESSAGES: Final = (MESSAGE, REVERSAL)
"""By what a bank gives a payment back: a reversal is a return in all but its name."""
_SEND: Final = "SEND"
_INFO_MAX: Final = 105
_REASON_MAX: Final = 128
_NO_CURRENCY: Final = "XXX"


def original_ids(message: Pacs004, transaction: ReturnedTransaction) -> OriginalIds:
    """By what the return names the payment it gives back."""
    return OriginalIds(
        transaction.original_message_id or message.original_message_id,
        transaction.original_message_name or message.original_message_name,
        transaction.original_instruction_id,
        transaction.original_end_to_end_id,
        transaction.original_transaction_id,
        transaction.original_uetr,
        transaction.original_clearing_reference,
    )


def _the_one(message: Pacs004) -> ReturnedTransaction | Fault:
    if not message.transactions:
        # How much of which payment is not said; who has sent it may have meant what was returned meanwhile too.
        whole = "Rvsl" if isinstance(message, Pacs007) else "Rtr"
        detail = f"TxInf is missing: name each payment that is given back, whole messages (Grp{whole}) are not taken"
        return fault("MISSING_ELEMENT", detail)
    return checks.several_transactions(message) or message.transactions[0]


def prepare(
    message: Pacs004,
    envelope: Envelope,
    addressed: AgentIds,
    originals: Sequence[Transfer],
    around: tuple[Directory, Scheme],
) -> Prepare | Refuse:
    """A bank's return of one of `originals`, which are what its references fit: exactly one of them must be meant."""
    transaction = _the_one(message)
    if isinstance(transaction, Fault):
        return refuse(message, transaction, envelope)
    if len(originals) != 1:
        reason = fault("NO_ORIGINAL", "no payment of yours has these references")
        if originals:
            reason = fault("VALIDATION", "the references fit more than one payment; name its UETR")
        return refuse(message, reason, envelope)
    (original,), (directory, scheme) = originals, around
    sender, now = envelope.sender, envelope.received_at
    amount, wrong = checks.amount(transaction)
    envelope = msgspec.structs.replace(envelope, content_hash=_content_hash(message, transaction, amount))
    named, unroutable = checks.payee(message, transaction, addressed, directory, scheme)
    broken = (
        _asked_back(message, sender, original)
        or wrong
        or checks.settlement(message, scheme)
        or checks.sums(message, amount)
        or checks.settlement_day(message, transaction, now, scheme)
        or checks.sender_agents(message, transaction, sender, directory)
        or unroutable
        or _other_payee(named, original)
        or _other_amounts(transaction, original)
    )
    ends = checks.expiry(message, transaction, now, scheme)
    expiry = ends or now or datetime.max.replace(tzinfo=UTC)
    key = derived_uuid("return", sender, transaction.return_id or message.message_id, original.id)
    terms = _terms(message, transaction, original, (TransferId(key), amount, expiry), envelope)
    return Prepare(
        envelope, TransferId(key), sender, original.payer, amount, expiry, terms, fault=broken, returns=original.id
    )


def refuse(message: Pacs004, reason: Fault, envelope: Envelope) -> Refuse:
    """A return that is about no payment the hub can tell; the answer repeats the ids it gave."""
    transactions = message.transactions
    references = IsoReferences(
        message_id=message.message_id,
        message_name=message.definition,
        business_message_id=envelope.message_id,
        created=message.created,
        header=envelope.header,
    )
    if len(transactions) == 1:
        references = references_of(message, transactions[0], envelope)
    digest = hashlib.sha256(msgspec.json.encode(transactions)).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    terms = bare_terms(references, message.message_id, _NO_CURRENCY)
    return Refuse(envelope, reason, "transfers", message.message_id, terms)


def references_of(message: Pacs004, transaction: ReturnedTransaction, envelope: Envelope) -> IsoReferences:
    """Everything by which the bank will recognise its return in an answer; its TxId is the RtrId."""
    return IsoReferences(
        message_id=message.message_id,
        message_name=message.definition,
        business_message_id=envelope.message_id,
        created=message.created,
        instruction_id=transaction.original_instruction_id,
        end_to_end_id=transaction.original_end_to_end_id,
        transaction_id=transaction.return_id or transaction.original_transaction_id,
        uetr=transaction.original_uetr,
        charge_bearer=transaction.charge_bearer,
        settlement_date=transaction.settlement_date or message.settlement_date,
        header=envelope.header,
    )


def reason_of(message: Pacs004, transaction: ReturnedTransaction) -> Reason:
    """Why it is given back: the transaction's first reason, else the message's."""
    return next(iter((*transaction.reasons, *message.reasons)), Reason())


def render(transfer: Transfer, task: Task) -> bytes:
    """The Document of a pacs.004 made of a DFSP's refund, in the receiver's version."""
    version = task.definition(MESSAGE)
    written = pacs004.write(_message(transfer, version, task), version)
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body


def _terms(
    message: Pacs004,
    transaction: ReturnedTransaction,
    original: Transfer,
    made: tuple[TransferId, Money, datetime],
    envelope: Envelope,
) -> Terms:
    """The agreement of a return: the original's the other way round, and all of the amount is sent."""
    key, amount, expiry = made
    reason = reason_of(message, transaction)
    code = reason.code or reason.proprietary
    text = reason_in(code, " ".join(reason.info))[:_REASON_MAX] or None
    told = (
        ("iso.uetr", transaction.original_uetr),
        ("iso.e2e", transaction.original_end_to_end_id),
        ("iso.rtrRsn", code),
        ("iso.hash", envelope.original.digest if envelope.original else None),
    )
    given = original.terms
    return Terms(
        derived_uuid(key, "transaction"),
        amount,
        msgspec.structs.replace(given.payee, fsp=original.payee),
        msgspec.structs.replace(given.payer, fsp=original.payer),
        amount_type=_SEND,
        scenario="REFUND",
        initiator="PAYER",
        initiator_type="BUSINESS",
        note=text,
        expiry=expiry,
        references=references_of(message, transaction, envelope),
        refund=Refund(given.transaction_id, text),
        extensions=tuple((name, value[:_REASON_MAX]) for name, value in told if value),
    )


def _content_hash(message: Pacs004, transaction: ReturnedTransaction, amount: Money) -> bytes:
    """SHA-256 of what is given back, without header, message id, moments and amount spelling."""
    plain = Amount(amount.fspiop, amount.currency)
    business = msgspec.structs.replace(transaction, returned_amount=plain)
    about: tuple[Any, ...] = (
        message.settlement_method, message.settlement_date, message.clearing_system, message.reasons, business,
    )  # fmt: skip
    # A reversal is not the return that bears the same id.
    about += (REVERSAL, message.authorisations) if isinstance(message, Pacs007) else ()
    return hashlib.sha256(msgspec.json.encode(about)).digest()


def _asked_back(message: Pacs004, sender: FspId, original: Transfer) -> Fault | None:
    """Who paid takes nothing back by its own word."""
    if not isinstance(message, Pacs007) or sender != original.payer or sender == original.payee:
        return None
    return fault("NOT_OFFERED", "only the bank that was paid reverses a payment: ask for yours back by a camt.056")


def _other_payee(named: FspId | None, original: Transfer) -> Fault | None:
    if named is None or named == original.payer:
        return None
    return fault("WRONG_AGENT", f"the payment came from {original.payer}, not from {named}")


def _other_amounts(transaction: ReturnedTransaction, original: Transfer) -> Fault | None:
    """OrgnlIntrBkSttlmAmt is the original's; what is instructed is not less than what is settled of it."""
    given, instructed = transaction.original_amount, transaction.returned_instructed_amount
    if given is not None and _money(given) != original.amount:
        told = f"{original.amount.iso} {original.amount.currency}"
        return fault("RETURN_AMOUNT", f"OrgnlIntrBkSttlmAmt is {given.text} {given.currency}, the payment was {told}")
    settled = _money(transaction.returned_amount)
    ordered = _money(instructed) if instructed is not None else None
    if settled is None or ordered is None or ordered.currency != settled.currency or transaction.compensation:
        return None
    if ordered.units < settled.units:
        return fault("RETURN_AMOUNT", f"{settled.iso} is settled, more than the {ordered.iso} instructed")
    return None


def _money(given: Amount) -> Money | None:
    try:
        return Money.parse_iso(given.text, given.currency)
    except MoneyError:
        return None


def _message(transfer: Transfer, version: str, task: Task) -> Pacs004:
    context, receiver = task.context, task.receiver
    giver = institution_of(context.participant(transfer.payer), transfer.payer)
    getter = institution_of(receiver, receiver.name)
    system = context.hub.clearing_system
    return Pacs004(
        message_id=message_id_out(transfer.id),
        created=moment_out(context.now),
        number_of_transactions="1",
        settlement_method="CLRG",
        clearing_system=Code(proprietary=system) if system else None,
        instructing_agent=giver,
        instructed_agent=getter,
        transactions=(_transaction(transfer, task),),
        definition=version,
    )


def _transaction(transfer: Transfer, task: Task) -> ReturnedTransaction:
    context, refund = task.context, transfer.terms.refund
    if refund is None or refund.amount is None:
        raise ValueError(f"return {transfer.id} does not tell what it gives back")
    known = refund.references or IsoReferences()
    named = known.message_id is not None
    return ReturnedTransaction(
        return_id=iso_reference(transfer.id),
        original_message_id=known.message_id,
        original_message_name=(known.message_name or task.definition("pacs.008")) if named else None,
        original_created=known.created if named else None,
        original_instruction_id=known.instruction_id,
        original_end_to_end_id=known.end_to_end_id,
        original_transaction_id=known.transaction_id,
        original_uetr=known.uetr,
        original_amount=_amount(refund.amount),
        original_settlement_date=refund.settled,
        returned_amount=_amount(transfer.amount),
        settlement_date=date_out(context.now),
        clearing_reference=iso_reference(transfer.id),
        chain=_chain(transfer, task),
        reasons=(_reason(refund, task),),
        original=OriginalReference(settlement_amount=_amount(refund.amount), settlement_date=refund.settled),
    )


def _chain(transfer: Transfer, task: Task) -> ReturnChain:
    terms, losses, context = transfer.terms, task.losses, task.context
    currency = transfer.amount.currency

    def party(one: Party, role: str) -> PartyOrAgent:
        return PartyOrAgent(party=party_out(one, role, losses, context.charset))

    return ReturnChain(
        debtor=party(terms.payer, "payer"),
        debtor_account=account_out(terms.payer, "payer", currency, losses),
        debtor_agent=institution_of(context.participant(transfer.payer), transfer.payer),
        creditor_agent=institution_of(task.receiver, task.receiver.name),
        creditor=party(terms.payee, "payee"),
        creditor_account=account_out(terms.payee, "payee", currency, losses),
    )


def _reason(refund: Refund, task: Task) -> Reason:
    code, rest = reason_out(refund.reason)
    text = iso_text(rest, 10 * _INFO_MAX, "refundReason", task.losses, task.context.charset)
    return Reason(code=code, info=lines(text, _INFO_MAX) if text else ())


def _amount(money: Money) -> Amount:
    return Amount(money.iso, money.currency)
