"""The ISO 20022 variant at the edge: its media types are negotiated beside the others, its faults located and coded."""

from typing import Any

import msgspec
import pytest

from fspiop.api.resource import Operation
from fspiop.api.variant import VARIANTS, schema_of
from fspiop.errors import Refusal
from fspiop.headers import ISO_RESOURCES, Versions, retyped
from fspiop.incoming import Kind
from fspiop.isojson.fields import iso_name
from fspiop.isojson.reading import amount_of, answer_of
from fspiop.isojson.statuses import StatusReport
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Dialect
from tests.unit.fspiop.test_headers import MEDIA, check

ISO = MEDIA.format("iso20022.transfers", "2.0")
CLASSIC = MEDIA.format("transfers", "1.1")
HEADER = {"MsgId": "1", "CreDtTm": "2026-11-20T06:00:00.000Z"}
PARTY: dict[str, Any] = {"Id": {"PrvtId": {"Othr": {"Id": "1", "SchmeNm": {"Prtry": "MSISDN"}}}}}
AGENT = {"FinInstnId": {"Othr": {"Id": "fsp"}}}
QUOTE: dict[str, Any] = {
    "GrpHdr": {**HEADER, "NbOfTxs": "1", "SttlmInf": {"SttlmMtd": "CLRG"}},
    "CdtTrfTxInf": {
        "PmtId": {"TxId": "01KZYX1B2C3D4E5F6G7H8J9K0M"},
        "IntrBkSttlmAmt": {"Ccy": "USD", "ActiveCurrencyAndAmount": "10.50"},
        "ChrgBr": "CRED",
        "Dbtr": PARTY,
        "DbtrAgt": AGENT,
        "Cdtr": PARTY,
        "CdtrAgt": AGENT,
    },
}


@pytest.mark.parametrize(
    ("content", "accept", "found"),
    [
        (ISO, ISO, Versions("2.0", ("2.0",), Dialect.FSPIOP_ISO, Dialect.FSPIOP_ISO)),
        (ISO, CLASSIC, Versions("2.0", ("1.1",), Dialect.FSPIOP_ISO, Dialect.FSPIOP)),
        (CLASSIC, ISO, Versions("1.1", ("2.0",), Dialect.FSPIOP, Dialect.FSPIOP_ISO)),
        (ISO, f"{CLASSIC},{ISO}", Versions("2.0", ("2.0",), Dialect.FSPIOP_ISO, Dialect.FSPIOP_ISO)),
        (CLASSIC, f"{ISO},{CLASSIC}", Versions("1.1", ("1.1",), Dialect.FSPIOP, Dialect.FSPIOP)),
        (ISO, ISO.partition(";")[0], Versions("2.0", (), Dialect.FSPIOP_ISO, Dialect.FSPIOP_ISO)),
        (ISO, MEDIA.format("iso20022.transfers", "1.0") + f",{CLASSIC}", Versions("2.0", ("1.1",), Dialect.FSPIOP_ISO)),
    ],
)
def test_what_is_spoken_and_what_is_taken_back(content: str, accept: str, found: Versions):
    assert check({"content-type": content, "accept": accept}) == found


@pytest.mark.parametrize(
    ("resource", "changes", "code"),
    [
        ("transfers", {"content-type": MEDIA.format("iso20022.transfers", "1.1"), "accept": ISO}, "3001"),
        ("transfers", {"content-type": ISO, "accept": MEDIA.format("iso20022.transfers", "1.0")}, "3001"),
        ("transfers", {"content-type": MEDIA.format("iso20023.transfers", "2.0"), "accept": ISO}, "3101"),
        ("bulkTransfers", {"accept": MEDIA.format("iso20022.bulkTransfers", "2.0")}, "3101"),
    ],
)
def test_what_is_not_spoken(resource: str, changes: dict[str, str], code: str):
    answer = check(changes, resource=resource)
    assert isinstance(answer, Refusal)
    assert answer.fault.fspiop == code
    if code == "3001":
        assert answer.fault.extensions == (("2", "0"),)


def test_a_translated_message_gets_the_media_types_of_its_receiver_and_no_signature():
    received = (("content-type", CLASSIC), ("accept", CLASSIC), ("fspiop-signature", "{}"), ("fspiop-uri", "/x"))
    expected = (("content-type", ISO), ("accept", ISO), ("fspiop-uri", "/y"), ("date", "d"))
    assert retyped((*received, ("date", "d")), "transfers", "2.0", Dialect.FSPIOP_ISO, "/y") == expected


