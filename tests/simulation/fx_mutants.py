"""Defects of conversions put in on purpose; the auditor must see each."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from schemas.canonical.conversion import Conversions
from schemas.canonical.events import Corrected
from schemas.canonical.outcome import Outcome
from schemas.canonical.transfer import Transfer
from switch import conversions, engine, transfer_answers, transfer_checks, transfer_ties, transfers
from switch.store.memory import MemoryStore
from switch.transfer_table import TABLE, Case

Patch = pytest.MonkeyPatch


def conversion_left_behind(patch: Patch) -> None:
    """A transfer ends without its conversion, and the other way round."""
    patch.setattr(transfers, "follow", lambda state, outcome: outcome)


def conversion_expires_alone(patch: Patch) -> None:
    """A conversion that expires leaves its transfer on its way."""
    follow = transfer_ties.follow

    def lazy(state: Any, outcome: Outcome) -> Outcome:
        expired = [one for one in outcome.puts if isinstance(one, Transfer) and one.converts and one.fault]
        return outcome if any(one.fault.name == "EXPIRED" for one in expired) else follow(state, outcome)

    patch.setattr(transfers, "follow", lazy)


def payer_debited_for_its_provider(patch: Patch) -> None:
    """A converted transfer is reserved on its payer's account."""
    patch.setattr(conversions, "_through_provider", lambda state, command, payee: conversions.Route())


def conversion_commits_alone(patch: Patch) -> None:
    """A conversion is done when its provider fulfils it."""
    row = TABLE[Case.FULFIL_WAITS]
    commits = TABLE[Case.FULFIL_COMMITS]
    patch.setitem(TABLE, Case.FULFIL_WAITS, row._replace(after=commits.after, phase=commits.phase))


def provider_not_told(patch: Patch) -> None:
    """A provider hears nothing of the end."""
    patch.setitem(TABLE, Case.CONVERSION_COMMITS, TABLE[Case.CONVERSION_COMMITS]._replace(tells=()))


def initiator_not_told(patch: Patch) -> None:
    """The fulfilment of a provider stays in the hub."""
    patch.setitem(TABLE, Case.FULFIL_WAITS, TABLE[Case.FULFIL_WAITS]._replace(tells=()))


def payee_credited_besides_its_provider(patch: Patch) -> None:
    """A payee that had it converted gets the source amount too."""
    patch.setattr(transfers, "credited", lambda state, transfer: ())


def conversion_not_awaited(patch: Patch) -> None:
    """A transfer goes on whether its conversion is fulfilled or not."""
    waiting = conversions.TransferState.FULFILLED_WAITING

    def hasty(state: Any, transfer_id: str, payer: Any, payee: Any) -> Any:
        for found in tied(state, transfer_id, payer, payee):
            yield found if found.final else msgspec.structs.replace(found, state=waiting)

    tied = conversions.tied
    through = conversions._through_provider

    def blind(state: Any, command: Any, payee: Any) -> Any:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(conversions, "tied", hasty)
            return through(state, command, payee)

    patch.setattr(conversions, "_through_provider", blind)


def amounts_not_compared(patch: Patch) -> None:
    """A converted transfer may be of another amount than its conversion gives."""
    route = conversions.route

    def loose(state: Any, command: Any, payee: Any) -> Any:
        found = list(conversions.tied(state, command.transfer_id, command.payer, payee))
        if command.target is None and found and found[0].state is conversions.TransferState.FULFILLED_WAITING:
            return conversions.Route((conversions.Leg(found[0].payee, payee, command.amount),))
        return route(state, command, payee)

    patch.setattr(transfer_checks, "route", loose)


def ties_not_loaded(patch: Patch) -> None:
    """An owner knows only the conversions it still has in memory."""
    load = MemoryStore.load

    async def bare(self: MemoryStore, lane: str, keys: Any, messages: Any) -> Any:
        return await load(self, lane, [key for key in keys if key[0] is not Conversions], messages)

    patch.setattr(MemoryStore, "load", bare)


def register_loaded_without_its_transfers(patch: Patch) -> None:
    """The register is read, what it ties together is not."""

    def alone(self: MemoryStore, name: str) -> Any:
        held = self._records.get((Transfer, name))
        found = self._records.get((Conversions, (held and held[1].determines) or name))
        return [found[1]] if found else []

    patch.setattr(MemoryStore, "_tied", alone)


def release_of_the_message_s_amount(patch: Patch) -> None:
    """What is given back is the amount of the message, not what was reserved."""
    postings = transfer_answers._postings
    patch.setattr(
        transfer_answers, "_postings",
        lambda state, transfer, phase: postings(state, msgspec.structs.replace(transfer, legs=()), phase),
    )  # fmt: skip
    patch.setattr(engine, "apply", _careless(engine.apply))


def _careless(apply: Any) -> Any:
    def careless(posting: Any, debit: Any, credit: Any, now: Any) -> Any:
        rich = 10**15
        moved = apply(posting, *(_more(account, rich) for account in (debit, credit)), now)
        return msgspec.structs.replace(moved, debit=_more(moved.debit, -rich), credit=_more(moved.credit, -rich))

    return careless


def _more(account: Any, units: int) -> Any:
    pending = account.debits_pending + units, account.credits_pending + units
    return msgspec.structs.replace(account, debits_pending=pending[0], credits_pending=pending[1])


def correction_says_it_was_converted(patch: Patch) -> None:
    """A provider whose conversion was ended is told that it was done."""

    def wrong(found: Any) -> Any:
        transfer = found.transfer
        state = conversions.TransferState.COMMITTED
        return transfer_answers._event(found, transfer.payee, Corrected(msgspec.structs.replace(transfer, state=state)))

    patch.setitem(transfer_answers._TELL, transfer_answers.Tell.PAYEE_END, wrong)


FX_MUTANTS: tuple[Callable[[Patch], None], ...] = (
    conversion_left_behind,
    conversion_expires_alone,
    payer_debited_for_its_provider,
    conversion_commits_alone,
    provider_not_told,
    initiator_not_told,
    payee_credited_besides_its_provider,
    conversion_not_awaited,
    amounts_not_compared,
    ties_not_loaded,
    register_loaded_without_its_transfers,
    release_of_the_message_s_amount,
    correction_says_it_was_converted,
)
