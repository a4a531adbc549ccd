"""A DFSP gives a bank's payment back: its transfer is a return of that payment, if the hub knows it and it fits."""

import msgspec

from schemas.canonical.commands import Prepare
from schemas.canonical.transfer import Transfer, TransferState
from switch.intake_iso import Around


async def refunding(command: Prepare, around: Around) -> Prepare:
    """The Prepare as a return of the original that its terms name; as it is if that is no payment of that bank's.

    Then, and where the currency is another one, the bank gets a payment of its own that says what it refunds.
    """
    refund, payee = command.terms.refund, command.payee
    if refund is None or payee is None or around.find is None:
        return command
    found = await around.find.refunded(command.payer, payee, refund.original_transaction_id)
    fitting = [one for one in found if _may_be_returned(one, command)]
    if len(fitting) != 1:
        return command
    return msgspec.structs.replace(command, returns=fitting[0].id)


def _may_be_returned(original: Transfer, command: Prepare) -> bool:
    """The ledger decides how much of it; a payment whose currency was changed on the way is no original here."""
    changed = original.legs or original.converts is not None or original.terms.exchange is not None
    settled = original.state is TransferState.COMMITTED and original.returns is None
    return settled and not changed and original.amount.currency == command.amount.currency
