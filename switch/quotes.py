"""Quotes: the hub forwards what DFSPs agree among themselves, answers for banks, and keeps who asked what.

Sources: FSPIOP API definition section 6.5, the reference's section 11 in its persistent mode.
"""

from typing import Final

import msgspec

from schemas.canonical.commands import AnswerTerms, Command, QueryTerms, RequestTerms, Undeliverable
from schemas.canonical.dialogue import Quote
from schemas.canonical.events import Forwarded, TermsGiven
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect, Original
from switch.dialogue_events import active, dialogue, refusal
from switch.journeys import iso_to_fspiop
from switch.journeys.fspiop_to_iso import terms_for_bank
from switch.quote_rules import Facts, judge, readdressed
from switch.state import State
from switch.transfer_checks import is_bank

_QUOTES: Final = "quotes"
_FORWARDED: Final = "FORWARDED"


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a quote."""
    match command:
        case RequestTerms():
            return _request(state, command)
        case AnswerTerms():
            return _answer(state, command)
        case QueryTerms():
            return _query(state, command)
        case Undeliverable():
            return _undeliverable(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about a quote")


def _refused(state: State, receiver: FspId, quote_id: str, reason: Fault) -> Outcome:
    return Outcome(events=(refusal(state, receiver, _QUOTES, quote_id, reason),), state="REFUSED")


def _forward(
    state: State, command: RequestTerms | AnswerTerms | QueryTerms, receiver: FspId, changed: Original | None = None
) -> Outcome:
    envelope, key = command.envelope, command.quote_id
    original = changed or envelope.original
    event = dialogue(state, receiver, Forwarded(_QUOTES, key), key, requester=envelope.sender, original=original)
    return Outcome(events=(event,), state=_FORWARDED)


def _request(state: State, command: RequestTerms) -> Outcome:
    envelope, key = command.envelope, command.quote_id
    known = state.get(Quote, key)
    if known is not None and (known.payer, known.request_hash) != (envelope.sender, envelope.content_hash):
        return _refused(state, envelope.sender, key, fault("MODIFIED", f"quote {key} exists with other content"))
    payer, payee = active(state, envelope.sender), active(state, envelope.receiver)
    reason = _unsupported(state, command, payer, payee)
    if reason is not None or payer is None or payee is None:
        return _refused(state, envelope.sender, key, reason or fault("DESTINATION_FSP"))
    ruling = judge(state.profile.quote_rules, Facts(payer, payee, envelope.original, _QUOTES))
    if isinstance(ruling, Fault):
        return _refused(state, envelope.sender, key, ruling)
    original = envelope.original
    if ruling is not None:
        other = active(state, ruling.fsp)
        if other is None:
            return _refused(state, envelope.sender, key, _unsupported_name("DESTINATION_FSP", ruling.fsp))
        payee, original = other, readdressed(original, ruling)
    if payee.iso is not None:
        return _answer_for_bank(state, command, payee.name, known)
    quote = known or _asked(command, payee.name)
    return msgspec.structs.replace(_forward(state, command, payee.name, original), puts=(quote,))


def _asked(command: RequestTerms, payee: FspId) -> Quote:
    """What is kept of a request; the body only where a translated answer would repeat parts of it."""
    envelope = command.envelope
    original = envelope.original
    request = original.body if original is not None and original.dialect is Dialect.FSPIOP_ISO else b""
    return Quote(
        command.quote_id, envelope.sender, payee, envelope.content_hash, dialect=envelope.spoken, request=request
    )


def _unsupported(
    state: State, command: RequestTerms, payer: Participant | None, payee: Participant | None
) -> Fault | None:
    """Whoever cannot take part in this currency: 3202 if it is the payer's FSP, 3201 if the payee's."""
    if payer is None:
        return _unsupported_name("PAYER_FSP_NOT_FOUND", command.envelope.sender)
    if payee is None:
        return _unsupported_name("DESTINATION_FSP", command.envelope.receiver or "")
    wanted, currency = command.terms.payer.currencies, command.terms.amount.currency
    if any(one not in payer.currencies for one in wanted):
        return _unsupported_name("PAYER_FSP_NOT_FOUND", payer.name)
    if (not wanted or payee.iso is not None) and currency not in payee.currencies:
        return _unsupported_name("DESTINATION_FSP", payee.name)
    named = (
        (command.terms.payer.fsp, payer, "PAYER_FSP_NOT_FOUND"),
        (command.terms.payee.fsp, payee, "DESTINATION_FSP"),
    )
    for fsp, header, name in named:
        if fsp is None or fsp == header.name:
            continue
        other = active(state, fsp)
        if other is None or currency not in other.currencies:
            return _unsupported_name(name, fsp)
    return None


def _unsupported_name(name: str, fsp: str) -> Fault:
    return fault(name, f"Unsupported participant '{fsp}'")


def _answer_for_bank(state: State, command: RequestTerms, bank: FspId, known: Quote | None) -> Outcome:
    """The hub quotes for a bank; asked again it gives the same terms."""
    envelope, key = command.envelope, command.quote_id
    terms = known.terms if known is not None else None
    if terms is None:
        made = terms_for_bank(state, command, bank)
        if isinstance(made, Fault):
            return _refused(state, envelope.sender, key, made)
        terms = made
    quote = msgspec.structs.replace(_asked(command, bank), terms=terms)
    event = dialogue(state, envelope.sender, TermsGiven(bank, key, terms), key)
    return _for_requester(Outcome((quote,), events=(event,), state="ANSWERED"), quote)


def _answer(state: State, command: AnswerTerms) -> Outcome:
    envelope, key = command.envelope, command.quote_id
    sender, quote = envelope.sender, state.get(Quote, key)
    payee, requester = active(state, sender), active(state, envelope.receiver)
    if payee is None:
        return _refused(state, sender, key, _unsupported_name("DESTINATION_FSP", sender))
    if requester is None:
        return _refused(state, sender, key, fault("DESTINATION_FSP", f"{envelope.receiver} is not in the scheme"))
    money = command.payee_receives or command.transfer_amount
    if money is not None and money.currency not in payee.currencies:
        return _refused(state, sender, key, _unsupported_name("DESTINATION_FSP", sender))
    if quote is not None and (quote.payee, quote.payer) != (sender, requester.name):
        return _refused(state, sender, key, fault("WRONG_SENDER", f"quote {key} was not asked of {sender}"))
    if quote is not None and quote.answer_hash is not None and quote.answer_hash != envelope.content_hash:
        return _refused(state, sender, key, fault("MODIFIED", f"quote {key} was answered with other content"))
    if is_bank(state, requester.name):
        return _answer_to_bank(state, command, quote)
    forwarded = _forward(state, command, requester.name)
    if quote is not None:
        forwarded = _for_requester(forwarded, quote)
    if quote is None or command.fault is not None:
        return forwarded
    answered = msgspec.structs.replace(quote, answer_hash=envelope.content_hash)
    return msgspec.structs.replace(forwarded, puts=(answered,))


def _for_requester(outcome: Outcome, quote: Quote) -> Outcome:
    """In the dialect in which it asked, with its request beside where the answer may have to be translated."""
    replace = msgspec.structs.replace
    events = []
    for event in outcome.events:
        as_it_is = event.original is not None and event.original.dialect is quote.dialect
        events.append(replace(event, dialect=quote.dialect, earlier=b"" if as_it_is else quote.request))
    return replace(outcome, events=tuple(events))


def _answer_to_bank(state: State, command: AnswerTerms, quote: Quote | None) -> Outcome:
    """A bank asked through its journey, so an answer that no journey waits for is about no quote."""
    if quote is None or quote.journey is None:
        return _refused(state, command.envelope.sender, command.quote_id, fault("QUOTE_NOT_FOUND"))
    if quote.answer_hash is not None:
        return Outcome(state="REPEATED")
    answered = msgspec.structs.replace(quote, answer_hash=command.envelope.content_hash)
    outcome = iso_to_fspiop.terms_answered(state, quote, command)
    return msgspec.structs.replace(outcome, puts=(answered, *outcome.puts))


def _query(state: State, command: QueryTerms) -> Outcome:
    """A DFSP is asked itself (the query goes on); for a bank the hub gives again the terms it gave."""
    envelope, key = command.envelope, command.quote_id
    if active(state, envelope.sender) is None:
        return _refused(state, envelope.sender, key, _unsupported_name("PAYER_FSP_NOT_FOUND", envelope.sender))
    asked = active(state, envelope.receiver)
    if asked is None:
        reason = fault("DESTINATION_FSP", f"{envelope.receiver or 'no destination'} is not in the scheme")
        return _refused(state, envelope.sender, key, reason)
    if asked.iso is None:
        return _forward(state, command, asked.name)
    quote = state.get(Quote, key)
    if quote is None or quote.terms is None or (quote.payer, quote.payee) != (envelope.sender, asked.name):
        return _refused(state, envelope.sender, key, fault("QUOTE_NOT_FOUND"))
    event = dialogue(state, envelope.sender, TermsGiven(asked.name, key, quote.terms), key)
    return Outcome(events=(event,), state="ANSWERED")


def _undeliverable(state: State, command: Undeliverable) -> Outcome:
    quote = state.get(Quote, command.key)
    if quote is not None and quote.journey is not None and quote.payer == command.requester:
        return iso_to_fspiop.terms_refused(state, quote, command.fault)
    return _refused(state, command.requester, command.key, command.fault)
