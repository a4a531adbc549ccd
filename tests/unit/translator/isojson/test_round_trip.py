"""In mode full any valid FSPIOP 2.0 body comes back from the ISO variant as it was."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fspiop import ilp
from schemas.canonical.identity import ulid_of
from tests.unit.translator.isojson.bodies import BODIES, NOW, bodies, options, source, there_and_back
from translator.isojson.convert import RESOURCES, to_fspiop, to_iso
from translator.isojson.extensions import leaves

KEY = "0f2a3c4d-0000-4000-8000-000000000001"
every_resource = pytest.mark.parametrize("resource", BODIES)
quick = settings(max_examples=20, suppress_health_check=list(HealthCheck))


@every_resource
@quick
@given(data=st.data())
def test_any_valid_body(resource, data):
    body = data.draw(bodies(resource))
    assert there_and_back(resource, body) == body


@every_resource
@quick
@given(data=st.data(), unroll=st.booleans(), ulids=st.booleans())
def test_whatever_the_switches(resource, data, unroll, ulids):
    body = data.draw(bodies(resource))
    assert there_and_back(resource, body, unroll_extensions=unroll, ulids=ulids) == body


@every_resource
@quick
@given(data=st.data())
def test_with_an_envelope_nothing_is_lost_and_without_one_every_loss_is_named(resource, data):
    body = data.draw(bodies(resource))
    assert to_iso(resource, source(body), options()).losses == ()
    bare = to_iso(resource, source(body), options(envelope=False, ulids=False))
    lost = {loss.path for loss in bare.losses}
    kept = dict(leaves(RESOURCES[resource].back(source(bare.body), options())[0]))
    assert all(kept.get(path) == value or path in lost for path, value in leaves(body))


def test_the_source_is_left_alone():
    body = {
        "transferId": KEY,
        "extensionList": {"extension": [{"key": "CdtTrfTxInf.Dbtr.PstlAdr.Ctry", "value": "ZM"}]},
    }
    context = {"isoPostQuoteResponse": {"CdtTrfTxInf": {"Dbtr": {"Nm": ";;;Ann"}, "DbtrAgt": {}}}}
    before = msgspec.json.encode((body, context))
    made = to_iso("transfers.post", source(body, context=context), options(unroll_extensions=True)).body
    assert made["CdtTrfTxInf"]["Dbtr"] == {"Nm": ";;;Ann", "PstlAdr": {"Ctry": "ZM"}}
    assert msgspec.json.encode((body, context)) == before


@pytest.mark.parametrize("version", [1, 4])
def test_a_condition_needs_an_envelope_only_if_the_packet_has_none(version):
    condition = "T6s_xO9OwXuoXidLgxfrqflBI9Nd3TQCpFNV8tG7l6k"
    packet = ilp.Prepare(100, NOW, condition, b"{}") if version == 4 else ilp.Payment(100, "g.x", b"{}")
    body = {"transferId": "01KAF0000000000000000000ZZ", "ilpPacket": ilp.encode(packet), "condition": condition}
    message = to_iso("transfers.post", source(body), options()).body
    assert ("SplmtryData" in message) is (version == 1)
    assert there_and_back("transfers.post", body) == body


def test_members_that_no_definition_knows_survive_with_their_types():
    body = {
        "quoteId": KEY,
        "payee": {"name": "A;B", "partyIdInfo": {"dateOfBirth": "1980-01-01", "a/b~c": [1, {"d": None}]}},
        "payer": {"personalInfo": {}, "supportedCurrencies": []}, "transactionType": {"refundInfo": {"x": True}},
        "fees": {"amount": 5}, "amount": {}, "extra": {"deep": {"deeper": 2}},
    }  # fmt: skip
    assert there_and_back("quotes.post", body) == body


def test_the_id_in_the_path_comes_back_too():
    body = {"expiration": "2026-12-31T23:59:59.999Z", "ilpPacket": "AA", "condition": "x" * 43}
    message = to_iso("quotes.put", source(body), options()).body
    assert message["CdtTrfTxInf"]["PmtId"]["TxId"] == ulid_of(KEY)
    assert to_fspiop("quotes.put", source(message), options()).params == {"ID": KEY}
