"""pacs.010 FinancialInstitutionDirectDebit: who takes money from institutions' accounts that it may debit, .02 to .06.

The hub sends it to settlement agents; what banks send of it is refused.
"""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Account, Code, FinancialInstitution
from iso.messages.pieces import ACCOUNT, CODE, EDITIONS, INSTITUTION
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, amount, inside, part, parts, text, texts, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.010."))
DEFAULT_VERSION = "pacs.010.001.03"


class InstitutionDebit(Struct, frozen=True, kw_only=True):
    """DrctDbtTxInf: what one institution shall pay. Times are times of day, as on the wire."""

    instruction_id: str | None = None
    end_to_end_id: str
    transaction_id: str | None = None
    uetr: str | None = None
    settlement_amount: Amount
    settlement_date: str | None = None
    till_time: str | None = None
    from_time: str | None = None
    reject_time: str | None = None
    debtor: FinancialInstitution
    debtor_account: Account | None = None
    purpose: Code | None = None
    remittance_lines: tuple[str, ...] = ()


class DebitInstruction(Struct, frozen=True, kw_only=True):
    """CdtInstr: who is credited with all of it."""

    id: str
    settlement_date: str | None = None
    total_amount: Amount | None = None
    creditor: FinancialInstitution
    creditor_account: Account | None = None
    debits: tuple[InstitutionDebit, ...]


class Pacs010(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    number_of_transactions: str
    control_sum: str | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    instructions: tuple[DebitInstruction, ...]
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()

    @property
    def transactions(self) -> tuple[InstitutionDebit, ...]:
        """Every debit, whoever is credited with it."""
        return tuple(one for instruction in self.instructions for one in instruction.debits)


def _transaction_id(debit: InstitutionDebit) -> str:
    # editions before 2019 demand TxId; 32 of a UETR's 36 characters are its digits
    return debit.uetr.replace("-", "") if debit.uetr else debit.end_to_end_id


_DEBIT = Shape(
    InstitutionDebit,
    (
        inside(
            "PmtId",
            text("InstrId", "instruction_id"),
            text("EndToEndId", "end_to_end_id"),
            text("TxId", "transaction_id", until=2018, fallback=_transaction_id),
            text("TxId", "transaction_id", since=2019),
            text("UETR", "uetr", since=2019),
        ),
        amount("IntrBkSttlmAmt", "settlement_amount"),
        token("IntrBkSttlmDt", "settlement_date"),
        inside(
            "SttlmTmReq",
            token("TillTm", "till_time"),
            token("FrTm", "from_time"),
            token("RjctTm", "reject_time"),
        ),
        part("Dbtr", "debtor", INSTITUTION),
        part("DbtrAcct", "debtor_account", ACCOUNT),
        part("Purp", "purpose", CODE, since=2019),
        inside("RmtInf", texts("Ustrd", "remittance_lines", limit=140)),
    ),
)
_INSTRUCTION = Shape(
    DebitInstruction,
    (
        text("CdtId", "id"),
        amount("TtlIntrBkSttlmAmt", "total_amount"),
        token("IntrBkSttlmDt", "settlement_date"),
        part("Cdtr", "creditor", INSTITUTION),
        part("CdtrAcct", "creditor_account", ACCOUNT),
        parts("DrctDbtTxInf", "debits", _DEBIT),
    ),
)
_MESSAGE = Shape(
    Pacs010,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            text("NbOfTxs", "number_of_transactions"),
            token("CtrlSum", "control_sum"),
            part("InstgAgt", "instructing_agent", INSTITUTION),
            part("InstdAgt", "instructed_agent", INSTITUTION),
        ),
        parts("CdtInstr", "instructions", _INSTRUCTION),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pacs010:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pacs010 = read_message(document, _READERS)
    return message


def write(message: Pacs010, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "FIDrctDbt")
