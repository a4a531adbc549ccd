"""The states of a transfer: one row per thing that can happen. Steps act on these rows, tests and docs read them.

Sources: FSPIOP API definition section 6.7 and the hub's rules for pacs.002 (creditor agent's answers).
"""

from enum import StrEnum
from typing import Final, NamedTuple

from schemas.canonical.outcome import Phase
from schemas.canonical.transfer import TransferState

RESERVED: Final = TransferState.RESERVED
WAITING: Final = TransferState.FULFILLED_WAITING
COMMITTED: Final = TransferState.COMMITTED
ABORTED: Final = TransferState.ABORTED

UNKNOWN: Final = (None,)
PENDING: Final = (RESERVED, WAITING)
FINAL: Final = (COMMITTED, ABORTED)
KNOWN: Final = (*PENDING, *FINAL)
ANY: Final = (*UNKNOWN, *KNOWN)


class Case(StrEnum):
    """What was found when a command met a transfer."""

    PREPARE_NOT_FROM_PAYER = "prepare not from the payer"
    PREPARE_RESERVES = "prepare reserves"
    PREPARE_FAILS = "prepare fails"
    PREPARE_REPEATED_EARLY = "prepare repeated while pending"
    PREPARE_REPEATED = "prepare repeated"
    PREPARE_MODIFIED = "prepare modified"
    PREPARE_OF_FUNDS = "prepare under the id of funds"
    ANSWER_OF_OLD_VERSION = "answer of an old version"
    ANSWER_UNKNOWN = "answer to nothing"
    ANSWER_NOT_FROM_PAYEE = "answer not from the payee"
    ANSWER_OF_OTHER_AMOUNT = "answer about another amount"
    ANSWER_NOT_TO_PAYER = "answer not to the payer"
    ANSWER_NOT_TO_PAYER_LATER = "later answer not to the payer"
    ANSWER_REPEATED_EARLY = "answer repeated while waiting"
    ANSWER_REPEATED = "answer repeated"
    ANSWER_NEWS = "news after the answer"
    ANSWER_BLOCKS = "accepted, but not posted after all"
    ANSWER_MODIFIED_EARLY = "answer modified while waiting"
    ANSWER_MODIFIED = "answer modified"
    ANSWER_EXPIRED = "answer after the expiry"
    ANSWER_NOT_AWAITED = "answer not awaited"
    ANSWER_LATE = "answer too late"
    FULFIL_WRONG = "fulfil with a wrong preimage"
    FULFIL_WITHOUT_KEY = "fulfil without the hub's key"
    FULFIL_BEFORE_CONVERSION = "fulfil before its conversion"
    FULFIL_COMMITS = "fulfil commits"
    FULFIL_WAITS = "fulfil of a conversion waits"
    FULFIL_TO_AGENT = "fulfil waits for the settlement agent"
    AGENT_SETTLES = "settlement agent has booked"
    AGENT_BOOKS = "settlement agent has booked one leg"
    AGENT_REFUSES = "settlement agent refuses"
    AGENT_SILENT = "settlement agent is silent"
    CONVERSION_COMMITS = "conversion commits with its transfer"
    CONVERSION_ENDS = "conversion ends with its transfer"
    TRANSFER_ENDS = "transfer ends with its conversion"
    REJECT_ABORTS = "reject aborts"
    NOTED = "noted"
    EXPIRES = "expires"
    RECALLED = "recalled"
    EXPIRES_TOGETHER = "expires with what it is tied to"
    NOT_DUE = "not due"
    QUERY_OPEN = "query of an open journey"
    QUERY_UNKNOWN = "query of nothing"
    QUERY_STRANGER = "query by a stranger"
    QUERIED = "queried"


class Tell(StrEnum):
    """Who is told what; the words are those of the events."""

    EXECUTE = "Reserved to the payee"
    PAYER_TAKEN = "Progressed to the payer, if it is a bank that wants ACTC or RCVD"
    PAYER_INTERIM = "Progressed to the payer, if it is a bank that wants this status"
    PAYER_NEWS = "Progressed to the payer, if it is a bank that was told ACWP or wants this status"
    PAYER_AGREED = "Fulfilled to the payer"
    AGENT = "GrossInstructed to the settlement agent"
    PAYER_UNANSWERED = "Aborted to the payer, if it had no answer yet"
    PAYER_OUTCOME = "Committed or Aborted to the payer"
    PAYEE_OUTCOME = "Aborted to the payee"
    PAYEE_CONFIRMATION = "Committed or Aborted to the payee, if it asked to be told"
    PAYEE_END = "Committed or Corrected to the payee"
    PAYEE_PROMISED = "Corrected to the payee, if it had fulfilled"
    PAYEE_TRUE_STATE = "Corrected to the payee, if it said RESERVED"
    SENDER_STATE = "Stated to the sender (Corrected, if it said RESERVED)"
    DFSP_STATE = "Stated to the sender, if it is a DFSP and this no conversion"
    SENDER_REFUSAL = "Refused to the sender (Corrected, if it is a bank that was paid)"
    SENDER_PENDING = "Pending to the sender"


