"""Identifiers the hub makes from others are UUIDs as the standard library makes them."""

import hashlib
import uuid

import pytest

from schemas.canonical.identity import derived_uuid, is_uuid, transfer_id_of

NAMESPACE = uuid.UUID("5b5ac0f3-6f0e-5c1c-9d1e-0f6d3f1b7a52")


@pytest.mark.parametrize("reference", ["T-1", "Überweisung", "", *(f"ref{number}" for number in range(50))])
def test_a_reference_gives_a_name_based_uuid(reference: str):
    made = transfer_id_of(None, reference, "banka", "2026-11-20")
    assert made == str(uuid.uuid5(NAMESPACE, f"banka\n{reference}\n2026-11-20"))


@pytest.mark.parametrize("part", [f"part{number}" for number in range(50)])
def test_a_derived_id_has_the_form_of_version_4(part: str):
    digest = hashlib.sha256(f"{part}\nquote".encode()).digest()
    assert derived_uuid(part, "quote") == str(uuid.UUID(bytes=digest[:16], version=4))
    assert is_uuid(derived_uuid(part, "quote"))
