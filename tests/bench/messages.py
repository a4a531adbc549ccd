"""What one signed pacs.008 of 3 kB costs the edge, stage by stage: microseconds of CPU, medians of rounds.

The stages are those of the hub, for a message whose form is known: parse and schemas, typed read, rules of pack `base`,
signature (ECDSA). Each works on what the stage before left, made anew before every call, outside of the time that is
taken. The last is the whole examination, with all that lies between the stages.
"""

import gc
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from rich.table import Table

from iso import gate, sealed, signature
from iso.examine import Examiner, Rules
from iso.forms import Filled
from iso.incoming import ParticipantView
from iso.keys import PinnedKey, SigningKey, pinned_key, signing_key
from iso.messages import head001
from iso.messages.business import wrap
from iso.messages.fields import FinancialInstitution
from iso.messages.head001 import Endpoint, Head001
from iso.rules.choice import HUB_DECIDES
from schemas.catalogue import Catalogue

ROUNDS: Final = 9
CALLS: Final = 400
TARGETS: Final = {
    "parse and schemas": 40, "rules of base": 40, "typed read": 40, "signature": 100, "all of the edge": 220,
}  # fmt: skip
"""Microseconds that each stage may take; the last is their sum."""
_NOW: Final = datetime(2026, 11, 20, 8, 0, 1, tzinfo=UTC)
_PACKS: Final = ("base",)


class Cost(msgspec.Struct, frozen=True):
    """One stage: microseconds of CPU a message (median over the rounds), and the target."""

    stage: str
    micros: float
    target: int


def _party(name: str, who: str, street: str, town: str, country: str) -> str:
    return (
        f"<{name}><Nm>{who}</Nm><PstlAdr><StrtNm>{street}</StrtNm><BldgNb>12</BldgNb><PstCd>00100</PstCd><TwnNm>{town}"
        f"</TwnNm><Ctry>{country}</Ctry></PstlAdr></{name}>"
    )


def _agent(name: str, bic: str) -> str:
    return f"<{name}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{name}>"


_DOCUMENT: Final = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf><GrpHdr><MsgId>'
    "BANKDEFF-20261120-000000001</MsgId><CreDtTm>2026-11-20T08:00:00.000Z</CreDtTm><NbOfTxs>1</NbOfTxs>"
    '<TtlIntrBkSttlmAmt Ccy="EUR">1250.50</TtlIntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><SttlmInf>'
    "<SttlmMtd>CLRG</SttlmMtd><ClrSys><Prtry>LOOP</Prtry></ClrSys></SttlmInf>"
    + _agent("InstgAgt", "BANKDEFFXXX") + _agent("InstdAgt", "ISOLXTXXXXX")
    + "</GrpHdr><CdtTrfTxInf><PmtId><InstrId>INSTR-20261120-0001</InstrId><EndToEndId>E2E-20261120-0001</EndToEndId>"
    "<TxId>8a562c67ca1648bab07465581be6f001</TxId><UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR></PmtId><PmtTpInf>"
    "<SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>INST</Cd></LclInstrm><CtgyPurp><Cd>SUPP</Cd></CtgyPurp></PmtTpInf>"
    '<IntrBkSttlmAmt Ccy="EUR">1250.50</IntrBkSttlmAmt><AccptncDtTm>2026-11-20T08:00:00.000Z</AccptncDtTm>'
    "<ChrgBr>SLEV</ChrgBr>"
    + _party("UltmtDbtr", "Savannah Holdings (East Africa) Limited", "Moi Avenue", "Nairobi", "KE")
    + _party("Dbtr", "Otieno and Sons Hardware Merchants", "Friedrichstrasse", "Berlin", "DE")
    + "<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></DbtrAcct>"
    + _agent("DbtrAgt", "BANKDEFFXXX") + _agent("CdtrAgt", "BANKFRPPXXX")
    + _party("Cdtr", "Wanjiru Ngugi", "Rue de la Paix", "Paris", "FR")
    + "<CdtrAcct><Id><IBAN>FR7630006000011234567890189</IBAN></Id><Ccy>EUR</Ccy></CdtrAcct>"
    + _party("UltmtCdtr", "Ngugi Family Trust", "Avenue Brugmann", "Brussels", "BE")
    + "<Purp><Cd>GDDS</Cd></Purp><RmtInf><Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp>"
    "<Nb>INV-2026-4711</Nb><RltdDt>2026-11-01</RltdDt></RfrdDocInf><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>"
    "RF18539007547034</Ref></CdtrRefInf><AddtlRmtInf>Roof tiles, forty boxes, delivered in October to the store at the "
    "old railway station, less the discount agreed upon</AddtlRmtInf></Strd></RmtInf></CdtTrfTxInf></FIToFICstmrCdtTrf>"
    "</Document>"
).encode()  # fmt: skip


