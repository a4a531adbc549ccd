"""pacs.009: a transfer between institutions as a Prepare. It goes on as it was written, so nothing is made of terms."""

import hashlib
from datetime import UTC, datetime
from typing import Final

import msgspec

from iso.messages.fields import FinancialInstitution, PaymentType
from iso.messages.pacs009 import InstitutionTransfer, Pacs009
from iso.messages.shape import Amount
from schemas.canonical.commands import Prepare, Refuse
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, derived_uuid, transfer_id_of
from schemas.canonical.money import Money
from schemas.canonical.party import Party
from schemas.canonical.terms import IsoReferences, Terms
from schemas.canonical.wire import Envelope
from translator.iso import checks
from translator.iso.agents import AgentIds, Directory, Unclear, ids_of
from translator.iso.checks import Scheme
from translator.iso.terms import bare_terms

MESSAGE: Final = "pacs.009"


def prepare(
    message: Pacs009, envelope: Envelope, addressed: AgentIds, directory: Directory, scheme: Scheme
) -> Prepare | Refuse:
    """A bank's transfer to another bank. `addressed` is what the header's To says (the hub or that bank)."""
    several = checks.several_transactions(message)
    if several is not None:
        return _refuse(message, several, envelope)
    (transfer,) = message.transactions
    sender, now = envelope.sender, envelope.received_at
    amount, wrong = checks.amount(transfer)
    envelope = msgspec.structs.replace(envelope, content_hash=_content_hash(message, transfer, amount))
    payee, unroutable = _payee(message, transfer, addressed, directory, scheme)
    day = (transfer.settlement_date or message.settlement_date or message.created)[:10]
    given = transfer.transaction_id
    if not given and not transfer.uetr:
        given = "/".join((message.message_id, transfer.instruction_id or "", transfer.end_to_end_id))
    key = transfer_id_of(transfer.uetr, given, sender, day)
    broken = (
        wrong
        or checks.settlement(message, scheme)
        or checks.sums(message, amount)
        or checks.settlement_day(message, transfer, now, scheme)
        or _not_the_sender(message, transfer, sender, directory)
        or unroutable
        or _no_bank(payee, directory)
    )
    expiry = checks.expiry(message, transfer, now, scheme) or now or datetime.max.replace(tzinfo=UTC)
    terms = Terms(
        derived_uuid(key, "transaction"),
        amount,
        _party(transfer.debtor, sender),
        _party(transfer.creditor, payee),
        amount_type="SEND",
        initiator_type="BUSINESS",
        note=transfer.remittance_lines[0] if transfer.remittance_lines else None,
        remittance=transfer.remittance_lines,
        expiry=expiry,
        references=_references(message, transfer, envelope),
    )
    return Prepare(envelope, key, sender, payee, amount, expiry, terms, fault=broken)


def _content_hash(message: Pacs009, transfer: InstitutionTransfer, amount: Money) -> bytes:
    """SHA-256 of what is paid by whom to whom and how, without header, message id, moments and amount spelling."""
    business = msgspec.structs.replace(transfer, settlement_amount=Amount(amount.fspiop, amount.currency))
    about = (message.settlement_method, message.settlement_date, message.expiry, message.clearing_system, business)
    return hashlib.sha256(msgspec.json.encode(about)).digest()


def _payee(
    message: Pacs009, transfer: InstitutionTransfer, addressed: AgentIds, directory: Directory, scheme: Scheme
) -> tuple[FspId | None, Fault | None]:
    """The bank that is credited: who is instructed, else the creditor's agent, else the creditor itself.

    All that are instructed or addressed must be one; the hub does not count. An agent behind the one instructed need
    not be known here.
    """
    found: FspId | None = None
    instructed = (
        ("InstdAgt", ids_of(transfer.instructed_agent)),
        ("GrpHdr/InstdAgt", ids_of(message.instructed_agent)),
        ("To", addressed),
    )
    behind = (("CdtrAgt", ids_of(transfer.creditor_agent)), ("Cdtr", ids_of(transfer.creditor)))
    for name, ids in (*instructed, *behind):
        if not ids.given or (found is not None and (name, ids) in behind):
            continue
        meant = directory.resolve(ids)
        if isinstance(meant, Unclear):
            return found, fault("WRONG_AGENT", f"{name} {ids.text}: {meant}")
        if meant == scheme.hub.name and (name, ids) not in behind:
            continue
        if meant is None or meant == scheme.hub.name:
            return found, fault("PAYEE_FSP_NOT_FOUND", f"{name} {ids.text} is no participant")
        if found is not None and meant != found:
            return found, fault("WRONG_AGENT", f"{name} {ids.text} is {meant}, not {found}")
        found = meant
    if found is None:
        return None, fault("PAYEE_FSP_NOT_FOUND", "neither InstdAgt nor CdtrAgt nor Cdtr names a participant")
    return found, None


def _not_the_sender(
    message: Pacs009, transfer: InstitutionTransfer, sender: FspId, directory: Directory
) -> Fault | None:
    """Who instructs is the sender; where nobody is named, the debtor's agent or else the debtor is."""
    instructing = (
        ("GrpHdr/InstgAgt", ids_of(message.instructing_agent)),
        ("InstgAgt", ids_of(transfer.instructing_agent)),
    )
    named = [one for one in instructing if one[1].given]
    if not named:
        agent = ids_of(transfer.debtor_agent)
        named = [("DbtrAgt", agent) if agent.given else ("Dbtr", ids_of(transfer.debtor))]
    for name, ids in named:
        if ids.given and directory.resolve(ids) != sender:
            return fault("WRONG_AGENT", f"{name} {ids.text} is not the sender {sender}")
    return None


def _no_bank(payee: FspId | None, directory: Directory) -> Fault | None:
    found = directory.participant(payee) if payee else None
    if found is None or found.iso is not None:
        return None
    return fault("UNSUPPORTED_TYPE", f"{found.name} takes customers' payments (pacs.008) only")


def _party(institution: FinancialInstitution, fsp: FspId | None) -> Party:
    return Party(fsp=fsp, name=institution.name or ids_of(institution).text or None, organisation=True)


def _references(message: Pacs009, transfer: InstitutionTransfer, envelope: Envelope) -> IsoReferences:
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
        service_level=kind.service_levels[0].value or None if kind.service_levels else None,
        local_instrument=kind.local_instrument.value or None if kind.local_instrument else None,
        category_purpose=kind.category_purpose.value or None if kind.category_purpose else None,
        purpose=transfer.purpose.value or None if transfer.purpose else None,
        settlement_date=transfer.settlement_date or message.settlement_date,
        header=envelope.header,
    )


def _refuse(message: Pacs009, reason: Fault, envelope: Envelope) -> Refuse:
    """A message of none or several transfers is answered as a whole."""
    references = IsoReferences(
        message_id=message.message_id,
        message_name=message.definition,
        business_message_id=envelope.message_id,
        created=message.created,
        header=envelope.header,
    )
    digest = hashlib.sha256(msgspec.json.encode(message.transactions)).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    currency = message.transactions[0].settlement_amount.currency
    terms = bare_terms(references, message.message_id, currency)
    return Refuse(envelope, reason, "transfers", message.message_id, terms)
