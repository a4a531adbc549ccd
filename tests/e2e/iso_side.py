"""A DFSP that speaks the ISO 20022 variant of FSPIOP, as a stranger would write it from the definition."""

import base64
import hashlib
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

from tests.e2e.fspiop_hub import CONDITION, ENDPOINTS, FULFILMENT, Dfsp, Scheme, decoded, encoded, fresh, moment
from tests.e2e.hub import Hub, Message

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
Body = dict[str, Any]
FX_ENDPOINTS = {
    "FX_QUOTES": "",
    "FX_TRANSFER_POST": "/fxTransfers",
    "FX_TRANSFER_PUT": "/fxTransfers/{{commitRequestId}}",
    "FX_TRANSFER_ERROR": "/fxTransfers/{{commitRequestId}}/error",
}


def ulid(text: str | None = None) -> str:
    """A fresh ULID, or that of a UUID's 128 bits."""
    number = uuid.UUID(text).int if text else uuid.uuid4().int
    return "".join(_SIGNS[number >> 5 * place & 31] for place in reversed(range(26)))


def octets(content: bytes) -> bytes:
    """OER variable octets."""
    size = len(content)
    if size < 128:
        return bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([128 + len(length)]) + length + content


def packet(condition: str = CONDITION, data: bytes = b"{}") -> str:
    """An ILP version 4 prepare packet."""
    body = (1000).to_bytes(8, "big") + b"20300101000000000" + decoded(condition)
    body += octets(b"g.mojaloop") + octets(encoded(data).encode())
    return encoded(b"\x0c" + octets(body))


def condition_in(text: str) -> str:
    """The condition inside a prepare packet."""
    raw = decoded(text)
    assert raw[0] == 12, raw[:3]
    start = 2 if raw[1] < 128 else 2 + raw[1] - 128
    return encoded(raw[start + 25 : start + 57])


def condition_of(fulfilment: str) -> str:
    """What a fulfilment opens."""
    return encoded(hashlib.sha256(base64.urlsafe_b64decode(fulfilment + "=")).digest())


def media(resource: str) -> str:
    """The media type of the variant."""
    return f"application/vnd.interoperability.iso20022.{resource}+json;version=2.0"


def fsp(name: str, member: str | None = None) -> Body:
    """An agent."""
    found: Body = {"Othr": {"Id": name}}
    return {"FinInstnId": found | ({"ClrSysMmbId": {"MmbId": member}} if member else {})}


def person(identifier: str, name: str | None = None) -> Body:
    """A party with a phone number."""
    found: Body = {"Id": {"PrvtId": {"Othr": {"SchmeNm": {"Prtry": "MSISDN"}, "Id": identifier}}}}
    return found | ({"Nm": name} if name else {})


def header(**more: Any) -> Body:
    """GrpHdr with one transaction."""
    return {"MsgId": ulid(), "CreDtTm": moment(), "NbOfTxs": "1", "SttlmInf": {"SttlmMtd": "CLRG"}, **more}


def status(**elements: Any) -> Body:
    """A pacs.002."""
    return {"GrpHdr": {"MsgId": ulid(), "CreDtTm": moment()}, "TxInfAndSts": elements}


def failed(code: str, text: str = "No") -> Body:
    """A pacs.002 that tells an error."""
    return status(StsRsnInf={"Rsn": {"Prtry": code}, "AddtlInf": text})


def reason(message: Message) -> str:
    """The FSPIOP code of an error in the variant."""
    body = message.json
    if "Rpt" in body:
        assert body["Rpt"]["Vrfctn"] is False
        return str(body["Rpt"]["Rsn"]["Cd"])
    return str(body["TxInfAndSts"]["StsRsnInf"]["Rsn"]["Prtry"])


