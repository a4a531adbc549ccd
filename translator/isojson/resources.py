"""The resources that have an ISO message, as data: functions of both directions, and which member is which element."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from schemas.canonical.identity import is_uuid, ulid_of
from translator.isojson import fxquotes, fxtransfers, parties, quotes, statuses, transfers
from translator.isojson.envelope import ABSENT, REQUEST_ID, Check, Members, members
from translator.isojson.model import Back, Json, Options, Source
from translator.isojson.statuses import TEXT_MAX
from translator.isojson.values import at


class Resource(msgspec.Struct, frozen=True):
    """One kind of message.

    `reads`: ISO elements that part 1 of the mapping reads; `reads_more`: those that mode full reads besides; `writes`:
    elements that are written and not read back. `copies`: elements that only repeat another one. `holder`: the object
    in the body that has the extension list. `sealed`: without a condition there is no such message.
    """

    forward: Callable[[Source, Options], Json]
    back: Callable[[Source, Options], Back]
    known: Members
    reads: frozenset[str]
    reads_more: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    copies: tuple[tuple[str, str], ...] = ()
    holder: tuple[str, ...] = ()
    sealed: bool = False

    @property
    def reads_all(self) -> frozenset[str]:
        """What mode full reads."""
        return self.reads | self.reads_more


def _same_id(*path: str) -> Check:
    def check(value: Any, message: Json) -> bool:
        return isinstance(value, str) and is_uuid(value) and bool(ulid_of(value) == at(message, *path))

    return check


def _id(element: str) -> Check:
    return _same_id("CdtTrfTxInf", "PmtId", element)


def _first_currency(*path: str) -> Check:
    def check(value: Any, message: Json) -> bool:
        currency = at(message, *path)
        return isinstance(value, list) and value[:1] == ([] if currency is None else [currency])

    return check


def _zero(*path: str) -> Check:
    """An amount that is absent, or `0` where ISO's `0` would be read as absent."""

    def check(value: Any, message: Json) -> bool:
        zero = fxquotes.ABSENT_AMOUNT
        return (value is ABSENT or value == zero) and bool(at(message, *path) == zero)

    return check


def _left_out(value: Any, message: Json) -> bool:
    """A member that ISO demands and FSPIOP does not."""
    del message
    return value is ABSENT


def _unless(*path: str) -> Check:
    """A member whose ISO element is not used in this message."""

    def check(value: Any, message: Json) -> bool:
        del value
        return at(message, *path) is None

    return check


def _same(*path: str) -> Check:
    def check(value: Any, message: Json) -> bool:
        return bool(value == at(message, *path))

    return check


def _no_request_id(value: Any, message: Json) -> bool:
    """InstrId is the id of a request to pay except in a refund, which may have one besides."""
    del value
    order = at(message, "CdtTrfTxInf", "InstrForCdtrAgt", "Cd")
    return at(message, "CdtTrfTxInf", "PmtId", "InstrId") is None or order == "REFD"


def _uncut(value: Any, message: Json) -> bool:
    text = at(message, "TxInfAndSts", "StsRsnInf", "AddtlInf")
    return isinstance(value, str) and value[:TEXT_MAX] == text


def _words(text: str, prefix: str = "") -> frozenset[str]:
    return frozenset(prefix + word for word in text.split())


def _party_elements(person: str, agent: str, account: str) -> str:
    other = f"{person}.Id.OrgId.Othr {person}.Id.PrvtId.Othr".split()
    ids = " ".join(f"{each}.SchmeNm.Prtry {each}.Id" for each in other)
    return f"{ids} {person}.Nm {agent}.FinInstnId.ClrSysMmbId.MmbId {agent}.FinInstnId.Othr.Id {account}.Ccy"


def _party_members(party: str) -> str:
    names = " ".join(f"{party}/personalInfo/complexName/{part}Name" for part in ("first", "middle", "last"))
    info = " ".join(
        f"{party}/partyIdInfo/{name}" for name in ("partyIdType", "partyIdentifier", "partySubIdOrType", "fspId")
    )
    return f"{info} {names} {party}/name {party}/supportedCurrencies"


def _money(pointer: str) -> str:
    return f"{pointer}/currency {pointer}/amount"


