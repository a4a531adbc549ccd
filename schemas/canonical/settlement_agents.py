"""Settlement agents: who books a scheme's net results in money, and where each participant's account is with it.

An agent is spoken to in ISO 20022 XML like a bank, and is no participant in payments: it neither pays nor is paid.
"""

from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId
from schemas.canonical.wire import AgentName


class Instrument(StrEnum):
    """By which messages an agent is told what to book.

    REQUEST: one request, booked as a whole. TRANSFERS: a transfer for each movement, debits first. DEBITS: debits
    are taken by one direct debit, credits given by transfers.
    """

    REQUEST = "pacs.029"
    TRANSFERS = "pacs.009"
    DEBITS = "pacs.010"


class AgentMember(msgspec.Struct, frozen=True, omit_defaults=True):
    """A participant's account at the agent, and the settlement bank that holds it (nobody named: itself).

    `main` is another account of the participant there, from which funds come and to which they go, where deposits lie
    in members' accounts.
    """

    participant: FspId
    account: str
    bank: AgentName = AgentName()
    main: str = ""


class AgentCurrency(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an agent settles in one currency; `account` is the scheme's technical account with it."""

    currency: str
    account: str
    members: tuple[AgentMember, ...] = ()

    def member(self, participant: FspId) -> AgentMember | None:
        """Where a participant's account is."""
        return next((one for one in self.members if one.participant == participant), None)


class SettlementAgent(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="settlement_agent"):
    """An agent, by the name of its participant record.

    `models` are the settlement models it settles; `automatic`: their settlements are instructed when they are created.
    `deposits`: what participants have deposited lies in their own accounts at the agent, so SETTLEMENT accounts move
    with what it books (else deposits lie in the scheme's account, and only positions move). `cuts_caps`: the net debit
    cap of who lacks the money is cut to zero. `funds`: the agent moves funds in and out, between a participant's
    account and the scheme's, or where deposits lie in members' accounts between that and its `main` one; money that
    comes to the scheme's account unordered is funds in too. `answer_s` is the time an agent has to book, `opens` and
    `closes` (HH:MM in the zone of the business day) when it does.
    """

    name: FspId
    currencies: tuple[AgentCurrency, ...] = ()
    models: tuple[str, ...] = ()
    instrument: Instrument = Instrument.REQUEST
    automatic: bool = False
    deposits: bool = True
    cuts_caps: bool = True
    answer_s: int = 1800
    opens: str = ""
    closes: str = ""
    funds: bool = False

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.name

    def currency(self, code: str) -> AgentCurrency | None:
        """What it settles in a currency."""
        return next((one for one in self.currencies if one.currency == code), None)

    def settles(self, model: str, currency: str) -> bool:
        """Whether nets of that model and currency are settled through it."""
        return model in self.models and self.currency(currency) is not None


class SetSettlementAgent(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_settlement_agent"):
    """Add or change a settlement agent (PUT /settlementAgents/{name})."""

    agent: SettlementAgent
