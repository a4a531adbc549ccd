"""In which currency a bank's payee is to be paid. Never guessed: somebody must have said it.

| who says it | what |
|---|---|
| the bank | CdtrAcct/Ccy: the creditor's account is held in that currency |
| the payee's FSP | the party's supportedCurrencies lack the bank's: then the one of InstdAmt, else the first |
| the scheme | the payee's FSP holds no account in the bank's currency, but one in that of InstdAmt |

Otherwise nothing is converted: an InstdAmt in another currency then only tells that the bank has converted already.
"""

from schemas.canonical.commands import Prepare
from schemas.canonical.faults import Fault, fault
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party


def target_of(command: Prepare, payee: Participant, party: Party) -> str | Fault | None:
    """The payee's currency where it is another one than the bank's; None if nothing is to be converted.

    `party` is the payee as its FSP describes it.
    """
    source = command.amount.currency
    found = _said_by_bank(command) or _said_by_fsp(command, payee, party) or _left_over(command, payee)
    if found is None or found == source:
        return None
    if found not in payee.currencies:
        return fault("PAYEE_UNSUPPORTED_CURRENCY", f"{payee.name} holds no account in {found}")
    return found


def may_change(command: Prepare, payee: Participant | None) -> bool:
    """Whether a payment to another bank may change its currency, as far as the message and the scheme tell."""
    if payee is None:
        return False
    said = _said_by_bank(command)
    return (said is not None and said != command.amount.currency) or _left_over(command, payee) is not None


def _said_by_bank(command: Prepare) -> str | None:
    account = command.terms.payee.account
    return account.currency if account is not None else None


def _said_by_fsp(command: Prepare, payee: Participant, party: Party) -> str | None:
    source, ordered = command.amount.currency, command.terms.instructed
    if not party.currencies or source in party.currencies:
        return source if party.currencies else None
    if ordered is not None and ordered.currency in party.currencies:
        return ordered.currency
    return next((one for one in party.currencies if one in payee.currencies), None)


def _left_over(command: Prepare, payee: Participant) -> str | None:
    ordered = command.terms.instructed
    if ordered is None or command.amount.currency in payee.currencies or ordered.currency not in payee.currencies:
        return None
    return ordered.currency
