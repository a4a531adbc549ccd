"""Messages of others are re-addressed and re-dated for the demo, stay valid, and keep everything else."""

import re
from datetime import UTC, datetime

import pytest

from iso import gate
from schemas.canonical.money import Money
from schemas.catalogue import Catalogue
from switch.demo.samples import find_samples, readdress
from switch.sandbox import letters
from switch.sandbox.letters import Order, institution

CATALOGUE = Catalogue()
MOMENT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def document(version: str) -> bytes:
    order = Order(
        Money(1_234_500, "EUR"),
        "Łucja Müller",
        "DE89370400440532013000",
        "Ben & Sons",
        creditor_account="GB33BUKB20201555555555",
        creditor_agent=institution("DEUTDEFF"),
        remittance="unchanged words",
    )
    old = datetime(2015, 9, 29, tzinfo=UTC)
    return letters.write_document(letters.credit_transfer(order, "BNPAFRPP", old, "OLD/ID"), version)


@pytest.mark.parametrize("version", [f"pacs.008.001.{number}" for number in ("02", "08", "10", "12", "13")])
@pytest.mark.parametrize(
    "wrapping",
    [
        b"%b",
        b"<?xml version='1.0' encoding='UTF-8'?>\n<!-- a comment --><?app do?>\n%b",
        b'<Any xmlns="urn:other"><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"/><In>%b</In></Any>',
    ],
)
def test_sample_in_any_wrapping_becomes_a_valid_payment_of_today(tmp_path, version, wrapping):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "sample.xml").write_bytes(wrapping % document(version))

    (sample,) = find_samples(tmp_path)
    body, uetr, message_id = readdress(sample, MOMENT)

    assert gate.check(gate.read(body), CATALOGUE) == []
    assert (sample.definition, sample.amount, sample.currency) == (version, "123.45", "EUR")
    assert {b"BLUEKENA", b"GRENUGKA"} == set(re.findall(rb"<BIC(?:FI)?>(\w+)<", body))
    assert uetr.encode() in body or uetr.replace("-", "").encode() in body
    assert b"2015-09-29" not in body and b"OLD/ID</MsgId>" not in body and message_id.encode() in body
    assert "Łucja Müller".encode() in body and b"unchanged words" in body and b"DE89370400440532013000" in body


def test_declared_encoding_is_read(tmp_path):
    text = document("pacs.008.001.08").decode().replace("Łucja", "Lucja")
    latin = "<?xml version='1.0' encoding='ISO-8859-1'?>" + text
    (tmp_path / "latin.xml").write_bytes(latin.encode("latin-1"))

    (sample,) = find_samples(tmp_path)

    assert "Müller".encode() in readdress(sample, MOMENT)[0]


def test_other_files_are_passed_over(tmp_path):
    (tmp_path / "a.txt").write_text("pacs.008.001.08 is a message")
    (tmp_path / "b.xml").write_text('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>')

    assert find_samples(tmp_path) == []


def test_real_messages_stay_valid(shared):
    samples = find_samples(shared / "iso20022" / "samples" / "valid")

    assert len(samples) >= 5
    assert [gate.check(gate.read(readdress(sample, MOMENT)[0]), CATALOGUE) for sample in samples] == [[]] * len(samples)
