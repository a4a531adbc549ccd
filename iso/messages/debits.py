"""pacs.003 FIToFICustomerDirectDebit, by which money is taken instead of given, as far as a refusal repeats it.

It is read to be answered, never written: the hub offers no debit, so nothing of it goes on.
"""

from lxml import etree
from msgspec import Struct

from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, amount, inside, parts, text, token

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.003."))
DEFAULT_VERSION = "pacs.003.001.08"


class DebitTransaction(Struct, frozen=True, kw_only=True):
    """DrctDbtTxInf: one payment that is to be taken."""

    instruction_id: str | None = None
    end_to_end_id: str | None = None
    transaction_id: str | None = None
    uetr: str | None = None
    amount: Amount | None = None


class Debit(Struct, frozen=True, kw_only=True):
    """The whole message as far as it is read; `untyped` names everything else."""

    message_id: str
    created: str
    number_of_transactions: str | None = None
    transactions: tuple[DebitTransaction, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_HEADER = inside(
    "GrpHdr",
    text("MsgId", "message_id"),
    token("CreDtTm", "created"),
    text("NbOfTxs", "number_of_transactions"),
)
_TRANSACTION = Shape(
    DebitTransaction,
    (
        inside(
            "PmtId",
            text("InstrId", "instruction_id"),
            text("EndToEndId", "end_to_end_id"),
            text("TxId", "transaction_id"),
            text("UETR", "uetr"),
        ),
        amount("IntrBkSttlmAmt", "amount"),
    ),
)
_MESSAGE = Shape(Debit, (_HEADER, parts("DrctDbtTxInf", "transactions", _TRANSACTION)))
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}



def read(document: etree._Element) -> Debit:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Debit = read_message(document, _READERS)
    return message
