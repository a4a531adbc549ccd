"""What was said on the wire, told for people: a title, a word, an amount, and the same message in the other dialect."""

import re
from enum import StrEnum
from typing import Final

import msgspec

from schemas.canonical.wire import Dialect
from switch.archive.references import Key, amount, references
from switch.sandbox.tape import Said
from switch.translate import translate_wire
from switch.translate_forms import Sheet

_DEFINITION: Final = re.compile(rb'Document[^>]*xmlns(?::\w+)?="urn:iso:std:iso:20022:tech:xsd:([\w.]+)"')
_ISO_JSON: Final = re.compile(rb'"(?:CdtTrfTxInf|TxInfAndSts|Assgnmt)"')
_WORDS: Final = re.compile(
    rb"<(?:\w+:)?(?:TxSts|GrpSts|Conf|TxCxlSts|Evt)>(?:<(?:\w+:)?EvtCd>)?([A-Z0-9]{2,5})</"
    rb"|<(?:\w+:)?ReqHdlg><(?:\w+:)?(?:StsCd|Sts><(?:\w+:)?Cd)>([A-Z]{4})</"
    rb'|"(?:transferState|conversionState|transactionRequestState|bulkTransferState|TxSts)" ?: ?"([A-Z_]+)"'
)
_REASON: Final = re.compile(
    rb"<(?:\w+:)?(?:Rsn|RtrRsnInf|RvslRsnInf|CxlRsnInf)[^>]*>\s*(?:<(?:\w+:)?Rsn>\s*)?<(?:\w+:)?Cd>([A-Z0-9]{4})</"
    rb'|"errorCode" ?: ?"(\d{4})"'
)
_DIALECTS: Final = {
    Dialect.FSPIOP: "FSPIOP",
    Dialect.FSPIOP_ISO: "FSPIOP in ISO 20022 JSON",
    Dialect.ISO_XML: "ISO 20022 XML",
}
# A message that repeats the amount of another one has its own beside it.
_OWN_AMOUNT: Final = re.compile(rb'<(?:\w+:)?(?:(?:Rtr|Rvs)dIntrBkSttlmAmt|AmtWthCcy) Ccy="([A-Z]{3})">([\d.]+)<')
# What the first amount in a message would not tell: of many movements, of a notice, of a statement.
_MOVEMENTS: Final = re.compile(rb"<(?:\w+:)?NbOfMvmntRcrds>(\d+)</")
_BOOKED: Final = re.compile(rb'Ntry>.*?<(?:\w+:)?Amt Ccy="([A-Z]{3})">([\d.]+)<.*?CdtDbtInd>(CRDT|DBIT)</', re.DOTALL)
_CLOSING: Final = re.compile(
    rb'>(?:CLBD|ITBD)</.*?<(?:\w+:)?Amt Ccy="([A-Z]{3})">([\d.]+)<.*?CdtDbtInd>(CRDT|DBIT)</', re.DOTALL
)
_REFUSALS: Final = frozenset({"RJCT", "RJCR", "ABORTED", "REJECTED", "ABOR", "CANC"})


class Tone(StrEnum):
    """How a message is drawn: by its dialect, or as bad news."""

    ISO = "iso"
    FSPIOP = "fspiop"
    BAD = "bad"


class Spoken(msgspec.Struct, frozen=True):
    """One message of a diagram: its title, what it says in a word or two, and its tone."""

    said: Said
    title: str
    says: str
    tone: Tone

    @property
    def source(self) -> str:
        """Who sent it; an empty text is the hub."""
        return self.said.counterparty if self.said.outward else ""

    @property
    def target(self) -> str:
        """Who got it; an empty text is the hub."""
        return "" if self.said.outward else self.said.counterparty


def spoken(said: Said) -> Spoken:
    """A message as a diagram tells of it."""
    dialect = dialect_of(said)
    title = _title(said, dialect)
    word = _first(_WORDS, said.body)
    reason = _first(_REASON, said.body)
    refused = said.status >= 400
    says = [word, reason, *([f"HTTP {said.status}"] if refused else [])]
    says.append(_figure(said, title, dialect))
    bad = refused or word in _REFUSALS or said.path.endswith("/error")
    tone = Tone.BAD if bad else Tone.ISO if dialect is Dialect.ISO_XML else Tone.FSPIOP
    return Spoken(said, title, " ".join(filter(None, says)), tone)


def dialect_of(said: Said) -> Dialect:
    """The dialect of a message, by its bytes."""
    if said.body.lstrip()[:1] == b"<":
        return Dialect.ISO_XML
    return Dialect.FSPIOP_ISO if _ISO_JSON.search(said.body[:400]) else Dialect.FSPIOP


def _title(said: Said, dialect: Dialect) -> str:
    if dialect is Dialect.ISO_XML:
        found = _DEFINITION.search(said.body)
        return found[1].decode() if found else "XML"
    resource, *rest = said.path.partition("?")[0].strip("/").split("/")
    end = "/error" if rest[-1:] == ["error"] else "/{ID}" if rest else ""
    return f"{said.method} /{resource}{end}"


def _figure(said: Said, title: str, dialect: Dialect) -> str:
    """The figure that a message is about."""
    match title[:8]:
        case "pacs.002":
            # The only amounts in it are charges.
            return ""
        case "pacs.029":
            found = _MOVEMENTS.search(said.body)
            return f"{found[1].decode()} movements" if found else ""
        case "camt.054":
            return _directed(_BOOKED.search(said.body))
        case "camt.052" | "camt.053":
            return _directed(_CLOSING.search(said.body), "balance ")
        case _:
            return _amount(said, dialect)


def _directed(found: re.Match[bytes] | None, before: str = "") -> str:
    """An amount with the sign of its direction, as the owner of the account sees it."""
    if found is None:
        return ""
    currency, text, direction = (group.decode() for group in found.groups())
    read = amount(text, currency)
    sign = "-" if direction == "DBIT" else "" if before else "+"
    return f"{before}{sign if read and not read.value.startswith('0 ') else ''}{read.value if read else text}"


def _amount(said: Said, dialect: Dialect) -> str:
    own = _OWN_AMOUNT.search(said.body)
    found = amount(own[2].decode(), own[1].decode()) if own else None
    if found is not None:
        return found.value
    return next((value for key, value in references(dialect, said.path, said.body) if key is Key.AMOUNT), "")


def _first(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return next((group.decode() for group in found.groups() if group), "") if found else ""


def translations(said: Said) -> list[tuple[str, bytes]]:
    """The same message in the other dialects: title and body of each; empty where it has no counterpart."""
    if not said.body:
        return []
    result = translate_wire(said.method, said.path, said.body)
    if isinstance(result, str):
        return []
    if isinstance(result, Sheet):
        return [(f"{form.title}, {_DIALECTS[form.dialect]}", form.body) for form in result.forms[1:] if form.body]
    return [("POST /quotes, FSPIOP", result.quote), ("POST /transfers, FSPIOP", result.transfer)]
