"""Message pairs kept as files: each side becomes the other, byte for byte in meaning, schema-valid, losses declared."""

import json

import msgspec
import pytest

from fspiop.messages.quotes import QuotesPost
from fspiop.messages.schema import BodySchema
from fspiop.messages.transfers import TransfersPost
from schemas.canonical.events import Aborted, Committed, Reserved, Role, TermsAsked
from schemas.canonical.identity import FspId
from schemas.canonical.transfer import Transfer, TransferState
from switch.intake import _transaction
from tests.unit.translator.world import (
    BANK_B,
    CONTEXT,
    DFSP_X,
    DIRECTORY,
    GOLDEN,
    HASH,
    NOW,
    PACKET,
    bank_envelope,
    dfsp_envelope,
    payment,
    prepared,
    refusal,
    told,
    transfer,
    typed,
)
from translator.fspiop import transfers
from translator.iso import held
from translator.iso.agents import AgentIds
from translator.iso.checks import Scheme
from translator.iso.reports import status_of, transfer_named
from translator.iso.transfers import credit_transfer, prepare
from translator.losses import leaves
from translator.outgoing import Task

QUOTE = "7c23e80c-d078-4077-8263-2c047876fcf6"


def golden(name):
    return (GOLDEN / name).read_bytes()


def bank_transfer(body):
    command = prepared(payment(body))
    terms = msgspec.structs.replace(command.terms, packet=PACKET, condition=HASH)
    return Transfer(
        command.transfer_id, command.payer, FspId("dfspx"), command.amount, command.expiry, terms,
        TransferState.RESERVED, b"", NOW, condition=HASH,
    )  # fmt: skip


def wallet_transfer(**fields):
    body = BodySchema(TransfersPost).read(golden("wallet_pays_bank.transfer.json"))
    command = transfers.prepare(body, dfsp_envelope(), _transaction(body.ilp_packet))
    return transfer(command.terms, id=command.transfer_id, **fields)


def without_hash(body):
    tree = json.loads(body)
    entries = tree["extensionList"]["extension"]
    tree["extensionList"]["extension"] = [entry for entry in entries if entry["key"] != "iso.hash"]
    return tree


def test_a_bank_payment_becomes_this_quote():
    terms = bank_transfer(golden("bank_pays_wallet.pacs008.xml")).terms
    sent = told(TermsAsked(FspId("banka"), QUOTE, terms), DFSP_X).body
    assert isinstance(BodySchema(QuotesPost).read(sent), QuotesPost)
    assert without_hash(sent) == without_hash(golden("bank_pays_wallet.quote.json"))


def test_a_bank_payment_becomes_this_transfer():
    sent = told(Reserved(bank_transfer(golden("bank_pays_wallet.pacs008.xml"))), DFSP_X).body
    assert isinstance(BodySchema(TransfersPost).read(sent), TransfersPost)
    assert without_hash(sent) == without_hash(golden("bank_pays_wallet.transfer.json"))


@pytest.mark.parametrize("version", ["02", "08", "10", "12", "13"])
def test_a_bank_payment_survives_up_to_its_declared_losses(version):
    before = payment(golden("bank_pays_wallet.pacs008.xml"))
    kept = bank_transfer(golden("bank_pays_wallet.pacs008.xml"))
    task = Task(BANK_B, CONTEXT)
    after = dict(leaves(credit_transfer(kept, f"pacs.008.001.{version}", task)))
    lost = {loss.path for loss in (*held.not_held(before), *task.losses)}
    spelled = {"transactions.0.accepted", "transactions.0.debtor_agent.bicfi", "definition"}
    as_proxy = "transactions.0.creditor_account.other_id"
    moved = {"transactions.0.reject_time"} if version == "13" else set()
    for path, text in leaves(before):
        if path not in lost | spelled | moved | {as_proxy}:
            assert after.get(path) == text, path


def test_the_losses_of_a_bank_payment_are_these():
    told_lost = [loss.path for loss in held.not_held(payment(golden("bank_pays_wallet.pacs008.xml")))]
    assert told_lost == golden("bank_pays_wallet.lost.txt").decode().splitlines()


def test_a_wallet_payment_becomes_this_pacs008():
    sent = told(Reserved(wallet_transfer()), BANK_B)
    assert payment(sent.body) == payment(golden("wallet_pays_bank.pacs008.xml"))
    assert [loss.path for loss in sent.losses] == ["ilpPacket", "payer.birth_date"]


def test_a_wallet_payment_is_valid_in_every_version():
    for version in ("02", "08", "10", "12", "13"):
        iso = msgspec.structs.replace(BANK_B.iso, versions={"pacs.008": f"pacs.008.001.{version}"})
        sent = told(Reserved(wallet_transfer()), msgspec.structs.replace(BANK_B, iso=iso))
        assert payment(sent.body).definition == sent.version == f"pacs.008.001.{version}"


def test_the_outcomes_of_a_wallet_payment_are_these_reports():
    committed = wallet_transfer(state=TransferState.COMMITTED, completed=NOW)
    aborted = wallet_transfer(state=TransferState.ABORTED, completed=NOW, fault=refusal())
    for name, event in (("committed", Committed(committed, Role.PAYEE)), ("rejected", Aborted(aborted, Role.PAYEE))):
        assert typed(told(event, BANK_B).body) == typed(golden(f"wallet_pays_bank.{name}.pacs002.xml"))


def test_the_ids_the_hub_gave_name_the_transfer_again():
    report = typed(golden("wallet_pays_bank.committed.pacs002.xml"))
    assert transfer_named(status_of(report)[0]) == wallet_transfer().id


def test_a_wallet_payment_seen_as_a_bank_payment_keeps_amount_parties_and_note():
    message = payment(golden("wallet_pays_bank.pacs008.xml"))
    back = prepare(message, bank_envelope(sender="dfspx"), AgentIds(other_id="Hub"), DIRECTORY, Scheme())
    first = wallet_transfer()
    assert (back.transfer_id, back.amount, back.expiry) == (first.id, first.amount, first.expiry)
    assert (back.terms.note, back.terms.scenario) == ("Roses", "PAYMENT")
    assert back.terms.payer.id == first.terms.payer.id and back.terms.payee.id == first.terms.payee.id
    assert back.fault is None
