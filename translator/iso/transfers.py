"""pacs.008 and transfers, both directions: a bank's payment as a Prepare, and a reserved transfer for a bank."""

import hashlib
from datetime import UTC, datetime
from typing import Final

import msgspec

from iso.messages import pacs008
from iso.messages.fields import (
    Charge,
    Code,
    Party,
    PaymentType,
    ReferredDocument,
    RemittanceInfo,
    StructuredRemittance,
)
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.pacs009 import Pacs009
from iso.messages.shape import Amount
from schemas.canonical.commands import Prepare, Refuse
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId, iso_reference, transfer_id_of, uetr_of, ulid_of
from schemas.canonical.money import Money
from schemas.canonical.payments import is_group
from schemas.canonical.terms import IsoReferences, Terms
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Envelope
from schemas.codes.purposes import purpose_of
from translator.iso import checks
from translator.iso.agents import AgentIds, Directory, institution_of
from translator.iso.checks import Scheme
from translator.iso.exchanges import instructed_in
from translator.iso.moments import date_out, moment_out, time_out
from translator.iso.parties import account_out, party_out
from translator.iso.terms import bare_terms, day_of, extensions_of, references_of, terms_of
from translator.losses import Loss
from translator.outgoing import RenderContext, Task
from translator.text import iso_text

_LINE_MAX: Final = 140
_REFERENCE_MAX: Final = 35
_EDITION_WITH_EXPIRY: Final = "13"
_DEBTOR_KEY: Final = "iso.ultmtDbtr.nm"
_CREDITOR_KEY: Final = "iso.ultmtCdtr.nm"
_DOCUMENT_KEY: Final = "iso.rmt.doc"
_JSON: Final = msgspec.json.Encoder()


def prepare(
    message: Pacs008, envelope: Envelope, addressed: AgentIds, directory: Directory, scheme: Scheme
) -> Prepare | Refuse:
    """A bank's payment. `addressed` is what the header's To says (the hub or the payee's bank).

    A broken rule is the Prepare's `fault`: the id is kept and the bank told. Without exactly one transaction it is a
    Refuse of the whole message. The envelope gets the hash of the business content.
    """
    several = checks.several_transactions(message)
    if several is not None or not message.transactions:
        return refuse_message(message, envelope, several)
    (transfer,) = message.transactions
    amount, wrong = checks.amount(transfer)
    sender = envelope.sender
    envelope = msgspec.structs.replace(envelope, content_hash=content_hash(message, transfer, amount))
    payee, unroutable = checks.payee(message, transfer, addressed, directory, scheme)
    transfer_id = payment_id(message, transfer, sender)
    references = references_of(message, transfer, envelope)
    terms = terms_of(message, transfer, amount, (sender, payee), (transfer_id, references))
    now = envelope.received_at
    ends = checks.expiry(message, transfer, now, scheme)
    broken = (
        wrong
        or checks.instructed(transfer)
        or checks.settlement(message, scheme)
        or checks.sums(message, amount)
        or checks.settlement_day(message, transfer, now, scheme)
        or checks.sender_agents(message, transfer, sender, directory)
        or unroutable
        or _unaddressed(payee, terms)
    )
    bank = directory.participant(payee) if payee else None
    if bank is None or bank.iso is None:
        digest = envelope.original.digest if envelope.original else ""
        terms = msgspec.structs.replace(terms, extensions=extensions_of(transfer, references, digest))
    expiry = ends or now or datetime.max.replace(tzinfo=UTC)
    return Prepare(
        envelope, transfer_id, sender, payee, amount, expiry, msgspec.structs.replace(terms, expiry=expiry),
        fault=broken,
    )  # fmt: skip


def payment_id(message: Pacs008, transfer: CreditTransfer, sender: FspId) -> TransferId:
    """The transfer id of a bank's payment; without UETR and TxId all its references together are its name."""
    given = transfer.transaction_id
    if not given and not transfer.uetr:
        given = "/".join((message.message_id, transfer.instruction_id or "", transfer.end_to_end_id))
    return transfer_id_of(transfer.uetr, given, sender, day_of(message, transfer))


def content_hash(message: Pacs008, transfer: CreditTransfer, amount: Money) -> bytes:
    """SHA-256 of what is paid by whom to whom and how, without header, message id, moments and amount spelling."""
    plain = Amount(amount.fspiop, amount.currency)
    business = msgspec.structs.replace(transfer, accepted=None, settlement_amount=plain)
    about = (message.settlement_method, message.settlement_date, message.expiry, message.clearing_system, business)
    return hashlib.sha256(_JSON.encode(about)).digest()


