"""The hub's side of an account at a settlement agent, out of the books: what should be in the agent's statement of it.

Read off the lanes, in one connection, beside a running hub or without one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import psycopg

from schemas.canonical.conversion import LegState
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import TransferId, iso_reference, uetr_of
from schemas.canonical.instruction_ids import RETURNS_MAX, leg_id, leg_uetr, named_leg, return_id
from schemas.canonical.instructions import AgentStatement, MovementState, SettlementInstruction
from schemas.canonical.late import LateBooking, LateState
from schemas.canonical.participants import AccountType, SettlementModel
from schemas.canonical.settlement_agents import AgentCurrency, SettlementAgent
from schemas.canonical.transfer import Transfer
from settlement.reconciling import HubBooking
from switch.bookings import LATE, transfer_of
from switch.store import codec
from switch.store.kinds import NAMES

_AROUND: Final = timedelta(days=1)
"""The two sides book at different moments: what lies around a statement's time is looked at too."""
_DEPOSIT: Final = "deposit "
_MOVED: Final = (_DEPOSIT, f"{LATE}S")
"""How entries of the movements of settlements begin."""
_RECORDS: Final = "SELECT body::text FROM records WHERE kind = %s"
_ACCOUNT: Final = """
SELECT id FROM accounts WHERE owner = %s AND type = ANY(%s) AND currency = %s"""
_ENTRIES: Final = """
SELECT e.reference, e.credits_posted - e.debits_posted, e.at, t.body, f.body::text
FROM entries e
LEFT JOIN transfers t
    ON t.id = CASE WHEN e.reference LIKE 'gross %%' THEN split_part(e.reference, ' ', 2) ELSE e.reference END
LEFT JOIN records f ON f.kind = %(funds)s AND f.key = e.reference
WHERE e.account = ANY(%(accounts)s) AND e.at >= %(since)s AND e.at < %(until)s AND e.phase IN ('commit', 'post')
ORDER BY e.id"""
_BALANCE: Final = """
SELECT coalesce(sum(credits_posted - debits_posted), 0),
       coalesce(sum(credits_posted - debits_posted)
                FILTER (WHERE reference LIKE 'deposit %%' OR reference LIKE 'late S%%'), 0)
FROM entries WHERE account = ANY(%s) AND at < %s AND phase IN ('commit', 'post')"""

_GIVEN_UP: Final = """
SELECT body FROM transfers
WHERE state = 'ABORTED' AND answered IS NOT NULL AND created >= %s AND created < %s ORDER BY created, id"""
_RETURNED: Final = frozenset({LegState.RETURNING, LegState.RETURNED})


class Place(NamedTuple):
    """An account at an agent: of a participant, or (None) the scheme's own."""

    agent: SettlementAgent
    currency: AgentCurrency
    participant: str | None


class HubSide(NamedTuple):
    """What the hub has of an account: bookings in and around a time, and the balance when it ends."""

    bookings: tuple[HubBooking, ...]
    balance: int | None


