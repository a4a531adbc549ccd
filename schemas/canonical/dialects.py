"""Which dialect of FSPIOP a participant is spoken to in, as the operator sets it."""

import msgspec

from schemas.canonical.identity import FspId
from schemas.canonical.wire import Dialect

DIALECTS = (Dialect.FSPIOP, Dialect.FSPIOP_ISO)
"""The two that a participant of FSPIOP may speak."""


class FspiopProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a DFSP is spoken to (PUT /participants/{name}/fspiop); `version` None is learned from what it sends.

    `supplements` False leaves out SplmtryData of a translated message, for a receiver whose schema has none: what ISO
    has no element for is then lost.
    """

    dialect: Dialect
    version: str | None = None
    supplements: bool = True


class SetFspiopProfile(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_fspiop_profile"):
    """Set the dialect of a participant, or with None leave it to what the participant speaks itself."""

    name: FspId
    profile: FspiopProfile | None
