"""Routed resources at the edge: which bodies, ids, queries, headers and versions are taken, which refused at once."""

import json

import pytest

from fspiop.api.app import EdgeSettings, router
from fspiop.messages.dialogues import DIALOGUES, SERVICES
from schemas.canonical.wire import Receipt
from tests.unit.fspiop.dialogue_bodies import POSTS, PUTS
from tests.unit.fspiop.edge_side import NOW

KEY = "b51ec534-ee48-4575-b6a9-ead2955b8069"
ERROR = {"errorInformation": {"errorCode": "3204", "errorDescription": "Party not found"}}
OTP = "?authenticationType=OTP&retriesLeft=2&amount=102&currency=USD"
QUERIES = {"authorizations": OTP}


class Edge:
    """The ASGI application alone; what it accepts is kept."""

    def __init__(self):
        self.taken = []
        self.app = router(self._accept, lambda _: (), EdgeSettings(), lambda: NOW)

    async def _accept(self, message):
        self.taken.append(message)
        return Receipt()

    async def send(self, method, target, body=None, **changed):
        path, _, query = target.partition("?")
        resource = path.split("/")[1]
        version = "2.0" if resource in DIALOGUES and DIALOGUES[resource].versions == ("2.0",) else "1.1"
        version = "2.0" if resource == SERVICES else version
        media = f"application/vnd.interoperability.{resource}+json;version="
        headers = {
            "content-type": media + version,
            "date": "Fri, 20 Nov 2026 06:00:00 GMT",
            "fspiop-source": "payerfsp",
            "fspiop-destination": "payeefsp",
        } | ({"accept": media + version} if method != "PUT" else {})
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        headers = {name: value.replace("MEDIA", media) for name, value in headers.items() if value is not None}
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()], "client": ("t", 1),
        }  # fmt: skip
        told = []

        async def receive():
            return {"type": "http.request", "body": content}

        async def answer(event):
            told.append(event)

        await self.app(scope, receive, answer)
        text = told[1]["body"]
        return told[0]["status"], json.loads(text)["errorInformation"] if text else None


@pytest.fixture
def edge():
    return Edge()


@pytest.mark.parametrize("resource", POSTS)
async def test_a_request_is_taken_with_the_id_of_its_body(edge, resource):
    body = POSTS[resource]
    assert await edge.send("POST", f"/{resource}", body) == (202, None)
    assert edge.taken[0].ids == (body[next(iter(body))],)


@pytest.mark.parametrize("resource", PUTS)
async def test_answers_errors_and_queries_are_taken(edge, resource):
    assert await edge.send("GET", f"/{resource}/{KEY}{QUERIES.get(resource, '')}") == (202, None)
    assert await edge.send("PUT", f"/{resource}/{KEY}", PUTS[resource]) == (200, None)
    assert await edge.send("PUT", f"/{resource}/{KEY}/error", ERROR) == (200, None)
    assert {(message.resource, message.ids) for message in edge.taken} == {(resource, (KEY,))}


@pytest.mark.parametrize("resource", POSTS)
async def test_every_required_element_is_missed(edge, resource):
    row = DIALOGUES[resource]
    for field in row.post.__struct_fields__[: len(row.post.__struct_fields__) - len(row.post.__struct_defaults__)]:
        name = row.post.__struct_encode_fields__[row.post.__struct_fields__.index(field)]
        body = {key: value for key, value in POSTS[resource].items() if key != name}
        status, told = await edge.send("POST", f"/{resource}", body)
        assert (status, told["errorCode"]) == (400, "3102"), name
        assert name in told["errorDescription"]


WRONG = [
    ("fxQuotes", ("conversionTerms", "sourceAmount", "amount"), "5.00", "3100"),
    ("fxQuotes", ("conversionTerms", "sourceAmount", "currency"), "ZZZ", "3100"),
    ("fxQuotes", ("conversionTerms", "amountType"), "BOTH", "3100"),
    ("fxQuotes", ("conversionTerms", "charges"), [{"chargeType": "a"}] * 17, "3103"),
    ("fxQuotes", ("conversionTerms", "expiration"), "tomorrow", "3100"),
    ("bulkQuotes", ("individualQuotes",), [], "3100"),
    ("bulkQuotes", ("individualQuotes",), [{}], "3102"),
    ("bulkQuotes", ("extra",), 1, "3103"),
    ("transactionRequests", ("amount",), "5", "3101"),
    ("transactionRequests", ("authenticationType",), "FACE", "3100"),
    ("transactionRequests", ("payer", "partyIdType"), "CARD", "3100"),
    ("transactionRequests", ("extra",), 1, "3103"),
]


@pytest.mark.parametrize(("resource", "where", "value", "code"), WRONG)
async def test_a_wrong_element_is_refused_at_once(edge, resource, where, value, code):
    body = json.loads(json.dumps(POSTS[resource]))
    place = body
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    status, told = await edge.send("POST", f"/{resource}", body)
    assert (status, told["errorCode"], edge.taken) == (400, code, [])


