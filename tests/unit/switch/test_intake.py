"""Each message reaches the lane that decides it, as the command it is, through a real bus."""

import hashlib

import msgspec
import pytest

from fspiop.incoming import IncomingFspiop, Kind
from fspiop.messages.errors import ErrorBody, ErrorInformation, QuoteErrorBody, QuoteErrorInformation
from fspiop.messages.fields import MoneyBody, Party, PartyIdInfo
from fspiop.messages.fxquotes import FxConversion, FxMoney, FxQuotesPut
from fspiop.messages.participants import ParticipantPost, ParticipantPut, ParticipantsPost
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut, TransactionType
from fspiop.messages.transfers import TransfersPost, TransfersPut
from iso.incoming import IncomingIso
from iso.messages.admi002 import Admi002
from iso.messages.business import BusinessMessage
from iso.messages.fields import Account, FinancialInstitution
from iso.messages.head001 import Endpoint, Head001
from iso.messages.pacs002 import Pacs002, TransactionStatus
from schemas.canonical import commands
from schemas.canonical.exchange import AnswerRate
from schemas.canonical.faults import fault
from schemas.canonical.forwarding import Forward
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.system import KeepMessage
from schemas.canonical.wire import Dialect, Original, Receipt
from switch.bus.memory import MemoryBus
from switch.intake import Intake
from tests.unit.translator.world import DIRECTORY, GOLDEN, HASH, NOW, PACKET, SCHEME, UUID, payment

BASE = payment((GOLDEN / "bank_pays_wallet.pacs008.xml").read_bytes())
WHO = PartyIdInfo("MSISDN", "22507008181", fsp_id="dfspx")
USD = MoneyBody("USD", "12.5")
POST = TransfersPost(UUID, "dfspy", "dfspx", USD, PACKET, HASH, "2026-11-20T08:00:30.000Z")
QUOTE = QuotesPost(UUID, UUID, Party(WHO), Party(WHO), "SEND", USD, TransactionType("TRANSFER", "PAYER", "CONSUMER"))
GIVEN = QuotesPut(USD, "2026-11-20T08:00:30.000Z", PACKET, HASH)
_SIDES = (FxMoney("USD", "10"), FxMoney("KES", "1290"))
PRICED = FxQuotesPut(FxConversion(UUID, "banka", "dfspx", "SEND", *_SIDES, "2026-11-20T08:00:30.000Z"), HASH)
HELD_IN_SHILLINGS = Account(other_id="22", currency="KES")
ERROR = ErrorBody(ErrorInformation("3204", "no"))
QUOTE_ERROR = QuoteErrorBody(QuoteErrorInformation("3204", "no"))
PERSON = ("MSISDN", "22507008181")


class Desk:
    """An intake on a memory bus whose lanes keep what they get."""

    def __init__(self, found=()):
        self.bus = MemoryBus()
        self.got = []
        self.asked = []
        self.found = found
        self.intake = Intake(DIRECTORY, self.bus, lambda: NOW, SCHEME, self.find)

    async def open(self, *lanes):
        for lane in lanes or ("ledger", "lookup", "journey.0"):
            await self.bus.serve_lane(lane, self._taker(lane))
        return self

    def _taker(self, lane):
        async def take(parcels):
            self.got += [(lane, parcel.command) for parcel in parcels]
            return [Receipt(state="TAKEN") for _ in parcels]

        return take

    async def find(self, sender, ids):
        self.asked.append((sender, ids))
        return self.found


def fspiop(resource, kind, ids, body=None, *, to="dfspy", query=(), **more):
    text = msgspec.json.encode(body) if body else b""
    original = Original(Dialect.FSPIOP, "POST", f"/{resource}", (), text, hashlib.sha256(text).hexdigest())
    return IncomingFspiop(resource, kind, ids, "1.1", (), FspId("dfspx"), FspId(to) if to else None, body, original,
                          query, **more)  # fmt: skip


def iso(document, to="Hub", sender="banka"):
    header = Head001(
        sender=Endpoint(institution=FinancialInstitution(other_id=sender)),
        receiver=Endpoint(institution=FinancialInstitution(other_id=to)),
        business_message_id="B-1", message_definition=document.definition, created="2026-11-20T08:00:00Z",
    )  # fmt: skip
    original = Original(Dialect.ISO_XML, "POST", document.definition, (), b"<x/>", "d")
    business = BusinessMessage(header, document, document.definition, header.definition, "")
    return IncomingIso(business, original, sender, "B-1", signed=True)