class AgentSide:
    """Reads it from a database."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Use that connection; nothing is written."""
        self._connection = connection

    def _records(self, kind: type[Any]) -> Iterator[Any]:
        for (text,) in self._connection.execute(_RECORDS, [NAMES[kind]]):
            yield codec.record(text)

    def places(self, account: str, currency: str, agent: str | None = None) -> list[Place]:
        """Whose account that is, and with which agent: of any, or of that one; several agents may use one number."""
        found: list[Place] = []
        for one in self._records(SettlementAgent):
            for each in one.currencies if agent in (None, one.name) else ():
                if currency and each.currency != currency:
                    continue
                if each.account == account:
                    found.append(Place(one, each, None))
                found += [Place(one, each, str(held.participant)) for held in each.members if held.account == account]
        return found

    def statements(self, agent: str, account: str) -> list[AgentStatement]:
        """The statements that were taken of an account, in their order."""
        found = [one for one in self._records(AgentStatement) if (one.agent, one.account) == (agent, account)]
        return sorted(found, key=lambda one: (one.until or one.taken.isoformat(), one.taken))

    def side(self, place: Place, hub: str, since: datetime, until: datetime) -> HubSide:
        """What the hub has of it; of a participant's account nothing where deposits lie in the scheme's."""
        instructions = [
            one
            for one in self._records(SettlementInstruction)
            if one.agent == place.agent.name and one.currency == place.currency.currency
        ]
        ids = {f"{_DEPOSIT}{one.settlement}/{each.account}": each for one in instructions for each in one.movements}
        returned = (*_returned(instructions, place), *self._returned_legs(place, since, until))
        currency = place.currency.currency
        if place.participant is not None:
            account = self._accounts(place.participant, self._kinds(place.agent), currency)
            found = [*self._bookings(account, ids, since, until, sign=1), *returned] if place.agent.deposits else []
            whole, _ = self._balance(account, until)
            return HubSide(tuple(found), whole if place.agent.deposits else None)
        account = self._accounts(hub, [AccountType.HUB_RECONCILIATION], currency)
        whole, deposits = self._balance(account, until)
        if place.agent.deposits:
            # What leaves a member's account comes to the scheme's, and goes from there to the next.
            own = self._bookings(account, ids, since, until, sign=1)
            return HubSide((*(one for one in own if one.reference.startswith(_MOVED)), *returned), deposits)
        passed = self._passed()
        every = [one for one in self._bookings(account, ids, since, until, sign=-1) if one.reference not in passed]
        settled = self._accounts(hub, [AccountType.HUB_MULTILATERAL_SETTLEMENT], currency)
        booked = {name.removeprefix(_DEPOSIT): each for name, each in ids.items()}
        names = {f"settlement {name}": each for name, each in booked.items() if each.state is MovementState.SETTLED}
        through = [one for one in self._bookings(settled, names, since, until, sign=-1) if one.reference in names]
        return HubSide((*every, *through, *returned), -whole)

    def _returned_legs(self, place: Place, since: datetime, until: datetime) -> Iterator[HubBooking]:
        """Legs that were booked, and given back since another leg could not be: they are in the agent's books alone."""
        if place.participant is None:
            return
        for (body,) in self._connection.execute(_GIVEN_UP, [since - _AROUND, until + _AROUND]):
            transfer = codec.transfer(body)
            for one in transfer.at_agents:
                ends = (one.leg.creditor, one.leg.debtor)
                fits = one.agent == place.agent.name and one.leg.amount.currency == place.currency.currency
                if one.state not in _RETURNED or not fits or place.participant not in ends:
                    continue
                units = one.leg.amount.units if place.participant == one.leg.creditor else -one.leg.amount.units
                at = transfer.completed or transfer.created
                for back in (False, True) if one.state is LegState.RETURNED else (False,):
                    names = (leg_id(one.of, one.place, back=int(back)), leg_uetr(one.of, one.place, back=int(back)))
                    yield HubBooking(names[0], -units if back else units, at, names)

    def _passed(self) -> set[str]:
        """Entries of late bookings that a settlement took over: it moves the same money once more, and back."""
        taken = (one for one in self._records(LateBooking) if one.state is LateState.ACCEPTED)
        return {text for one in taken if one.scheme and one.settlement for text in (one.posting, one.hold)}

    def _kinds(self, agent: SettlementAgent) -> list[AccountType]:
        """The accounts of deposits that move with a member's one account there; fees may have their own here."""
        models = [one for one in self._records(SettlementModel) if one.name in agent.models]
        return sorted({AccountType(one.settlement_account_type) for one in models}) or [AccountType.SETTLEMENT]

    def _accounts(self, owner: str, kinds: list[AccountType], currency: str) -> list[int]:
        rows = self._connection.execute(_ACCOUNT, [owner, [kind.value for kind in kinds], currency]).fetchall()
        return [int(number) for (number,) in rows]

    def _balance(self, accounts: list[int], until: datetime) -> tuple[int, int]:
        row = self._connection.execute(_BALANCE, [accounts, until]).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def _bookings(
        self, accounts: list[int], ids: dict[str, Any], since: datetime, until: datetime, *, sign: int
    ) -> Iterator[HubBooking]:
        asked = {
            "accounts": accounts, "funds": NAMES[FundsMovement], "since": since - _AROUND, "until": until + _AROUND,
        }  # fmt: skip
        for reference, units, at, transfer, funds in self._connection.execute(_ENTRIES, asked):
            named = [ids[reference].id, ids[reference].reference] if reference in ids else []
            named += _of_funds(codec.record(funds)) if funds is not None else []
            named += _of_transfer(codec.transfer(transfer)) if transfer is not None else []
            named += _of_late(reference)
            named.append(transfer_of(reference))
            yield HubBooking(reference, sign * int(units), at, tuple(dict.fromkeys(text for text in named if text)))


def _of_funds(funds: Any) -> list[str]:
    return [funds.id, iso_reference(funds.id), funds.external_reference]


def _of_late(reference: str) -> Iterator[str]:
    """The ids of what was booked late, or of any return of it."""
    if not reference.startswith(LATE):
        return
    key, back = reference.split(" ")[2], reference.endswith(" back")
    leg = named_leg(key)
    for number in range(1, RETURNS_MAX + 1) if back else (0,):
        if leg is None:
            yield return_id(key, number)
        else:
            yield leg_id(leg.transfer_id, leg.place, back=number)
            yield leg_uetr(leg.transfer_id, leg.place, back=number)


def _of_transfer(transfer: Transfer) -> list[str]:
    """A payment's own ids; EndToEndId is its sender's, so it comes last."""
    references = transfer.terms.references
    key = TransferId(transfer.id)
    own = [iso_reference(key), uetr_of(key), *(leg_id(key, 1), leg_uetr(key, 1))]
    return own + ([references.end_to_end_id or ""] if references is not None else [])


def _returned(instructions: list[SettlementInstruction], place: Place) -> Iterator[HubBooking]:
    """Debits that were taken and given back: the hub's books never had them, but the agent's have both."""
    for one in instructions:
        for each in one.movements:
            if each.state not in {MovementState.RETURNING, MovementState.RETURNED}:
                continue
            if place.participant not in (None, each.participant):
                continue
            units = each.units if place.participant is None else -each.units
            yield HubBooking(each.id, units, one.created, (each.id,))
            if each.state is MovementState.RETURNED:
                yield HubBooking(return_id(each.id), -units, one.created, (return_id(each.id),))
