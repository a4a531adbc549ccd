"""JSON that two readers might read differently, or that costs too much, is refused; everything else is read whole."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fspiop.messages.json_gate import JsonError, read_json

REFUSED = {
    "empty": b"",
    "cut off": b'{"a":1',
    "trailing text": b"{} {}",
    "trailing comma": b'{"a":1,}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "Latin-1": '{"a":"é"}'.encode("latin-1"),
    "overlong UTF-8": b'{"a":"\xc0\x80"}',
    "surrogate as UTF-8": b'{"a":"\xed\xa0\x80"}',
    "lone high surrogate": b'{"a":"\\ud800"}',
    "high surrogate before a letter": b'{"a":"\\ud800a"}',
    "two high surrogates": b'{"a":"\\ud800\\ud800"}',
    "lone low surrogate": b'{"a":"\\udc00"}',
    "surrogate in a key": b'{"\\ud800":1}',
    "escaped U+0000": b'{"a":"\\u0000"}',
    "escaped U+0000 in a key": b'{"\\u0000":1}',
    "raw U+0000": b'{"a":"\x00"}',
    "raw line feed": b'{"a":"\n"}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "overflowing number": b'{"a":1e400}',
    "number of 33 characters": b'{"a":' + b"1" * 33 + b"}",
    "number of 5,000 digits": b'{"a":' + b"1" * 5000 + b"}",
    "leading zero": b'{"a":01}',
    "repeated key": b'{"a":1,"a":2}',
    "repeated key with equal values": b'{"a":1,"a":1}',
    "repeated key, one escaped": b'{"a":1,"\\u0061":2}',
    "repeated key with blanks": b'{"a" :1, "a": 2}',
    "repeated key inside": b'{"b":[{"a":"x","a":"x"}]}',
    "33 levels": b"[" * 33 + b"]" * 33,
    "100,000 brackets": b"[" * 100_000,
    "10,001 values": b"[" + b"1," * 10_000 + b"1]",
    "comment": b'{"a":1/*x*/}',
    "single quotes": b"{'a':1}",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_refused(body):
    with pytest.raises(JsonError):
        read_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"\\\\u0000"}',
        b'{"a":"\\ud83d\\ude00"}',
        b"[" * 32 + b"]" * 32,
        b'{"a":' + b"1" * 32 + b"}",
        b'{"a":"' + b"1" * 5000 + b'"}',
        b' {\n"a" : 1.50 }\r\n',
        b'{"a":{"a":{"a":1}}}',
    ],
)
def test_read_whole(body):
    assert read_json(body)[0] == json.loads(body)


def test_more_values_where_the_route_allows_them():
    assert len(read_json(b"[" + b"1," * 10_000 + b"1]", 20_000)[0]) == 10_001


def test_nulls_are_noticed():
    assert read_json(b'{"a":[null]}')[1]
    assert not read_json(b'{"a":["null"]}')[1]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
        lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids),
        max_leaves=20,
    )
)
def test_agrees_with_the_standard_reader(value):
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        tree, _ = read_json(body)
    except JsonError:
        assert "\\u0000" in body.decode("utf-8", "replace") or b"\xed" in body
    else:
        assert tree == value


@given(st.binary(max_size=60))
def test_no_bytes_break_it(body):
    with contextlib.suppress(JsonError):
        read_json(body)