_TX: Final = "CdtTrfTxInf."
_EXPIRY: Final = frozenset({"GrpHdr.PmtInstrXpryDtTm"})
_SETTLED: Final = "IntrBkSttlmAmt.Ccy IntrBkSttlmAmt.ActiveCurrencyAndAmount"
_INSTRUCTED: Final = "InstdAmt.Ccy InstdAmt.ActiveOrHistoricCurrencyAndAmount"
_CHARGE: Final = "ChrgsInf.Amt.Ccy ChrgsInf.Amt.ActiveOrHistoricCurrencyAndAmount"
_BOTH_SIDES: Final = "Dbtr.Nm Dbtr.Id DbtrAgt Cdtr.Nm Cdtr.Id CdtrAgt"
_HEADER: Final = _words("MsgId CreDtTm NbOfTxs SttlmInf.SttlmMtd PmtInstrXpryDtTm", "GrpHdr.")
_ASSIGNMENT: Final = _words(
    "MsgId CreDtTm Assgnr.Agt.FinInstnId.Othr.Id Assgne.Agt.FinInstnId.Othr.Id", "Assgnmt."
) | _words("OrgnlId Vrfctn", "Rpt.")
_ASSIGNED: Final = _words("Assgnr.Agt.FinInstnId.Othr.Id Assgne.Agt.FinInstnId.Othr.Id", "Assgnmt.")
_FOUND: Final = "Rpt.UpdtdPtyAndAcctId"

