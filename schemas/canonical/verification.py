"""Verification of parties: is this name, account or proxy what its holder's FSP knows? Asked by banks or for DFSPs."""

from datetime import datetime

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.party import Party, PartyId
from schemas.canonical.wire import Dialect, Envelope, RequestHeader

RESOURCE = "verifications"
"""What an undeliverable question is about."""


class PartyFinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a question. `reason` is a code of the list for verifications, or an own word of who answered.

    `party` is what may be told of the party; `fault` is why nobody could say anything.
    """

    verified: bool
    reason: str | None = None
    party: Party | None = None
    fault: Fault | None = None


class PartyQuestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question under its asker's id, about a party as the asker describes it.

    `fsp` is who is asked, None while an oracle has to say; `number` is the id under which a bank is asked.
    """

    id: str
    party: Party
    fsp: FspId | None = None
    number: str = ""
    fault: Fault | None = None
    finding: PartyFinding | None = None


class Verification(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="verification"):
    """Questions of one message (acmt.023), or the one behind a DFSP's GET /parties; answered together, at the deadline.

    `message_id` and `made` are its sender's own id and time; `dialect` is the one a DFSP is answered in,
    `header` the one that a bank's answer repeats.
    """

    id: str
    asker: FspId
    questions: tuple[PartyQuestion, ...]
    deadline: datetime
    message_id: str = ""
    made: str = ""
    dialect: Dialect | None = None
    ended: datetime | None = None
    header: RequestHeader | None = None

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether a question is not answered yet."""
        return self.ended is None


class VerifyParties(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="verify_parties"):
    """A bank asks (acmt.023); `made` is the message's own time as it stood there."""

    envelope: Envelope
    key: str
    message_id: str
    made: str
    questions: tuple[PartyQuestion, ...]


class VerifyForDfsp(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="verify_for_dfsp"):
    """A DFSP looks up a party of a bank that verifies its customers itself (GET /parties)."""

    envelope: Envelope
    party_id: PartyId
    bank: FspId


class AnswerVerification(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="answer_verification"):
    """A bank answers (acmt.024): findings by the number it was asked under."""

    envelope: Envelope
    findings: tuple[tuple[str, PartyFinding], ...]


VerificationCommand = VerifyParties | VerifyForDfsp | AnswerVerification
"""Commands about verifications; the journey lane decides them all."""


class VerificationAsked(msgspec.Struct, frozen=True, tag_field="is", tag="verification_asked"):
    """To a bank that verifies: is this so? Asked for `asker` (acmt.023)."""

    asker: FspId
    question: PartyQuestion


class VerificationReported(msgspec.Struct, frozen=True, tag_field="is", tag="verification_reported"):
    """To the bank that asked: all findings (acmt.024)."""

    verification: Verification