def render(transfer: Transfer, task: Task) -> bytes:
    """The Document of a pacs.008 made from terms, in the receiver's version; what had no place is among the losses."""
    version = task.definition("pacs.008")
    return write_transfer(credit_transfer(transfer, version, task), version, task.losses)


def write_transfer(message: Pacs008, version: str, losses: list[Loss]) -> bytes:
    """A typed pacs.008 in a version; what that version cannot hold is added to `losses`."""
    written = pacs008.write(message, version)
    losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body


def references_out(transfer: Transfer, *, to_payer: bool = False) -> IsoReferences:
    """The identifications that bank saw: the payer bank's own, or those the hub gave a DFSP's payment.

    What comes of a message of many payments has a MsgId of the hub's for the payee's bank.
    """
    given = transfer.terms.references
    if given is not None:
        split = is_group(transfer.group) and not to_payer
        return msgspec.structs.replace(given, message_id=message_id_out(transfer.id)) if split else given
    refunded = transfer.terms.refund.references if transfer.terms.refund and transfer.returns else None
    if refunded is not None:
        # A return bears its original's references, and its own id as RtrId.
        return IsoReferences(
            message_id=message_id_out(transfer.id),
            instruction_id=refunded.instruction_id,
            end_to_end_id=refunded.end_to_end_id,
            transaction_id=iso_reference(transfer.id),
            uetr=refunded.uetr,
        )
    return IsoReferences(
        message_id=message_id_out(transfer.id),
        instruction_id=iso_reference(transfer.id),
        end_to_end_id=iso_reference(TransferId(transfer.terms.transaction_id)),
        transaction_id=iso_reference(transfer.id),
        uetr=uetr_of(transfer.id),
    )


def message_id_out(transfer_id: TransferId) -> str:
    """The MsgId of the one pacs.008 the hub makes for a transfer: a ULID that can be made again for its answers."""
    return ulid_of(transfer_id) if "-" in transfer_id else transfer_id


def credit_transfer(transfer: Transfer, version: str, task: Task) -> Pacs008:
    """The typed pacs.008. What a DFSP never gives is filled by rule: names, accounts, agents, ChrgBr, dates, ids."""
    context, losses = task.context, task.losses
    terms, references = transfer.terms, references_out(transfer)
    settled = references.settlement_date or date_out(context.now)
    payer = institution_of(context.participant(transfer.payer), transfer.payer)
    payee = institution_of(context.participant(transfer.payee), transfer.payee)
    in_header = version.endswith(_EDITION_WITH_EXPIRY)
    if not in_header and date_out(transfer.expiry) != settled[:10]:
        losses.append(Loss("expiration", moment_out(transfer.expiry), "only the time of day of an expiry can be said"))
    _tell_terms(terms, losses)
    currency = transfer.amount.currency
    transaction = CreditTransfer(
        instruction_id=references.instruction_id,
        end_to_end_id=references.end_to_end_id or iso_reference(transfer.id),
        transaction_id=references.transaction_id,
        uetr=references.uetr,
        payment_type=_payment_type(terms, references),
        settlement_amount=Amount(transfer.amount.iso, currency),
        settlement_date=settled,
        reject_time=None if in_header else time_out(transfer.expiry),
        accepted=moment_out(transfer.created),
        **(
            instructed_in(terms.exchange, losses)
            if terms.exchange
            else {"instructed_amount": _instructed(terms, transfer.amount)}
        ),
        charge_bearer=references.charge_bearer or _charge_bearer(terms, context),
        charges=tuple(
            Charge(Amount(money.iso, money.currency), payee)
            for money in (terms.payee_fee, terms.payee_commission)
            if money
        ),
        debtor=party_out(terms.payer, "payer", losses, context.charset),
        debtor_account=account_out(terms.payer, "payer", currency, losses),
        debtor_agent=payer,
        creditor_agent=payee,
        creditor=party_out(terms.payee, "payee", losses, context.charset),
        creditor_account=account_out(terms.payee, "payee", currency, losses),
        purpose=_code(references.purpose or _purpose(terms)[1]),
        remittance=_remittance(terms, losses, context.charset),
        ultimate_debtor=_ultimate(terms, _DEBTOR_KEY, losses, context.charset),
        ultimate_creditor=_ultimate(terms, _CREDITOR_KEY, losses, context.charset),
    )
    return Pacs008(
        message_id=references.message_id or message_id_out(transfer.id),
        created=references.created or moment_out(context.now),
        expiry=moment_out(transfer.expiry) if in_header else None,
        number_of_transactions="1",
        settlement_method="CLRG",
        clearing_system=_prop(context.hub.clearing_system),
        instructing_agent=payer,
        instructed_agent=institution_of(task.receiver, task.receiver.name),
        transactions=(transaction,),
        definition=version,
    )


