"""What a commit adds to settlement: its window, and where a model settles payment by payment its settlement at once.

The window of a leg is the one that is open when the leg is committed, written in the same transaction. Legs of
conversions are committed with the transfer they wait for, so they are in the window of that one, and so are fees.
"""

from collections.abc import Iterator

import msgspec

from schemas.canonical.commands import Command
from schemas.canonical.outcome import Outcome, Phase, Posting
from schemas.canonical.participants import AccountType, LedgerAccount, SettlementModel
from schemas.canonical.settlement import CYCLE, Cycle
from settlement.netting import GROSS, IMMEDIATE, model_of
from switch.engine import Step
from switch.fees import charged
from switch.state import State

_FINAL = frozenset({Phase.COMMIT, Phase.POST})


def cleared(step: Step) -> Step:
    """The step of transfers, with each committed leg in its window and settled where that happens at once."""

    def decide(state: State, command: Command) -> Outcome:
        outcome = step(state, command)
        for posting in outcome.postings:
            if posting.phase in _FINAL:
                return _in_window(state, outcome)
        return outcome

    return decide


def _in_window(state: State, outcome: Outcome) -> Outcome:
    cycle = state.get(Cycle, CYCLE) or Cycle()
    postings: list[Posting] = []
    for posting in outcome.postings:
        if posting.phase in _FINAL:
            posting = msgspec.structs.replace(posting, window=cycle.window)
        postings.append(posting)
    puts = outcome.puts if cycle.filled else (*outcome.puts, msgspec.structs.replace(cycle, filled=True))
    immediate = [model for model in state.all(SettlementModel) if model.delay == IMMEDIATE and model.active]
    if immediate:
        postings += tuple(_at_once(state, tuple(postings)))
    return charged(state, msgspec.structs.replace(outcome, puts=puts, postings=tuple(postings)), cycle.window)


def _at_once(state: State, postings: tuple[Posting, ...]) -> Iterator[Posting]:
    """For each leg of a currency that is settled gross: both positions back, and the deposits moved instead (16.4)."""
    models = state.all(SettlementModel)
    for posting in postings:
        if posting.window is None:
            continue
        payer, payee = (state.get(LedgerAccount, str(number)) for number in (posting.debit, posting.credit))
        if payer is None or payee is None:
            raise LookupError(f"posting {posting.reference} names an account that does not exist")
        model = model_of(models, payer.type.value, payer.currency)
        if model is None or (model.granularity, model.delay) != (GROSS, IMMEDIATE):
            continue
        pays, gets = (_paired(state, model, account) for account in (payer, payee))
        reference = f"gross {posting.reference} {payer.currency}"
        yield Posting(reference, Phase.POST, payee.id, payer.id, posting.units, window=posting.window)
        yield Posting(reference, Phase.POST, pays.id, gets.id, posting.units)


def _paired(state: State, model: SettlementModel, account: LedgerAccount) -> LedgerAccount:
    kind = AccountType(model.settlement_account_type)
    found = state.account(account.owner, kind, account.currency)
    if found is None:
        raise LookupError(f"{account.owner} has no {kind} account in {account.currency}")
    return found