def quote(**changed: Any) -> bytes:
    return msgspec.json.encode(QUOTE | {"CdtTrfTxInf": QUOTE["CdtTrfTxInf"] | changed})


@pytest.mark.parametrize(
    ("changed", "code", "pointer"),
    [
        ({"PmtId": {}}, "3102", "/CdtTrfTxInf/PmtId must have required property 'TxId'"),
        ({"Dbtr": {"Id": {}}}, "3102", "/CdtTrfTxInf/Dbtr/Id must have required property 'OrgId'"),
        ({"Purp": {"Cd": "TOO LONG"}}, "3100", "/CdtTrfTxInf/Purp/Cd must NOT have more than 4 characters"),
        ({"ChrgBr": "SLEV"}, "3100", "/CdtTrfTxInf/ChrgBr must be equal to one of the allowed values"),
        ({"ChrgBr": 1}, "3101", "/CdtTrfTxInf/ChrgBr must be string"),
        ({"PmtId": {"TxId": "b51ec534-ee48-4575-b6a9-ead2955b8069"}}, "3100", "/CdtTrfTxInf/PmtId/TxId must match"),
        ({"Ustrd": "x"}, "3103", "/CdtTrfTxInf must NOT have additional properties"),
        ({"RgltryRptg": {"Dtls": [{"Inf": [1]}]}}, "3101", "/CdtTrfTxInf/RgltryRptg/Dtls/0/Inf/0 must be string"),
        ({"Purp": None}, "3101", "/CdtTrfTxInf/Purp must be object"),
    ],
)
def test_a_fault_says_where_and_what(changed: dict[str, Any], code: str, pointer: str):
    schema = VARIANTS["quotes", Kind.POST].iso
    assert not isinstance(schema.read(quote()), Fault)
    fault = schema.read(quote(**changed))
    assert isinstance(fault, Fault)
    assert (fault.fspiop, f"/requestBody{pointer}" in fault.description) == (code, True), fault.description


def test_a_verification_is_true_or_false():
    who = {"Agt": AGENT}
    report = {"Assgnmt": {**HEADER, "Assgnr": who, "Assgne": who}, "Rpt": {"OrgnlId": "1", "Vrfctn": "true"}}
    fault = VARIANTS["parties", Kind.PUT].iso.read(msgspec.json.encode(report))
    assert isinstance(fault, Fault)
    assert fault.fspiop == "3101"
    assert fault.description.endswith("/requestBody/Rpt/Vrfctn must be boolean")


def test_every_body_of_a_resource_with_the_variant_has_a_row():
    kinds = {"parties": 2, "quotes": 3, "transfers": 3, "fxQuotes": 3, "fxTransfers": 3}
    assert {name: sum(resource == name for resource, _ in VARIANTS) for name in kinds} == kinds
    assert set(kinds) == ISO_RESOURCES - {"participants"}
    operation = Operation(Kind.PUT, VARIANTS["quotes", Kind.PUT].classic)
    assert schema_of("quotes", operation, Dialect.FSPIOP_ISO) is VARIANTS["quotes", Kind.PUT].iso
    assert schema_of("quotes", operation, Dialect.FSPIOP) is operation.schema
    assert schema_of("participants", operation, Dialect.FSPIOP_ISO) is operation.schema


def test_names_of_elements():
    names = ("pmt_instr_xpry_dt_tm", "ilp_v4_prep_packet", "orgnl_uetr", "url_adr", "intr_bk_sttlm_amt")
    assert [iso_name(name) for name in names] == [
        "PmtInstrXpryDtTm", "IlpV4PrepPacket", "OrgnlUETR", "URLAdr", "IntrBkSttlmAmt"
    ]  # fmt: skip


def test_an_amount_and_an_answer_are_read_for_the_stateless_rules():
    body = VARIANTS["quotes", Kind.POST].iso.read(quote())
    assert amount_of(body.cdt_trf_tx_inf.intr_bk_sttlm_amt).amount == "10.5"
    status = {"TxSts": "COMM", "PrcgDt": {"DtTm": "2026-11-20T06:00:00.000Z"}}
    read = msgspec.convert({"GrpHdr": HEADER, "TxInfAndSts": status}, StatusReport)
    answer = answer_of(read)
    assert not isinstance(answer, Fault)
    assert (answer.transfer_state, answer.completed_timestamp) == ("COMMITTED", "2026-11-20T06:00:00.000Z")
    nothing = answer_of(msgspec.convert({"GrpHdr": HEADER}, StatusReport))
    assert isinstance(nothing, Fault)
    assert nothing.fspiop == "3102"
    assert nothing.description.endswith("must have required property 'TxInfAndSts'")
