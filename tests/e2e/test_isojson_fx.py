"""Conversions with both dialects: an FX provider of the variant for a classic payer, and the other way round."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.e2e.fspiop_hub import CONDITION, FULFILMENT, Dfsp, Scheme, moment, new_id
from tests.e2e.fx_side import GIVEN, GOT, SOURCE, TARGET
from tests.e2e.iso_side import FX_ENDPOINTS, IsoDfsp, fsp, header, iso_dfsp, media, packet, status, ulid
from tests.oracle.iso_definition import FILE, wrong

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture
def iso(scheme: Scheme) -> Iterator[IsoDfsp]:
    """Return a participant of the variant with both currencies; what it was sent keeps the definition."""
    found = iso_dfsp(scheme)
    scheme.hub.add(found.name, TARGET, cap=10_000, funds=10_000)
    yield found
    if FILE.is_file():
        assert [text for each in found.listener.got for text in wrong(each.method, each.path, each.json)] == []


@pytest.fixture
def classic(scheme: Scheme) -> Dfsp:
    """Return a classic participant with both currencies and endpoints for conversions."""
    found = scheme.dfsp("classic", version="2.0")
    scheme.hub.add(found.name, TARGET, cap=10_000, funds=10_000)
    listed = [
        {"type": f"FSPIOP_CALLBACK_URL_{kind}", "value": found.listener.url + path}
        for kind, path in FX_ENDPOINTS.items()
    ]
    scheme.hub.operate("POST", f"/participants/{found.name}/endpoints", listed)
    return found


def agents(payer: str, provider: str) -> dict[str, Any]:
    def one(name: str) -> dict[str, Any]:
        return {"Id": {"OrgId": {"Othr": {"Id": name}}}}

    return {
        "Dbtr": fsp(payer),
        "Cdtr": fsp(provider),
        "UndrlygCstmrCdtTrf": {
            "Dbtr": one(payer), "DbtrAgt": fsp(payer), "Cdtr": one(provider), "CdtrAgt": fsp(provider),
            "InstdAmt": {"Ccy": SOURCE, "ActiveOrHistoricCurrencyAndAmount": GIVEN},
        },
        "IntrBkSttlmAmt": {"Ccy": TARGET, "ActiveCurrencyAndAmount": GOT},
    }  # fmt: skip


def test_a_classic_payer_asks_a_provider_of_the_variant(classic: Dfsp, iso: IsoDfsp):
    classic.hub.operate("PUT", f"/participants/{iso.name}/fspiop", {"dialect": "fspiop-iso"})
    terms = {
        "conversionId": new_id(),
        "determiningTransferId": new_id(),
        "initiatingFsp": classic.name,
        "counterPartyFsp": iso.name,
        "amountType": "SEND",
        "sourceAmount": {"currency": SOURCE, "amount": GIVEN},
        "targetAmount": {"currency": TARGET},
        "expiration": moment(seconds=60),
    }
    body = {"conversionRequestId": new_id(), "conversionTerms": terms}
    assert classic.send("POST", "/fxQuotes", body, iso.name).status_code == 202
    asked = iso.gets("POST", "/fxQuotes").json["CdtTrfTxInf"]
    assert asked["PmtId"] == {
        "TxId": ulid(body["conversionRequestId"]),
        "InstrId": ulid(terms["conversionId"]),
        "EndToEndId": ulid(terms["determiningTransferId"]),
    }
    answer = {
        "GrpHdr": header(PmtInstrXpryDtTm=moment(seconds=60)),
        "CdtTrfTxInf": {
            "PmtId": asked["PmtId"],
            **agents(classic.name, iso.name),
            "InstrForCdtrAgt": {"InstrInf": "SEND"},
            "VrfctnOfTerms": {"Sh256Sgntr": CONDITION},
        },
    }
    path = f"/fxQuotes/{asked['PmtId']['TxId']}"
    assert iso.send("PUT", path, answer, classic.name).status_code == 200
    told = classic.gets("PUT", f"/fxQuotes/{body['conversionRequestId']}").json
    assert told["condition"] == CONDITION
    assert told["conversionTerms"]["targetAmount"] == {"currency": TARGET, "amount": GOT}
    same = ("conversionId", "determiningTransferId", "initiatingFsp", "counterPartyFsp")
    assert {name: told["conversionTerms"][name] for name in same} == {name: terms[name] for name in same}


def test_a_classic_payer_converts_with_a_provider_of_the_variant(scheme: Scheme, classic: Dfsp, iso: IsoDfsp):
    classic.hub.operate("PUT", f"/participants/{iso.name}/fspiop", {"dialect": "fspiop-iso"})
    payee = scheme.dfsp("payee", version="2.0", currency=TARGET, funds=10_000, cap=10_000)
    fx, transfer = new_id(), new_id()
    conversion = {
        "commitRequestId": fx,
        "determiningTransferId": transfer,
        "initiatingFsp": classic.name,
        "counterPartyFsp": iso.name,
        "sourceAmount": {"currency": SOURCE, "amount": GIVEN},
        "targetAmount": {"currency": TARGET, "amount": GOT},
        "condition": CONDITION,
        "expiration": moment(seconds=60),
    }
    assert classic.send("POST", "/fxTransfers", conversion, iso.name).status_code == 202
    order = iso.gets("POST", "/fxTransfers").json["CdtTrfTxInf"]
    assert order["PmtId"] == {"TxId": ulid(fx), "EndToEndId": ulid(transfer)}
    assert order["VrfctnOfTerms"] == {"Sh256Sgntr": CONDITION}
    done = status(ExctnConf=FULFILMENT, PrcgDt={"DtTm": moment()}, TxSts="RESV")
    assert iso.send("PUT", f"/fxTransfers/{ulid(fx)}", done, classic.name).status_code == 200
    assert classic.gets("PUT", f"/fxTransfers/{fx}").json["conversionState"] == "RESERVED"
    amount = {"currency": TARGET, "amount": GOT}
    classic.send("POST", "/transfers", classic.prepare(payee.name, transferId=transfer, amount=amount), payee.name)
    payee.gets("POST", "/transfers")
    payee.fulfil(transfer, classic)
    assert classic.gets("PUT", f"/transfers/{transfer}").json["transferState"] == "COMMITTED"
    told = iso.gets("PATCH", f"/fxTransfers/{ulid(fx)}")
    assert (told.headers["content-type"], told.json["TxInfAndSts"]["TxSts"]) == (media("fxTransfers"), "COMM")
    positions = [classic.hub.position(iso.name, currency) for currency in (SOURCE, TARGET)]
    assert positions == [-Decimal(GIVEN), Decimal(GOT)]


def test_a_payer_of_the_variant_converts_with_a_classic_provider(scheme: Scheme, classic: Dfsp, iso: IsoDfsp):
    classic.send("GET", f"/fxTransfers/{new_id()}", to=iso.name)
    payee = iso_dfsp(scheme, "payee", TARGET)
    payee.answer_all()
    fx, transfer = ulid(), ulid()
    conversion = {
        "GrpHdr": header(PmtInstrXpryDtTm=moment(seconds=60)),
        "CdtTrfTxInf": {
            "PmtId": {"TxId": fx, "EndToEndId": transfer},
            **agents(iso.name, classic.name),
            "VrfctnOfTerms": {"Sh256Sgntr": CONDITION},
        },
    }
    assert iso.send("POST", "/fxTransfers", conversion, classic.name).status_code == 202
    order = classic.gets("POST", "/fxTransfers").json
    assert (order["commitRequestId"], order["determiningTransferId"]) == (fx, transfer)
    body = {"conversionState": "RESERVED", "fulfilment": FULFILMENT, "completedTimestamp": moment()}
    assert classic.send("PUT", f"/fxTransfers/{fx}", body, iso.name).status_code == 200
    told = iso.gets("PUT", f"/fxTransfers/{fx}").json["TxInfAndSts"]
    assert told["TxSts"] == "RESV"
    amount = {"Ccy": TARGET, "ActiveCurrencyAndAmount": GOT}
    paid = iso.order(payee.name, packet(), IntrBkSttlmAmt=amount, PmtId={"TxId": transfer, "EndToEndId": transfer})
    iso.send("POST", "/transfers", paid, payee.name)
    assert iso.gets("PUT", f"/transfers/{transfer}").json["TxInfAndSts"]["TxSts"] == "COMM"
    assert classic.gets("PATCH", f"/fxTransfers/{fx}").json["conversionState"] == "COMMITTED"
