"""The judge of a kill test: the clients' own journals on one side, the tables on the other, and what differs."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from schemas.canonical.money import Money
from switch.sandbox.journal import Journal, Way
from switch.sandbox.outcome import End
from switch.sandbox.scheme import Scheme
from tests.e2e.kill_hub import KillableHub
from tests.e2e.kill_load import CURRENCY, Load

_SETTLED = {"ACSC", "ACCC", "COMMITTED"}
_OPEN = {"", "RESERVED", "RECEIVED", "ACSP", "ACTC", "RCVD", "PDNG"}
_ANSWERS = ("pacs.002", "PUT /transfers", "PATCH /transfers")


def journals(scheme: Scheme) -> dict[str, Journal]:
    """The journal of every counterparty."""
    return {side.name: side.journal for side in (*scheme.banks.values(), *scheme.dfsps.values())}


def told(journal: Journal, key: str) -> set[str]:
    """The ends a participant was told of one payment: COMMITTED, ABORTED, or both, which must not be."""
    words = (entry.word for entry in journal.about(key, Way.RECEIVED) if entry.kind.startswith(_ANSWERS))
    return {"COMMITTED" if word in _SETTLED else "ABORTED" for word in words if word not in _OPEN}


def every_payment_ended(load: Load) -> Iterator[str]:
    """Nothing accepted is unanswered."""
    for paid in load.paid:
        if paid.outcome is not None and paid.outcome.end not in (End.SETTLED, End.REFUSED):
            yield f"{paid.payer} -> {paid.payee} {paid.key}: {paid.outcome}"


def clients_agree_with_the_books(load: Load, hub: KillableHub) -> Iterator[str]:
    """Nothing accepted is lost, nothing was made up, and all who were told anything were told the truth."""
    books = {row[0]: row[1:] for row in hub.query("SELECT id, payer, payee, units, currency, state FROM transfers")}
    known = journals(load.scheme)
    for paid in load.paid:
        if paid.outcome is None:
            continue
        row = books.pop(paid.key, None)
        settled = paid.outcome.end is End.SETTLED
        if row is None:
            # A bank's payment can end before it becomes a transfer; then nobody but its payer hears of it.
            if settled or paid.payer not in load.scheme.banks or told(known[paid.payee], paid.key):
                yield f"{paid.key} ({paid.outcome.end}) is not in the books"
            continue
        payer, payee, units, currency, state = row
        if (payer, payee, Money(int(units), currency)) != (paid.payer, paid.payee, paid.amount):
            yield f"{paid.key} is in the books as {row}, not as {paid}"
        if state != ("COMMITTED" if settled else "ABORTED"):
            yield f"{paid.key} ended {paid.outcome.end} for its payer and is {state} in the books"
        for name in (paid.payer, paid.payee):
            if told(known[name], paid.key) - {state}:
                yield f"{name} was told {told(known[name], paid.key)} of {paid.key}, which is {state}"
        if state == "COMMITTED" and not told(known[payee], paid.key):
            yield f"{payee} was never told that {paid.key} was committed"
    yield from (f"{key} is in the books and nobody's: {row}" for key, row in books.items())


def nothing_came_twice(load: Load) -> Iterator[str]:
    """A payment may be brought again, but only as the same message."""
    for name, journal in journals(load.scheme).items():
        found: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for entry in journal.entries:
            if entry.way is Way.RECEIVED and entry.kind.startswith(("pacs.008", "POST /transfers")):
                found[entry.kind, entry.key].add((entry.id, entry.amount))
            if entry.kind == "DEFECT":
                yield f"{name}: {entry.detail}"
        yield from (f"{name} got {key} as {ways}" for key, ways in found.items() if len(ways) > 1)
        credited = Counter(entry.key for entry in journal.entries if entry.way is Way.CREDITED)
        yield from (f"{name} credited {key} {count} times" for key, count in credited.items() if count > 1)


async def positions_are_what_clients_reckon(load: Load) -> list[str]:
    """What each has paid and got, by its own journal, is its position."""
    known, reckoned = journals(load.scheme), Counter[str]()
    for paid in load.paid:
        if told(known[paid.payer], paid.key) == {"COMMITTED"}:
            reckoned[paid.payer] += paid.amount.units
        if told(known[paid.payee], paid.key) == {"COMMITTED"}:
            reckoned[paid.payee] -= paid.amount.units
    found = {name: (await load.scheme.operator.position(name, CURRENCY)).units for name in known}
    return [
        f"{name} reckons {reckoned[name]}, the hub {found[name]}" for name in known if found[name] != reckoned[name]
    ]


async def judge(load: Load, hub: KillableHub) -> list[str]:
    """Everything that is wrong."""
    checked = await hub.check()
    broken = [str(each) for each in checked["invariants"] if not each["holds"]]
    if checked["status"] != 0 and not broken:
        broken.append(f"isoloop check ended with {checked['status']}")
    parked = [f"parked: {row}" for row in hub.query("SELECT * FROM parked")]
    results = "SELECT lane, seq, receiver, kind, parked FROM outbox WHERE delivery = 'result' AND parked IS NOT NULL"
    return [
        *broken,
        *parked,
        *(f"a result was given up: {row}" for row in hub.query(results)),
        *every_payment_ended(load),
        *clients_agree_with_the_books(load, hub),
        *nothing_came_twice(load),
        *await positions_are_what_clients_reckon(load),
    ]
