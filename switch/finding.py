"""Which payment a bank means by its references, looked for in the store only where no id of the hub's is given."""

from collections.abc import Sequence
from typing import Final

from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.returns import Returns
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Transfer
from schemas.canonical.twins import uuid_of
from switch.store.port import Store
from translator.iso.reports import OriginalIds
from translator.iso.transfers import references_out

_NONE: Final = "NOTPROVIDED"
_RETURN: Final = ("pacs.004.", "pacs.007.")


class Payments:
    """Finds payments for messages about them. Never guesses: several finds are the caller's to refuse."""

    def __init__(self, store: Store) -> None:
        """Read from this store."""
        self._store = store

    async def __call__(self, sender: FspId, ids: OriginalIds) -> list[TransferId]:
        """The payments that wait for that bank's answer and carry every reference it gave; else those that did wait.

        An answer may be repeated, and be followed by others.
        """
        waiting = [found.id for found in await self._store.open_transfers(sender) if fits(found, ids)]
        return waiting or [found.id for found in await self.known(sender, ids) if found.payee == sender]

    async def known(self, bank: FspId, ids: OriginalIds) -> list[Transfer]:
        """The payments from or to that bank, whatever became of them, that the ids name."""
        if (ids.message_name or "").startswith(_RETURN):
            return await self.returns(bank, ids)
        if ids.named is not None:
            found = await self._store.transfer(ids.named)
            if found is not None:
                return [found] if bank in (found.payer, found.payee) else []
        return [one for one in await self._called(bank, ids) if one.returns is None and fits(one, ids)]

    async def returns(self, bank: FspId, ids: OriginalIds) -> list[Transfer]:
        """The returns from or to that bank: those whose message or RtrId the ids give, else of the original they name.

        Of several returns of one original those come first that wait for an answer.
        """
        called = [one for one in await self._called(bank, ids) if one.returns is not None and _is_called(one, ids)]
        if called:
            return called
        counted = await self._store.record(Returns, ids.named) if ids.named is not None else None
        if not isinstance(counted, Returns):
            return []
        parts = [await self._store.transfer(part.id) for part in counted.parts]
        mine = [one for one in parts if one is not None and bank in (one.payer, one.payee)]
        return [one for one in mine if not one.final] or mine

    async def refunded(self, payer: FspId, payee: FspId, transaction_id: str) -> list[Transfer]:
        """The payments from `payee` that FSPIOP calls so, or whose transfer id it is."""
        names = [name for name in (transaction_id, uuid_of(transaction_id)) if name is not None]
        by_id = [await self._store.transfer(name) for name in names]
        found = [*(one for one in by_id if one is not None), *await self._store.transfers_called(payer, names)]
        mine = {one.id: one for one in found if (one.payer, one.payee) == (payee, payer)}
        return [one for one in mine.values() if one.terms.transaction_id in names or one.id in names]

    async def _called(self, bank: FspId, ids: OriginalIds) -> Sequence[Transfer]:
        """What bears the most telling of the references given."""
        given = (ids.transaction_id, ids.end_to_end_id, ids.instruction_id, ids.message_id)
        name = next((one for one in given if one and one != _NONE), None)
        if name is None:
            return []
        found = await self._store.transfers_called(bank, [name])
        return list({one.id: one for one in found}.values())


def fits(transfer: Transfer, ids: OriginalIds) -> bool:
    """A payment is called by its sender's references, or by those the hub gave it."""
    own, told = transfer.terms.references or IsoReferences(), references_out(transfer)
    pairs = (
        (ids.end_to_end_id, {told.end_to_end_id}),
        (ids.transaction_id, {told.transaction_id}),
        (ids.instruction_id, {told.instruction_id}),
        (ids.message_id, {told.message_id, own.message_id}),
    )
    given = [(wanted, held) for wanted, held in pairs if wanted]
    return bool(given) and all(wanted in held for wanted, held in given)


def _is_called(transfer: Transfer, ids: OriginalIds) -> bool:
    """Whether a return is named itself, not only its original."""
    told = references_out(transfer)
    by_message = ids.message_id is not None and ids.message_id == told.message_id
    named = {ids.transaction_id, ids.instruction_id} - {None}
    return by_message or told.transaction_id in named
