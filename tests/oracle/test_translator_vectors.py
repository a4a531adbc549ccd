"""The shared vectors: mode mojaloop equals the peer, quirks and all; mode full loses, changes and invents nothing."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.canonical.identity import is_ulid
from switch.translate_lines import answers
from translator.isojson.convert import Mode, Options, Source, UntranslatableError, to_fspiop, to_iso

SHARED = Path(__file__).parents[3] / "shared" / "translator" / "vectors"
VECTORS = [vector for path in sorted(SHARED.glob("*.json")) for vector in json.loads(path.read_text())]
NOW = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PUT_ID = {"quotes.put", "fxQuotes.put"}

pytestmark = pytest.mark.skipif(not VECTORS, reason="the shared vectors are not here")


def _options(vector: dict[str, Any], mode: Mode) -> Options:
    given = vector["options"]
    return Options(
        now=datetime(2026, 11, 20, 8, tzinfo=UTC),
        new_id=lambda: "01KAF0000000000000000000ZZ",
        mode=mode,
        unroll_extensions=given.get("unrollExtensions", False),
        roll_up_extensions=given.get("rollUpUnmappedAsExtensions", False),
        testing_mode=given.get("testing_mode", False),
    )


def _source(vector: dict[str, Any]) -> Source:
    given = vector["source"]
    return Source(given["body"], given.get("headers", {}), given.get("params", {}), given.get("$context", {}))


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        inside = (_leaves(inner, f"{path}.{name}".strip(".")) for name, inner in value.items())
        return {found: leaf for each in inside for found, leaf in each.items()}
    return {path: value}


def _fits(expected: Any, value: Any) -> bool:
    if expected == "__ULID__":
        return is_ulid(value)
    return (
        bool(NOW.fullmatch(value))
        if expected == "__NOW__"
        else bool(expected == value and type(expected) is type(value))
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_mojaloop_equals_the_peer(vector: dict[str, Any]):
    line = json.dumps({name: vector[name] for name in ("id", "direction", "resource", "options", "source")})
    [answer] = [json.loads(each) for each in answers([line.encode()], Mode.MOJALOOP)]
    assert answer["id"] == vector["id"]
    if "error" in vector:
        assert isinstance(answer["error"], str)
        return
    expected, made = _leaves(vector["expected"]), _leaves(answer["expected"])
    wrong = {path: (expected.get(path), made.get(path)) for path in expected.keys() | made.keys()
             if not (path in expected and path in made and _fits(expected[path], made[path]))}  # fmt: skip
    assert not wrong


FORWARD = [vector for vector in VECTORS if vector["direction"] == "fspiop_to_iso"]


@pytest.mark.parametrize("vector", FORWARD, ids=lambda vector: vector["id"])
def test_full_loses_changes_and_invents_nothing(vector: dict[str, Any]):
    options = _options(vector, Mode.FULL)
    made = to_iso(vector["resource"], _source(vector), options)
    back = to_fspiop(vector["resource"], Source(json.loads(json.dumps(made.body))), options)
    assert back.body == vector["source"]["body"] and made.losses == ()
    if vector["resource"] in PUT_ID and "ID" in vector["source"].get("params", {}):
        assert back.params == {"ID": vector["source"]["params"]["ID"]}


@pytest.mark.parametrize("mode", Mode)
def test_every_vector_is_translated_or_refused(mode: Mode):
    for vector in VECTORS:
        translate = to_iso if vector["direction"] == "fspiop_to_iso" else to_fspiop
        try:
            made = translate(vector["resource"], _source(vector), _options(vector, mode))
        except UntranslatableError:
            continue
        assert made.body and isinstance(made.losses, tuple)
