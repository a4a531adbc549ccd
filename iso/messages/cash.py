"""Pieces of the cash management messages (camt.003 to camt.011, camt.025, camt.050): headers, account ids, errors."""

from msgspec import Struct

from iso.messages.fields import Code
from iso.messages.shape import Shape, Step, amount, flag, inside, part, text, token


class Query(Struct, frozen=True):
    """OrgnlBizQry: the message that is answered."""

    message_id: str
    message_name: str | None = None
    created: str | None = None


class Match(Struct, frozen=True):
    """How an account is looked for: exactly (IBAN or number), or by a text its number contains or must not contain."""

    iban: str | None = None
    other_id: str | None = None
    contains: str | None = None
    contains_not: str | None = None


class Error(Struct, frozen=True):
    """OprlErr or BizErr: why there is no answer, as a listed or proprietary code and a text."""

    code: str | None = None
    proprietary: str | None = None
    description: str | None = None


HEADER = (
    text("MsgId", "message_id"),
    token("CreDtTm", "created"),
)
"""MsgId and CreDtTm; CreDtTm may be missing."""

REQUEST_TYPE = inside(
    "ReqTp",
    text("PmtCtrl", "payment_control"),
    text("Enqry", "enquiry"),
    inside("Prtry", text("Id", "request_type", required=True)),
)
"""What kind of question the asker says it is."""

QUERY = inside(
    "OrgnlBizQry",
    text("MsgId", "query_message_id", required=True),
    text("MsgNmId", "query_message_name"),
    token("CreDtTm", "query_created"),
)
"""The message that is answered, in fields of the answer's own."""

CHOSEN = (text("Cd", "code"), text("Prtry", "proprietary", unless="code"))
CODE = Shape(Code, CHOSEN, filled=True)

ACCOUNT_ID = (
    text("IBAN", "iban"),
    inside("Othr", text("Id", "other_id", required=True), unless="iban"),
)
"""An account by its IBAN or another number."""

MATCH = Shape(
    Match,
    (inside("EQ", *ACCOUNT_ID), text("CTTxt", "contains"), text("NCTTxt", "contains_not")),
    filled=True,
)

ERROR = Shape(
    Error,
    (
        inside("Err", text("Cd", "code"), text("Prtry", "proprietary", unless="code"), required=True),
        text("Desc", "description", limit=140, cut=True),
    ),
)


def money(tag: str, with_currency: str, without: str, **options: bool) -> Step:
    """An amount with its currency, or in the currency of its account."""
    return inside(
        tag, text("AmtWthtCcy", without), amount("AmtWthCcy", with_currency), **options
    )  # fmt: skip


def day(tag: str, date: str, moment: str) -> Step:
    """A date, or a date with its time."""
    return inside(tag, token("Dt", date), token("DtTm", moment, unless=date))


class Between(Struct, frozen=True):
    """Two bounds, of days, moments or amounts."""

    least: str
    most: str


_MOMENTS = Shape(Between, (token("FrDtTm", "least"), token("ToDtTm", "most")))


def period(tag: str) -> Step:
    """A time from, to, or between two: the fields `since`, `until` and `moments`."""
    return inside(tag, token("FrDtTm", "since"), token("ToDtTm", "until"), part("DtTmRg", "moments", _MOMENTS))


def requested(tag: str, field: str) -> Step:
    """A RequestedIndicator: whether the asker wants that in the answer."""
    return flag(tag, field)
