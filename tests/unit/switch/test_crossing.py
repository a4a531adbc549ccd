"""Between the dialects of FSPIOP: a packet without its condition is wrapped, paths are respelt, headers retyped."""

import hashlib
import json
from datetime import UTC, datetime

import msgspec
import pytest

from fspiop import ilp
from schemas.canonical.events import Event, Forwarded, Refused
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, ulid_of
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect, Original
from switch.crossing import came_in, cross, has_variant
from switch.wrapping import agreement, unwrapped, wrapped
from translator.dialect import RenderContext, render

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
UUID = "b51ec534-ee48-4575-b6a9-ead2955b8069"
ULID = ulid_of(UUID)
CONDITION = ilp.condition_of("Zg" + "A" * 41)
ROW = "01KZYX1B2C3D4E5F6G7H8J9K0M"
TERMS = {
    "transferAmount": {"amount": "10.5", "currency": "USD"},
    "expiration": "2026-11-20T06:01:00.000Z",
    "ilpPacket": ilp.encode(ilp.Payment(1050, "g.payee", b'{"quoteId":"q"}')),
    "condition": CONDITION,
}


def test_a_packet_without_condition_is_wrapped_and_comes_back_as_it_was():
    outer = wrapped(TERMS)
    found = ilp.decode(outer["ilpPacket"])
    assert isinstance(found, ilp.Prepare)
    assert (found.condition, found.amount) == (CONDITION, 1050)
    assert agreement(outer["ilpPacket"])["quoteId"] == "q"
    assert unwrapped(outer) == TERMS


def test_any_text_may_be_a_payee_s_packet():
    odd = TERMS | {"ilpPacket": "eyJhIjoxfQ"}
    assert unwrapped(wrapped(odd)) == odd


def test_a_packet_with_its_condition_stays_as_it_is():
    prepare = ilp.encode(ilp.Prepare(1050, NOW, CONDITION, b"{}"))
    own = TERMS | {"ilpPacket": prepare}
    assert wrapped(own) is own
    assert unwrapped(own) is own
    other = own | {"condition": ilp.condition_of("Zw" + "A" * 41)}
    assert unwrapped(wrapped(other)) == other


def outgoing(event: Event, dialect: Dialect, **named):
    context = RenderContext(NOW, ROW, lambda _: None, dialect=dialect, **named)
    return cross(render(event, Participant(FspId("receiver")), context), event, context)


def original(dialect: Dialect, target: str, body: dict | None, media: str) -> Original:
    content = json.dumps(body).encode() if body else b""
    headers = (("content-type", media), ("fspiop-source", "payee"), ("fspiop-signature", "{}"), ("traceparent", "t"))
    return Original(dialect, "PUT", target, headers, content, hashlib.sha256(content).hexdigest())


CLASSIC = "application/vnd.interoperability.quotes+json;version=1.1"
ISO = "application/vnd.interoperability.iso20022.quotes+json;version=2.0"


def test_an_answer_goes_to_the_variant_under_the_id_it_knows():
    sent = original(Dialect.FSPIOP, f"/quotes/{UUID}", TERMS, CLASSIC)
    made = outgoing(Event(FspId("receiver"), Forwarded("quotes", UUID), original=sent), Dialect.FSPIOP_ISO)
    body = json.loads(made.body)
    assert (made.path, made.dialect, made.version, made.translated) == (
        f"/quotes/{ULID}", Dialect.FSPIOP_ISO, "2.0", True
    )  # fmt: skip
    assert body["CdtTrfTxInf"]["PmtId"]["TxId"] == ULID
    assert body["GrpHdr"]["MsgId"] == ROW
    assert made.forward is not None
    assert made.forward.body == made.body
    assert made.forward.headers == (("content-type", ISO), ("fspiop-source", "payee"), ("traceparent", "t"))
    assert made.sign_as is None


def test_the_same_row_is_always_the_same_message():
    sent = original(Dialect.FSPIOP, f"/quotes/{UUID}", TERMS, CLASSIC)
    event = Event(FspId("receiver"), Forwarded("quotes", UUID), original=sent)
    assert outgoing(event, Dialect.FSPIOP_ISO) == outgoing(event, Dialect.FSPIOP_ISO)


