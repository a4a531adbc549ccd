"""Real payments of others, re-addressed and re-dated: each becomes a Prepare, or a fault that says why not."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from iso import gate
from iso.messages import pacs008
from iso.messages.fields import FinancialInstitution
from schemas.canonical.events import Reserved
from schemas.canonical.identity import FspId
from schemas.canonical.transfer import Transfer, TransferState
from tests.unit.translator.world import BANK_B, NOW, payment, prepared, told
from translator.iso.moments import moment_out

SAMPLES = sorted((Path(__file__).parents[4] / "shared" / "iso20022" / "samples" / "valid").glob("pacs.008*.xml"))
REFUSED = {"pacs.008.001.12-iso20022-client-65dad6.xml": "AM01", "pacs.008.001.12-iso20022-client-f51190.xml": "AM01"}


def readdressed(path):
    parsed = gate.read(path.read_bytes(), gate.Limits(plain=False))
    message = pacs008.read(parsed.document_el)
    (one,) = message.transactions
    mine, theirs = FinancialInstitution(bicfi="BANAKENA"), FinancialInstitution(bicfi="BANBKENA")
    one = msgspec.structs.replace(
        one, debtor_agent=mine, creditor_agent=theirs, instructing_agent=None, instructed_agent=None,
        settlement_date="2026-11-20", accepted=None, reject_time=None,
    )  # fmt: skip
    return msgspec.structs.replace(
        message, created=moment_out(NOW), transactions=(one,), clearing_system=None, instructing_agent=mine,
        instructed_agent=theirs, settlement_date=None,
    )  # fmt: skip


@pytest.mark.skipif(not SAMPLES, reason="the folder of shared data is not beside this repository")
def test_every_sample_is_a_payment_or_says_why_not():
    for path in SAMPLES:
        command = prepared(readdressed(path))
        assert (command.fault and command.fault.iso) == REFUSED.get(path.name), path.name
        assert command.expiry == NOW + timedelta(seconds=30)


@pytest.mark.skipif(not SAMPLES, reason="the folder of shared data is not beside this repository")
@pytest.mark.parametrize("version", ["02", "08", "10", "12", "13"])
def test_every_sample_can_be_written_from_its_terms(version):
    iso = msgspec.structs.replace(BANK_B.iso, versions={"pacs.008": f"pacs.008.001.{version}"})
    receiver = msgspec.structs.replace(BANK_B, iso=iso)
    for path in SAMPLES:
        command = prepared(readdressed(path))
        transfer = Transfer(
            command.transfer_id, command.payer, FspId("bankb"), command.amount, command.expiry, command.terms,
            TransferState.RESERVED, b"", NOW,
        )  # fmt: skip
        after = payment(told(Reserved(transfer), receiver).body).transactions[0]
        assert after.debtor.name == readdressed(path).transactions[0].debtor.name
