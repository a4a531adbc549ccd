"""The edge takes every body that the definitions of FSPIOP allow; of what hubs in use take, it takes exactly that."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from schemas.canonical.faults import Fault
from tests.conftest import scale
from tests.oracle.drawing import Drawing
from tests.oracle.fspiop_definitions import FOLDER, LOOSE, PUBLISHED, SERVED, Call, calls, definition

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the definitions are not beside this repository")

FEW = settings(
    max_examples=25 * scale(), derandomize=scale() == 1, database=None, suppress_health_check=list(HealthCheck)
)
CODES = {"3100", "3101", "3102", "3103"}


def refused(call: Call, body: dict[str, Any]) -> Fault | None:
    schema = call.operation.schema
    assert schema is not None
    read = schema.read(json.dumps(body).encode())
    return read if isinstance(read, Fault) else None


@pytest.mark.parametrize("call", calls(*PUBLISHED, *SERVED), ids=str)
def test_what_is_allowed_is_taken(call: Call) -> None:
    drawing = definition(call.file).drawing

    @FEW
    @given(st.data())
    def check(data: st.DataObject) -> None:
        assert refused(call, data.draw(drawing.bodies(call.schema))) is None

    check()


@pytest.mark.parametrize("call", calls(*SERVED), ids=str)
def test_what_hubs_in_use_refuse_is_refused(call: Call) -> None:
    found = definition(call.file)
    judge = found.judge(call.schema["$ref"].rpartition("/")[2])

    @FEW
    @given(st.data())
    def check(data: st.DataObject) -> None:
        body = data.draw(found.drawing.bodies(call.schema))
        assert judge.is_valid(body)
        mutant = data.draw(found.drawing.mutants(body))
        fault = refused(call, mutant)
        assert (fault is None) == judge.is_valid(mutant), (fault, mutant)
        assert fault is None or fault.fspiop in CODES

    check()


@pytest.mark.parametrize("call", calls(*LOOSE), ids=str)
def test_definitions_that_tell_forms_in_words_have_the_same_elements(call: Call) -> None:
    schema = call.operation.schema
    assert schema is not None
    same_elements(inspect.type_info(schema.struct), call.schema, definition(call.file).drawing)


def same_elements(shape: inspect.Type, schema: dict[str, Any], drawing: Drawing) -> None:
    """Ours has every element of theirs, and needs those that they need."""
    schema = drawing.flat(schema)
    if isinstance(shape, inspect.Metadata):
        shape = shape.type
    if isinstance(shape, inspect.UnionType):
        shape = next(
            (part for part in shape.types if isinstance(part, inspect.StructType | inspect.VarTupleType)), shape
        )
    if isinstance(shape, inspect.VarTupleType):
        # One of them forgot that these are many.
        same_elements(shape.item_type, schema.get("items", schema), drawing)
    if isinstance(shape, inspect.StructType) and "properties" in schema:
        ours = {field.encode_name: field for field in shape.fields}
        assert schema["properties"].keys() <= ours.keys()
        assert {name for name, field in ours.items() if field.required} >= set(schema.get("required", ()))
        for name, inner in schema["properties"].items():
            same_elements(ours[name].type, inner, drawing)


def test_every_resource_has_its_definition() -> None:
    named = {call.resource for call in calls(*PUBLISHED, *LOOSE)}
    assert named >= {"participants", "parties", "transactionRequests", "quotes", "authorizations", "transfers"}
    assert named >= {"transactions", "bulkQuotes", "bulkTransfers", "fxQuotes", "fxTransfers", "services"}
