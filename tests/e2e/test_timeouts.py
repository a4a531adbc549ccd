"""Timeouts cascade from the payer over the hub and the FX provider to the payee; no signed byte changes on the way."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e.bank_side import Bank
from tests.e2e.fspiop_hub import Scheme, moment, signed, verified
from tests.e2e.fx_side import FX, Trade
from tests.e2e.hub import Hub, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
HEADER = "isoloop-remaining-ms"
PAYEE, FXP, HUB, GRACE = 10_000, 7_000, 1_000, 30_000
TRANSFER, CONVERSION = (PAYEE + HUB) / 1000, (FXP + HUB + PAYEE + HUB) / 1000


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    data: Path = tmp_path_factory.mktemp("timed")
    values = {"hop_payee_ms": PAYEE, "hop_fxp_ms": FXP, "hop_hub_ms": HUB, "hub_grace_ms": GRACE}
    config = data / "isoloop.toml"
    config.write_text("".join(f"{name} = {value}\n" for name, value in values.items()))
    with running_hub(data, config=str(config)) as hub:
        yield hub


@pytest.fixture
def trade(timed: Hub) -> Iterator[Trade]:
    scheme = Scheme(timed)
    yield Trade(scheme)
    scheme.close()


def test_each_hop_of_the_chain_is_told_its_time(trade: Trade):
    """DFSP, hub, FX provider, hub, DFSP: each asked one may take less than is left, and the expiration stays."""
    until = moment(seconds=60)
    trade.ask(expiration=until)
    asked = trade.fxp.gets("POST", f"/{FX}")
    assert (asked.headers[HEADER], asked.json["expiration"]) == (str(FXP), until)
    trade.agree()
    assert HEADER not in trade.payer.gets("PUT", trade.at).headers
    trade.pay(expiration=until)
    paid = trade.payee.gets("POST", "/transfers")
    assert (paid.headers[HEADER], paid.json["expiration"]) == (str(PAYEE), until)
    trade.payee.fulfil(trade.transfer, trade.payer)
    assert trade.payer.gets("PUT", trade.to).json["transferState"] == "COMMITTED"
    assert trade.patched()["conversionState"] == "COMMITTED"
    assert trade.moved


def test_the_earlier_end_of_the_two_binds_the_payee(trade: Trade):
    trade.ask(expiration=moment(seconds=CONVERSION + 1))
    trade.agree()
    trade.payer.gets("PUT", trade.at)
    trade.pay(expiration=moment(seconds=600))
    told = int(trade.payee.gets("POST", "/transfers").headers[HEADER])
    assert 0 < told <= min(PAYEE, (CONVERSION + 1) * 1000 - HUB)


def test_a_conversion_leaves_time_for_its_transfer(trade: Trade):
    trade.order(expiration=moment(seconds=CONVERSION - 1))
    refused = trade.payer.refused(trade.at)
    assert (refused.code, f"ms are left of {CONVERSION * 1000:.0f}" in refused.text) == ("3100", True)
    assert trade.untouched


def test_a_transfer_leaves_time_for_its_payee(trade: Trade):
    trade.hub.add(trade.payee.name, "USD")
    body = trade.payer.prepare(trade.payee.name, expiration=moment(seconds=TRANSFER - 1))
    trade.payer.send("POST", "/transfers", body, trade.payee.name)
    refused = trade.payer.refused(f"/transfers/{body['transferId']}")
    assert (refused.code, f"ms are left of {TRANSFER * 1000:.0f}" in refused.text) == ("3100", True)


def test_an_answer_on_its_way_at_the_expiry_still_counts(trade: Trade):
    trade.hub.add(trade.payee.name, "USD")
    ends = time.monotonic() + TRANSFER + 1
    transfer = trade.payer.pay(trade.payee, expiration=moment(seconds=TRANSFER + 1))
    time.sleep(max(ends - time.monotonic(), 0) + 0.2)
    assert trade.hub.position(trade.payer.name) == 10
    trade.payee.fulfil(transfer, trade.payer)
    assert trade.payer.gets("PUT", f"/transfers/{transfer}").json["transferState"] == "COMMITTED"


def test_what_is_signed_stays_and_what_a_sender_claims_is_replaced(trade: Trade):
    trade.hub.add(trade.payee.name, "USD")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()
    trade.hub.operate("PUT", f"/participants/{trade.payer.name}/keys", {"keys": [pem]})
    body = json.dumps(trade.payer.prepare(trade.payee.name), indent=2).encode()
    plain = trade.payer.headers("POST", "transfers", trade.payee.name) | {"Isoloop-Remaining-Ms": "1"}
    headers = signed(key, "POST", "/transfers", plain, body)
    more = {name.replace("-", "_"): text for name, text in headers.items()}
    assert trade.payer.send("POST", "/transfers", body, trade.payee.name, **more).status_code == 202
    got = trade.payee.gets("POST", "/transfers")
    assert (got.body, got.headers[HEADER]) == (body, str(PAYEE))
    assert HEADER not in {name.lower() for name in verified(got, key.public_key())}


def test_a_bank_is_told_too(timed: Hub):
    payer, payee = Bank(timed, "alpha", "ALPHKENA"), Bank(timed, "beta", "BETAUGKA")
    payment = payer.pay("<BICFI>BETAUGKA</BICFI>")
    payer.send(payment.text)
    payee.payment(payment.uetr)
    (got,) = payee.listener.all(lambda each: payment.uetr.encode() in each.body)
    assert got.headers[HEADER] == str(PAYEE)
