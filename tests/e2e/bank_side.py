"""A bank as a stranger would write it from the contract: messages from templates, signatures by signxml."""

import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLSigner, XMLVerifier
from signxml.algorithms import CanonicalizationMethod

from tests.e2e.hub import WAIT_S, Hub, Listener, Message

XSD = "urn:iso:std:iso:20022:tech:xsd:"
DS = "http://www.w3.org/2000/09/xmldsig#"
HEAD = """<AppHdr xmlns="{xsd}head.001.001.{head}"><Fr><FIId><FinInstnId>{fr}</FinInstnId></FIId></Fr><To><FIId>\
<FinInstnId>{to}</FinInstnId></FIId></To><BizMsgIdr>{id}</BizMsgIdr><MsgDefIdr>{definition}</MsgDefIdr>\
<CreDt>{created}</CreDt>{more}</AppHdr>"""
PAYMENT = """<Document xmlns="{xsd}{definition}"><FIToFICstmrCdtTrf><GrpHdr><MsgId>{msg}</MsgId>\
<CreDtTm>{made}</CreDtTm><NbOfTxs>{count}</NbOfTxs>{sum}<SttlmInf><SttlmMtd>{method}</SttlmMtd>{settlement}</SttlmInf></GrpHdr>{transactions}\
</FIToFICstmrCdtTrf></Document>"""
TRANSACTION = """<CdtTrfTxInf><PmtId><InstrId>{instr}</InstrId><EndToEndId>{e2e}</EndToEndId><TxId>{tx}</TxId>{uetr}\
</PmtId><IntrBkSttlmAmt Ccy="{currency}">{amount}</IntrBkSttlmAmt><IntrBkSttlmDt>{day}</IntrBkSttlmDt>{times}\
<ChrgBr>{bearer}</ChrgBr><Dbtr><Nm>{debtor}</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{debtor_account}</Id></Othr></Id>\
</DbtrAcct><DbtrAgt><FinInstnId>{debtor_agent}</FinInstnId></DbtrAgt><CdtrAgt><FinInstnId>{creditor_agent}</FinInstnId>\
</CdtrAgt><Cdtr><Nm>{creditor}</Nm></Cdtr><CdtrAcct>{creditor_account}</CdtrAcct>{after}</CdtTrfTxInf>"""
REPORT = """<Document xmlns="{xsd}{definition}"><FIToFIPmtStsRpt><GrpHdr><MsgId>{msg}</MsgId><CreDtTm>{made}</CreDtTm>\
</GrpHdr>{body}</FIToFIPmtStsRpt></Document>"""