def paying(**fields):
    one = msgspec.structs.replace(BASE.transactions[0], **fields)
    return msgspec.structs.replace(BASE, transactions=(one,))


def report(**fields):
    return Pacs002(message_id="S", created="2026-11-20T08:00:01Z", transactions=(TransactionStatus(**fields),))


@pytest.mark.parametrize(
    ("message", "lane", "command"),
    [
        (fspiop("transfers", Kind.POST, (UUID,), POST), "ledger", commands.Prepare),
        (fspiop("transfers", Kind.PUT, (UUID,), TransfersPut("COMMITTED", HASH)), "ledger", commands.Fulfil),
        (fspiop("transfers", Kind.PUT_ERROR, (UUID,), ERROR), "ledger", commands.Reject),
        (fspiop("transfers", Kind.GET, (UUID,)), "ledger", commands.Query),
        (fspiop("quotes", Kind.POST, (UUID,), QUOTE), "journey.0", commands.RequestTerms),
        (fspiop("quotes", Kind.PUT, (UUID,), GIVEN, to="banka"), "journey.0", commands.AnswerTerms),
        (fspiop("quotes", Kind.PUT_ERROR, (UUID,), QUOTE_ERROR), "journey.0", commands.AnswerTerms),
        (fspiop("quotes", Kind.GET, (UUID,)), "journey.0", commands.QueryTerms),
        (fspiop("fxQuotes", Kind.PUT, (UUID,), PRICED, to="banka"), "journey.0", AnswerRate),
        (fspiop("fxQuotes", Kind.PUT_ERROR, (UUID,), QUOTE_ERROR, to="banka"), "journey.0", AnswerRate),
        (fspiop("fxQuotes", Kind.PUT, (UUID,), PRICED), "journey.0", Forward),
        (fspiop("fxQuotes", Kind.PUT_ERROR, (UUID,), QUOTE_ERROR), "journey.0", Forward),
        (fspiop("fxQuotes", Kind.GET, (UUID,), to="banka"), "journey.0", Forward),
        (fspiop("parties", Kind.GET, PERSON, to=None), "lookup", commands.LookUpParty),
        (fspiop("parties", Kind.PUT, PERSON, PartiesPut(Party(WHO))), "lookup", commands.AnswerParty),
        (fspiop("parties", Kind.PUT, PERSON, PartiesPut(Party(WHO)), to="banka"), "journey.0", commands.AnswerParty),
        (fspiop("parties", Kind.PUT_ERROR, PERSON, ERROR, to="banka"), "journey.0", commands.AnswerParty),
        (fspiop("parties", Kind.PUT_ERROR, PERSON, ERROR), "lookup", commands.AnswerParty),
        (fspiop("participants", Kind.GET, PERSON, to=None), "lookup", commands.LookUpParticipant),
        (fspiop("participants", Kind.POST, PERSON, ParticipantPost("dfspx")), "lookup", commands.RegisterParty),
        (fspiop("participants", Kind.PUT, PERSON, ParticipantPut()), "lookup", commands.RegisterParty),
        (fspiop("participants", Kind.DELETE, PERSON), "lookup", commands.RegisterParty),
        (fspiop("participants", Kind.PUT_ERROR, PERSON, ERROR), "lookup", Forward),
        (fspiop("participants", Kind.BATCH_PUT, (UUID,)), "lookup", Forward),
        (fspiop("participants", Kind.BATCH_PUT_ERROR, (UUID,), ERROR), "lookup", Forward),
        (fspiop("participants", Kind.BATCH_POST, (UUID,), ParticipantsPost(UUID, (WHO,))), "lookup",
         commands.RegisterParties),
        (fspiop("parties", Kind.GET, PERSON, fault=fault("MALFORMED")), "lookup", commands.Refuse),
        (fspiop("transfers", Kind.POST, (UUID,), POST, fault=fault("ZERO_AMOUNT")), "ledger", commands.Refuse),
    ],
)  # fmt: skip
async def test_each_fspiop_message_has_its_lane(message, lane, command):
    desk = await Desk().open()
    assert (await desk.intake.fspiop(message)).state == "TAKEN"
    ((found_lane, found),) = desk.got
    assert (found_lane, type(found)) == (lane, command)
    assert (found.envelope.sender, found.envelope.received_at) == ("dfspx", NOW)


