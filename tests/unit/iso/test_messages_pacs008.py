"""A pacs.008 reads into texts as on the wire, says what it does not hold, and names what an edition loses."""

import pytest
from msgspec.structs import replace

from iso import gate
from iso.messages import pacs008
from iso.messages.fields import ORGANISATION, Account, Code, OtherId, Party
from iso.messages.shape import Amount, ShapeError, SupplementaryData
from tests.unit.iso.samples import PACS002, PACS008


def read(body: bytes) -> pacs008.Pacs008:
    return pacs008.read(gate.read(body).document_el)


def message(**changes) -> pacs008.Pacs008:
    """The sample with changed fields of its transaction."""
    sample = read(PACS008)
    return replace(sample, transactions=(replace(sample.transactions[0], **changes),))


def back(changed: pacs008.Pacs008, version: str = "pacs.008.001.08") -> pacs008.CreditTransfer:
    return read(pacs008.write(changed, version).body).transactions[0]


def test_the_sample_survives_byte_for_byte():
    assert pacs008.write(read(PACS008)).body == PACS008


def test_texts_are_kept_and_numbers_lose_the_space_around_them():
    spaced = PACS008.replace(b">1000.00<", b"> 1000.00\n<").replace(b">I-1<", b"> I-1 <")
    transfer = read(spaced).transactions[0]
    assert transfer.settlement_amount == Amount("1000.00", "KES")
    assert transfer.instruction_id == " I-1 "
    assert transfer.debtor.name == "Otieno & Sons <Ltd>"


def test_elements_without_a_typed_home_are_named():
    tax = b"<Tax><RefNb>1</RefNb></Tax><RmtInf>"
    assert read(PACS008.replace(b"<RmtInf>", tax)).untyped == ("CdtTrfTxInf/Tax",)


@pytest.mark.parametrize("namespace", [b"pacs.008.001.99", b"pacs.009.001.08"])
def test_another_version_or_message_is_refused(namespace: bytes):
    with pytest.raises(ShapeError, match="is not one of"):
        read(PACS008.replace(b"pacs.008.001.08", namespace))
    with pytest.raises(ShapeError):
        read(PACS002)


def test_an_edition_names_what_it_cannot_hold():
    written = pacs008.write(message(expiry="2026-11-20T09:00:00Z"), "pacs.008.001.02")
    assert set(written.lost) == {"CdtTrfTxInf/PmtId/UETR", "CdtTrfTxInf/AddtlDtTm/XpryDtTm"}


def test_expiry_and_acceptance_live_elsewhere_in_13():
    changed = message(expiry="2026-11-20T09:00:00Z")
    written = pacs008.write(changed, "pacs.008.001.13")
    assert b"<AddtlDtTm><AccptncDtTm>2026-11-20T08:00:00.000Z</AccptncDtTm><XpryDtTm>" in written.body
    assert read(written.body).transactions == changed.transactions


def test_02_gets_the_transaction_id_it_demands_from_the_uetr():
    assert back(message(transaction_id=None), "pacs.008.001.02").transaction_id == "8a562c67ca1648bab07465581be6f001"
    without = message(transaction_id=None, uetr=None)
    assert back(without, "pacs.008.001.02").transaction_id == "E-1"
    assert back(without).transaction_id is None


def test_a_proxy_alone_becomes_the_account_number_where_one_is_demanded():
    changed = message(creditor_account=Account(proxy_type=Code("MBNO"), proxy_id="+254700000001"))
    assert back(changed).creditor_account.other_id == "+254700000001"
    assert back(changed, "pacs.008.001.10").creditor_account.other_id is None
    assert back(changed, "pacs.008.001.10").creditor_account.proxy_id == "+254700000001"


def test_an_iban_wins_over_another_number():
    both = Account(iban="DE89370400440532013000", other_id="1")
    written = pacs008.write(message(creditor_account=both))
    assert written.lost == ("CdtTrfTxInf/CdtrAcct/Id/Othr",)
    assert b"<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>" in written.body


