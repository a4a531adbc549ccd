"""Versions beyond the packages with an official digest: described in tables of ours, or inferred from their kin."""

from random import Random

import msgspec
import pytest

from schemas.catalogue import Catalogue, CatalogueError, origins, rebuild, regenerate
from schemas.xsd import infer, own
from schemas.xsd.model import Complex, Element, Schema, SchemaShapeError, Simple, contents, digest

KNOWN = infer.vocabulary()
FIRST_EDITIONS = ["pacs.002.001.02", "pain.001.001.02", "pain.002.001.02", "camt.028.001.01"]
FIRST_EDITIONS += [
    f"{name}.001.01" for name in ("pacs.003", "pacs.004", "pacs.007", "pacs.008", "pacs.009", "pain.007")
]
FIRST_EDITIONS += [f"{name}.001.01" for name in ("pain.008", "camt.052", "camt.053", "camt.054")]


def test_what_is_on_file_is_what_is_inferred():
    on_file = {message: origin.digest for message, origin in origins().items() if origin.proof == "inferred"}
    found = infer.infer()
    assert {message: value for messages in found.values() for message, value in messages.items()} == on_file
    assert {"admi.006.001.01", "camt.057.001.08", "pain.007.001.11", "pain.007.001.12"} <= set(on_file)


@pytest.mark.parametrize("message", FIRST_EDITIONS)
def test_editions_whose_models_are_known_to_lose_facts_are_not_inferred(message: str):
    assert infer.doubts(message, rebuild("pyiso20022", message), KNOWN)
    assert not Catalogue().known(message)


@pytest.mark.parametrize("message", ["pacs.004.001.09", "pain.013.001.07", "camt.029.001.13"])
def test_no_loss_in_a_type_that_is_known_goes_unseen(message: str):
    right = regenerate(message)
    assert infer.doubts(message, right, KNOWN) == []
    inner = sorted(set(right.types) - {right.type, right.types[right.type].particles[0].type})
    for name in Random(message).sample(inner, 30):
        type_ = right.types[name]
        if type_.kind == "text" or len(type_.particles) < 2:
            continue
        changed = msgspec.structs.replace(type_, kind="choice" if type_.kind == "sequence" else "sequence")
        assert infer.doubts(message, msgspec.structs.replace(right, types={**right.types, name: changed}), KNOWN)


def test_a_new_choice_period_or_wildcard_is_doubted():
    for new in (
        Complex("choice", (Element("A", Simple("string")), Element("B", Simple("string")))),
        Complex("sequence", (Element("A", Simple("gYear")),)),
        Complex("text", text=Simple("string")),
    ):
        types = {"Document": Complex("sequence", (Element("A", "Never1"),)), "Never1": new}
        assert infer.doubts("camt.999.001.01", Schema("urn:x", "Document", "Document", types), KNOWN)


@pytest.mark.parametrize("message", sorted(own.tables()))
def test_a_described_version_has_an_official_digest_and_only_what_is_new(message: str):
    assert (origins()[message].source, origins()[message].proof) == ("own", "official")
    borrowed: dict[str, str] = {}
    for version in own.tables()[message].like:
        borrowed |= {own.iso_name(name, version): content for name, content in contents(regenerate(version)).items()}
    mine = contents(regenerate(message))
    assert [name for name in own.tables()[message].types if borrowed.get(name) == mine[name]] == []


def test_a_description_that_changes_is_refused(monkeypatch):
    table = own.tables()["camt.003.001.07"]
    changed = table.types | {"GetAccountV07": table.types["GetAccountV07"].replace("?", "")}
    everything = own.tables() | {"camt.003.001.07": msgspec.structs.replace(table, types=changed)}
    monkeypatch.setattr(own, "tables", lambda: everything)
    assert digest(rebuild("own", "camt.003.001.07")) != origins()["camt.003.001.07"].digest
    with pytest.raises(CatalogueError, match="not the schema on file"):
        regenerate("camt.003.001.07")


@pytest.mark.parametrize(("line", "reason"), [("A", "describes no child"), ("A Nothing9", "neither described")])
def test_a_description_with_a_fault_is_refused(monkeypatch, line: str, reason: str):
    monkeypatch.setattr(own, "tables", lambda: {"x.001.001.01": own.Table(line, (), {}, {})})
    with pytest.raises(SchemaShapeError, match=reason):
        own.read("x.001.001.01", regenerate)
    with pytest.raises(SchemaShapeError, match="not described"):
        own.read("y.001.001.01", regenerate)
