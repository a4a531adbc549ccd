"""ILP packets come out as the known answers say and go back in; nothing else is read."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fspiop import ilp

MOMENT = datetime(2026, 11, 20, 6, 0, 0, 123000, tzinfo=UTC)
CONDITION = "Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0"
FULFILMENT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def test_known_conditions(reference):
    for row in json.loads((reference / "test-vectors.json").read_text())["condition"]:
        assert ilp.condition_of(row["fulfilment"]) == row["condition"]
        assert ilp.fits(row["fulfilment"], row["condition"])


def test_known_version_4_packet(reference):
    row = json.loads((reference / "test-vectors.json").read_text())["ilp_v4"]
    packet = ilp.Prepare(
        int(row["amount"]),
        datetime.fromisoformat(row["expiresAt"]),
        row["condition"],
        row["transactionJson"].encode(),
        row["destination"],
    )
    assert ilp.encode(packet) == row["ilpPacket"]
    assert ilp.decode(row["ilpPacket"]) == packet


def test_known_version_1_packet(reference):
    row = json.loads((reference / "test-vectors.json").read_text())["ilp_v1"]
    packet = ilp.Payment(int(row["amount"]), row["account"], row["transactionJson"].encode())
    assert ilp.encode(packet) == row["ilpPacket"]
    assert ilp.decode(row["ilpPacket"]) == packet


@given(st.integers(0, 2**64 - 1), st.binary(min_size=1, max_size=70_000), st.booleans())
def test_every_packet_comes_back(amount, data, old):
    packet = ilp.Payment(amount, "g.dfsp.msisdn.1", data) if old else ilp.Prepare(amount, MOMENT, CONDITION, data)
    assert ilp.decode(ilp.encode(packet)) == packet


@given(st.integers(0, 400))
def test_no_cut_packet_is_read(length):
    text = ilp.encode(ilp.Prepare(1, MOMENT, CONDITION, b"x" * 200))
    if length < len(text):
        with pytest.raises(ilp.IlpError):
            ilp.decode(text[:length])


@pytest.mark.parametrize("text", ["", "=", "AA==", "DA", "Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0", "é", "A+/B"])
def test_other_text_is_no_packet(text):
    with pytest.raises(ilp.IlpError):
        ilp.decode(text)


def test_octets_after_the_packet_are_refused():
    text = ilp.encode(ilp.Payment(1, "g.a", b"{}"))
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) + b"\0"
    with pytest.raises(ilp.IlpError, match="after"):
        ilp.decode(base64.urlsafe_b64encode(raw).decode())


@pytest.mark.parametrize("amount", [-1, 2**64])
def test_amounts_out_of_range(amount):
    with pytest.raises(ilp.IlpError):
        ilp.encode(ilp.Payment(amount, "g.a", b"{}"))


@pytest.mark.parametrize("fulfilment", ["", "AA", CONDITION, FULFILMENT + "AA", "é" * 43, "*" * 43])
def test_only_the_preimage_fits(fulfilment):
    assert not ilp.fits(fulfilment, CONDITION)
    assert ilp.fits(FULFILMENT, CONDITION)


def test_a_derived_fulfilment_opens_its_own_packet_only():
    fulfilment = ilp.fulfilment_for(b"k" * 32, "packet")
    assert base64.urlsafe_b64decode(fulfilment + "=") == hmac.new(b"k" * 32, b"packet", hashlib.sha256).digest()
    assert ilp.fits(fulfilment, ilp.condition_of(fulfilment))
    assert fulfilment not in {ilp.fulfilment_for(b"k" * 32, "other"), ilp.fulfilment_for(b"l" * 32, "packet")}


def test_addresses_are_lower_case():
    assert ilp.account_of("PayeeFsp", "MSISDN", "22507008181") == "g.payeefsp.msisdn.22507008181"
    assert ilp.account_of("a", "PERSONAL_ID", "7", "PASSPORT") == "g.a.personal_id.7.passport"
