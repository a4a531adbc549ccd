"""A pacs.004 or pacs.007 as the DFSP would get it that paid: quote and transfer with scenario REFUND, no hub behind it.

The hub takes parties and ids of its own record of the payment; here stands what the message repeats of it (OrgnlTxRef,
RtrChain), and what it does not repeat is left out.
"""

from datetime import datetime
from typing import Final

import msgspec

from iso.messages import fields
from iso.messages.originals import OriginalReference, PartyOrAgent
from iso.messages.pacs004 import Pacs004, ReturnedTransaction
from schemas.canonical.commands import Refuse
from schemas.canonical.events import Event, Reserved, TermsAsked
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId, derived_uuid, transfer_id_of
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect, Envelope, Original
from translator.convert import Pair, Seal, json_bodies, member
from translator.dialect import RenderContext, render
from translator.forms import MESSAGE_ID, Form
from translator.iso import returns
from translator.iso.agents import AgentIds
from translator.iso.checks import Scheme
from translator.iso.parties import party_in

_NONE: Final = "NOTPROVIDED"


def refund_forms(message: Pacs004, original: Original, now: datetime, seal: Seal) -> tuple[Form, ...] | Fault:
    """Quote and transfer in both JSON dialects for the first transaction; a Fault if it cannot be taken."""
    if not message.transactions:
        return Fault("MISSING_ELEMENT", "3102", "FF01", "the message names no payment (TxInf)")
    transaction = message.transactions[0]
    alone = msgspec.structs.replace(
        message, transactions=(transaction,), number_of_transactions="1", control_sum=None, total_amount=None
    )
    told = transaction.original or OriginalReference()
    giver = transaction.instructing_agent or message.instructing_agent or told.creditor_agent
    getter = transaction.instructed_agent or message.instructed_agent or told.debtor_agent
    pair = Pair(member(giver, "payeebank"), member(getter, "payerfsp"))
    paid = _paid(transaction, told, pair, now)
    if isinstance(paid, Fault):
        return paid
    envelope = Envelope(pair.bank.name, Dialect.ISO_XML, message_id=message.message_id, original=original)
    command = returns.prepare(alone, envelope, AgentIds(), (paid,), (pair, Scheme()))
    if isinstance(command, Refuse):
        return command.fault
    terms = msgspec.structs.replace(command.terms, quote_id=derived_uuid("quote", command.transfer_id))
    packet, condition = seal(terms)
    terms = msgspec.structs.replace(terms, packet=packet, condition=condition)
    transfer = Transfer(
        command.transfer_id, pair.bank.name, pair.dfsp.name, command.amount, command.expiry, terms,
        TransferState.RESERVED, b"", now, condition=condition, returns=paid.id,
    )  # fmt: skip
    context = RenderContext(now, MESSAGE_ID, pair.participant)
    asked = TermsAsked(pair.bank.name, terms.quote_id or "", terms)
    quote = render(Event(pair.dfsp.name, asked), pair.dfsp, context)
    sent = render(Event(pair.dfsp.name, Reserved(transfer)), pair.dfsp, context)
    why = f"the hub would refuse it: {command.fault.description}" if command.fault is not None else ""
    variant = json_bodies(quote.body, sent.body, now)
    return (
        Form("POST /quotes", Dialect.FSPIOP, quote.body, quote.losses, why),
        Form("POST /transfers", Dialect.FSPIOP, sent.body, sent.losses, why),
        Form("POST /quotes", Dialect.FSPIOP_ISO, variant[0]),
        Form("POST /transfers", Dialect.FSPIOP_ISO, variant[1]),
    )


def _paid(transaction: ReturnedTransaction, told: OriginalReference, pair: Pair, now: datetime) -> Transfer | Fault:
    """The payment that is given back, as far as the message tells of it."""
    given = transaction.original_amount or told.settlement_amount or transaction.returned_amount
    try:
        amount = Money.parse_iso(given.text, given.currency)
    except MoneyError as error:
        return Fault(error.fault, "3101", "AM12", error.detail)
    chain = transaction.chain
    # A chain runs the way the money goes back: its creditor is who paid.
    payer = _party(told.debtor or (chain.creditor if chain else None), told.debtor_account, pair.dfsp.name)
    payee = _party(told.creditor or (chain.debtor if chain else None), told.creditor_account, pair.bank.name)
    name = transaction.original_transaction_id or transaction.original_end_to_end_id or _NONE
    key = TransferId(transfer_id_of(transaction.original_uetr, name, pair.dfsp.name, ""))
    terms = Terms(key, amount, payer, payee)
    return Transfer(key, pair.dfsp.name, pair.bank.name, amount, now, terms, TransferState.COMMITTED, b"", now)


def _party(given: PartyOrAgent | None, account: fields.Account | None, fsp: FspId) -> Party:
    party = given.party if given is not None and given.party is not None else fields.Party()
    return party_in(party, account, fsp)
