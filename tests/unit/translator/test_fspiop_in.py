"""FSPIOP bodies become commands; the hash tells a repeat whatever the order of keys."""

import msgspec
import pytest

from fspiop import ilp
from fspiop.messages.errors import ErrorBody, ErrorInformation
from fspiop.messages.fields import (
    Extension,
    ExtensionList,
    MoneyBody,
    Party,
    PartyComplexName,
    PartyIdInfo,
    PartyPersonalInfo,
)
from fspiop.messages.participants import ParticipantRegistered, ParticipantsPost
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut, TransactionType
from fspiop.messages.transfers import TransfersPost, TransfersPut
from schemas.canonical.commands import AnswerTerms, Fulfil, Note, Refuse
from schemas.canonical.events import PartyRegistered
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.party import PartyId
from schemas.canonical.transfer import Answered
from tests.unit.translator.world import HASH, NOW, PACKET, UUID, dfsp_envelope, transfer
from translator.fspiop import participants, parties, quotes, transfers
from translator.fspiop.errors import error_body, fault_of
from translator.fspiop.values import content_hash, moment_in, moment_out, party_key, path_key

AROUND = dfsp_envelope()
USD = MoneyBody("USD", "12.5")
PAYER = Party(PartyIdInfo("MSISDN", "22507008181", fsp_id="dfspx"), personal_info=PartyPersonalInfo(
    PartyComplexName("Awa", None, "Koné"), "1990-02-28"))  # fmt: skip
PAYEE = Party(
    PartyIdInfo("IBAN", "DE89370400440532013000", fsp_id="bankb"), "5411", "Otto", supported_currencies=("USD",)
)
KIND = TransactionType("PAYMENT", "PAYER", "CONSUMER", "TOP_UP")
QUOTE = QuotesPost(
    UUID, UUID, PAYEE, PAYER, "SEND", USD, KIND, note="Roses", expiration="2026-11-20T10:00:00.000+02:00"
)


def post(**fields):
    body = TransfersPost(UUID, "dfspy", "dfspx", USD, PACKET, HASH, "2026-11-20T08:00:30.000Z")
    return transfers.prepare(msgspec.structs.replace(body, **fields), AROUND)


def test_post_transfers_prepares():
    command = post()
    assert (command.transfer_id, command.payer, command.payee, command.condition) == (UUID, "dfspx", "dfspy", HASH)
    assert (command.amount, command.terms.packet, command.fault) == (Money.parse_fspiop("12.5", "USD"), PACKET, None)


@pytest.mark.parametrize(("amount", "reason"), [
    (MoneyBody("USD", "0"), "ZERO_AMOUNT"), (MoneyBody("XAU", "1"), "UNKNOWN_CURRENCY"),
    (MoneyBody("JPY", "1.5"), None),
])  # fmt: skip
def test_an_amount_the_ledger_cannot_keep_is_a_fault(amount, reason):
    fault_found = post(amount=amount).fault
    assert (fault_found.name if fault_found else None) == reason


def test_a_bank_is_never_paid_what_it_cannot_be_told():
    agreed = quotes.transaction(quotes.request(QUOTE, AROUND).terms)
    body = TransfersPost(UUID, "bankb", "dfspx", MoneyBody("USD", "1.0005"), PACKET, HASH, "2026-11-20T08:00:30.000Z")
    assert transfers.prepare(body, AROUND, agreed).fault.name == "TOO_MANY_DECIMALS"


@pytest.mark.parametrize("word", ["RESERVED", "COMMITTED"])
def test_an_accepting_answer_fulfils(word):
    body = TransfersPut(word, HASH, "2026-11-20T08:00:01.000Z")
    command = transfers.fulfil(TransferId(UUID), body, AROUND)
    assert isinstance(command, Fulfil) and command.answered is Answered(word) and command.fulfilment == HASH


@pytest.mark.parametrize(("word", "kind"), [("ABORTED", Note), ("RECEIVED", Refuse)])
def test_no_other_word_is_an_answer(word, kind):
    assert isinstance(transfers.fulfil(TransferId(UUID), TransfersPut(word), AROUND), kind)


def test_an_error_is_a_rejection_with_code_text_and_extensions_kept():
    body = ErrorBody(ErrorInformation("5104", "not today", ExtensionList((Extension("a", "b"),))))
    reason = transfers.reject(TransferId(UUID), body, AROUND).fault
    assert (reason.fspiop, reason.iso, reason.description, reason.extensions) == (
        "5104",
        "MS02",
        "not today",
        (("a", "b"),),
    )
    assert fault_of(msgspec.json.decode(error_body(reason), type=ErrorBody)) == reason


