"""Bodies of the operator API: what is wrong is told with its place, in the words and codes that tools expect."""

from decimal import Decimal
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.admin.bodies import BODY_MAX, RefusalError, read
from switch.admin.shapes import Guid, Name, NotNegative, Positive


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["A", "B"]
    value: NotNegative


class Body(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: Name
    inner: Inner | None = None
    is_on: bool = False
    paid: Positive | None = None
    ident: Guid | None = None
    many: tuple[Inner, ...] = ()
    words: dict[str, str] = {}


GOOD = {"name": "abc"}

WRONG = [
    ({}, "3102", 'Missing mandatory element - "name" is required'),
    ({"name": 5}, "3101", 'Malformed syntax - "name" must be a string'),
    ({"name": ""}, "3101", 'Malformed syntax - "name" is not allowed to be empty'),
    ({"name": "a"}, "3101", 'Malformed syntax - "name" length must be at least 2 characters long'),
    ({"name": "a" * 31}, "3101", '"name" length must be less than or equal to 30 characters long'),
    ({"name": "a b"}, "3101", '"name" must only contain alpha-numeric characters'),
    (GOOD | {"isOn": "so"}, "3100", 'Generic validation error - "isOn" must be a boolean'),
    (GOOD | {"isOn": None}, "3100", '"isOn" must be a boolean'),
    (GOOD | {"isOn": 1}, "3100", '"isOn" must be a boolean'),
    (GOOD | {"inner": 5}, "3100", '"inner" must be of type object'),
    (GOOD | {"inner": {"value": 1}}, "3102", '"inner.kind" is required'),
    (GOOD | {"inner": {"kind": "C", "value": 1}}, "3101", '"inner.kind" must be one of [A, B]'),
    (GOOD | {"inner": {"kind": ["A"], "value": 1}}, "3101", '"inner.kind" must be one of [A, B]'),
    (GOOD | {"inner": {"kind": "A", "value": "x"}}, "3100", '"inner.value" must be a number'),
    (GOOD | {"inner": {"kind": "A", "value": True}}, "3100", '"inner.value" must be a number'),
    (GOOD | {"inner": {"kind": "A", "value": [1]}}, "3100", '"inner.value" must be a number'),
    (GOOD | {"inner": {"kind": "A", "value": "NaN"}}, "3100", '"inner.value" must be a number'),
    (GOOD | {"inner": {"kind": "A", "value": -1}}, "3100", '"inner.value" must be a positive number'),
    (GOOD | {"inner": {"kind": "A", "value": "1e999"}}, "3100", '"inner.value" must be a safe number'),
    (GOOD | {"inner": {"kind": "A", "value": 1, "more": 1}}, "3100", '"inner.more" is not allowed'),
    (GOOD | {"paid": 0}, "3100", '"paid" must be a positive number'),
    (GOOD | {"ident": "x"}, "3101", '"ident" must be a valid GUID'),
    (GOOD | {"many": {}}, "3100", '"many" must be an array'),
    (GOOD | {"many": [{"kind": "A"}]}, "3102", '"many[0].value" is required'),
    (GOOD | {"words": {"a": 1}}, "3100", "Expected `str`"),
    (GOOD | {"colour": "red"}, "3100", 'Generic validation error - "colour" is not allowed'),
    ([], "3100", '"value" must be of type object'),
    (None, "3100", '"value" must be of type object'),
]


@pytest.mark.parametrize(("content", "code", "text"), WRONG)
def test_the_first_wrong_element_is_told(content, code, text):
    with pytest.raises(RefusalError) as refused:
        read(msgspec.json.encode(content), Body)
    assert refused.value.fault.fspiop == code
    assert text in refused.value.fault.description


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{bad", "3000"),
        (b"", "3100"),
        (b"\xff", "3000"),
        (b'{"name":"a\\u0000"}', "3101"),
        (b'{"name":' * 5000, "3000"),
        (b" " * BODY_MAX + b" ", "3104"),
    ],
)
def test_what_is_no_json_or_too_much(body, code):
    with pytest.raises(RefusalError) as refused:
        read(body, Body)
    assert refused.value.fault.fspiop == code


def test_texts_may_stand_for_booleans_and_numbers_and_null_for_nothing():
    taken = read(b'{"name":"abc","isOn":"True","paid":"1.50","inner":null,"words":{"a":"b"}}', Body)
    assert (taken.is_on, taken.paid, taken.inner, taken.words) == (True, Decimal("1.50"), None, {"a": "b"})


def test_numbers_are_exact_whatever_their_length():
    number = "123456789012345678901234567890.000000000000000001"
    assert str(read(f'{{"name":"abc","paid":{number}}}'.encode(), Body).paid) == number
    assert (
        str(read(b'{"name":"abc","paid":123456789012345678901234567890}', Body).paid)
        == "123456789012345678901234567890"
    )


def test_one_or_several():
    assert read(b'{"kind":"A","value":1}', Inner | list[Inner]) == Inner("A", Decimal(1))
    assert read(b'[{"kind":"A","value":1}]', Inner | list[Inner]) == [Inner("A", Decimal(1))]


_NAMES = st.sampled_from(["name", "inner", "isOn", "paid", "many", "kind", "value"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner)))
def test_every_json_is_taken_or_refused(tree):
    code = "3100"
    try:
        read(msgspec.json.encode(tree), Body)
    except RefusalError as refused:
        code = refused.fault.fspiop
    assert code in {"3100", "3101", "3102"}
