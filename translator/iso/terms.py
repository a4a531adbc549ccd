"""The terms a bank's pacs.008 carries: identifications, purpose, remittance, and what a DFSP may see of them."""

from typing import Final

from iso.messages.fields import Code, PaymentType, RemittanceInfo
from iso.messages.pacs008 import CreditTransfer, Pacs008
from schemas.canonical.identity import FspId, TransferId, derived_uuid, transfer_id_of
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.party import Party
from schemas.canonical.terms import IsoReferences, Terms
from schemas.canonical.wire import Envelope
from schemas.codes.purposes import kind_of
from translator.iso.agents import ids_of
from translator.iso.parties import party_in

NOTE_MAX: Final = 128
_NOT_PROVIDED: Final = "NOTPROVIDED"
_EXTENSION_MAX: Final = 128
_RRTP: Final = "RRTP"


def references_of(message: Pacs008, transfer: CreditTransfer, envelope: Envelope) -> IsoReferences:
    """Everything by which the bank will recognise its payment in an answer."""
    kind = transfer.payment_type or message.payment_type or PaymentType()
    return IsoReferences(
        message_id=message.message_id,
        message_name=message.definition,
        business_message_id=envelope.message_id,
        created=message.created,
        instruction_id=transfer.instruction_id,
        end_to_end_id=transfer.end_to_end_id,
        transaction_id=transfer.transaction_id,
        uetr=transfer.uetr,
        charge_bearer=transfer.charge_bearer,
        service_level=_value(kind.service_levels[0] if kind.service_levels else None),
        local_instrument=_value(kind.local_instrument),
        category_purpose=_value(kind.category_purpose),
        purpose=_value(transfer.purpose),
        settlement_date=transfer.settlement_date or message.settlement_date,
        header=envelope.header,
    )


def day_of(message: Pacs008, transfer: CreditTransfer) -> str:
    """The day that makes a bank's own TxId unique: settlement date, else the day the message was made."""
    return (transfer.settlement_date or message.settlement_date or message.created)[:10]


def terms_of(
    message: Pacs008,
    transfer: CreditTransfer,
    amount: Money,
    fsps: tuple[FspId, FspId | None],
    ids: tuple[TransferId, IsoReferences],
) -> Terms:
    """The agreement in a pacs.008. `fsps`: payer's and payee's; `ids`: the transfer's and those of the message."""
    (payer, payee), (transfer_id, references) = fsps, ids
    remittance = transfer.remittance or RemittanceInfo()
    organisation = transfer.debtor.kind == "org"
    kind = kind_of(
        references.local_instrument, references.purpose, references.category_purpose, organisation=organisation
    )
    end_to_end = transfer.end_to_end_id
    if end_to_end and end_to_end != _NOT_PROVIDED:
        transaction_id = str(transfer_id_of(None, end_to_end, payer, day_of(message, transfer)))
    else:
        transaction_id = derived_uuid(transfer_id, "transaction")
    instructed = [found.text for found in transfer.instructions_creditor_agent if found.text]
    note = next(iter(remittance.unstructured or instructed), "")
    return Terms(
        transaction_id,
        amount,
        party_in(transfer.debtor, transfer.debtor_account, payer),
        party_in(transfer.creditor, transfer.creditor_account, payee, agent_given=payee is not None),
        amount_type="RECEIVE" if transfer.charge_bearer == "DEBT" else "SEND",
        payee_fee=_allowed_fee(transfer, amount),
        scenario=kind.scenario,
        initiator=kind.initiator,
        initiator_type=kind.initiator_type,
        note=note[:NOTE_MAX].strip() or None,
        remittance=remittance.unstructured,
        remittance_reference=remittance.reference,
        references=references,
        instructed=_instructed(transfer, amount),
        request=_request(references, transaction_id),
    )


def _request(references: IsoReferences, transaction_id: str) -> str | None:
    """A payment for a request to pay (RRTP) whose EndToEndId is the request's id as the hub writes it."""
    if references.purpose != _RRTP:
        return None
    named = transaction_id.replace("-", "") == (references.end_to_end_id or "").replace("-", "").lower()
    return transaction_id if named else None


def extensions_of(transfer: CreditTransfer, references: IsoReferences, digest: str) -> tuple[tuple[str, str], ...]:
    """What a DFSP sees of a bank's payment beside its own fields: a fixed list, at most 16 of at most 128 characters.

    `iso.more` tells that something is left out, `iso.hash` names the original that is kept whole.
    """
    remittance = transfer.remittance or RemittanceInfo()
    debtor, creditor = (
        party.residence or (party.address.country if party.address else None)
        for party in (transfer.debtor, transfer.creditor)
    )
    told = (
        ("iso.uetr", references.uetr),
        ("iso.e2e", references.end_to_end_id),
        ("iso.instrId", references.instruction_id),
        ("iso.chrgBr", references.charge_bearer),
        ("iso.purp", references.purpose),
        ("iso.ctgyPurp", references.category_purpose),
        ("iso.rmt.ustrd", "".join(remittance.unstructured[:1])),
        ("iso.rmt.ref", remittance.reference),
        ("iso.rmt.doc", remittance.document),
        ("iso.ultmtDbtr.nm", transfer.ultimate_debtor.name if transfer.ultimate_debtor else None),
        ("iso.ultmtCdtr.nm", transfer.ultimate_creditor.name if transfer.ultimate_creditor else None),
        ("iso.dbtr.ctry", debtor),
        ("iso.cdtr.ctry", creditor),
        ("iso.lclInstrm", references.local_instrument),
    )
    pairs = tuple((key, value) for key, value in told if value)
    more = len(remittance.unstructured) > 1 or any(len(value) > _EXTENSION_MAX for _, value in pairs)
    last = (("iso.more", "true" if more else ""), ("iso.hash", digest))
    return tuple((key, value[:_EXTENSION_MAX]) for key, value in (*pairs, *last) if value)


def _allowed_fee(transfer: CreditTransfer, amount: Money) -> Money | None:
    """The charges of the creditor's agent: the fee the payer's bank has already allowed for."""
    if not transfer.charges:
        return None
    creditor = ids_of(transfer.creditor_agent)
    total = Money(0, amount.currency)
    for charge in transfer.charges:
        if charge.amount.currency != amount.currency or ids_of(charge.agent) != creditor:
            continue
        try:
            total += Money.parse_iso(charge.amount.text, charge.amount.currency)
        except MoneyError:
            continue
    return total if total.units else None


def _instructed(transfer: CreditTransfer, settled: Money) -> Money | None:
    """The amount as ordered, where it is in another currency than the one settled."""
    given = transfer.instructed_amount
    if given is None or given.currency == settled.currency:
        return None
    try:
        return Money.parse_iso(given.text, given.currency)
    except MoneyError:
        return None


def _value(code: Code | None) -> str | None:
    return (code.value or None) if code else None


def bare_terms(references: IsoReferences, transaction_id: str, currency: str) -> Terms:
    """Terms that only carry the identifications an answer must repeat, for a message that became no payment."""
    return Terms(transaction_id, Money(0, currency), Party(), Party(), references=references)