AUTHENTICATIONS = [
    ("OTP", "1234", 200),
    ("QRCODE", "a-b_c", 200),
    ("U2F", {"pinValue": "x9", "counter": "1"}, 200),
    ("U2F", {"pinValue": "x9"}, 400),
    ("U2F", {"pinValue": "x9", "counter": "0"}, 400),
    ("OTP", "12 34", 400),
    ("OTP", "", 400),
    ("OTP", 1234, 400),
    ("PIN", "1234", 400),
]


@pytest.mark.parametrize(("kind", "value", "status"), AUTHENTICATIONS)
async def test_the_three_kinds_of_authentication(edge, kind, value, status):
    info = {"authentication": kind, "authenticationValue": value}
    told = await edge.send("PUT", f"/authorizations/{KEY}", {"responseType": "ENTERED", "authenticationInfo": info})
    assert told[0] == status


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "3102"),
        (OTP.replace("&currency=USD", ""), "3102"),
        (OTP.replace("OTP", "FACE"), "3100"),
        (OTP.replace("USD", "ZZZ"), "3100"),
        (OTP.replace("102", "1.0"), "3100"),
        (OTP.replace("retriesLeft=2", "retriesLeft=two"), "3101"),
    ],
)
async def test_an_authorization_is_asked_for_with_all_it_needs(edge, query, code):
    status, told = await edge.send("GET", f"/authorizations/{KEY}{query}")
    assert (status, told["errorCode"]) == (400, code)


@pytest.mark.parametrize("resource", ["fxQuotes", "bulkQuotes"])
async def test_ids_of_quotes_are_checked_in_the_path(edge, resource):
    status, told = await edge.send("GET", f"/{resource}/nonsense")
    assert (status, told["errorCode"]) == (400, "3100")


@pytest.mark.parametrize("resource", DIALOGUES)
async def test_without_a_destination(edge, resource):
    """Where the definition demands one it is missed at once, else the core tells by callback."""
    target = f"/{resource}/{KEY}{QUERIES.get(resource, '')}"
    status, _ = await edge.send("GET", target, fspiop_destination=None)
    assert status == (400 if DIALOGUES[resource].addressed else 202)


@pytest.mark.parametrize("resource", DIALOGUES)
async def test_accept_with_a_put_is_refused_where_the_reference_does(edge, resource):
    status, _ = await edge.send("PUT", f"/{resource}/{KEY}", PUTS[resource], accept="MEDIA2.0")
    assert status == (400 if resource == "fxQuotes" else 200)


@pytest.mark.parametrize("resource", ["fxQuotes", "services"])
@pytest.mark.parametrize("version", ["1.0", "1.1", "3.0"])
async def test_what_came_with_version_2_0_exists_in_no_other(edge, resource, version):
    target = "/services/FXP" if resource == "services" else f"/fxQuotes/{KEY}"
    for changed in ({"accept": f"MEDIA{version}"}, {"content_type": f"MEDIA{version}"}):
        status, told = await edge.send("GET", target, **changed)
        assert (status, told["errorCode"]) == (406, "3001")
        assert told["extensionList"]["extension"] == [{"key": "2", "value": "0"}]


@pytest.mark.parametrize("resource", DIALOGUES)
async def test_other_methods_are_not_allowed(edge, resource):
    for method, target in (("DELETE", f"/{resource}/{KEY}"), ("PATCH", f"/{resource}/{KEY}")):
        status, _ = await edge.send(method, target)
        assert status == 405
    status, _ = await edge.send("GET", f"/{resource}")
    assert status == (405 if DIALOGUES[resource].post else 404)


SERVICE_PATHS = [
    ("/services/FXP", ("FXP",)),
    ("/services/FXP/USD/KES", ("FXP", "USD", "KES")),
    ("/services/THIRD_PARTY_DFSP", ("THIRD_PARTY_DFSP",)),
    ("/services/PISP", ("PISP",)),
]


@pytest.mark.parametrize(("path", "ids"), SERVICE_PATHS)
async def test_services_are_asked_for_by_type_and_pair(edge, path, ids):
    assert await edge.send("GET", path) == (202, None)
    assert await edge.send("PUT", path, {"providers": ["fxp1"]}) == (200, None)
    assert await edge.send("PUT", f"{path}/error", ERROR) == (200, None)
    assert [message.ids for message in edge.taken] == [ids] * 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/services", 404),
        ("/services/TAXI", 400),
        ("/services/FXP/USD", 404),
        ("/services/FXP/USD/ZZZ", 400),
        ("/services/PISP/USD/KES", 404),
    ],
)
async def test_other_services_are_unknown(edge, path, status):
    assert (await edge.send("GET", path))[0] == status