def test_a_quote_and_the_packet_made_of_it_say_the_same():
    terms = quotes.request(QUOTE, AROUND).terms
    again = quotes.transaction_terms(quotes.transaction(terms), terms.amount)
    # A packet has neither amount type nor expiry of the quote.
    assert msgspec.structs.replace(again, amount_type="SEND", expiry=terms.expiry) == terms
    assert (terms.payer.display_name, terms.sub_scenario, terms.expiry) == ("Awa Koné", "TOP_UP", NOW)


def test_a_quote_survives_its_way_out():
    losses = []
    terms = quotes.request(QUOTE, AROUND).terms
    body = msgspec.json.decode(quotes.quotes_post(UUID, terms, "2.0", losses), type=QuotesPost)
    assert quotes.request(body, AROUND).terms == terms and losses == []


def test_a_quote_answer_gives_its_amounts():
    body = QuotesPut(USD, "2026-11-20T08:00:30.000Z", PACKET, HASH, payee_fsp_fee=MoneyBody("USD", "0.5"))
    command = quotes.answer(UUID, body, AROUND)
    assert isinstance(command, AnswerTerms)
    assert (command.transfer_amount.fspiop, command.payee_fee.fspiop, command.payee_receives) == ("12.5", "0.5", None)
    assert isinstance(
        quotes.answer(UUID, msgspec.structs.replace(body, transfer_amount=MoneyBody("XAU", "1")), AROUND), Refuse
    )


def test_a_party_survives_its_way_through():
    for version in ("1.1", "2.0"):
        losses = []
        body = parties.party_out(parties.party_in(PAYEE), "party", version, losses)
        assert (body == PAYEE) is (version == "2.0") is (not losses)


def test_party_answers_carry_the_party_or_the_fault():
    who = PartyId("MSISDN", "1")
    assert parties.answer(who, PartiesPut(PAYEE), AROUND).party.name == "Otto"
    assert parties.refuse(who, ErrorBody(ErrorInformation("3204", "no")), AROUND).fault.fspiop == "3204"


def test_a_batch_entry_without_fsp_is_the_senders():
    infos = (PartyIdInfo("MSISDN", "1", fsp_id="dfspy"), PartyIdInfo("MSISDN", "2", "x"))
    command = participants.register_many(ParticipantsPost(UUID, infos, "USD"), AROUND)
    assert command.entries == ((PartyId("MSISDN", "1"), "dfspy"), (PartyId("MSISDN", "2", "x"), "dfspx"))


def test_a_registration_is_confirmed_with_its_entry():
    body = participants.registered(PartyRegistered(PartyId("MSISDN", "1"), FspId("dfspx"), "USD"))
    found = msgspec.json.decode(body, type=ParticipantRegistered)
    assert (found.party_list[0].fsp_id, found.currency) == ("dfspx", "USD")


def test_the_hash_ignores_order_and_white_space_and_nothing_else():
    first = content_hash(b'{"a":1,"b":{"c":"x","d":[1,2]}}')
    assert first == content_hash(b' {"b": {"d": [1,2], "c": "x"}, "a": 1}')
    assert first != content_hash(b'{"a":1,"b":{"c":"x","d":[2,1]}}')
    assert content_hash(b"") == b""


@pytest.mark.parametrize(("text", "moment"), [
    ("2026-11-20T08:00:00.000Z", NOW), ("2026-11-20T11:00:00.000+03:00", NOW),
    ("9999-12-31T23:59:59.000-10:00", None),
])  # fmt: skip
def test_moments_are_utc(text, moment):
    found = moment_in(text)
    assert found == moment if moment else found.year == 9999
    assert moment_in(moment_out(found)).date() == found.date()


def test_keys_are_paths():
    assert party_key(PartyId("ALIAS", "a/b ?", "c")) == "ALIAS/a%2Fb%20%3F/c"
    assert path_key("MSISDN/+225") == "MSISDN/+225"


def test_quotes_know_fewer_error_codes():
    assert b'"2001"' in error_body(fault("NO_SETTLEMENT_MODEL"), "quotes")
    assert b'"6000"' in error_body(fault("NO_SETTLEMENT_MODEL"), "transfers")


def test_a_transfer_that_was_never_quoted_is_a_defect():
    bare = transfer(condition=None)
    with pytest.raises(ValueError, match="never quoted"):
        transfers.post(msgspec.structs.replace(bare, terms=msgspec.structs.replace(bare.terms, packet=None)))


def test_the_packet_of_a_quote_can_be_read_by_anyone():
    terms = quotes.request(QUOTE, AROUND).terms
    packet = ilp.encode(ilp.Prepare(1250, NOW, HASH, msgspec.json.encode(quotes.transaction(terms))))
    assert b"Roses" in ilp.decode(packet).data
