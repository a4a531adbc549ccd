"""Each header rule has its code, the first rule in the reference's order wins, and headers go on as they came."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from fspiop.errors import Refusal
from fspiop.headers import (
    Head,
    Versions,
    check_head,
    check_parties,
    forwarded,
    hub_headers,
    imf_date,
    is_imf_date,
    next_span,
    read_head,
)

MEDIA = "application/vnd.interoperability.{}+json;version={}"
GOOD = {
    "accept": MEDIA.format("transfers", "1.1"),
    "content-type": MEDIA.format("transfers", "1.1"),
    "date": "Fri, 20 Nov 2026 06:00:00 GMT",
    "content-length": "900",
    "fspiop-source": "payerfsp",
    "fspiop-destination": "payeefsp",
}


def head(changes: dict[str, Any] | None = None) -> Head:
    values = {**GOOD, **(changes or {})}
    read = read_head([(n.encode(), v.encode("latin-1")) for n, v in values.items() if v is not None])
    assert isinstance(read, Head)
    return read


def check(changes, method="POST", resource="transfers", **named):
    return check_head(resource, method, head(changes), max_body=1000, **named)


ROWS = [
    # rule of section 4, header changes, code, status
    (2, {"accept": None}, "3102", 400),
    (3, {"accept": "application/json"}, "3101", 400),
    (3, {"accept": "*/*"}, "3101", 400),
    (3, {"accept": ""}, "3101", 400),
    (3, {"accept": MEDIA.format("quotes", "1.1")}, "3101", 400),
    (3, {"accept": MEDIA.format("transfers", "one")}, "3101", 400),
    (3, {"accept": f"{MEDIA.format('transfers', '1.1')}, {MEDIA.format('transfers', '1.0')}"}, "3101", 400),
    (3, {"accept": MEDIA.format("iso20022.quotes", "2.0")}, "3101", 400),
    (4, {"accept": MEDIA.format("transfers", "3.0")}, "3001", 406),
    (4, {"accept": MEDIA.format("transfers", "1.2")}, "3001", 406),
    (4, {"accept": MEDIA.format("transfers", "3")}, "3001", 406),
    (5, {"date": None}, "3102", 400),
    (5, {"date": "2026-11-20T06:00:00.000Z"}, "3101", 400),
    (5, {"date": "Fri, 20 Nov 2026 06:00:00 UTC"}, "3101", 400),
    (5, {"date": "Mon, 30 Feb 2026 06:00:00 GMT"}, "3101", 400),
    (5, {"date": "Fri, 20 Nov 26 06:00:00 GMT"}, "3101", 400),
    (6, {"content-length": "1001"}, "3104", 400),
    (6, {"content-length": "9" * 5000}, "3104", 400),
    (6, {"content-length": "-1"}, "3101", 400),
    (7, {"content-type": None}, "3102", 400),
    (7, {"content-type": "application/json"}, "3101", 400),
    (7, {"content-type": MEDIA.format("quotes", "1.1")}, "3101", 400),
    (7, {"content-type": "application/vnd.interoperability.transfers+json"}, "3101", 400),
    (7, {"content-type": MEDIA.format("transfers", "1")}, "3101", 400),
    (7, {"content-type": MEDIA.format("transfers", "1.1") + ";charset=utf-8"}, "3101", 400),
    (7, {"content-encoding": "gzip"}, "3101", 400),
    (8, {"content-type": MEDIA.format("transfers", "1.2")}, "3001", 406),
    (8, {"content-type": MEDIA.format("transfers", "3.0")}, "3001", 406),
]


@pytest.mark.parametrize(("row", "changes", "code", "status"), ROWS)
def test_each_rule(row, changes, code, status):
    answer = check(changes)
    assert isinstance(answer, Refusal)
    assert (answer.fault.fspiop, answer.status) == (code, status)
    assert len(answer.fault.description) <= 128


FIRST_OF = {
    1: {"fspiop-source": "other"},
    2: {"accept": None},
    3: {"accept": "x"},
    4: {"accept": MEDIA.format("transfers", "9.9")},
    5: {"date": None},
    6: {"content-length": "1001"},
    7: {"content-type": None},
    8: {"content-type": MEDIA.format("transfers", "9.9")},
}
SAME_HEADER = {(2, 3), (2, 4), (3, 4), (7, 8)}
PAIRS = [(a, b) for a in FIRST_OF for b in FIRST_OF if a < b and (a, b) not in SAME_HEADER]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_first_broken_rule_answers(first, second):
    alone = check(FIRST_OF[first], caller="payerfsp", bound=True)
    both = check({**FIRST_OF[second], **FIRST_OF[first]}, caller="payerfsp", bound=True)
    assert isinstance(alone, Refusal)
    assert both == alone


MISSING = {
    "accept": "/header must have required property 'accept'",
    "date": "Missing required date header",
    "content-type": "Content-type is required",
}


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_header_is_named(name):
    answer = check({name: None})
    assert isinstance(answer, Refusal)
    assert answer.fault.description == f"Missing mandatory element - {MISSING[name]}"


def test_an_unacceptable_version_lists_the_supported_ones():
    answer = check({"accept": MEDIA.format("transfers", "3.0")})
    assert isinstance(answer, Refusal)
    assert answer.fault.extensions == (("1", "0"), ("1", "1"), ("2", "0"))


@pytest.mark.parametrize(
    ("accept", "versions"),
    [
        ("application/vnd.interoperability.transfers+json", ()),
        (MEDIA.format("transfers", "1"), ("1.1",)),
        (MEDIA.format("transfers", "2"), ("2.0",)),
        (MEDIA.format("transfers", "1.0"), ("1.0",)),
        ("application/vnd.interoperability.transfers+json ; version=2.0", ("2.0",)),
        (f"{MEDIA.format('transfers', '9.0')},{MEDIA.format('transfers', '1.0')}", ("1.0",)),
        (f"{MEDIA.format('transfers', '2.0')},{MEDIA.format('transfers', '1')}", ("2.0", "1.1")),
    ],
)
def test_negotiation(accept, versions):
    assert check({"accept": accept}) == Versions("1.1", versions)


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
@pytest.mark.parametrize("resource", ["participants", "parties", "quotes", "transfers"])
def test_versions_of_each_resource(resource, version):
    media = MEDIA.format(resource, version)
    assert check({"accept": media, "content-type": media}, resource=resource) == Versions(version, (version,))


def test_accept_is_not_asked_of_put_and_forbidden_for_quotes():
    assert check({"accept": None}, "PUT") == Versions("1.1")
    assert check({"accept": "anything"}, "PUT") == Versions("1.1")
    media = MEDIA.format("quotes", "1.1")
    answer = check({"accept": media, "content-type": media}, "PUT", "quotes")
    assert isinstance(answer, Refusal)
    assert answer.fault.fspiop == "3100"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_requests_without_body_need_both_media_types(method):
    for name in ("accept", "content-type"):
        answer = check({name: None}, method)
        assert isinstance(answer, Refusal)
        assert answer.fault.fspiop == "3102"


@pytest.mark.parametrize(
    ("changes", "caller", "passes"),
    [
        ({}, "payerfsp", True),
        ({}, "payeefsp", False),
        ({}, None, False),
        ({"fspiop-source": None}, "payerfsp", True),
        ({"fspiop-proxy": "proxy1"}, "proxy1", True),
        ({"fspiop-proxy": "proxy1"}, "payerfsp", False),
        ({"fspiop-proxy": "payerfsp"}, "payerfsp", False),
    ],
)
def test_a_bound_sender_speaks_only_for_itself(changes, caller, passes):
    answer = check(changes, caller=caller, bound=True)
    assert isinstance(answer, Versions) is passes
    if isinstance(answer, Refusal):
        assert (answer.fault.fspiop, answer.status) == ("3100", 400)


@pytest.mark.parametrize("name", ["fspiop-source", "date", "Content-Type", "fspiop-signature", "content-length"])
def test_a_repeated_header_is_malformed(name):
    answer = read_head([(name.encode(), b"a"), (name.lower().encode(), b"b")])
    assert isinstance(answer, Refusal)
    assert answer.fault.fspiop == "3101"


@pytest.mark.parametrize(
    ("resource", "changes", "code"),
    [
        ("transfers", {"fspiop-source": None}, "3102"),
        ("transfers", {"fspiop-source": ""}, "3102"),
        ("transfers", {"fspiop-source": "x" * 33}, "3100"),
        ("transfers", {"fspiop-destination": "x" * 33}, "3100"),
        ("quotes", {"fspiop-destination": None}, "3102"),
        ("transfers", {"fspiop-destination": None}, None),
        ("parties", {"fspiop-destination": None}, None),
        ("transfers", {"fspiop-proxy": ""}, "3100"),
        ("transfers", {"fspiop-proxy": "@ledger"}, "3100"),
        ("transfers", {"fspiop-proxy": "proxy1"}, None),
    ],
)
def test_source_and_destination(resource, changes, code):
    answer = check_parties(resource, head(changes))
    assert (answer.fault.fspiop if answer else None) == code


def test_forwarded_headers_are_the_received_ones():
    received = (
        ("host", "hub"),
        ("content-length", "2"),
        ("connection", "keep-alive"),
        ("accept-encoding", "br"),
        ("accept", "a"),
        ("date", "Fri, 20 Nov 2026 06:00:00 GMT"),
        ("fspiop-signature", "{}"),
        ("x-forwarded-for", "10.0.0.1"),
        ("traceparent", "old"),
    )
    assert [name for name, _ in forwarded(received, "POST")] == [
        "accept",
        "date",
        "fspiop-signature",
        "x-forwarded-for",
        "traceparent",
    ]
    assert dict(forwarded(received, "PUT", "new")) == {
        "date": "Fri, 20 Nov 2026 06:00:00 GMT",
        "fspiop-signature": "{}",
        "x-forwarded-for": "10.0.0.1",
        "traceparent": "new",
    }


def test_hub_headers():
    made = {"version": "2.0", "source": "Hub", "destination": "payerfsp", "date": datetime(2026, 11, 20, 6, tzinfo=UTC)}
    put = dict(hub_headers(resource="transfers", method="PUT", uri="/transfers/1", **made))
    assert put == {
        "content-type": MEDIA.format("transfers", "2.0"),
        "date": "Fri, 20 Nov 2026 06:00:00 GMT",
        "fspiop-source": "Hub",
        "fspiop-destination": "payerfsp",
        "fspiop-uri": "/transfers/1",
        "fspiop-http-method": "PUT",
    }
    get = dict(hub_headers(resource="parties", method="GET", uri="/parties/MSISDN/1", accept="1.1", **made))
    assert get["accept"] == MEDIA.format("parties", "1.1")


def test_dates_are_written_as_they_are_read():
    moment = datetime(2024, 2, 29, 23, 59, 59, tzinfo=timezone(timedelta(hours=-3)))
    assert imf_date(moment) == "Fri, 01 Mar 2024 02:59:59 GMT"
    assert is_imf_date(imf_date(moment))


def test_a_trace_goes_on_with_a_span_of_our_own():
    received = f"00-{'a' * 32}-{'b' * 16}-01"
    assert next_span(received, "c" * 16) == f"00-{'a' * 32}-{'c' * 16}-01"
    for invalid in (None, "", f"00-{'0' * 32}-{'b' * 16}-01", "01-xyz", received.upper()):
        assert next_span(invalid, "c" * 16) is None
