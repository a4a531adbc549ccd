"""A sandbox settlement agent joins a scheme: the operator enters it with all accounts, and it has their money."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from schemas.canonical.money import Money
from switch.sandbox.bank import SandboxBank
from switch.sandbox.onboarding import Operator
from switch.sandbox.scheme import FUNDS_UNITS, Scheme
from switch.sandbox.settlement_agent import USUAL, Conduct, SettlementDesk

AGENT: Final = "silverclearing"
AGENT_BIC: Final = "SLVRKENA"
MODEL: Final = "DEFERREDNET"


def account_at_agent(name: str, currency: str) -> str:
    """What a participant's account is called."""
    return f"{name}-{currency}"[:34]


async def enter(
    operator: Operator, bank: SandboxBank, currencies: Mapping[str, Iterable[str]], scheme_account: str, **fields: Any
) -> None:
    """Make a bank the settlement agent of these participants by currency; `fields` as PUT /settlementAgents takes."""
    listed = [
        {
            "currency": currency,
            "account": scheme_account,
            "members": [{"participant": name, "account": account_at_agent(name, currency)} for name in names],
        }
        for currency, names in currencies.items()
    ]
    body = {"currencies": listed, "models": [MODEL], **fields}
    await operator.call("PUT", f"/settlementAgents/{bank.name}", body)
    profile = bank.profile()
    profile["versions"] = {}
    await operator.call("PUT", f"/participants/{bank.name}/iso", profile)


@asynccontextmanager
async def open_agent(
    scheme: Scheme,
    currency: str,
    *,
    name: str = AGENT,
    bic: str = AGENT_BIC,
    hub_certificates: Iterable[str] = (),
    conduct: Conduct = USUAL,
    poor: Iterable[str] = (),
    **fields: Any,
) -> AsyncIterator[SettlementDesk]:
    """A settlement agent for a running scheme; everybody has there what it deposited, except who is `poor`.

    Without `hub_certificates` it trusts those that the scheme's banks trust; it speaks on their tape, if there is one.
    """
    bank = SandboxBank(name, bic, iso_url=scheme.hub.iso_url, hub_name=scheme.hub.name)
    scheme_account = f"SCHEME-{currency}"
    async with bank:
        first = next(iter(scheme.banks.values()))
        bank.trust_hub(hub_certificates or first.trusted)
        if first.tape is not None:
            bank.record(first.tape)
        desk = SettlementDesk(bank, scheme_account, conduct)
        desk.open_account(scheme_account, Money(0, currency))
        for member in scheme.names:
            units = 0 if member in poor else FUNDS_UNITS
            desk.open_account(account_at_agent(member, currency), Money(units, currency))
        await enter(scheme.operator, bank, {currency: scheme.names}, scheme_account, **fields)
        yield desk
