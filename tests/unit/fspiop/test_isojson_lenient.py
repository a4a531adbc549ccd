"""A lenient edge passes on answers of the ISO variant that do not keep its definition; a strict one refuses them."""

import pytest

from fspiop.api.resource import Operation
from fspiop.api.variant import is_passed_on
from fspiop.incoming import Kind
from schemas.canonical.wire import Dialect, Original


@pytest.mark.parametrize(
    ("resource", "kind", "dialect", "body", "passed"),
    [
        ("fxQuotes", Kind.PUT, Dialect.FSPIOP_ISO, b'{"any": 1}', True),
        ("quotes", Kind.PUT, Dialect.FSPIOP_ISO, b"{}", True),
        ("parties", Kind.PUT, Dialect.FSPIOP_ISO, b"{}", True),
        ("parties", Kind.PUT, Dialect.FSPIOP_ISO, b"[]", False),
        ("parties", Kind.PUT, Dialect.FSPIOP_ISO, b"{", False),
        ("parties", Kind.PUT, Dialect.FSPIOP_ISO, b'{"a":1,"a":2}', False),
        ("fxQuotes", Kind.PUT, Dialect.FSPIOP, b"{}", False),
        ("fxQuotes", Kind.POST, Dialect.FSPIOP_ISO, b"{}", False),
        ("quotes", Kind.PUT_ERROR, Dialect.FSPIOP_ISO, b"{}", False),
        ("transfers", Kind.PUT, Dialect.FSPIOP_ISO, b"{}", False),
    ],
)
def test_what_is_only_passed_on(resource: str, kind: Kind, dialect: Dialect, body: bytes, passed: bool):
    original = Original(dialect, "PUT", f"/{resource}/1", (), body, "")
    assert is_passed_on(resource, Operation(kind), original) is passed
