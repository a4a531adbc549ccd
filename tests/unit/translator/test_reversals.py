"""A bank's pacs.007 becomes what its pacs.004 would become, and nothing of the kind if the payer's bank sent it."""

import msgspec
import pytest

from iso.messages.pacs004 import Pacs004, ReturnedTransaction
from iso.messages.pacs007 import Pacs007
from iso.messages.shape import Amount
from schemas.canonical.commands import Prepare, Refuse
from schemas.canonical.transfer import TransferState
from tests.unit.translator.world import DIRECTORY, SCHEME, UUID, bank_envelope, transfer
from translator.iso import returns
from translator.iso.agents import AgentIds

PAID = transfer(payer="banka", payee="bankb", state=TransferState.COMMITTED)


def message(kind: type[Pacs004] = Pacs007, **changes) -> Pacs004:
    """One that gives 5 of 12.5 USD back."""
    values = {"return_id": "R-1", "original_uetr": UUID, "returned_amount": Amount("5.00", "USD")} | changes
    return kind(
        message_id="M-1", created="2026-11-20T08:00:00Z", number_of_transactions="1", settlement_method="CLRG",
        transactions=(ReturnedTransaction(**values),),
    )  # fmt: skip


def asked(found: Pacs004, sender: str = "bankb", originals=(PAID,)) -> Prepare | Refuse:
    return returns.prepare(
        found, bank_envelope(sender=sender), AgentIds(other_id="Hub"), originals, (DIRECTORY, SCHEME)
    )


def test_it_is_the_return_it_would_be_as_a_pacs004():
    reversal, given_back = asked(message()), asked(message(Pacs004))
    same = ("transfer_id", "payer", "payee", "amount", "expiry", "fault", "returns")
    assert [getattr(reversal, name) for name in same] == [getattr(given_back, name) for name in same]
    assert (reversal.fault, reversal.returns, reversal.payer, reversal.payee) == (None, UUID, "bankb", "banka")
    assert reversal.terms.references.message_name == "pacs.007.001.09"


def test_neither_is_the_others_repeat():
    hashes = {asked(one).envelope.content_hash for one in (message(), message(Pacs004))}
    assert len(hashes) == 2
    again = msgspec.structs.replace(message(), message_id="M-2", created="2026-11-20T09:00:00Z")
    assert asked(again).envelope.content_hash in hashes


def test_who_paid_is_told_to_recall_before_anything_else():
    refused = asked(message(returned_amount=Amount("99.999", "USD")), "banka").fault
    assert (refused.name, refused.iso) == ("NOT_OFFERED", "AG01")
    assert "camt.056" in refused.description
    assert asked(message(Pacs004), "banka").fault is None, "who may return is the ledger's to decide"


def test_a_payment_within_one_bank_is_reversed_by_it():
    own = msgspec.structs.replace(PAID, payer="bankb")
    assert asked(message(), "bankb", (own,)).fault is None


@pytest.mark.parametrize(("originals", "code"), [((), "NOOR"), ((PAID, PAID), "FF01")])
def test_what_names_no_payment_or_several_is_refused_under_its_own_ids(originals, code: str):
    refused = asked(message(), originals=originals)
    assert isinstance(refused, Refuse)
    told = refused.terms.references
    assert (refused.fault.iso, told.transaction_id, told.message_name) == (code, "R-1", "pacs.007.001.09")
