"""pain.007 and pain.008, which this hub refuses: direct debits and their reversals, read as far as an answer needs."""

from lxml import etree
from msgspec import Struct

from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, inside, text, token

VERSIONS = (
    *(f"pain.007.001.{number:02d}" for number in (*range(2, 5), 7, 8, *range(10, 13))),
    *(f"pain.008.001.{number:02d}" for number in (*range(2, 5), *range(7, 12))),
)
DEFAULT_VERSION = "pain.008.001.08"


class CustomerDebit(Struct, frozen=True, kw_only=True):
    """GrpHdr of the message. `untyped`: everything else, which nobody acts upon."""

    message_id: str
    created: str
    number_of_transactions: str
    control_sum: str | None = None
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_MESSAGE = Shape(
    CustomerDebit,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            text("NbOfTxs", "number_of_transactions"),
            token("CtrlSum", "control_sum"),
        ),
    ),
)
# what is read is the same in every edition
_READERS = {name: Reader(_MESSAGE, name, 0) for name in VERSIONS}


def read(document: etree._Element) -> CustomerDebit:
    """The header of the message in a `Document` element; ShapeError if not in VERSIONS."""
    message: CustomerDebit = read_message(document, _READERS)
    return message
