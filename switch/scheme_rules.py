"""What the settings choose of the rules for banks' messages."""

from datetime import timedelta

from schemas.canonical.identity import FspId
from schemas.codes.events import EventCodes, read_codes, usual
from switch.config import ConfigError, Settings
from translator.iso.checks import Scheme
from translator.outgoing import HubIdentity


def scheme_of(settings: Settings, identity: HubIdentity) -> Scheme:
    """The rules; ConfigError if a file of them cannot be read."""
    timeout = timedelta(seconds=settings.payment_timeout_s)
    return Scheme(identity, timeout, settings.payments_per_message_max, codes_of(settings))


def identity_of(settings: Settings) -> HubIdentity:
    """How the hub is named."""
    return HubIdentity(
        FspId(settings.hub_name), settings.hub_bic, settings.hub_lei, settings.hub_member_id,
        aliases=tuple(settings.hub_aliases),
    )  # fmt: skip


def codes_of(settings: Settings) -> EventCodes:
    """The codes of system events in force."""
    if settings.event_codes is None:
        return usual()
    try:
        return read_codes(settings.event_codes.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"event_codes: {settings.event_codes}: {error}") from error
