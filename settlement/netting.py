"""Netting: from what accounts moved in a window to the contents that models settle, and to a settlement's nets. Pure.

A model settles one ledger account type in its currency, or in every currency that has no model of its own. Accounts
of one content sum to zero, since every leg debits one of them and credits another.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from schemas.canonical.participants import AccountType, LedgerAccount, SettlementModel
from schemas.canonical.settlement import Content, Net, Obligation, WindowState

IMMEDIATE: Final = "IMMEDIATE"
GROSS: Final = "GROSS"
BILATERAL: Final = "BILATERAL"


class UnbalancedError(ValueError):
    """Nets that do not sum to zero: the books are broken, or not all of them were read."""


def model_of(models: Iterable[SettlementModel], kind: str, currency: str) -> SettlementModel | None:
    """The model that settles accounts of that type in the currency: its own, else the default one."""
    fitting = [model for model in models if model.active and model.ledger_account_type == kind]
    own = [model for model in fitting if model.currency == currency]
    default = [model for model in fitting if model.currency is None]
    return next(iter(own or default), None)


def settled_as(kind: AccountType) -> str:
    """The ledger account type with which accounts are settled: the hub's fees are owed to it by its participants."""
    return (AccountType.INTERCHANGE_FEE if kind is AccountType.HUB_FEE else kind).value


def takes(model: SettlementModel, models: Iterable[SettlementModel], kind: str, currency: str) -> bool:
    """Whether a settlement under this model takes such a content; it may be switched off by now.

    A model that settles at once leaves only what was open before it: that is the default model's, as it was then.
    """
    if model.ledger_account_type != kind:
        return False
    if model.currency is not None:
        return model.currency == currency
    return not any(
        other.active and other.delay != IMMEDIATE and (other.ledger_account_type, other.currency) == (kind, currency)
        for other in models
    )


def contents(
    nets: Sequence[Net],
    obligations: Sequence[Obligation],
    accounts: Mapping[int, LedgerAccount],
    models: Sequence[SettlementModel],
    first: int,
    now: datetime,
) -> tuple[Content, ...]:
    """What a window holds, numbered from `first`; raises UnbalancedError.

    What was settled payment by payment leaves nothing. Pairs are kept where a bilateral model settles.
    """
    grouped: defaultdict[tuple[str, str], list[Net]] = defaultdict(list)
    for net in sorted(nets, key=lambda net: net.account):
        account = accounts[net.account]
        grouped[settled_as(account.type), account.currency].append(net)
    found: list[Content] = []
    for (kind, currency), members in sorted(grouped.items()):
        balanced(members, f"{kind} {currency}")
        model = model_of(models, kind, currency)
        settled_already = model is not None and model.delay == IMMEDIATE and not any(net.units for net in members)
        if settled_already:
            continue
        if model is not None and model.delay == IMMEDIATE:
            model = model_of((one for one in models if one.delay != IMMEDIATE), kind, currency)
        pairs = _pairs(obligations, {net.account for net in members}, model)
        found.append(
            Content(
                first + len(found), kind, currency, WindowState.CLOSED, tuple(members), now, now, pairs,
            )
        )  # fmt: skip
    return tuple(found)


def balanced(nets: Iterable[Net], what: str) -> None:
    """Raise UnbalancedError unless the nets sum to zero."""
    total = sum(net.units for net in nets)
    if total:
        raise UnbalancedError(f"nets of {what} sum to {total}, not to zero")


def _pairs(flows: Sequence[Obligation], members: set[int], model: SettlementModel | None) -> tuple[Obligation, ...]:
    if model is None or model.interchange != BILATERAL:
        return ()
    own = [flow for flow in flows if flow.debtor in members]
    return joined(own, gross=model.granularity == GROSS)


def joined(flows: Iterable[Obligation], *, gross: bool) -> tuple[Obligation, ...]:
    """One obligation a pair, or two of opposite directions where they are not set off against each other."""
    owed: defaultdict[tuple[int, int], int] = defaultdict(int)
    for flow in flows:
        owed[flow.debtor, flow.creditor] += flow.units
    if not gross:
        set_off: dict[tuple[int, int], int] = {}
        for (debtor, creditor), units in owed.items():
            net = units - owed.get((creditor, debtor), 0)
            if net > 0:
                set_off[debtor, creditor] = net
        owed = defaultdict(int, set_off)
    return tuple(Obligation(debtor, creditor, units) for (debtor, creditor), units in sorted(owed.items()) if units)


def sums(contents: Iterable[Content]) -> tuple[Net, ...]:
    """One net an account over several contents; raises UnbalancedError if a currency does not sum to zero."""
    total: defaultdict[int, int] = defaultdict(int)
    for content in contents:
        balanced(content.nets, f"content {content.id}")
        for net in content.nets:
            total[net.account] += net.units
    return tuple(Net(account, units) for account, units in sorted(total.items()))
