"""A customer's order as the payment the payee's bank gets: what pain.001 says and terms have no place for is kept.

The debtor's bank would write a pacs.008 from its customer's pain.001; here the hub does it. Everything that both
messages hold travels in `Terms.order`: the typed CdtTrfTxInf of pacs.008 without its empty fields, as JSON.
"""

from typing import Any, Final

import msgspec

from iso.messages import pain001
from iso.messages.fields import FinancialInstitution, Party, PaymentType
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.pain001 import PaymentInstruction
from iso.messages.shape import Amount
from schemas.canonical.identity import TransferId, iso_reference, uetr_of
from schemas.canonical.transfer import Transfer
from translator.iso.moments import date_out
from translator.iso.transfers import credit_transfer, write_transfer
from translator.outgoing import Task

_NOT_PROVIDED: Final = FinancialInstitution(other_id="NOTPROVIDED")
_OF_THE_HUB: Final = frozenset(
    {
        "instruction_id", "transaction_id", "uetr", "settlement_amount", "settlement_date", "reject_time", "accepted",
        "instructed_amount", "exchange_rate", "debtor_agent", "creditor_agent", "charge_bearer", "charges",
    }
)  # fmt: skip
"""Fields that the hub fills when it pays: they are never taken from the order again."""
_ORDER: Final = msgspec.json.Decoder(CreditTransfer)


def transfer_of(
    transfer: pain001.CreditTransfer, instruction: PaymentInstruction, transfer_id: TransferId
) -> CreditTransfer:
    """One transaction of a pain.001 as the CdtTrfTxInf of a pacs.008; what only its PmtInf says counts for it too."""
    given = transfer.amount or transfer.equivalent or Amount("0", "XXX")
    account = transfer.creditor_account
    if transfer.equivalent is not None and transfer.equivalent_in and transfer.equivalent_in != given.currency:
        # An equivalent is to be paid in another currency: that is the creditor's, as a bank says it in pacs.008.
        account = msgspec.structs.replace(account, currency=transfer.equivalent_in) if account else None
    return CreditTransfer(
        instruction_id=transfer.instruction_id or iso_reference(transfer_id),
        end_to_end_id=transfer.end_to_end_id,
        transaction_id=iso_reference(transfer_id),
        uetr=uetr_of(transfer_id),
        payment_type=_kind(transfer.payment_type, instruction.payment_type),
        settlement_amount=given,
        charge_bearer=transfer.charge_bearer or instruction.charge_bearer or "SLEV",
        intermediary_agent_1=transfer.intermediary_agent_1,
        intermediary_agent_1_account=transfer.intermediary_agent_1_account,
        intermediary_agent_2=transfer.intermediary_agent_2,
        intermediary_agent_2_account=transfer.intermediary_agent_2_account,
        intermediary_agent_3=transfer.intermediary_agent_3,
        intermediary_agent_3_account=transfer.intermediary_agent_3_account,
        ultimate_debtor=transfer.ultimate_debtor or instruction.ultimate_debtor,
        debtor=instruction.debtor,
        debtor_account=instruction.debtor_account,
        debtor_agent=instruction.debtor_agent,
        debtor_agent_account=instruction.debtor_agent_account,
        creditor_agent=transfer.creditor_agent or _NOT_PROVIDED,
        creditor_agent_account=transfer.creditor_agent_account,
        creditor=transfer.creditor or Party(),
        creditor_account=account,
        ultimate_creditor=transfer.ultimate_creditor,
        instructions_creditor_agent=transfer.instructions_creditor_agent,
        purpose=transfer.purpose,
        regulatory=transfer.regulatory,
        remittance=transfer.remittance,
        supplementary=transfer.supplementary,
    )


def packed(transfer: CreditTransfer) -> bytes:
    """The order as `Terms.order` keeps it."""
    fields = {name: value for name, value in bare(transfer).items() if name not in _OF_THE_HUB or name in _DEMANDED}
    return msgspec.json.encode(fields)


_DEMANDED: Final = frozenset({"settlement_amount", "debtor_agent", "creditor_agent", "charge_bearer"})
"""Fields that the type cannot be without."""


def render(transfer: Transfer, task: Task) -> bytes:
    """The Document of a pacs.008 made from a customer's order, in the receiver's version."""
    version = task.definition("pacs.008")
    # What terms lose is in the order.
    unheard = Task(task.receiver, task.context, [])
    return write_transfer(filled(credit_transfer(transfer, version, unheard), transfer, task), version, task.losses)


def filled(message: Pacs008, transfer: Transfer, task: Task) -> Pacs008:
    """The pacs.008 that the hub makes from terms, with everything the order says."""
    order = _ORDER.decode(transfer.terms.order)
    kept = {name: value for name, value in _given(order).items() if name not in _OF_THE_HUB}
    (made,) = message.transactions
    if transfer.terms.exchange is None:
        kept |= {"settlement_date": made.settlement_date or date_out(task.context.now)}
    return msgspec.structs.replace(message, transactions=(msgspec.structs.replace(made, **kept),))


def _kind(own: PaymentType | None, common: PaymentType | None) -> PaymentType | None:
    """PmtTpInf of the transaction, completed by that of its PmtInf."""
    if own is None or common is None:
        return own or common
    return msgspec.structs.replace(common, **_given(own))


def _given(value: Any) -> dict[str, Any]:
    """The fields of a struct that are not empty."""
    found = ((name, getattr(value, name)) for name in value.__struct_fields__)
    return {name: inner for name, inner in found if inner is not None and inner != ()}


def bare(value: Any) -> Any:
    """A struct as a mapping without its empty fields, and so all structs in it."""
    if isinstance(value, msgspec.Struct):
        return {name: bare(inner) for name, inner in _given(value).items()}
    return [bare(one) for one in value] if isinstance(value, tuple) else value