@pytest.mark.parametrize(
    ("message", "lane", "command"),
    [
        (iso(BASE), "journey.0", commands.Prepare),
        (iso(paying(creditor_agent=FinancialInstitution(bicfi="BANBKENA"))), "ledger", commands.Prepare),
        (iso(paying(creditor_agent=FinancialInstitution())), "journey.0", commands.Prepare),
        (iso(paying(creditor_agent=FinancialInstitution(bicfi="BANBKENA"), creditor_account=HELD_IN_SHILLINGS)),
         "journey.0", commands.Prepare),
        (iso(paying(creditor_agent=FinancialInstitution(bicfi="NOBODYXX"))), "ledger", commands.Prepare),
        (iso(BASE, to="nobody"), "ledger", commands.Prepare),
        (iso(msgspec.structs.replace(BASE, transactions=BASE.transactions * 2)), "ledger", commands.Refuse),
        (iso(report(status="ACSP", original_uetr=UUID), sender="bankb"), "ledger", commands.Fulfil),
        (iso(report(status="RJCT", original_uetr=UUID), sender="bankb"), "ledger", commands.Reject),
        (iso(report(status="PDNG", original_uetr=UUID), sender="bankb"), "ledger", commands.Note),
        (iso(report(status="ACSP", original_end_to_end_id="E"), sender="bankb"), "ledger", commands.Refuse),
    ],
)  # fmt: skip
async def test_each_bank_message_has_its_lane(message, lane, command):
    desk = await Desk().open()
    assert (await desk.intake.iso(message)).state == "TAKEN"
    ((found_lane, found),) = desk.got
    assert (found_lane, type(found), found.envelope.message_id) == (lane, command, "B-1")
    assert found.envelope.content_hash and found.envelope.signed


async def test_a_payment_for_a_bank_explains_itself_from_its_packet():
    golden = msgspec.json.decode((GOLDEN / "wallet_pays_bank.transfer.json").read_bytes(), type=TransfersPost)
    desk = await Desk().open()
    await desk.intake.fspiop(fspiop("transfers", Kind.POST, (golden.transfer_id,), golden, to="bankb"))
    terms = desk.got[0][1].terms
    assert (terms.payer.display_name, terms.payee.name, terms.note) == ("Awa Koné", "Blumen Otto", "Roses")


async def test_only_references_of_its_own_are_searched_for():
    desk = await Desk((TransferId(UUID),)).open()
    await desk.intake.iso(iso(report(status="ACSP", original_end_to_end_id="E"), sender="bankb"))
    await desk.intake.iso(iso(report(status="ACSP", original_uetr=UUID), sender="bankb"))
    assert [command.transfer_id for _, command in desk.got] == [UUID, UUID]
    assert [(sender, ids.end_to_end_id) for sender, ids in desk.asked] == [("bankb", "E")]


async def test_references_of_two_payments_are_never_guessed():
    desk = await Desk((TransferId(UUID), TransferId(HASH))).open()
    await desk.intake.iso(iso(report(status="ACSP", original_end_to_end_id="E"), sender="bankb"))
    assert "more than one" in desk.got[0][1].fault.description


async def test_a_report_addressed_to_the_payers_bank_says_so():
    desk = await Desk().open()
    for to in ("Hub", "banka"):
        await desk.intake.iso(iso(report(status="ACSP", original_uetr=UUID), to=to, sender="bankb"))
    assert [command.envelope.receiver for _, command in desk.got] == [None, "banka"]


async def test_a_lane_that_does_not_answer_means_try_again():
    desk = await Desk().open("lookup")
    receipt = await desk.intake.iso(iso(BASE))
    assert (receipt.retry_after, receipt.fault.fspiop) == (1, "2005")


async def test_a_rejection_of_what_the_hub_sent_is_kept():
    desk = await Desk().open()
    await desk.intake.iso(iso(Admi002(reference="H-1", reason="X")))
    ((lane, command),) = desk.got
    assert (lane, type(command)) == ("journey.0", KeepMessage)