class Row(NamedTuple):
    """`before` names the states the row is for (None: no such transfer); `after` None leaves everything as it is."""

    command: str
    guard: str
    before: tuple[TransferState | None, ...]
    after: TransferState | None = None
    phase: Phase | None = None
    tells: tuple[Tell, ...] = ()


_REFUSAL: Final = (Tell.SENDER_REFUSAL,)
_REFUSAL_AND_TRUTH: Final = (Tell.SENDER_REFUSAL, Tell.PAYEE_TRUE_STATE)

TABLE: Final[dict[Case, Row]] = {
    Case.PREPARE_NOT_FROM_PAYER: Row("Prepare", "sender is not the payer (3100)", ANY, tells=_REFUSAL),
    Case.PREPARE_RESERVES: Row(
        "Prepare", "parties active, not expired, cover and cap suffice; of a return: so much of its original is left",
        UNKNOWN, RESERVED, Phase.RESERVE, (Tell.EXECUTE, Tell.PAYER_TAKEN),
    ),
    Case.PREPARE_FAILS: Row("Prepare", "a guard fails; the id is kept", UNKNOWN, ABORTED, tells=(Tell.PAYER_OUTCOME,)),
    Case.PREPARE_REPEATED_EARLY: Row("Prepare", "same content", PENDING, tells=(Tell.DFSP_STATE,)),
    Case.PREPARE_REPEATED: Row("Prepare", "same content", FINAL, tells=(Tell.SENDER_STATE,)),
    Case.PREPARE_MODIFIED: Row("Prepare", "other content (3106)", KNOWN, tells=_REFUSAL),
    Case.PREPARE_OF_FUNDS: Row("Prepare", "id of funds in or out (3106)", UNKNOWN, tells=_REFUSAL),
    Case.ANSWER_OF_OLD_VERSION: Row("Fulfil", "RESERVED in a message of version 1.0", ANY),
    Case.ANSWER_UNKNOWN: Row("Fulfil, Reject, Note", "no such transfer (2001; Note: 3208)", UNKNOWN, tells=_REFUSAL),
    Case.ANSWER_NOT_FROM_PAYEE: Row(
        "Fulfil, Reject, Note", "sender is not the payee (3100)", KNOWN, tells=_REFUSAL
    ),
    Case.ANSWER_OF_OTHER_AMOUNT: Row(
        "Fulfil, Reject, Note", "a bank's, that repeats another amount or currency (3100)", KNOWN, tells=_REFUSAL
    ),
    Case.ANSWER_NOT_TO_PAYER: Row(
        "Fulfil, Reject", "from the payee, addressed to another than the payer (3100)", (RESERVED,), ABORTED,
        Phase.VOID, (Tell.PAYER_OUTCOME, Tell.PAYEE_CONFIRMATION, Tell.PAYEE_TRUE_STATE),
    ),
    Case.ANSWER_NOT_TO_PAYER_LATER: Row(
        "Fulfil, Reject", "the same, when nothing is awaited any more (3100)", (WAITING, *FINAL),
        tells=_REFUSAL_AND_TRUTH,
    ),
    Case.ANSWER_REPEATED_EARLY: Row("Fulfil", "same content", (WAITING,)),
    Case.ANSWER_REPEATED: Row("Fulfil, Reject", "same content", FINAL, tells=(Tell.SENDER_STATE,)),
    Case.ANSWER_NEWS: Row(
        "Fulfil", "a bank that accepted says a further accepting status", (COMMITTED,), tells=(Tell.PAYER_NEWS,)
    ),
    Case.ANSWER_BLOCKS: Row(
        "Reject, Note", "a bank that said ACWP says RJCT, CANC or BLCK", (COMMITTED,), tells=(Tell.PAYER_NEWS,)
    ),
    Case.ANSWER_MODIFIED_EARLY: Row(
        "Fulfil, Reject", "other content (3106); Reject: while a settlement agent is asked", (WAITING,), tells=_REFUSAL
    ),
    Case.ANSWER_MODIFIED: Row("Fulfil, Reject", "other content (3106)", FINAL, tells=_REFUSAL_AND_TRUTH),
    Case.ANSWER_EXPIRED: Row(
        "Fulfil, Reject", "aborted because it expired (3303)", (ABORTED,), tells=_REFUSAL_AND_TRUTH
    ),
    Case.ANSWER_NOT_AWAITED: Row(
        "Fulfil, Reject", "final for another reason (3100)", FINAL, tells=_REFUSAL_AND_TRUTH
    ),
    Case.ANSWER_LATE: Row(
        "Fulfil, Reject", "now >= expiry, or that of a conversion (3303)", PENDING, tells=_REFUSAL_AND_TRUTH
    ),
    Case.FULFIL_WRONG: Row(
        "Fulfil", "preimage missing or wrong (3100)", (RESERVED,), ABORTED, Phase.VOID,
        (Tell.PAYER_OUTCOME, Tell.PAYEE_OUTCOME, Tell.PAYEE_TRUE_STATE),
    ),
    Case.FULFIL_WITHOUT_KEY: Row(
        "Fulfil", "the hub key of the preimage is not at hand (2003)", (RESERVED,), tells=_REFUSAL
    ),
    Case.FULFIL_BEFORE_CONVERSION: Row(
        "Fulfil", "a conversion of the payee's side is not fulfilled, or an account is missing (3100)", (RESERVED,),
        tells=_REFUSAL,
    ),
    Case.FULFIL_COMMITS: Row(
        "Fulfil", "from the payee, in time, preimage fits (or a bank's accepting status)", (RESERVED,), COMMITTED,
        Phase.COMMIT, (Tell.PAYER_OUTCOME, Tell.PAYEE_CONFIRMATION),
    ),
    Case.FULFIL_WAITS: Row(
        "Fulfil", "the same, of a conversion that a transfer determines", (RESERVED,), WAITING,
        tells=(Tell.PAYER_AGREED,),
    ),
    Case.FULFIL_TO_AGENT: Row(
        "Fulfil", "the same, where a settlement agent books each payment in its currency or that of a conversion of it",
        (RESERVED,), WAITING,
        tells=(Tell.AGENT,),
    ),
    Case.AGENT_SETTLES: Row(
        "AgentDecides", "from that agent: it is booked, and nothing else is left", (WAITING,), COMMITTED, Phase.COMMIT,
        (Tell.PAYER_OUTCOME, Tell.PAYEE_END),
    ),
    Case.AGENT_BOOKS: Row(
        "AgentDecides", "from that agent: it is booked; another leg of what is tied together is not yet", (WAITING,),
        tells=(Tell.AGENT,),
    ),
    Case.AGENT_REFUSES: Row(
        "AgentDecides", "from that agent: it is refused (no money: 4001)", (WAITING,), ABORTED, Phase.VOID,
        (Tell.PAYER_OUTCOME, Tell.PAYEE_END),
    ),
    Case.AGENT_SILENT: Row(
        "Expire", "its expiry or that of a conversion of it, and a settlement agent was asked", (WAITING,), ABORTED,
        Phase.VOID,
        (Tell.PAYER_OUTCOME, Tell.PAYEE_END),
    ),
    Case.CONVERSION_COMMITS: Row(
        "Fulfil", "the transfer that determines it commits", (WAITING,), COMMITTED, Phase.COMMIT, (Tell.PAYEE_END,)
    ),
    Case.CONVERSION_ENDS: Row(
        "Prepare, Fulfil, Reject", "the transfer that determines it is refused or aborted", PENDING, ABORTED,
        Phase.VOID, (Tell.PAYER_UNANSWERED, Tell.PAYEE_END),
    ),
    Case.TRANSFER_ENDS: Row(
        "Reject", "a conversion on its payer's side is aborted", (RESERVED,), ABORTED, Phase.VOID,
        (Tell.PAYER_OUTCOME, Tell.PAYEE_OUTCOME),
    ),
    Case.REJECT_ABORTS: Row(
        "Reject", "from the payee, in time", PENDING, ABORTED, Phase.VOID,
        (Tell.PAYER_OUTCOME, Tell.PAYEE_CONFIRMATION),
    ),
    Case.NOTED: Row(
        "Note, AgentDecides", "from the payee, or the settlement agent", KNOWN, tells=(Tell.PAYER_INTERIM,)
    ),
    Case.EXPIRES: Row(
        "Expire", "now >= expiry", PENDING, ABORTED, Phase.VOID,
        (Tell.PAYER_OUTCOME, Tell.PAYEE_OUTCOME, Tell.PAYEE_PROMISED),
    ),
    Case.EXPIRES_TOGETHER: Row(
        "Expire", "a conversion of it, or the transfer that determines it, expired", PENDING, ABORTED, Phase.VOID,
        (Tell.PAYER_OUTCOME, Tell.PAYEE_OUTCOME, Tell.PAYEE_PROMISED),
    ),
    Case.RECALLED: Row(
        "CancelPayment", "the payer wants it back before the payee answered or a settlement agent was asked", PENDING,
        ABORTED, Phase.VOID, (Tell.PAYER_OUTCOME, Tell.PAYEE_OUTCOME, Tell.PAYEE_PROMISED),
    ),
    Case.NOT_DUE: Row("Expire, CancelPayment", "final already, or now < expiry", ANY),
    Case.QUERY_OPEN: Row("Query", "a bank's payment not yet prepared", UNKNOWN, tells=(Tell.SENDER_PENDING,)),
    Case.QUERY_UNKNOWN: Row("Query", "no such transfer (3208)", UNKNOWN, tells=_REFUSAL),
    Case.QUERY_STRANGER: Row("Query", "by neither payer nor payee (3000)", KNOWN, tells=_REFUSAL),
    Case.QUERIED: Row("Query", "by payer or payee", KNOWN, tells=(Tell.SENDER_STATE,)),
}  # fmt: skip
"""Every case; `tests/unit/switch/test_transfers.py` has at least one row for each."""