def refuse_message(message: Pacs008 | Pacs009, envelope: Envelope, wrong: Fault | None) -> Refuse:
    """A message of none or many transactions is answered as a whole: its group status."""
    if wrong is None:
        raise ValueError("a message with one transaction is not refused as a whole")
    references = IsoReferences(
        message_id=message.message_id,
        message_name=message.definition,
        business_message_id=envelope.message_id,
        created=message.created,
        header=envelope.header,
    )
    amount = message.transactions[0].settlement_amount if message.transactions else Amount("0", "XXX")
    digest = hashlib.sha256(msgspec.json.encode(message.transactions)).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    terms = bare_terms(references, message.message_id, amount.currency)
    return Refuse(envelope, wrong, "transfers", message.message_id, terms)


def _unaddressed(payee: FspId | None, terms: Terms) -> Fault | None:
    if payee is not None or terms.payee.id is not None:
        return None
    return fault("PAYEE_FSP_NOT_FOUND", "neither CdtrAgt nor CdtrAcct says who is to be paid")


def _tell_terms(terms: Terms, losses: list[Loss]) -> None:
    """What a pacs.008 has no element for."""
    if terms.sub_scenario:
        losses.append(Loss("transactionType.subScenario", terms.sub_scenario))
    if terms.references is None:
        known = {_DEBTOR_KEY, _CREDITOR_KEY, _DOCUMENT_KEY}
        losses.extend(Loss(f"extensionList.{key}", value) for key, value in terms.extensions if key not in known)
        if terms.packet is not None:
            losses.append(Loss("ilpPacket", terms.packet, "the agreement stays with the hub"))


def _ultimate(terms: Terms, key: str, losses: list[Loss], charset: str) -> Party | None:
    """Ultimate parties come back from the extensions they went out in; no other extension sets an element."""
    name = iso_text(dict(terms.extensions).get(key), _LINE_MAX, f"extensionList.{key}", losses, charset)
    return Party(name=name) if name else None


def _payment_type(terms: Terms, references: IsoReferences) -> PaymentType | None:
    local, _, category = _purpose(terms)
    if terms.references is not None:
        local, category = references.local_instrument, references.category_purpose
    level = _code(references.service_level)
    if not (level or local or category):
        return None
    return PaymentType(
        service_levels=(level,) if level else (),
        local_instrument=_prop(local),
        category_purpose=_code(category),
    )


def _purpose(terms: Terms) -> tuple[str | None, str | None, str | None]:
    if terms.references is not None:
        return None, None, None
    return purpose_of(terms.scenario, terms.initiator, terms.initiator_type)


def _charge_bearer(terms: Terms, context: RenderContext) -> str:
    if terms.amount_type == "RECEIVE":
        return "DEBT"
    return "SLEV" if context.fixed_fees else "SHAR"


def _instructed(terms: Terms, settled: Money) -> Amount | None:
    """What the payee receives, where it is not what is settled."""
    receives = terms.payee_receives
    return Amount(receives.iso, receives.currency) if receives and receives != settled else None


def _remittance(terms: Terms, losses: list[Loss], charset: str) -> RemittanceInfo | None:
    given = terms.remittance or ((terms.note,) if terms.note else ())
    lines = tuple(fit for line in given if (fit := iso_text(line, _LINE_MAX, "note", losses, charset)))
    document = iso_text(dict(terms.extensions).get(_DOCUMENT_KEY), _REFERENCE_MAX, _DOCUMENT_KEY, losses, charset)
    documents = (ReferredDocument(number=document),) if document else ()
    structured: tuple[StructuredRemittance, ...] = ()
    if documents or terms.remittance_reference:
        structured = (StructuredRemittance(documents=documents, reference=terms.remittance_reference),)
    return RemittanceInfo(lines, structured) if lines or structured else None


def _code(value: str | None) -> Code | None:
    """A value of an external list: at most four characters, else a proprietary word."""
    if not value:
        return None
    return Code(code=value) if len(value) <= 4 else Code(proprietary=value)


def _prop(value: str | None) -> Code | None:
    return Code(proprietary=value) if value else None