_PARTIES_PUT: Final = Resource(
    parties.found_to_iso,
    parties.found_to_fspiop,
    members(
        _party_members("/party"),
        {"/party/supportedCurrencies": _first_currency("Rpt", "UpdtdPtyAndAcctId", "Acct", "Ccy")},
        {"/party": ("Rpt", "UpdtdPtyAndAcctId", "Pty", "Nm")},
    ),
    _ASSIGNED | _words(_party_elements(f"{_FOUND}.Pty", f"{_FOUND}.Agt", f"{_FOUND}.Acct")),
    writes=_ASSIGNMENT,
    holder=("party", "partyIdInfo"),
)
_PARTIES_ERROR: Final = Resource(
    parties.error_to_iso,
    parties.error_to_fspiop,
    members("/errorInformation/errorCode"),
    _ASSIGNED | _words("Rpt.Rsn.Cd"),
    writes=_ASSIGNMENT,
    holder=("errorInformation",),
)
_QUOTES_POST: Final = Resource(
    quotes.request_to_iso,
    quotes.request_to_fspiop,
    members(
        f"/quoteId /transactionId /amountType /expiration /note /transactionType/scenario {_money('/amount')} "
        f"{_money('/fees')} /transactionType/refundInfo/originalTransactionId /transactionRequestId "
        "/transactionType/refundInfo/refundReason /transactionType/balanceOfPayments "
        f"{_party_members('/payee')} {_party_members('/payer')}",
        {
            "/quoteId": _id("TxId"),
            "/transactionId": _id("EndToEndId"),
            "/transactionType/refundInfo/originalTransactionId": _id("InstrId"),
            "/transactionRequestId": _no_request_id,
            "/payee/partyIdInfo/fspId": _left_out,
            "/payer/partyIdInfo/fspId": _left_out,
            "/note": _same("CdtTrfTxInf", "InstrForNxtAgt", "InstrInf"),
            "/transactionType/balanceOfPayments": _same("CdtTrfTxInf", "RgltryRptg", "Dtls", "Cd"),
            "/fees/currency": _unless("CdtTrfTxInf", "ChrgsInf"),
            "/fees/amount": _unless("CdtTrfTxInf", "ChrgsInf"),
            "/payee/supportedCurrencies": _first_currency("CdtTrfTxInf", "CdtrAcct", "Ccy"),
            "/payer/supportedCurrencies": _first_currency("CdtTrfTxInf", "DbtrAcct", "Ccy"),
        },
        {"/payee": ("CdtTrfTxInf", "Cdtr", "Nm"), "/payer": ("CdtTrfTxInf", "Dbtr", "Nm")},
    ),
    _EXPIRY
    | _words(
        f"PmtId.TxId PmtId.EndToEndId PmtId.InstrId {_SETTLED} Purp.Prtry InstrForCdtrAgt.InstrInf "
        f"{_party_elements('Cdtr', 'CdtrAgt', 'CdtrAcct')} {_party_elements('Dbtr', 'DbtrAgt', 'DbtrAcct')}",
        _TX,
    ),
    _words(f"ChrgBr InstrForCdtrAgt.Cd {_CHARGE} InstrForNxtAgt.InstrInf RgltryRptg.Dtls.Cd", _TX),
    _HEADER | _words("ChrgBr InstrForCdtrAgt.Cd", _TX),
    tuple((f"{_TX}ChrgsInf.Agt.{path}", f"{_TX}DbtrAgt.{path}") for path in (
        "FinInstnId.Othr.Id", "FinInstnId.ClrSysMmbId.MmbId"
    )),
)  # fmt: skip
_QUOTES_PUT: Final = Resource(
    quotes.response_to_iso,
    quotes.response_to_fspiop,
    members(
        f"{_money('/transferAmount')} {_money('/payeeReceiveAmount')} {_money('/payeeFspFee')} /expiration /ilpPacket",
        {REQUEST_ID: _id("TxId")},
    ),
    _EXPIRY
    | _words(
        f"PmtId.TxId {_SETTLED} {_INSTRUCTED} {_CHARGE} VrfctnOfTerms.IlpV4PrepPacket Dbtr.Id.OrgId.Othr.Id "
        "Cdtr.Id.OrgId.Othr.Id",
        _TX,
    ),
    _words("DbtrAgt.FinInstnId.Othr.Id CdtrAgt.FinInstnId.Othr.Id", _TX),
    _HEADER | _words(f"{_BOTH_SIDES} ChrgBr ChrgsInf.Agt", _TX),
    ((f"{_TX}ChrgsInf.Agt.FinInstnId.Othr.Id", f"{_TX}CdtrAgt.FinInstnId.Othr.Id"),),
    sealed=True,
)
_TRANSFERS_POST: Final = Resource(
    transfers.prepare_to_iso,
    transfers.prepare_to_fspiop,
    members(
        f"/transferId /payeeFsp /payerFsp {_money('/amount')} /ilpPacket /expiration",
        {"/transferId": _id("TxId")},
    ),
    _EXPIRY
    | _words(
        f"PmtId.TxId {_SETTLED} VrfctnOfTerms.IlpV4PrepPacket CdtrAgt.FinInstnId.Othr.Id DbtrAgt.FinInstnId.Othr.Id",
        _TX,
    ),
    writes=_HEADER | _words(f"{_BOTH_SIDES} PmtId.EndToEndId ChrgBr", _TX),
    copies=(
        (f"{_TX}PmtId.EndToEndId", f"{_TX}PmtId.TxId"),
        (f"{_TX}Cdtr.Id.OrgId.Othr.Id", f"{_TX}CdtrAgt.FinInstnId.Othr.Id"),
        (f"{_TX}Dbtr.Id.OrgId.Othr.Id", f"{_TX}DbtrAgt.FinInstnId.Othr.Id"),
    ),
    sealed=True,
)
_STATUS_HEADER: Final = _words("MsgId CreDtTm", "GrpHdr.")
_CONVERSION: Final = (
    f"PmtId.TxId PmtId.EndToEndId Dbtr.FinInstnId.Othr.Id Cdtr.FinInstnId.Othr.Id {_SETTLED} "
    "UndrlygCstmrCdtTrf.InstdAmt.Ccy UndrlygCstmrCdtTrf.InstdAmt.ActiveOrHistoricCurrencyAndAmount"
)
_CONVERSION_COPIES: Final = tuple(
    (f"{_TX}UndrlygCstmrCdtTrf.{role}{path}", f"{_TX}{role}.FinInstnId.Othr.Id")
    for role in ("Dbtr", "Cdtr")
    for path in (".Id.OrgId.Othr.Id", "Agt.FinInstnId.Othr.Id")
)
_CONVERSION_WRITES: Final = _HEADER | frozenset(path for path, _ in _CONVERSION_COPIES)
_TERMS: Final = (
    "/conversionTerms/conversionId /conversionTerms/determiningTransferId /conversionTerms/initiatingFsp "
    "/conversionTerms/counterPartyFsp /conversionTerms/amountType /conversionTerms/expiration "
    f"{_money('/conversionTerms/sourceAmount')} {_money('/conversionTerms/targetAmount')}"
)
_TERMS_CHECKS: Final = {
    "/conversionTerms/conversionId": _id("InstrId"),
    "/conversionTerms/determiningTransferId": _id("EndToEndId"),
    "/conversionTerms/sourceAmount/amount": _zero(
        "CdtTrfTxInf", "UndrlygCstmrCdtTrf", "InstdAmt", "ActiveOrHistoricCurrencyAndAmount"
    ),
    "/conversionTerms/targetAmount/amount": _zero("CdtTrfTxInf", "IntrBkSttlmAmt", "ActiveCurrencyAndAmount"),
}
_FXQUOTES_POST: Final = Resource(
    fxquotes.request_to_iso,
    fxquotes.request_to_fspiop,
    members(f"/conversionRequestId {_TERMS}", {"/conversionRequestId": _id("TxId"), **_TERMS_CHECKS}),
    _EXPIRY | _words(f"{_CONVERSION} PmtId.InstrId InstrForCdtrAgt.InstrInf", _TX),
    writes=_CONVERSION_WRITES,
    copies=_CONVERSION_COPIES,
    holder=("conversionTerms",),
)
_FXQUOTES_PUT: Final = Resource(
    fxquotes.response_to_iso,
    fxquotes.response_to_fspiop,
    members(f"/condition {_TERMS}", {REQUEST_ID: _id("TxId"), **_TERMS_CHECKS}),
    _EXPIRY | _words(f"{_CONVERSION} PmtId.InstrId InstrForCdtrAgt.InstrInf VrfctnOfTerms.Sh256Sgntr", _TX),
    writes=_CONVERSION_WRITES,
    copies=_CONVERSION_COPIES,
    holder=("conversionTerms",),
)
_FXTRANSFERS_POST: Final = Resource(
    fxtransfers.prepare_to_iso,
    fxtransfers.prepare_to_fspiop,
    members(
        "/commitRequestId /determiningTransferId /initiatingFsp /counterPartyFsp /condition /expiration /amountType "
        f"{_money('/sourceAmount')} {_money('/targetAmount')}",
        {"/commitRequestId": _id("TxId"), "/determiningTransferId": _id("EndToEndId")},
    ),
    _EXPIRY | _words(f"{_CONVERSION} VrfctnOfTerms.Sh256Sgntr", _TX),
    _words("InstrForCdtrAgt.InstrInf", _TX),
    _CONVERSION_WRITES,
    _CONVERSION_COPIES,
)


