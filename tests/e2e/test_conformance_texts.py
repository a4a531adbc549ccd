"""Codes and texts of refusals, letter by letter as hubs in use say them: tools of participants compare both."""

import pytest

from tests.e2e.fspiop_hub import FULFILMENT, WRONG, Error, error_body, error_of, fresh, media, moment, new_id

GENERIC = "Generic validation error - "
ON_US = "Payer FSP and Payee FSP should be different, unless on-us tranfers are allowed by the Scheme"
PAST = "2026-01-01T00:00:00.000Z"
UNKNOWN = "Transfer ID not found - Provided Transfer ID was not found on the server."
VERSION = "Unacceptable version requested - "
WANTED = f"{VERSION}The Client requested an unsupported version, see extension list for supported version(s)."
SUPPLIED = f"{VERSION}Client supplied a protocol version which is not supported by the server"


@pytest.fixture
def pair(scheme):
    return scheme.pair(version="2.0")


# changes of the body of POST /transfers ({payer}, {payee}: their names), code and text of the error callback
PREPARES = [
    ({"payerFsp": "somebody"}, "3100", f"{GENERIC}FSPIOP-Source header should match Payer"),
    (
        {"amount": {"currency": "USD", "amount": "123456789012345678.1"}},
        "3100",
        f"{GENERIC}Amount 123456789012345678.1 exceeds allowed precision of 18",
    ),
    ({"payeeFsp": "nobody"}, "3100", f"{GENERIC}Participant nobody not found"),
    ({"expiration": PAST}, "3100", f"{GENERIC}Expiration date {PAST} is already in the past"),
    ({"payeeFsp": "{payer}"}, "3100", GENERIC + ON_US),
    ({"amount": {"currency": "KES", "amount": "1"}}, "3100", f"{GENERIC}Participant {{payer}} KES account not found"),
    ({"amount": {"currency": "USD", "amount": "1000.01"}}, "4001", "Payer FSP insufficient liquidity"),
]


@pytest.mark.parametrize(("changed", "code", "text"), PREPARES, ids=[row[2][:40] for row in PREPARES])
def test_a_prepare_is_refused(pair, changed, code, text):
    payer, payee = pair
    body = payer.prepare(payee.name, **{name: payer.name if v == "{payer}" else v for name, v in changed.items()})
    assert payer.send("POST", "/transfers", body, payee.name).status_code == 202
    assert payer.refused(f"/transfers/{body['transferId']}") == (code, text.replace("{payer}", payer.name))


def test_the_net_debit_cap(scheme):
    payer, payee = scheme.dfsp("payer", cap=50), scheme.dfsp("payee")
    body = payer.prepare(payee.name, "51")
    payer.send("POST", "/transfers", body, payee.name)
    assert payer.refused(f"/transfers/{body['transferId']}") == ("4200", "Payer limit error")


@pytest.mark.parametrize("side", ["payer", "payee"])
def test_an_inactive_participant(pair, side):
    payer, payee = pair
    name = (payer if side == "payer" else payee).name
    payer.hub.operate("PUT", f"/participants/{name}", {"isActive": False})
    body = payer.prepare(payee.name)
    payer.send("POST", "/transfers", body, payee.name)
    assert payer.refused(f"/transfers/{body['transferId']}") == ("3100", f"{GENERIC}Participant {name} is inactive")


# the answer to a transfer (None: to one nobody knows), code and text told to the payee
ANSWERS = [
    ({"fulfilment": WRONG}, "3100", f"{GENERIC}invalid fulfilment"),
    ({"fulfilment": None}, "3100", f"{GENERIC}invalid fulfilment"),
    (None, "2001", "Internal server error - transfer not found"),
]


@pytest.mark.parametrize(("changed", "code", "text"), ANSWERS)
def test_an_answer_is_refused(pair, changed, code, text):
    payer, payee = pair
    transfer = new_id() if changed is None else payer.pay(payee)
    assert payee.fulfil(transfer, payer, **(changed or {})).status_code == 200
    assert payee.refused(f"/transfers/{transfer}") == (code, text)
    assert changed is None or payer.refused(f"/transfers/{transfer}") == (code, text)


@pytest.mark.parametrize("kind", ["fulfil", "error"])
def test_another_answer_after_the_first(pair, kind):
    payer, payee = pair
    path = f"/transfers/{payer.pay(payee)}"
    if kind == "fulfil":
        first = {"transferState": "COMMITTED", "fulfilment": FULFILMENT, "completedTimestamp": moment()}
        payee.send("PUT", path, first, payer.name)
        payer.gets("PUT", path)
        payee.send("PUT", path, first | {"fulfilment": WRONG}, payer.name)
        assert payee.refused(path) == ("3106", "Modified request")
        return
    payee.send("PUT", f"{path}/error", error_body("5104"), payer.name)
    assert payee.refused(path) == ("5104", "No")
    payee.send("PUT", f"{path}/error", error_body("5105"), payer.name)
    assert error_of(payee.gets("PUT", f"{path}/error", times=2).body) == ("3106", "Modified request")