class IsoDfsp(Dfsp):
    """A participant that speaks the variant, and can answer by itself as payee."""

    def headers(self, method: str, resource: str, to: str | None = None, **changed: str | None) -> dict[str, str]:
        """As of any DFSP, with the variant's media types."""
        found = super().headers(method, resource, to)
        found["Content-Type"] = media(resource)
        if "Accept" in found:
            found["Accept"] = media(resource)
        found |= {name.replace("_", "-"): value or "" for name, value in changed.items()}
        return {name: value for name, value in found.items() if value}

    def party(self, source: str, identifier: str, to: str, name: str = "Amina;;Okello;Amina Okello") -> Body:
        """PUT /parties."""
        return {
            "Assgnmt": {
                "MsgId": ulid(),
                "CreDtTm": moment(),
                "Assgnr": {"Agt": fsp(source)},
                "Assgne": {"Agt": fsp(to)},
            },
            "Rpt": {
                "OrgnlId": ulid(),
                "Vrfctn": True,
                "UpdtdPtyAndAcctId": {"Pty": person(identifier, name), "Agt": fsp(source), "Acct": {"Ccy": "USD"}},
            },
        }

    def quote(self, payee: str, amount: str = "10", **changed: Any) -> Body:
        """POST /quotes."""
        return {
            "GrpHdr": header(PmtInstrXpryDtTm=moment(seconds=60)),
            "CdtTrfTxInf": {
                "PmtId": {"TxId": ulid(), "EndToEndId": ulid()},
                "IntrBkSttlmAmt": {"Ccy": "USD", "ActiveCurrencyAndAmount": amount},
                "ChrgBr": "CRED",
                "Dbtr": person("256772000001", "Juma;;Mwangi;Juma Mwangi"),
                "DbtrAgt": fsp(self.name),
                "Cdtr": person("256772000002"),
                "CdtrAgt": fsp(payee),
                "Purp": {"Prtry": "TRANSFER"},
                **changed,
            },
        }

    def terms(self, quote: Body) -> Body:
        """PUT /quotes for a quote of the variant: what is asked for, without a fee."""
        asked = quote["CdtTrfTxInf"]
        kept = {name: asked[name] for name in ("Dbtr", "DbtrAgt", "Cdtr", "CdtrAgt", "ChrgBr", "IntrBkSttlmAmt")}
        return {
            "GrpHdr": header(PmtInstrXpryDtTm=moment(seconds=60)),
            "CdtTrfTxInf": {
                "PmtId": {"TxId": asked["PmtId"]["TxId"]},
                **kept,
                "VrfctnOfTerms": {"IlpV4PrepPacket": packet()},
            },
        }

    def order(self, payee: str, ilp: str, amount: str = "10", **changed: Any) -> Body:
        """POST /transfers."""
        return {
            "GrpHdr": header(PmtInstrXpryDtTm=moment(seconds=60)),
            "CdtTrfTxInf": {
                "PmtId": {"TxId": ulid(), "EndToEndId": ulid()},
                "IntrBkSttlmAmt": {"Ccy": "USD", "ActiveCurrencyAndAmount": amount},
                "ChrgBr": "CRED",
                "Dbtr": person("256772000001"),
                "DbtrAgt": fsp(self.name),
                "Cdtr": person("256772000002"),
                "CdtrAgt": fsp(payee),
                "VrfctnOfTerms": {"IlpV4PrepPacket": ilp},
                **changed,
            },
        }

    def order_to(self, payee: Dfsp, ilp: str | None = None, **changed: Any) -> str:
        """Send a transfer that reaches the payee; its ULID."""
        body = self.order(payee.name, ilp or packet(), **changed)
        answer = self.send("POST", "/transfers", body, payee.name)
        assert answer.status_code == 202, answer.text
        found = str(body["CdtTrfTxInf"]["PmtId"]["TxId"])
        payee.listener.wait(lambda each: each.path == "/transfers" and found.encode() in each.body)
        return found

    def accept(self, transfer: str, payer: str, word: str = "COMM", fulfilment: str = FULFILMENT) -> int:
        """PUT /transfers/{ID}."""
        body = status(ExctnConf=fulfilment, PrcgDt={"DtTm": moment()}, TxSts=word)
        return self.send("PUT", f"/transfers/{transfer}", body, payer).status_code

    def answer_all(self, done: Callable[[Body], Body] | None = None) -> None:
        """Answer as payee from now on; `done` makes the answer to a transfer."""

        def called(message: Message) -> int:
            threading.Thread(target=self._answered, args=(message, done), daemon=True).start()
            return 202 if message.method in {"GET", "POST"} else 200

        self.listener.answer = called

    def _answered(self, message: Message, done: Callable[[Body], Body] | None) -> None:
        to, path = message.headers["fspiop-source"], message.path.partition("?")[0]
        match message.method, path.split("/")[1]:
            case "GET", "parties":
                self.send("PUT", path, self.party(self.name, path.split("/")[3], to), to)
            case "POST", "quotes":
                key = message.json["CdtTrfTxInf"]["PmtId"]["TxId"]
                self.send("PUT", f"/quotes/{key}", self.terms(message.json), to)
            case "POST", "transfers":
                key = message.json["CdtTrfTxInf"]["PmtId"]["TxId"]
                if done is None:
                    self.accept(key, to)
                else:
                    self.send("PUT", f"/transfers/{key}", done(message.json), to)


def iso_dfsp(scheme: Scheme, prefix: str = "iso", currency: str = "USD") -> IsoDfsp:
    """A new DFSP of the variant with an account, a deposit and all its endpoints."""
    hub: Hub = scheme.hub
    found = IsoDfsp(hub, fresh(prefix), "2.0")
    scheme.adopt(found)
    hub.add(found.name, currency, cap=1000, funds=1000)
    listed = [
        {"type": f"FSPIOP_CALLBACK_URL_{kind}", "value": found.listener.url + path}
        for kind, path in (ENDPOINTS | FX_ENDPOINTS).items()
    ]
    hub.operate("POST", f"/participants/{found.name}/endpoints", listed)
    return found


def as_bytes(body: Body) -> bytes:
    """A body with white space that nobody would write again."""
    return json.dumps(body, indent=3).encode() + b"\n"