def _status(
    forward: Callable[[Source, Options], Json], back: Callable[[Source, Options], Back], state: str, notice: bool
) -> Resource:
    fulfilment = _words("TxInfAndSts.ExctnConf")
    return Resource(
        forward,
        back,
        members(f"/fulfilment /completedTimestamp /{state}"),
        _words("TxInfAndSts.PrcgDt.DtTm TxInfAndSts.TxSts") | (frozenset() if notice else fulfilment),
        fulfilment,
        _STATUS_HEADER,
    )


_ERROR: Final = Resource(
    statuses.error_to_iso,
    statuses.error_to_fspiop,
    members(
        "/errorInformation/errorCode /errorInformation/errorDescription",
        {"/errorInformation/errorDescription": _uncut},
    ),
    _words("TxInfAndSts.StsRsnInf.Rsn.Prtry TxInfAndSts.StsRsnInf.AddtlInf"),
    _words("TxInfAndSts.StsRsnInf.Rsn.Cd"),
    _STATUS_HEADER,
    holder=("errorInformation",),
)

RESOURCES: Final[dict[str, Resource]] = {
    "parties.put": _PARTIES_PUT,
    "parties.putError": _PARTIES_ERROR,
    "quotes.post": _QUOTES_POST,
    "quotes.put": _QUOTES_PUT,
    "quotes.putError": _ERROR,
    "transfers.post": _TRANSFERS_POST,
    "transfers.put": _status(transfers.answer_to_iso, transfers.answer_to_fspiop, "transferState", False),
    "transfers.patch": _status(transfers.notice_to_iso, transfers.notice_to_fspiop, "transferState", True),
    "transfers.putError": _ERROR,
    "fxQuotes.post": _FXQUOTES_POST,
    "fxQuotes.put": _FXQUOTES_PUT,
    "fxQuotes.putError": _ERROR,
    "fxTransfers.post": _FXTRANSFERS_POST,
    "fxTransfers.put": _status(fxtransfers.answer_to_iso, fxtransfers.answer_to_fspiop, "conversionState", False),
    "fxTransfers.patch": _status(fxtransfers.notice_to_iso, fxtransfers.notice_to_fspiop, "conversionState", True),
    "fxTransfers.putError": _ERROR,
}
"""Every resource by its name: the plural of the path and the method, with `Error` for an error callback."""
