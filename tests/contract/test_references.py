"""Both stores find a payment by its bank's references, for its payer and its payee alone."""

import msgspec

from schemas.canonical.participants import LedgerAccount
from schemas.canonical.terms import IsoReferences
from tests.contract.samples import PAYEE, PAYER, decide, fulfil, prepare, transfer_id
from tests.contract.test_store import lease, store

__all__ = ["lease", "store"]


def referenced(number: int, **references: str):
    command = prepare(number)
    terms = msgspec.structs.replace(command.terms, references=IsoReferences(**references))
    return msgspec.structs.replace(command, terms=terms)


async def test_payment_is_called_by_any_of_its_references(store, lease):
    first = referenced(1, end_to_end_id="E-1", transaction_id="T-1", instruction_id="SAME", message_id="M-1")
    second = referenced(2, end_to_end_id="NOTPROVIDED", instruction_id="SAME", uetr=transfer_id(2))
    lease = await store.commit(lease, decide([first, second, prepare(3)]))
    held = [await store.transfer(transfer_id(number)) for number in (1, 2)]
    await store.commit(lease, decide([fulfil(1)], records=(*held, *await store.records(LedgerAccount))))

    async def called(party: str, *names: str) -> list[str]:
        return sorted(found.id for found in await store.transfers_called(party, names))

    for party in (PAYER, PAYEE):
        for name in ("E-1", "T-1", "M-1", "txn-1"):
            assert await called(party, name) == [transfer_id(1)], name
        assert await called(party, "SAME") == [transfer_id(1), transfer_id(2)]
    assert await called("stranger", "E-1", "SAME") == []
    assert await called(PAYER, "NOTPROVIDED", "txn-3", "nothing") == []
    (found,) = await store.transfers_called(PAYER, ["E-1"])
    assert found.state == "COMMITTED", "the newest value"
    assert len(await store.transfers_called(PAYER, ["SAME"], 1)) == 1