def test_the_request_s_parties_come_back_in_the_answer():
    asked = {"CdtTrfTxInf": {"Dbtr": {"Nm": "A"}, "Cdtr": {"Nm": "B"}, "ChrgBr": "DEBT"}}
    sent = original(Dialect.FSPIOP, f"/quotes/{ULID}", TERMS, CLASSIC)
    event = Event(FspId("receiver"), Forwarded("quotes", ULID), original=sent, earlier=json.dumps(asked).encode())
    found = json.loads(outgoing(event, Dialect.FSPIOP_ISO).body)["CdtTrfTxInf"]
    assert {name: found[name] for name in ("Dbtr", "Cdtr", "ChrgBr")} == asked["CdtTrfTxInf"]


def test_an_answer_from_the_variant_goes_on_under_the_receiver_s_own_id():
    sent = original(Dialect.FSPIOP, f"/quotes/{UUID}", TERMS, CLASSIC)
    event = Event(FspId("receiver"), Forwarded("quotes", UUID), original=sent)
    iso = outgoing(event, Dialect.FSPIOP_ISO)
    back = original(Dialect.FSPIOP_ISO, f"/quotes/{ULID}", json.loads(iso.body), ISO)
    made = outgoing(msgspec.structs.replace(event, original=back), Dialect.FSPIOP, fspiop_version="1.1")
    assert (made.path, made.version, json.loads(made.body)) == (f"/quotes/{UUID}", "1.1", TERMS)


def test_what_the_hub_says_itself_is_said_in_the_variant_and_signed():
    event = Event(FspId("receiver"), Refused("transfers", UUID, fault("EXPIRED")))
    made = outgoing(event, Dialect.FSPIOP_ISO)
    assert (made.path, made.sign_as) == (f"/transfers/{ULID}/error", "hub")
    reason = json.loads(made.body)["TxInfAndSts"]["StsRsnInf"]
    assert reason == {"Rsn": {"Prtry": "3303"}, "AddtlInf": "Transfer expired"}


def test_supplementary_data_is_one_object_and_can_be_left_out():
    told = fault("VALIDATION", "x" * 120)
    event = Event(FspId("receiver"), Refused("transfers", UUID, told))
    assert isinstance(json.loads(outgoing(event, Dialect.FSPIOP_ISO).body)["SplmtryData"], dict)
    bare = outgoing(event, Dialect.FSPIOP_ISO, supplements=False)
    assert "SplmtryData" not in json.loads(bare.body)
    assert [loss.path for loss in bare.losses] == ["errorInformation.errorDescription"]


def test_resources_without_the_variant_stay_as_they_are():
    event = Event(FspId("receiver"), Refused("transactionRequests", UUID, fault("EXPIRED")))
    made = outgoing(event, Dialect.FSPIOP_ISO)
    assert (made.dialect, made.path) == (Dialect.FSPIOP, f"/transactionRequests/{UUID}/error")
    assert not has_variant("bulkTransfers")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"GrpHdr": {}, "CdtTrfTxInf": {"PmtId": {"TxId": ULID}}}, "3102"),
        ({"GrpHdr": {}, "CdtTrfTxInf": {"VrfctnOfTerms": {"IlpV4PrepPacket": "AAAA"}}}, "3102"),
        ({"GrpHdr": {}}, "3100"),
    ],
)
def test_a_message_with_no_other_form_is_a_fault(body: dict, code: str):
    content = json.dumps(body).encode()
    sent = Original(Dialect.FSPIOP_ISO, "POST", "/transfers", (), content, "")
    found = came_in("transfers", sent, (ULID,), NOW)
    assert isinstance(found, Fault)
    assert found.fspiop == code


def test_where_conditions_are_optional_a_packet_without_one_gets_one_that_nothing_opens():
    body = {
        "GrpHdr": {"PmtInstrXpryDtTm": "2026-11-20T06:01:00.000Z"},
        "CdtTrfTxInf": {"PmtId": {"TxId": ULID}, "VrfctnOfTerms": {"IlpV4PrepPacket": TERMS["ilpPacket"]}},
    }
    sent = Original(Dialect.FSPIOP_ISO, "POST", "/transfers", (), json.dumps(body).encode(), "")
    assert isinstance(came_in("transfers", sent, (ULID,), NOW), Fault)
    found = came_in("transfers", sent, (ULID,), NOW, conditions_optional=True)
    assert not isinstance(found, Fault)
    assert (found["ilpPacket"], found["condition"]) == (TERMS["ilpPacket"], ilp.NO_CONDITION)
