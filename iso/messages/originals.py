"""What messages about an earlier payment repeat of it (OrgnlTxRef), and pieces they share with pacs.009."""

from msgspec import Struct

from iso.messages.fields import Account, Code, FinancialInstitution, Party, PaymentType, RemittanceInfo
from iso.messages.pieces import ACCOUNT, CODE, INSTITUTION, PARTY, PAYMENT_TYPE, REMITTANCE
from iso.messages.shape import Amount, Shape, Step, amount, inside, part, text, token


class PartyOrAgent(Struct, frozen=True):
    """A customer (Pty) or an institution (Agt); editions before 2019 have customers only, which are not typed here."""

    party: Party | None = None
    agent: FinancialInstitution | None = None


class OriginalReference(Struct, frozen=True, kw_only=True):
    """OrgnlTxRef: key elements of the payment that a message is about."""

    settlement_amount: Amount | None = None
    instructed_amount: Amount | None = None
    settlement_date: str | None = None
    payment_type: PaymentType | None = None
    remittance: RemittanceInfo | None = None
    ultimate_debtor: PartyOrAgent | None = None
    debtor: PartyOrAgent | None = None
    debtor_account: Account | None = None
    debtor_agent: FinancialInstitution | None = None
    debtor_agent_account: Account | None = None
    creditor_agent: FinancialInstitution | None = None
    creditor_agent_account: Account | None = None
    creditor: PartyOrAgent | None = None
    creditor_account: Account | None = None
    ultimate_creditor: PartyOrAgent | None = None
    purpose: Code | None = None


def agent(tag: str, field: str, **options: int) -> tuple[Step, Step]:
    """An agent and its account (the same element name with Acct)."""
    return part(tag, field, INSTITUTION, **options), part(tag + "Acct", field + "_account", ACCOUNT, **options)


PARTY_OR_AGENT = Shape(
    PartyOrAgent, (part("Pty", "party", PARTY), part("Agt", "agent", INSTITUTION, unless="party")), filled=True
)
ORIGINAL_GROUP = inside(
    "OrgnlGrpInf",
    text("OrgnlMsgId", "original_message_id", required=True),
    text("OrgnlMsgNmId", "original_message_name", required=True),
    token("OrgnlCreDtTm", "original_created"),
)
"""OrgnlGrpInf of one transaction."""
ORIGINAL_IDS = (
    text("OrgnlInstrId", "original_instruction_id"),
    text("OrgnlEndToEndId", "original_end_to_end_id"),
    text("OrgnlTxId", "original_transaction_id"),
    text("OrgnlUETR", "original_uetr", since=2019),
)
ORIGINAL_REFERENCE = Shape(
    OriginalReference,
    (
        amount("IntrBkSttlmAmt", "settlement_amount"),
        inside("Amt", amount("InstdAmt", "instructed_amount")),
        token("IntrBkSttlmDt", "settlement_date"),
        part("PmtTpInf", "payment_type", PAYMENT_TYPE),
        part("RmtInf", "remittance", REMITTANCE),
        part("UltmtDbtr", "ultimate_debtor", PARTY_OR_AGENT, since=2019),
        part("Dbtr", "debtor", PARTY_OR_AGENT, since=2019),
        part("DbtrAcct", "debtor_account", ACCOUNT),
        *agent("DbtrAgt", "debtor_agent"),
        *agent("CdtrAgt", "creditor_agent"),
        part("Cdtr", "creditor", PARTY_OR_AGENT, since=2019),
        part("CdtrAcct", "creditor_account", ACCOUNT),
        part("UltmtCdtr", "ultimate_creditor", PARTY_OR_AGENT, since=2019),
            part("Purp", "purpose", CODE, since=2019),
    ),
)
