"""A scheme that allows on-us payments: one participant is payer and payee, from the lookup to the last callback."""

from collections.abc import Iterator

import pytest

from tests.e2e.bulk_side import answered, ordered, results
from tests.e2e.fspiop_hub import WRONG, Dfsp, Scheme, error_body, new_id
from tests.e2e.hub import Hub, running_hub


@pytest.fixture(scope="module")
def open_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("on-us")
    settings = folder / "isoloop.toml"
    settings.write_text("on_us = true\n")
    with running_hub(folder, config=str(settings)) as hub:
        yield hub


@pytest.fixture
def fsp(open_hub: Hub) -> Iterator[Dfsp]:
    scheme = Scheme(open_hub)
    yield scheme.dfsp(version="2.0")
    scheme.close()


def test_it_looks_up_a_party_of_its_own_and_quotes_itself(fsp: Dfsp) -> None:
    path = "/participants/MSISDN/99955501"
    fsp.send("POST", path, {"fspId": fsp.name, "currency": "USD"})
    fsp.gets("PUT", path)
    asked = "/parties/MSISDN/99955501"
    fsp.send("GET", asked)
    assert fsp.gets("GET", asked).headers["fspiop-source"] == fsp.name
    info = {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "99955501", "fspId": fsp.name}}
    quote = {
        "quoteId": new_id(), "transactionId": new_id(), "payer": info, "payee": info, "amountType": "SEND",
        "amount": {"currency": "USD", "amount": "10"},
        "transactionType": {"scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER"},
    }  # fmt: skip
    assert fsp.send("POST", "/quotes", quote, fsp.name).status_code == 202
    assert fsp.gets("POST", "/quotes").json == quote


def test_it_pays_itself_and_owes_nobody(fsp: Dfsp) -> None:
    path = f"/transfers/{fsp.pay(fsp)}"
    assert fsp.hub.position(fsp.name) == 10
    fsp.fulfil(path.rpartition("/")[2], fsp)
    assert fsp.gets("PUT", path).json["transferState"] == "COMMITTED"
    fsp.send("GET", path)
    assert fsp.gets("PUT", path, 2).json["transferState"] == "COMMITTED"
    assert (fsp.hub.position(fsp.name), len(fsp.got("PUT", path))) == (0, 2)


def test_as_payee_it_is_patched_as_payer_told(fsp: Dfsp) -> None:
    path = f"/transfers/{fsp.pay(fsp)}"
    fsp.fulfil(path.rpartition("/")[2], fsp, "RESERVED")
    assert fsp.gets("PATCH", path).json["transferState"] == "COMMITTED"
    assert fsp.gets("PUT", path).json["transferState"] == "COMMITTED"
    assert fsp.hub.position(fsp.name) == 0


@pytest.mark.parametrize("wrong", [True, False])
def test_what_it_refuses_or_proves_wrongly_moves_nothing(fsp: Dfsp, wrong: bool) -> None:
    path = f"/transfers/{fsp.pay(fsp)}"
    if wrong:
        fsp.fulfil(path.rpartition("/")[2], fsp, fulfilment=WRONG)
    else:
        fsp.send("PUT", f"{path}/error", error_body("5104"), fsp.name)
    assert fsp.refused(path).code == ("3100" if wrong else "5104")
    assert fsp.hub.position(fsp.name) == 0


def test_it_pays_itself_in_bulk(fsp: Dfsp) -> None:
    body = ordered(fsp, fsp)
    answered(fsp, fsp.name, body)
    assert results(fsp, body) == ("COMPLETED", ["paid", "paid"])
    assert fsp.hub.position(fsp.name) == 0
