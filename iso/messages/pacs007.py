"""pacs.007 FIToFIPaymentReversal: a settled payment that is reversed, all of it or a part, editions .02 to .13."""

from lxml import etree
from msgspec.structs import replace

from iso.messages.fields import Code
from iso.messages.originals import ORIGINAL_GROUP, ORIGINAL_IDS, ORIGINAL_REFERENCE
from iso.messages.pacs004 import Pacs004, ReturnedTransaction
from iso.messages.pieces import ACCOUNT, CHARGE, CODE, EDITIONS, INSTITUTION, REASON
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, amount, envelopes, flag, inside, part, parts, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.007."))
DEFAULT_VERSION = "pacs.007.001.09"
_OF_ONE_MESSAGE = 2013
_OF_MANY = 2016
_NO_GROUP = "NOTPROVIDED"
_PAYMENT = "pacs.008"


class Pacs007(Pacs004, frozen=True, kw_only=True):
    """The whole message. It says what a return says, under names of its own, and has no RtrChain.

    `return_id` is RvslId, `returned_amount` RvsdIntrBkSttlmAmt, `returned_instructed_amount` RvsdInstdAmt,
    `total_amount` TtlRvsdIntrBkSttlmAmt, `group_return` GrpRvsl, `reasons` RvslRsnInf.
    """

    authorisations: tuple[Code, ...] = ()
    definition: str = DEFAULT_VERSION


def _first_message(message: Pacs007) -> str:
    """Old editions demand one original message for all: that of the first transaction."""
    first = message.transactions[0] if message.transactions else None
    return (first.original_message_id if first else None) or _NO_GROUP


def _first_name(message: Pacs007) -> str:
    first = message.transactions[0] if message.transactions else None
    return (first.original_message_name if first else None) or _PAYMENT


_REASONS = parts("RvslRsnInf", "reasons", REASON)
_TRANSACTION = Shape(
    ReturnedTransaction,
    (
        text("RvslId", "return_id"),
        replace(ORIGINAL_GROUP, since=_OF_MANY),
        *ORIGINAL_IDS,
        text("OrgnlClrSysRef", "original_clearing_reference"),
        amount("OrgnlIntrBkSttlmAmt", "original_amount"),
        amount("RvsdIntrBkSttlmAmt", "returned_amount"),
        token("IntrBkSttlmDt", "settlement_date"),
        text("SttlmPrty", "settlement_priority", since=2016),
        inside("SttlmTmIndctn", token("DbtDtTm", "debit_time"), token("CdtDtTm", "credit_time"), since=2019),
        amount("RvsdInstdAmt", "returned_instructed_amount"),
        token("XchgRate", "exchange_rate"),
        amount("CompstnAmt", "compensation"),
        text("ChrgBr", "charge_bearer"),
        parts("ChrgsInf", "charges", CHARGE),
        part("InstgAgt", "instructing_agent", INSTITUTION),
        part("InstdAgt", "instructed_agent", INSTITUTION),
        _REASONS,
        part("OrgnlTxRef", "original", ORIGINAL_REFERENCE),
        envelopes(since=2013),
    ),
)
_MESSAGE = Shape(
    Pacs007,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            parts("Authstn", "authorisations", CODE),
            flag("BtchBookg", "batch_booking"),
            text("NbOfTxs", "number_of_transactions"),
            token("CtrlSum", "control_sum"),
            flag("GrpRvsl", "group_return"),
            amount("TtlRvsdIntrBkSttlmAmt", "total_amount"),
            token("IntrBkSttlmDt", "settlement_date"),
            inside(
                "SttlmInf",
                text("SttlmMtd", "settlement_method"),
                part("SttlmAcct", "settlement_account", ACCOUNT),
                part("ClrSys", "clearing_system", CODE),
            ),
            part("InstgAgt", "instructing_agent", INSTITUTION),
            part("InstdAgt", "instructed_agent", INSTITUTION),
        ),
        inside(
            "OrgnlGrpInf",
            text("OrgnlMsgId", "original_message_id", required=True, fallback=_first_message),
            text("OrgnlMsgNmId", "original_message_name", required=True, fallback=_first_name),
            token("OrgnlCreDtTm", "original_created"),
            _REASONS,
            until=_OF_ONE_MESSAGE,
        ),
        inside(
            "OrgnlGrpInf",
            text("OrgnlMsgId", "original_message_id", required=True),
            text("OrgnlMsgNmId", "original_message_name", required=True),
            token("OrgnlCreDtTm", "original_created"),
            _REASONS,
            since=_OF_MANY,
        ),
        parts("TxInf", "transactions", _TRANSACTION),
        envelopes(since=2012),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pacs007:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pacs007 = read_message(document, _READERS)
    return message


def write(message: Pacs007, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "FIToFIPmtRvsl")
