"""The published documents say what the edge takes: every call, every body in each version and dialect, complete."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from fspiop.api.app import RESOURCES
from fspiop.api.variant import VARIANTS
from fspiop.messages.authorizations import U2fPinValue
from fspiop.messages.fields import PartyComplexName
from fspiop.openapi.document import document
from fspiop.openapi.schemas import REF, components
from fspiop.rules import is_correlation_id
from iso.openapi import document as iso_document
from switch.openapi import METHODS, PORTS

API = document("1")
OPERATIONS = [(method, path, found) for path, each in API["paths"].items() for method, found in each.items()]


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(each)


def operation(method: str, path: str) -> dict[str, Any]:
    return API["paths"][path][method]


def parameters(method: str, path: str) -> dict[str, dict[str, Any]]:
    listed = operation(method, path)["parameters"]
    known = API["components"]["parameters"]
    found = [known[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in listed]
    return {each["name"]: each for each in found}


@pytest.mark.parametrize("port", PORTS)
def test_every_reference_leads_somewhere(port: str):
    whole = PORTS[port]()
    references = {each["$ref"] for each in inside(whole) if isinstance(each.get("$ref"), str)}
    for reference in references:
        place: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert isinstance(place, dict)


@pytest.mark.parametrize("port", PORTS)
def test_operations_have_names_of_their_own_and_answers(port: str):
    found = [each for path in PORTS[port]()["paths"].values() for method, each in path.items() if method in METHODS]
    names = [each["operationId"] for each in found]
    assert len(set(names)) == len(names) > 2
    assert all(each["responses"] for each in found)


def test_all_resources_are_described_with_all_their_media_types():
    assert {tag["name"] for tag in API["tags"]} == {resource.name for resource in RESOURCES}
    media = operation("post", "/transfers")["requestBody"]["content"]
    assert [name.removeprefix("application/vnd.interoperability.") for name in media] == [
        "transfers+json;version=1.0", "transfers+json;version=1.1", "transfers+json;version=2.0",
        "iso20022.transfers+json;version=2.0",
    ]  # fmt: skip
    bodies = [each["schema"]["$ref"].removeprefix(REF) for each in media.values()]
    assert bodies == ["TransfersPost"] * 3 + ["IsoCreditTransfer"]
    assert next(iter(operation("post", "/fxQuotes")["requestBody"]["content"])).endswith("fxQuotes+json;version=2.0")


def test_every_body_of_the_variant_is_described():
    described = {name for name in API["components"]["schemas"] if name.startswith("Iso")}
    assert {f"Iso{row.iso.struct.__name__}" for row in VARIANTS.values()} <= described


def test_what_the_hub_alone_sends_is_no_call_but_described():
    assert "patch" not in API["paths"]["/transfers/{ID}"]
    assert set(API["webhooks"]) == {"patchTransfers", "patchFxTransfers"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("post", "/quotes", "202"), ("put", "/quotes/{ID}", "200"), ("get", "/quotes/{ID}", "202")],
)
def test_answers_at_once(method: str, path: str, status: str):
    answers = operation(method, path)["responses"]
    assert list(answers) == [status, "400", "404", "405", "406", "500", "503"]
    assert "content" not in answers[status]
    assert list(answers["400"]["content"]) == ["application/vnd.interoperability.quotes+json;version=1.0"]


def test_headers_are_demanded_where_the_edge_demands_them():
    get, put = parameters("get", "/quotes/{ID}"), parameters("put", "/quotes/{ID}")
    assert {name for name, each in get.items() if each["required"]} == {
        "ID", "Content-Type", "Accept", "Date", "FSPIOP-Source", "FSPIOP-Destination",
    }  # fmt: skip
    assert "Accept" not in put and "Content-Type" not in put
    assert not parameters("post", "/transfers")["FSPIOP-Destination"]["required"]


def test_ids_are_as_strict_as_the_resource():
    assert "pattern" in parameters("get", "/quotes/{ID}")["ID"]["schema"]
    assert "pattern" not in parameters("get", "/transfers/{ID}")["ID"]["schema"]
    assert "IBAN" in parameters("get", "/parties/{Type}/{ID}")["Type"]["schema"]["enum"]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Fri, 20 Nov 2026 06:00:00 GMT", True),
        ("Thu, 29 Feb 2024 06:00:00 GMT", True),
        ("Sat, 29 Feb 2025 06:00:00 GMT", False),
        ("Mon, 31 Nov 2026 06:00:00 GMT", False),
        ("Fri, 20 Nov 2026 24:00:00 GMT", False),
        ("20 Nov 2026 06:00:00 GMT", False),
    ],
)
def test_the_date_is_that_of_a_day(text: str, fits: bool):
    pattern = parameters("post", "/transfers")["Date"]["schema"]["pattern"]
    assert bool(re.search(pattern, text)) is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("{}", True), ("{};version=1", True), ("{};version=1.1,{};version=2.0", True), ("{};version=3.0", False),
        ("{}, {}", False), ("application/json", False), ("", False),
    ],
)  # fmt: skip
def test_accept_names_what_can_be_given(text: str, fits: bool):
    pattern = parameters("get", "/parties/{Type}/{ID}")["Accept"]["schema"]["pattern"]
    accept = text.replace("{}", "application/vnd.interoperability.parties+json")
    assert bool(re.search(pattern, accept)) is fits


def test_schemas_speak_as_the_definition_does():
    made = components([PartyComplexName, U2fPinValue])
    first = made["PartyComplexName"]["properties"]["firstName"]
    assert first["type"] == "string" and first["pattern"].startswith("^ *[\\p{L}")
    assert "required" not in made["PartyComplexName"]
    assert made["U2fPinValue"]["properties"]["pinValue"]["pattern"] == "^[^\\s\\u001c-\\u001f\\u0085]{1,64}$"


def test_a_choice_demands_one_of_its_options():
    lock = API["components"]["schemas"]["IsoLock"]
    assert lock["anyOf"] == [{"required": ["IlpV4PrepPacket"]}, {"required": ["Sh256Sgntr"]}]


def test_two_bodies_of_one_name_are_noticed():
    other = msgspec.defstruct("PartyComplexName", [("x", str)])
    with pytest.raises(ValueError, match="one name"):
        components([PartyComplexName, other])


@pytest.mark.parametrize("text", ["8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "b51ec534-ee48-4575-b6a9-ead2955b8069"])
def test_an_id_that_a_body_may_have_may_stand_in_a_path(text: str):
    assert is_correlation_id(text)
    assert not is_correlation_id(text.lower() if text.isupper() else text.upper())


def test_the_banks_port_tells_its_problems():
    answers = iso_document("1")["paths"]["/iso20022/messages"]["post"]["responses"]
    assert list(answers) == ["200", "202", "400", "403", "405", "415", "500", "503"]
    assert "Retry-After" in answers["503"]["headers"]
