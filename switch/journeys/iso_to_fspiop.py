"""A bank pays a DFSP: lookup, quote and Prepare out of one pacs.008, before any money is reserved.

LOOKING_UP -> QUOTING -> PREPARING: each transition is one answer that came in and one command that goes out. From
PREPARING on only the ledger decides. Ends in REFUSED otherwise, and says the same when it is asked again. Where the
currency changes, a rate and a conversion come between (`conversion`); a payment to another bank then
takes this way too.
"""

import msgspec

from schemas.canonical.commands import AnswerParty, AnswerTerms, Command, Expire, LookUpParty, Prepare, Query
from schemas.canonical.dialogue import Journey, JourneyState, PartyWait, Quote
from schemas.canonical.events import Event
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, derived_uuid
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party, PartyId
from schemas.canonical.payments import FollowPayment, PaymentEnded
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Dialect, Envelope
from switch.dialogue_events import LEDGER_LANE, LOOKUP_LANE, active, handed, party_key
from switch.journeys.currencies import target_of
from switch.journeys.moves import SEND, go_on, refuse, to_be_paid, to_group, told
from switch.state import State
from switch.transfer_news import taken


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a bank's payment that is not with the ledger yet."""
    match command:
        case Prepare():
            return _begin(state, command)
        case AnswerParty():
            return _party_answered(state, command)
        case Expire():
            return _expire(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is no part of a journey")


def wait_key(bank: FspId, party_id: PartyId) -> str:
    """The key under which payments of a bank wait for one party."""
    return f"{bank}/{party_key(party_id)}"


def _begin(state: State, command: Prepare) -> Outcome:
    journey = state.get(Journey, command.transfer_id)
    if journey is not None:
        return _repeated(state, command, journey)
    party_id = command.terms.payee.id
    known = state.get(Transfer, command.transfer_id) is not None
    absent = command.payee is not None and active(state, command.payee) is None
    if known or absent or command.fault is not None or party_id is None:
        return _hand_over(command, party_id)
    journey = Journey(
        command.transfer_id,
        command,
        JourneyState.LOOKING_UP,
        derived_uuid("quote", command.transfer_id),
        command.expiry,
        command.payee,
    )
    if command.expiry <= state.now:
        return refuse(journey, fault("ALREADY_EXPIRED", "the payment expired before it came"))
    key = wait_key(command.payer, party_id)
    waiting = state.get(PartyWait, key) or PartyWait(key)
    joined = msgspec.structs.replace(waiting, journeys=(*waiting.journeys, journey.id))
    events = [_lookup(state, journey, party_id)]
    told = taken(state, command.payer, command.transfer_id, command.terms.references, valid=False)
    if told is not None and command.group is None:
        events.append(told)
    return Outcome((journey, joined), events=tuple(events), state=journey.state.value)


def _lookup(state: State, journey: Journey, party_id: PartyId) -> Event:
    """Ask the payee's FSP who the payee is; while the FSP is not known, ask which it is."""
    bank = journey.prepare.payer
    envelope = Envelope(bank, Dialect.INTERNAL, journey.payee, received_at=state.now)
    asked = LookUpParty(envelope, party_id, _held_in(journey.prepare))
    return handed(LOOKUP_LANE, asked, wait_key(bank, party_id))


def _held_in(command: Prepare) -> str:
    """The currency of the payee's account as far as the bank says."""
    account = command.terms.payee.account
    return (account.currency if account is not None else None) or command.amount.currency


def _hand_over(command: Prepare, party_id: PartyId | None) -> Outcome:
    """What needs no lookup: the ledger refuses it, or knows it already, and keeps its id."""
    if party_id is None and command.fault is None:
        reason = fault("MISSING_ELEMENT", "creditor account, proxy or identification")
        command = msgspec.structs.replace(command, fault=reason)
    return Outcome(events=(handed(LEDGER_LANE, command, command.transfer_id),), state="HANDED")


def _repeated(state: State, command: Prepare, journey: Journey) -> Outcome:
    """The bank says it again: nothing while open, the same refusal, or what the ledger says of it."""
    first, again = journey.prepare.envelope, command.envelope
    if command.group is not None:
        return _ordered_again(journey, command, command.group)
    if (first.sender, first.content_hash) != (again.sender, again.content_hash):
        reason = fault("MODIFIED", f"transfer {journey.id} exists with other content")
        return Outcome(events=(told(again.sender, journey.id, reason, command.terms),), state="MODIFIED")
    if journey.fault is not None:
        event = told(again.sender, journey.id, journey.fault, journey.prepare.terms)
        return Outcome(events=(event,), state=journey.state.value)
    if journey.open:
        return Outcome(state=journey.state.value)
    asked = Query(Envelope(again.sender, again.dialect, received_at=state.now), command.transfer_id)
    return Outcome(events=(handed(LEDGER_LANE, asked, journey.id),), state=journey.state.value)


def _ordered_again(journey: Journey, command: Prepare, group: str) -> Outcome:
    """A message of many payments holds it too: that message's report waits for the same end."""
    first, again = journey.prepare.envelope, command.envelope
    if (first.sender, first.content_hash) != (again.sender, again.content_hash):
        reason = fault("MODIFIED", f"transfer {journey.id} exists with other content")
        event = to_group(PaymentEnded(group, command.transfer_id, reason), journey.id)
        return Outcome(events=(event,), state="MODIFIED")
    if journey.fault is not None:
        event = to_group(PaymentEnded(group, command.transfer_id), journey.id)
        return Outcome(events=(event,), state=journey.state.value)
    joined = msgspec.structs.replace(journey, followers=(*journey.followers, group))
    event = to_group(FollowPayment(group, command.transfer_id), journey.id)
    return Outcome((joined,), events=(event,), state=journey.state.value)


def _party_answered(state: State, command: AnswerParty) -> Outcome:
    """Every payment of that bank that waits for this party goes on."""
    bank = command.envelope.receiver
    key = wait_key(bank, command.party_id) if bank else ""
    waiting = state.get(PartyWait, key)
    journeys = [state.get(Journey, one) for one in waiting.journeys] if waiting else []
    looking = [one for one in journeys if one is not None and one.state is JourneyState.LOOKING_UP]
    outcomes = [_go_on(state, one, command) for one in looking if _may_answer(state, one, command.envelope.sender)]
    if waiting is None or not outcomes:
        return Outcome(state="LATE")
    changed = [put for outcome in outcomes for put in outcome.puts]
    newest = {put.key: put.state for put in changed if isinstance(put, Journey)}
    left = tuple(one.id for one in looking if newest.get(one.id, one.state) is JourneyState.LOOKING_UP)
    events = tuple(event for outcome in outcomes for event in outcome.events)
    puts: tuple[Stored, ...] = (msgspec.structs.replace(waiting, journeys=left), *changed)
    return Outcome(puts, events=events, state=outcomes[0].state)


def _may_answer(state: State, journey: Journey, sender: FspId) -> bool:
    """The FSP that was asked, or before one is known the hub for its oracles; nobody draws a payment to himself."""
    return sender == (journey.payee or state.profile.hub)


def _go_on(state: State, journey: Journey, command: AnswerParty) -> Outcome:
    if command.fault is not None or command.party is None:
        return refuse(journey, command.fault or fault("PARTY_NOT_FOUND"))
    if command.envelope.sender == state.profile.hub:
        return _fsp_found(state, journey, command.party_id, command.party.fsp)
    payee = active(state, journey.payee)
    if payee is None:
        return refuse(journey, fault("UNKNOWN_PAYEE", "the payee FSP is not in the scheme"))
    # What is given back is what was given: no account of the payee's makes it another currency.
    returned = journey.prepare.returns is not None
    currency = None if returned else target_of(journey.prepare, payee, command.party)
    if isinstance(currency, Fault):
        return refuse(journey, currency)
    terms = _completed(journey, command.party, payee.name)
    return go_on(state, msgspec.structs.replace(journey, terms=terms, currency=currency))


def _fsp_found(state: State, journey: Journey, party_id: PartyId, fsp: FspId | None) -> Outcome:
    """The oracle says who holds the party: now that FSP is asked."""
    if active(state, fsp) is None:
        return refuse(journey, fault("UNKNOWN_PAYEE", "the payee FSP is not in the scheme"))
    knowing = msgspec.structs.replace(journey, payee=fsp)
    return Outcome((knowing,), events=(_lookup(state, knowing, party_id),), state=knowing.state.value)


def _completed(journey: Journey, party: Party, fsp: FspId) -> Terms:
    """The bank's terms with what the hub found out, as they go into the quote and the transfer."""
    terms = journey.prepare.terms
    return msgspec.structs.replace(
        terms,
        payer=msgspec.structs.replace(terms.payer, fsp=journey.prepare.payer),
        payee=_merged(terms.payee, party, fsp),
        quote_id=journey.quote_id,
        expiry=journey.prepare.expiry,
    )


def _merged(named: Party, found: Party, fsp: FspId) -> Party:
    """The payee as the bank named it, completed by what its FSP says; the FSP knows its own customer's name best."""
    default = Party()
    learned = {
        field: value
        for field in Party.__struct_fields__
        if field not in {"id", "account", "extensions"} and (value := getattr(found, field)) != getattr(default, field)
    }
    return msgspec.structs.replace(named, **{**learned, "fsp": fsp})


def terms_answered(state: State, quote: Quote, command: AnswerTerms) -> Outcome:
    """The DFSP gave its terms, or none: the payment goes to the ledger if they are what the bank ordered."""
    journey = state.get(Journey, quote.journey or "")
    if journey is None or journey.state is not JourneyState.QUOTING or journey.terms is None:
        return Outcome(state="LATE")
    reason = command.fault or _unacceptable(state, journey, command)
    if reason is not None or command.transfer_amount is None:
        return refuse(journey, reason or fault("VALIDATION", "the quote has no transfer amount"))
    terms = msgspec.structs.replace(
        journey.terms,
        amount=command.transfer_amount,
        payee_receives=_receives(command, command.transfer_amount),
        payee_fee=command.payee_fee,
        payee_commission=command.payee_commission,
        packet=command.packet,
        condition=command.condition,
    )
    return go_on(state, msgspec.structs.replace(journey, terms=terms))


def terms_refused(state: State, quote: Quote, reason: Fault) -> Outcome:
    """The DFSP could not be asked."""
    journey = state.get(Journey, quote.journey or "")
    if journey is None or journey.state is not JourneyState.QUOTING:
        return Outcome(state="LATE")
    return refuse(journey, reason)


def _unacceptable(state: State, journey: Journey, command: AnswerTerms) -> Fault | None:
    """Why a quote is not what the bank ordered (mapping 2.4): it may cost the payee at most the bank's limit."""
    ordered, transfer = to_be_paid(journey), command.transfer_amount
    if transfer is None or command.packet is None or command.condition is None:
        return fault("VALIDATION", "the quote lacks its amount, packet or condition")
    receives = _receives(command, transfer)
    if transfer.currency != ordered.currency or receives.currency != ordered.currency:
        return fault("FEE_TOO_HIGH", f"the quote is not in {ordered.currency}")
    if command.expiry is not None and command.expiry <= state.now:
        return fault("QUOTE_EXPIRED", "the quote ended before it could be used")
    exact = journey.terms is not None and journey.terms.amount_type == SEND
    # Where the payee's amount is fixed in its own currency, the rate decides what all of it may cost.
    bounded = exact or journey.currency is None
    if (bounded and transfer.units > ordered.units) or (exact and transfer.units != ordered.units):
        return fault("FEE_TOO_HIGH", f"the quote asks {transfer.fspiop} for {ordered.fspiop}")
    allowed = _allowed_fee(state, journey.prepare.payer, ordered.currency)
    if receives.units < ordered.units - allowed:
        fee = Money(ordered.units - receives.units, ordered.currency)
        return fault("FEE_TOO_HIGH", f"the payee would get {fee.fspiop} {fee.currency} less than ordered")
    return None


def _receives(command: AnswerTerms, transfer: Money) -> Money:
    """What the payee gets: as the quote says, else the transfer less the fee and more the commission."""
    if command.payee_receives is not None:
        return command.payee_receives
    fee = command.payee_fee.units if command.payee_fee else 0
    commission = command.payee_commission.units if command.payee_commission else 0
    return Money(transfer.units - fee + commission, transfer.currency)


def _allowed_fee(state: State, bank: FspId, currency: str) -> int:
    found = state.get(Participant, bank)
    text = found.iso.max_payee_fee if found is not None and found.iso is not None else "0"
    return Money.parse_fspiop(text, currency).units


def _expire(state: State, command: Expire) -> Outcome:
    journey = state.get(Journey, command.key)
    if journey is None or not journey.open or state.now < journey.deadline:
        return Outcome(state="NOT_DUE")
    outcome = refuse(journey, fault("EXPIRED"))
    party_id = journey.prepare.terms.payee.id
    waiting = state.get(PartyWait, wait_key(journey.prepare.payer, party_id)) if party_id else None
    if waiting is None:
        return outcome
    left = tuple(one for one in waiting.journeys if one != journey.id)
    return msgspec.structs.replace(outcome, puts=(*outcome.puts, msgspec.structs.replace(waiting, journeys=left)))