def test_long_texts_are_cut_or_dropped_where_an_edition_is_narrower():
    debtor = replace(message().transactions[0].debtor, kind=ORGANISATION, ids=(OtherId("9" * 36), OtherId("1")))
    debtor = replace(debtor, address=replace(debtor.address, town="N" * 36))
    written = pacs008.write(message(debtor=debtor))
    assert written.lost == (
        "CdtTrfTxInf/Dbtr/PstlAdr/TwnNm",
        "CdtTrfTxInf/Dbtr/Id/OrgId/Othr/Id",
        "CdtTrfTxInf/Dbtr/Id/OrgId/Othr",
    )
    kept = read(written.body).transactions[0].debtor
    assert (kept.address.town, kept.ids) == ("N" * 35, (OtherId("1"),))
    assert pacs008.write(message(debtor=debtor), "pacs.008.001.12").lost == ()


def test_birth_data_is_written_whole_or_not_at_all():
    whole = Party(name="A", birth_date="1990-01-01", birth_city="Kisumu", birth_country="KE")
    assert back(message(debtor=whole)).debtor == whole
    written = pacs008.write(message(debtor=replace(whole, birth_city=None)))
    assert written.lost == ("CdtTrfTxInf/Dbtr/Id/PrvtId/DtAndPlcOfBirth",)


def test_an_identifier_of_the_other_kind_is_named_as_lost():
    written = pacs008.write(message(debtor=Party(name="A", lei="5493001KJTIIGC8Y1R12")))
    assert written.lost == ("CdtTrfTxInf/Dbtr/Id/OrgId/LEI",)


@pytest.mark.parametrize(
    "envelope",
    [
        b'<D xmlns="urn:x"><Item>a</Item></D>',
        b'<x:D xmlns:x="urn:x"><Item></Item></x:D>',
        b"<D></D>",
        b'<D xmlns="urn:x">1 &lt; 2 &amp; 3</D>',
    ],
)
def test_supplementary_data_keeps_its_namespaces_under_any_parent(envelope: bytes):
    wire = PACS008.replace(
        b"</CdtTrfTxInf>",
        b"<SplmtryData><PlcAndNm>P</PlcAndNm><Envlp>" + envelope + b"</Envlp></SplmtryData></CdtTrfTxInf>",
    )
    first = read(wire)
    assert first.transactions[0].supplementary[0].place == "P"
    again = read(pacs008.write(first, "pacs.008.001.12").body)
    assert again.transactions == first.transactions
    inner = gate.read(wire).root.find(".//{*}Envlp")[0]
    outer = gate.read(pacs008.write(first, "pacs.008.001.12").body).root.find(".//{*}Envlp")[0]
    assert [element.tag for element in outer.iter()] == [element.tag for element in inner.iter()]


def test_supplementary_data_without_canonical_form_is_refused():
    odd = b'<SplmtryData><Envlp><D xmlns="relative"></D></Envlp></SplmtryData></CdtTrfTxInf>'
    with pytest.raises(ShapeError, match="canonical"):
        read(PACS008.replace(b"</CdtTrfTxInf>", odd))


def test_the_hub_can_add_supplementary_data():
    data = (SupplementaryData("FSPIOP", b'<FspiopData xmlns="urn:loop">x</FspiopData>'),)
    assert back(message(supplementary=data)).supplementary == data


def test_shortcuts_tell_the_first_reference_and_document():
    structured = (
        b"<Strd><RfrdDocInf><Nb>D-1</Nb></RfrdDocInf></Strd>"
        b"<Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf>"
    )
    remittance = read(PACS008.replace(b"</RmtInf>", structured)).transactions[0].remittance
    assert (remittance.document, remittance.reference, remittance.unstructured) == ("D-1", "RF18", ("Invoice 4711",))
    account = b"<SttlmMtd>CLRG</SttlmMtd><SttlmAcct><Id><Othr><Id>1</Id></Othr></Id></SttlmAcct>"
    assert read(PACS008.replace(b"<SttlmMtd>CLRG</SttlmMtd>", account)).has_settlement_account
    assert not read(PACS008).has_settlement_account