def _bank(bic: str) -> Endpoint:
    return Endpoint(institution=FinancialInstitution(bicfi=bic))


_HEADER: Final = Head001(
    sender=_bank("BANKDEFFXXX"), receiver=_bank("ISOLXTXXXXX"), business_message_id="BM-20261120-000000001",
    message_definition="pacs.008.001.08", created="2026-11-20T08:00:00.000Z",
)  # fmt: skip
_BODY: Final = wrap(head001.write(_HEADER).body, _DOCUMENT)


def _keys() -> tuple[SigningKey, PinnedKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    lasting = builder.not_valid_before(_NOW - timedelta(days=1)).not_valid_after(_NOW + timedelta(days=30))
    certificate = lasting.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signing_key(private.decode(), certificate), pinned_key(certificate)


class _Bank:
    """The directory: one bank and the hub."""

    def __init__(self, key: PinnedKey) -> None:
        self._bank = ParticipantView("bank", (key,))

    def by_iso(self, _institution: FinancialInstitution) -> ParticipantView:
        """The bank."""
        return self._bank

    def addressable(self, _institution: FinancialInstitution) -> bool:
        """The hub."""
        return True


def measure() -> list[Cost]:
    """All stages of a message whose form came before, as nearly all do; some seconds in all."""
    catalogue = Catalogue()
    signing, pinned = _keys()
    signed = signature.sign(_HEADER, _DOCUMENT, signing)
    start, end = signed.index(b"<Sgntr>") + len(b"<Sgntr>"), signed.index(b"</Sgntr>")
    examiner = Examiner(catalogue, _Bank(pinned), Rules())

    def opened() -> sealed.Sealed:
        found = sealed.unseal(signed, gate.STRICT, examiner.forms)
        assert found is not None
        return found

    def filled() -> tuple[sealed.Sealed, Filled]:
        found = opened()
        found.header_el.remove(found.holder)
        assert found.form is not None
        return found, found.form.fill(found.parsed.root, found.parsed.body)

    def without(_given: object) -> None:
        assert gate.read_without(signed, signed[:start] + signed[end:], known=True) is not None

    def schemas(found: sealed.Sealed) -> None:
        parsed = found.parsed
        for element, name in ((found.header_el, parsed.header_def), (found.document_el, parsed.message_def)):
            assert gate.check_element(element, name, catalogue) == []

    def read(found: sealed.Sealed) -> None:
        assert found.form is not None
        message = found.form.fill(found.parsed.root, found.parsed.body)
        message.form.business(message.texts, message.form.header(message.texts))

    def judge(given: tuple[sealed.Sealed, Filled]) -> None:
        assert given[1].keeps(_PACKS, HUB_DECIDES, given[0].header_el, given[0].document_el)

    def prove(found: sealed.Sealed) -> None:
        assert signature.proves(found.seal, found.parsed.body, (pinned,), _NOW, found.header_el)

    examiner.examine(signed, _NOW)
    parse = _cost(lambda: None, without)
    costs = {
        "parse and schemas": parse + _cost(opened, schemas),
        "typed read": _cost(opened, read),
        "rules of base": _cost(filled, judge),
        # the message is parsed on the way, which counts as parsing
        "signature": _cost(lambda: None, lambda _given: opened()) - parse + _cost(opened, prove),
        "all of the edge": _cost(lambda: None, lambda _given: examiner.examine(signed, _NOW)),
    }
    return [Cost(stage, round(micros, 1), TARGETS[stage]) for stage, micros in costs.items()]


def _cost(prepare: Callable[[], Any], stage: Callable[[Any], object]) -> float:
    """Microseconds of CPU that a stage takes, right after what comes before it, as in the hub."""
    rounds = []
    gc.collect()
    gc.disable()
    for _ in range(ROUNDS):
        spent = 0
        for _ in range(CALLS):
            given = prepare()
            begun = time.process_time_ns()
            stage(given)
            spent += time.process_time_ns() - begun
        rounds.append(spent / CALLS / 1000)
    gc.enable()
    return statistics.median(rounds)


def table(costs: list[Cost]) -> Table:
    """The costs for people."""
    shown = Table(title=f"CPU of a pacs.008 of {len(_BODY):,} bytes", title_style="bold")
    for name in ("stage", "µs", "target µs"):
        shown.add_column(name, justify="left" if name == "stage" else "right")
    for cost in costs:
        shown.add_row(cost.stage, f"{cost.micros:.1f}", str(cost.target))
    return shown
