"""The typed bodies of the ISO 20022 variant take what its OpenAPI definition takes, and refuse what that refuses.

The definition is read with four corrections, all said in `fspiop/isojson`: a choice means one of its options (its words
forbid them all), the point of an amount is a point, an envelope holds anything, and pacs messages may have SplmtryData.
"""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fspiop.isojson import payments, statuses, verification
from fspiop.messages.schema import BodySchema
from schemas.canonical.faults import Fault
from tests.oracle import iso_definition
from tests.oracle.iso_definition import FILE, definitions

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the definition is not beside this repository")

ROWS = {
    "GetParties_IdentificationVerificationReportV03": verification.PartyReport,
    "GetPartiesError_IdentificationVerificationReportV03": verification.PartyReport,
    "TermsRequest_FIToFICustomerCreditProposal": payments.CreditTransfer,
    "TermsResponse_FIToFICustomerCreditConfirmation": payments.CreditTransfer,
    "Execute_FIToFICustomerCreditTransferV13": payments.CreditTransfer,
    "PacsStatus_FIToFIPaymentStatusReportV15": statuses.StatusReport,
    "PacsError_FIToFIPaymentStatusReportV15": statuses.ErrorReport,
    "FxRequest_FICreditTransferProposal": payments.ConversionQuote,
    "FxResponse_FICreditTransferConfirmation": payments.ConversionQuote,
    "Fxecute_FinancialInstitutionCreditTransferV12": payments.ConversionTransfer,
}
TEXT = st.characters(min_codepoint=0x20, max_codepoint=0x2FF, blacklist_characters='"\\')


def flat(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema behind references and descriptions."""
    for part in schema.get("allOf", [schema]):
        if "$ref" in part:
            return flat(definitions()[part["$ref"].rpartition("/")[2]])
    return schema


def bodies(schema: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that the schema takes."""
    schema = flat(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "pattern" in schema:
        return matching(schema["pattern"])
    if "properties" in schema:
        return objects(schema, depth)
    if "anyOf" in schema:
        return st.one_of([bodies(option, depth) for option in schema["anyOf"]])
    kind = schema.get("type")
    if kind == "array":
        return st.lists(bodies(schema["items"], depth + 1), max_size=2)
    if kind == "boolean":
        return st.booleans()
    if kind == "object":
        return st.dictionaries(st.text("abc", min_size=1), st.text("abc"), max_size=2)
    return st.text(TEXT, min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 20), 20))


@cache
def matching(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern.replace("$", "\\Z").replace("\\d", "[0-9]"))


@st.composite
def objects(draw: st.DrawFn, schema: dict[str, Any], depth: int) -> dict[str, Any]:
    wanted = set(schema.get("required", []))
    options = schema.get("anyOf", [])
    if options:
        wanted |= set(draw(st.sampled_from(options))["required"])
    wanted |= {name for name in schema["properties"] if depth < 6 and draw(st.integers(0, 3)) == 0}
    return {name: draw(bodies(inner, depth + 1)) for name, inner in schema["properties"].items() if name in wanted}


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every way into a body, but not to supplementary data, which is taken in more forms."""
    yield way
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "SplmtryData":
                yield from places(inner, (*way, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*way, index))


@st.composite
def mutants(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    """The body with one thing changed."""
    changed = copy.deepcopy(body)
    way = draw(st.sampled_from([way for way in places(changed) if way]))
    holder: Any = changed
    for step in way[:-1]:
        holder = holder[step]
    value = holder[way[-1]]
    match draw(st.integers(0, 4)):
        case 0:
            del holder[way[-1]]
        case 1 if isinstance(value, dict):
            value["Unknwn"] = "x"
        case 2 if isinstance(value, str):
            holder[way[-1]] = value + draw(st.sampled_from(["!", "0", " ", "x" * 400]))
        case 3:
            holder[way[-1]] = draw(st.sampled_from(["", "x", 1, True, None, [], {}, [[]], "ABCD", "2026-02-30"]))
        case _:
            holder[way[-1]] = [value]
    return changed


validator = cache(iso_definition.validator)


@cache
def reader(name: str) -> BodySchema[Any]:
    return BodySchema(ROWS[name])


def taken(name: str, body: dict[str, Any]) -> Fault | None:
    read = reader(name).read(json.dumps(body).encode())
    return read if isinstance(read, Fault) else None


@pytest.mark.parametrize("name", ROWS)
def test_the_same_is_taken_and_the_same_refused(name: str):
    @settings(max_examples=60)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        body = data.draw(bodies(definitions()[name]))
        assert validator(name).is_valid(body)
        assert taken(name, body) is None
        mutant = data.draw(mutants(body))
        fault = taken(name, mutant)
        assert (fault is None) == validator(name).is_valid(mutant), fault
        assert fault is None or fault.fspiop in {"3100", "3101", "3102", "3103"}

    check()
