"""camt.050 LiquidityCreditTransfer: a participant moves its own money, editions .05 .06 .07."""

from lxml import etree
from msgspec import Struct

from iso.messages.cash import HEADER, money
from iso.messages.fields import Account, FinancialInstitution
from iso.messages.pieces import ACCOUNT, EDITIONS, INSTITUTION
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, SupplementaryData, envelopes, inside, part, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.050."))
DEFAULT_VERSION = "camt.050.001.07"


class Camt050(Struct, frozen=True, kw_only=True):
    """The whole message. `amount` has its currency with it; `plain_amount` is in that of its accounts."""

    message_id: str
    created: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    transaction_id: str | None = None
    uetr: str | None = None
    creditor: FinancialInstitution | None = None
    creditor_account: Account | None = None
    amount: Amount | None = None
    plain_amount: str | None = None
    debtor: FinancialInstitution | None = None
    debtor_account: Account | None = None
    settlement_date: str | None = None
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_MESSAGE = Shape(
    Camt050,
    (
        inside("MsgHdr", *HEADER),
        inside(
            "LqdtyCdtTrf",
            inside(
                "LqdtyTrfId",
                text("InstrId", "instruction_id"),
                text("EndToEndId", "end_to_end_id", required=True),
                text("TxId", "transaction_id"),
                text("UETR", "uetr"),
            ),
            part("Cdtr", "creditor", INSTITUTION),
            part("CdtrAcct", "creditor_account", ACCOUNT),
            money("TrfdAmt", "amount", "plain_amount", required=True),
            part("Dbtr", "debtor", INSTITUTION),
            part("DbtrAcct", "debtor_account", ACCOUNT),
            token("SttlmDt", "settlement_date"),
        ),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt050:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt050 = read_message(document, _READERS)
    return message


def write(message: Camt050, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "LqdtyCdtTrf")
