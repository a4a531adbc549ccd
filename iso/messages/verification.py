"""The pieces that acmt.023 and acmt.024 share: who asks whom under which id, and the party and account meant."""

from msgspec import Struct

from iso.messages.fields import Account, FinancialInstitution, Party
from iso.messages.pieces import ACCOUNT, CODE, INSTITUTION, PARTY
from iso.messages.shape import Shape, Step, inside, part, text, token


class Side(Struct, frozen=True):
    """Cretr, Assgnr or Assgne: an agent, or for other roles a party."""

    agent: FinancialInstitution | None = None
    party: Party | None = None


class Assignment(Struct, frozen=True, kw_only=True):
    """Assgnmt: the message's id and time, who made it, who sends it on and to whom."""

    message_id: str
    created: str
    creator: Side | None = None
    first_agent: FinancialInstitution | None = None
    assigner: Side
    assignee: Side


class Identified(Struct, frozen=True):
    """A party with its account and agent, as far as they are given."""

    party: Party | None = None
    account: Account | None = None
    agent: FinancialInstitution | None = None


_SIDE = Shape(Side, (part("Pty", "party", PARTY, unless="agent"), part("Agt", "agent", INSTITUTION)), filled=True)
ASSIGNMENT = Shape(
    Assignment,
    (
        text("MsgId", "message_id"),
        token("CreDtTm", "created"),
        part("Cretr", "creator", _SIDE),
        part("FrstAgt", "first_agent", INSTITUTION),
        part("Assgnr", "assigner", _SIDE),
        part("Assgne", "assignee", _SIDE),
    ),
)


def _proxy_as_number(account: Account) -> str | None:
    return None if account.iban is not None else account.proxy_id


# editions before 2019 have the bare number of an account in the place of the account
_NUMBER = Shape(
    Account,
    (
        text("IBAN", "iban"),
        inside(
            "Othr",
            text("Id", "other_id", required=True, fallback=_proxy_as_number, limit=34, cut=True),
            part("SchmeNm", "scheme", CODE),
            text("Issr", "issuer"),
            unless="iban",
        ),
        inside("Prxy", part("Tp", "proxy_type", CODE), text("Id", "proxy_id"), since=2019),
        text("Ccy", "currency", since=2019),
        text("Nm", "name", since=2019),
    ),
    filled=True,
)
IDENTIFIED = Shape(
    Identified,
    (
        part("Pty", "party", PARTY),
        part("Acct", "account", _NUMBER, until=2018),
        part("Acct", "account", ACCOUNT, since=2019),
        part("Agt", "agent", INSTITUTION),
    ),
)


def identified(tag: str, field: str, **options: bool) -> Step:
    """An element with a party, an account and an agent."""
    return part(tag, field, IDENTIFIED, **options)