def moment(**ago: float) -> str:
    """Now, or that long ago, in UTC with milliseconds."""
    return (datetime.now(UTC) - timedelta(**ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_seconds(seconds: float) -> str:
    """A RjctTm element that many seconds from now."""
    return f"<SttlmTmReq><RjctTm>{moment(seconds=-seconds)[11:]}</RjctTm></SttlmTmReq>"


def new_id() -> str:
    """A fresh reference of at most 35 characters."""
    return uuid.uuid4().hex


def bic(code: str) -> str:
    """FinInstnId content."""
    return f"<BICFI>{code}</BICFI>"


def other(name: str) -> str:
    """FinInstnId content."""
    return f"<Othr><Id>{name}</Id></Othr>"


def account(number: str) -> str:
    """CdtrAcct content."""
    return f"<Id><Othr><Id>{number}</Id></Othr></Id>"


def by_phone(number: str) -> str:
    """CdtrAcct content with a mobile number as proxy."""
    return f"{account(number)}<Prxy><Tp><Cd>MBNO</Cd></Tp><Id>+{number}</Id></Prxy>"


class Keys(NamedTuple):
    """A private key and its self-signed certificate, in PEM."""

    private: bytes
    certificate: str


def new_keys(name: str) -> Keys:
    """Keys on P-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begun = datetime.now(UTC) - timedelta(hours=1)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    signed = (
        builder.not_valid_before(begun)
        .not_valid_after(begun + timedelta(days=30))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Keys(private, signed.public_bytes(pem).decode())


def wrap(header: str, document: str) -> str:
    """Both under a neutral root."""
    return f"<BizMsg>{header}{document}</BizMsg>"


def sign(text: str, keys: Keys) -> bytes:
    """The message with an enveloped signature in AppHdr/Sgntr, made by signxml; every other byte stays as it is."""
    root = etree.fromstring(text.removeprefix("\ufeff").encode())
    header = root.find(".//{*}AppHdr")
    holder = etree.SubElement(header, f"{{{etree.QName(header).namespace}}}Sgntr")
    etree.SubElement(holder, f"{{{DS}}}Signature", Id="placeholder", nsmap={"ds": DS})
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    done = signer.sign(root, key=keys.private, cert=keys.certificate)
    signature = etree.tostring(done.find(".//{*}Sgntr"), with_tail=False).decode()
    start, end, rest = re.split(r"(</(?:\w+:)?AppHdr\s*>)", text, maxsplit=1)
    return (start + signature + end + rest).encode()


class Report(NamedTuple):
    """A pacs.002 as its receiver reads it."""

    body: bytes
    status: str
    code: str
    info: str
    tree: Any

    def text(self, name: str) -> str | None:
        """The text of the first element of that name."""
        found = self.tree.findtext(f".//{{*}}{name}")
        return None if found is None else str(found)


def report_of(body: bytes) -> Report | None:
    """The pacs.002 in a message, if it is one."""
    tree = etree.fromstring(body)
    if tree.find(".//{*}FIToFIPmtStsRpt") is None:
        return None
    status = tree.findtext(".//{*}TxSts") or tree.findtext(".//{*}GrpSts") or ""
    code = tree.findtext(".//{*}StsRsnInf/{*}Rsn/{*}Cd") or ""
    return Report(body, status, code, "".join(each.text or "" for each in tree.iterfind(".//{*}AddtlInf")), tree)


class Payment(NamedTuple):
    """A pacs.008 with the ids it will be known by."""

    text: str
    uetr: str
    instr: str
    e2e: str
    tx: str
    msg: str


class Bank:
    """One bank: its keys, its place to be called back, and what it sends."""

    made: ClassVar[list["Bank"]] = []

    def __init__(self, hub: Hub, name: str, code: str, **profile: Any) -> None:
        """Onboard it; `profile` are further fields of PUT /participants/{name}/iso."""
        self.hub, self.name, self.bic = hub, name, code
        self.keys = new_keys(name)
        self.answers: Callable[[Message], None] | None = None
        Bank.made.append(self)
        self.listener = Listener(self._called)
        self.profile = {
            "bic": code,
            "callbackUrl": self.listener.url + "/in",
            "certificates": [{"pem": self.keys.certificate}],
            **profile,
        }
        hub.add(name, "USD")
        hub.operate("PUT", f"/participants/{name}/iso", self.profile)

    def change(self, **profile: Any) -> None:
        """Change its profile."""
        self.profile |= profile
        self.hub.operate("PUT", f"/participants/{self.name}/iso", self.profile)

    def _called(self, message: Message) -> int:
        if self.answers is not None:
            self.answers(message)
        return 202

    def head(self, definition: str, **changes: str) -> str:
        """A header of this bank."""
        values = {
            "xsd": XSD,
            "head": "02",
            "fr": bic(self.bic),
            "to": other("Hub"),
            "id": new_id(),
            "definition": definition,
            "created": moment(),
            "more": "",
        }
        return HEAD.format(**{**values, **changes})

    def pay(self, creditor_agent: str, version: str = "08", **changes: str) -> Payment:
        """A pacs.008 Document; `changes` replace places of the templates."""
        definition = f"pacs.008.001.{version}"
        ids = {
            "uetr_value": str(uuid.uuid4()),
            "instr": new_id(),
            "e2e": new_id()[:20],
            "tx": new_id(),
            "msg": new_id(),
        }
        ids |= {key: changes[key] for key in ids if key in changes}
        values = {
            "xsd": XSD,
            "definition": definition,
            "made": moment(),
            "count": "1",
            "sum": "",
            "method": "CLRG",
            "settlement": "",
            "uetr": f"<UETR>{ids['uetr_value']}</UETR>" if version >= "08" else "",
            "currency": "USD",
            "amount": "10.00",
            "day": moment()[:10],
            "times": "",
            "bearer": "SLEV",
            "debtor": "Wanjiru Traders",
            "debtor_account": "0110000001",
            "debtor_agent": bic(self.bic),
            "creditor_agent": creditor_agent,
            "creditor": "Kato Millers",
            "creditor_account": account("0220000002"),
            "after": "",
            **ids,
        }
        values |= changes
        transaction = TRANSACTION.format(**values)
        values.setdefault("transactions", transaction)
        text = PAYMENT.format(**values)
        if version < "03":
            text = text.replace("BICFI>", "BIC>")
        return Payment(text, ids["uetr_value"], ids["instr"], ids["e2e"], ids["tx"], ids["msg"])

    def report(self, body: str, version: str = "10") -> str:
        """A pacs.002 Document around TxInfAndSts or OrgnlGrpInfAndSts."""
        return REPORT.format(xsd=XSD, definition=f"pacs.002.001.{version}", msg=new_id(), made=moment(), body=body)

    def post(self, body: bytes | str, **headers: str) -> requests.Response:
        """POST /iso20022/messages."""
        data = body if isinstance(body, bytes) else body.encode()
        sent = {"content-type": "application/xml", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return requests.post(f"{self.hub.iso}/iso20022/messages", data=data, headers=sent, timeout=WAIT_S)

    def send(self, document: str, *, signed: bool = True, **header: str) -> str:
        """Send a Document under a header; it must be taken. Its BizMsgIdr."""
        identifier = header.setdefault("id", new_id())
        definition = document.split(XSD, 1)[1].split('"', 1)[0]
        text = wrap(self.head(definition, **header), document)
        response = self._bring(sign(text, self.keys) if signed else text)
        assert response.status_code == 202, response.text
        assert response.json()["messageId"] == identifier
        return identifier

    def _bring(self, text: bytes | str) -> requests.Response:
        """Post it; to a hub that is down, again until it is back, as banks do."""
        patience = time.monotonic() + WAIT_S
        while True:
            try:
                return self.post(text)
            except requests.ConnectionError:
                if time.monotonic() > patience:
                    raise
                time.sleep(0.05)

    def answer(self, reference: str, status: str, reason: str = "", *, by: str = "OrgnlUETR", **header: str) -> str:
        """Send a pacs.002 about the payment with that reference."""
        return self.send(self.report(status_of(f"<{by}>{reference}</{by}>", status, reason)), **header)

    def payment(self, uetr: str) -> bytes:
        """The pacs.008 about that payment that came in."""
        wanted = f"{uetr}<".encode()
        return self.listener.wait(lambda m: b"<FIToFICstmrCdtTrf" in m.body and wanted in m.body).body

    def told(self, reference: str, nth: int = 1, status: str = "") -> Report:
        """The nth pacs.002 that came in about a reference (and of a status)."""

        def wanted(_: Message) -> bool:
            return len(self.reports(reference, status)) >= nth

        found = self.reports(reference, status)
        if len(found) < nth:
            self.listener.wait(wanted)
        return self.reports(reference, status)[nth - 1]

    def reports(self, reference: str, status: str = "") -> list[Report]:
        """Every pacs.002 so far about a reference."""
        bodies = [message.body for message in list(self.listener.got) if f">{reference}<".encode() in message.body]
        found = [report for body in bodies if (report := report_of(body)) is not None]
        return [report for report in found if status in ("", report.status)]

    def query(self, identifier: str, **asked: str) -> requests.Response:
        """GET /iso20022/messages/{BizMsgIdr}."""
        url = f"{self.hub.iso}/iso20022/messages/{identifier}"
        return requests.get(url, params=asked, timeout=WAIT_S)

    def answered(self, identifier: str, number: int) -> Any:
        """What the hub tells of a message, once it knows itself that this many answers to it have arrived."""
        patience = time.monotonic() + WAIT_S
        while True:
            found = self.query(identifier).json()
            if len(found.get("answers", ())) >= number or time.monotonic() > patience:
                return found
            time.sleep(0.05)

    def accept_all(self, status: str = "ACSC") -> None:
        """Answer every payment from now on with that status."""

        def accept(message: Message) -> None:
            tree = etree.fromstring(message.body)
            given = ((tag, tree.findtext(f".//{{*}}PmtId/{{*}}{tag}")) for tag in ("EndToEndId", "TxId", "UETR"))
            if tree.find(".//{*}FIToFICstmrCdtTrf") is not None:
                known = "".join(f"<Orgnl{tag}>{value}</Orgnl{tag}>" for tag, value in given if value)
                self.send(self.report(status_of(known, status)))

        self.answers = accept


def status_of(references: str, status: str, reason: str = "") -> str:
    """TxInfAndSts for a pacs.002."""
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return f"<TxInfAndSts>{references}<TxSts>{status}</TxSts>{why}</TxInfAndSts>"


def verify(body: bytes, certificate: str) -> None:
    """Raise unless the message bears a good signature of that certificate over the whole message."""
    config = SignatureConfiguration(location=".//{*}AppHdr/{*}Sgntr/")
    XMLVerifier().verify(body, x509_cert=certificate, expect_config=config)


def problems(body: bytes, schemas: Path) -> list[str]:
    """What the official schemas do not allow in a message; versions that the folder lacks are not looked at."""
    found: list[str] = []
    for part in etree.fromstring(body):
        name = etree.QName(part).namespace.removeprefix(XSD)
        if (schemas / f"{name}.xsd").exists():
            # a part stands under an envelope; by itself it is a document of its schema
            alone = etree.fromstring(etree.tostring(part, with_tail=False))
            # a signature by parts points at them by an Id that no schema knows; the bank has asked for that
            alone.attrib.pop("Id", None)
            schema = _schema(schemas / f"{name}.xsd")
            schema.validate(alone)
            found += [f"{name} line {error.line}: {error.message}" for error in schema.error_log]
    return found


@cache
def _schema(file: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(file))