# method, path, body, destination; code and text of the error callback to who sent it
REQUESTS = [
    ("GET", "/transfers/{id}", None, "3208", UNKNOWN),
    ("GET", "/parties/MSISDN/99900011", None, "3204", "Party not found"),
    ("GET", "/parties/EMAIL/a@example.org", None, "3003", "Add Party information error - Oracle type: EMAIL not found"),
    ("GET", "/participants/MSISDN/99900011", None, "3204", "Party not found"),
    ("POST", "/participants/EMAIL/a@example.org", {"fspId": "{me}", "currency": "USD"}, "3003",
     "Add Party information error - Oracle type: EMAIL not found"),
    ("GET", "/bulkTransfers/{id}", None, "3210", "Bulk transfer ID not found"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "code", "text"), REQUESTS, ids=[row[1] for row in REQUESTS])
def test_a_request_that_comes_to_nothing(scheme, method, path, body, code, text):
    asker = scheme.dfsp()
    path = path.replace("{id}", new_id())
    body = body and {name: asker.name if value == "{me}" else value for name, value in body.items()}
    assert asker.send(method, path, body).status_code == 202
    assert asker.refused(path) == (code, text)


def test_an_answer_about_a_party_to_nobody(scheme):
    payee, path = scheme.dfsp(), "/parties/MSISDN/99900012"
    party = {"party": {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "99900012", "fspId": payee.name}}}
    assert payee.send("PUT", path, party, fresh("nobody")).status_code == 200
    assert payee.refused(path) == ("3201", "Destination FSP Error - Destination FSP not found")


def test_who_is_switched_off_asks_nobody(scheme):
    asker, path = scheme.dfsp(), "/parties/MSISDN/99900013"
    asker.hub.operate("PUT", f"/participants/{asker.name}", {"isActive": False})
    asker.send("GET", path)
    assert asker.refused(path) == ("3200", "Generic ID not found - Requester FSP not found")


# headers that are changed, status, code and text of the answer
HEADERS = [
    ({"Accept": None}, 400, "3102", "Missing mandatory element - /header must have required property 'accept'"),
    ({"Accept": media("transfers", "x")}, 400, "3101", "Malformed syntax - Invalid accept header"),
    ({"Date": None}, 400, "3102", "Missing mandatory element - Missing required date header"),
    ({"Date": "2026-11-20"}, 400, "3101", "Malformed syntax - Invalid date header"),
    ({"Content-Type": None}, 400, "3102", "Missing mandatory element - Content-type is required"),
    ({"Content-Type": media("quotes")}, 400, "3101", "Malformed syntax - Invalid content-type header"),
    ({"Content-Type": "application/json"}, 400, "3101", "Malformed syntax - Invalid content-type header"),
    ({"Content-Type": "application/xml"}, 400, "3101", "Malformed syntax - Unsupported Media Type"),
    (
        {"Content-Type": media("transfers").replace("json", "xml")}, 400, "3101",
        "Malformed syntax - Unsupported Media Type",
    ),
    (
        {"FSPIOP-Source": None}, 400, "3102",
        "Missing mandatory element - /header must have required property 'fspiop-source'",
    ),
    ({"Accept": media("transfers", "9.0")}, 406, "3001", WANTED),
    ({"Content-Type": media("transfers", "9.0")}, 406, "3001", SUPPLIED),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "status", "code", "text"), HEADERS)
def test_headers_are_refused_at_once(pair, changed, status, code, text):
    payer, payee = pair
    changed = {name.replace("-", "_"): value for name, value in changed.items()}
    answer = payer.send("POST", "/transfers", payer.prepare(payee.name), payee.name, **changed)
    assert (answer.status_code, error_of(answer.content)) == (status, Error(code, text))
    assert payee.listener.got == []


def test_a_query_without_accept_is_refused_at_once(pair):
    payer, payee = pair
    answer = payer.send("GET", f"/transfers/{new_id()}", to=payee.name, Accept=None)
    assert (answer.status_code, error_of(answer.content)) == (
        400,
        Error("3102", "Missing mandatory element - Accept is required"),
    )


@pytest.mark.parametrize("body", [b"", b"null", b"[]"])
def test_a_body_that_is_no_object(pair, body):
    payer, payee = pair
    answer = payer.send("POST", "/transfers", body, payee.name)
    assert (answer.status_code, error_of(answer.content)) == (
        400,
        Error("3101", "Malformed syntax - /requestBody must be object"),
    )
