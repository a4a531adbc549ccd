"""The parts of a payment that camt.028 tells and camt.087 asks to change: one struct, laid out for each of the two."""

from msgspec import Struct

from iso.messages.fields import Account, Code, FinancialInstitution, Party, PaymentType, RemittanceInfo
from iso.messages.pieces import ACCOUNT, CODE, INSTITUTION, PARTY, PAYMENT_TYPE, REMITTANCE
from iso.messages.shape import Amount, Shape, amount, inside, part, text, token


class Amendment(Struct, frozen=True, kw_only=True):
    """Inf of camt.028, Mod of camt.087: what is given is how that part of the payment is, or shall be."""

    instruction_id: str | None = None
    end_to_end_id: str | None = None
    transaction_id: str | None = None
    payment_type: PaymentType | None = None
    execution_date: str | None = None
    execution_time: str | None = None
    collection_date: str | None = None
    settlement_date: str | None = None
    debit_time: str | None = None
    credit_time: str | None = None
    instructed_amount: Amount | None = None
    settlement_amount: Amount | None = None
    charge_bearer: str | None = None
    ultimate_debtor: Party | None = None
    debtor: Party | None = None
    debtor_account: Account | None = None
    debtor_agent: FinancialInstitution | None = None
    creditor_agent: FinancialInstitution | None = None
    creditor: Party | None = None
    creditor_account: Account | None = None
    ultimate_creditor: Party | None = None
    purpose: Code | None = None
    for_debtor_agent: str | None = None
    remittance: RemittanceInfo | None = None


_BEGINNING = (
    text("InstrId", "instruction_id"),
    text("EndToEndId", "end_to_end_id"),
    text("TxId", "transaction_id"),
    part("PmtTpInf", "payment_type", PAYMENT_TYPE),
    inside("ReqdExctnDt", token("Dt", "execution_date"), token("DtTm", "execution_time", unless="execution_date")),
    token("ReqdColltnDt", "collection_date"),
    token("IntrBkSttlmDt", "settlement_date"),
)
_AMOUNTS = (
    inside("Amt", amount("InstdAmt", "instructed_amount")),
    amount("IntrBkSttlmAmt", "settlement_amount"),
    text("ChrgBr", "charge_bearer"),
    part("UltmtDbtr", "ultimate_debtor", PARTY),
    part("Dbtr", "debtor", PARTY),
    part("DbtrAcct", "debtor_account", ACCOUNT),
)
_END = (
    part("Cdtr", "creditor", PARTY),
    part("CdtrAcct", "creditor_account", ACCOUNT),
    part("UltmtCdtr", "ultimate_creditor", PARTY),
    part("Purp", "purpose", CODE),
    text("InstrForDbtrAgt", "for_debtor_agent"),
    part("RmtInf", "remittance", REMITTANCE),
)
TOLD = Shape(
    Amendment,
    (
        *_BEGINNING,
        *_AMOUNTS,
        part("DbtrAgt", "debtor_agent", INSTITUTION),
        part("CdtrAgt", "creditor_agent", INSTITUTION),
        *_END,
    ),
)
"""Inf of camt.028."""
ASKED = Shape(
    Amendment,
    (
        *_BEGINNING,
        inside("SttlmTmIndctn", token("DbtDtTm", "debit_time"), token("CdtDtTm", "credit_time")),
        *_AMOUNTS,
        *_END,
    ),
)
"""Mod of camt.087, which changes no agents."""
