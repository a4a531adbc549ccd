"""Pieces that all case messages share: assignment, case, and by what a message names the payment it is about.

Sources: message definition reports of camt.026 to camt.029, camt.055, camt.056, camt.087, camt.110, camt.111.
"""

from collections.abc import Callable

from msgspec import Struct

from iso.messages.fields import Account, Reason
from iso.messages.originals import ORIGINAL_GROUP, ORIGINAL_REFERENCE, PARTY_OR_AGENT, OriginalReference, PartyOrAgent
from iso.messages.pieces import ACCOUNT, REASON
from iso.messages.shape import Amount, Shape, Step, amount, flag, inside, part, parts, text, token


class CaseId(Struct, frozen=True):
    """Case, RslvdCase: the case in its creator's numbering."""

    id: str
    creator: PartyOrAgent | None = None
    reopened: bool | None = None


class Assignment(Struct, frozen=True):
    """Assgnmt: the message's own id, who assigns the case to whom, and when."""

    id: str
    assigner: PartyOrAgent | None = None
    assignee: PartyOrAgent | None = None
    created: str = ""


INTERBANK, INITIATION, STATEMENT = "interbank", "initiation", "statement"


class Underlying(Struct, frozen=True):
    """Undrlyg of exceptions and investigations. `kind` tells which branch of the choice it is (None: one not typed)."""

    kind: str | None = None
    original_message_id: str | None = None
    original_message_name: str | None = None
    original_created: str | None = None
    original_channel: str | None = None
    original_payment_id: str | None = None
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_transaction_id: str | None = None
    original_uetr: str | None = None
    original_amount: Amount | None = None
    original_settlement_date: str | None = None
    execution_date: str | None = None
    execution_time: str | None = None
    original_statement_id: str | None = None
    original_entry_id: str | None = None
    reference: OriginalReference | None = None
    account: Account | None = None
    other_id: str | None = None
    other_scheme: str | None = None
    other_issuer: str | None = None


class GroupCancellation(Struct, frozen=True, kw_only=True):
    """OrgnlGrpInfAndCxl: a whole message is meant, or the message that the transactions were in."""

    cancellation_id: str | None = None
    case: CaseId | None = None
    original_message_id: str
    original_message_name: str
    original_created: str | None = None
    number_of_transactions: str | None = None
    control_sum: str | None = None
    whole: bool | None = None
    reasons: tuple[Reason, ...] = ()


CASE = Shape(
    CaseId,
    (
        text("Id", "id", required=True),
        part("Cretr", "creator", PARTY_OR_AGENT, required=True),
        flag("ReopCaseIndctn", "reopened"),
    ),
)
ASSIGNMENT = Shape(
    Assignment,
    (
        text("Id", "id"),
        part("Assgnr", "assigner", PARTY_OR_AGENT, required=True),
        part("Assgne", "assignee", PARTY_OR_AGENT, required=True),
        token("CreDtTm", "created"),
    ),
)

_UNDERLYING_MESSAGE = inside(
    "OrgnlGrpInf",
    text("OrgnlMsgId", "original_message_id", required=True),
    text("OrgnlMsgNmId", "original_message_name", required=True),
    token("OrgnlCreDtTm", "original_created"),
    text("OrgnlMsgDlvryChanl", "original_channel"),
)


def _stated(kind: Callable[..., Step], tag: str, field: str) -> tuple[Step, Step]:
    """What editions before 2020 demand beside the references."""
    return kind(tag, field, until=2019, required=True), kind(tag, field, since=2020)


UNDERLYING = Shape(
    Underlying,
    (
        inside(
            "Initn",
            _UNDERLYING_MESSAGE,
            text("OrgnlPmtInfId", "original_payment_id"),
            text("OrgnlInstrId", "original_instruction_id"),
            text("OrgnlEndToEndId", "original_end_to_end_id"),
            text("OrgnlUETR", "original_uetr"),
            *_stated(amount, "OrgnlInstdAmt", "original_amount"),
            inside(
                "ReqdExctnDt",
                token("Dt", "execution_date"),
                token("DtTm", "execution_time", unless="execution_date"),
            ),
            part("OrgnlTxRef", "reference", ORIGINAL_REFERENCE),
            always=True,
            when=("kind", INITIATION),
        ),
        inside(
            "IntrBk",
            _UNDERLYING_MESSAGE,
            text("OrgnlInstrId", "original_instruction_id"),
            text("OrgnlEndToEndId", "original_end_to_end_id"),
            text("OrgnlTxId", "original_transaction_id"),
            text("OrgnlUETR", "original_uetr"),
            *_stated(amount, "OrgnlIntrBkSttlmAmt", "original_amount"),
            *_stated(token, "OrgnlIntrBkSttlmDt", "original_settlement_date"),
            part("OrgnlTxRef", "reference", ORIGINAL_REFERENCE),
            always=True,
            when=("kind", INTERBANK),
        ),
        inside(
            "StmtNtry",
            ORIGINAL_GROUP,
            text("OrgnlStmtId", "original_statement_id"),
            text("OrgnlNtryId", "original_entry_id"),
            text("OrgnlUETR", "original_uetr"),
            always=True,
            when=("kind", STATEMENT),
        ),
        part("Acct", "account", ACCOUNT),
        inside(
            "Othr", text("Id", "other_id", required=True), text("SchmeNm", "other_scheme"), text("Issr", "other_issuer")
        ),
    ),
    filled=True,
)

GROUP_CANCELLATION = Shape(
    GroupCancellation,
    (
        text("GrpCxlId", "cancellation_id"),
        part("Case", "case", CASE),
        text("OrgnlMsgId", "original_message_id"),
        text("OrgnlMsgNmId", "original_message_name"),
        token("OrgnlCreDtTm", "original_created"),
        text("NbOfTxs", "number_of_transactions"),
        token("CtrlSum", "control_sum"),
        flag("GrpCxl", "whole"),
        parts("CxlRsnInf", "reasons", REASON),
    ),
)

INSTRUCTION = inside("InstrForAssgne", text("Cd", "instruction_code"), text("InstrInf", "instruction"))
"""What the assignee shall do, fields `instruction_code` and `instruction`."""
