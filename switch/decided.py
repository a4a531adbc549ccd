"""What the settings and keys of a hub make of its profile: all that the lanes decide by."""

from datetime import timedelta

from schemas.canonical.identity import FspId
from switch.calendar_file import calendar_in
from switch.config import ProfileName, Settings
from switch.fee_rules import read_rules as read_fees
from switch.keys import HubKeys
from switch.profile import Profile
from switch.quote_rules import SHIPPED, read_rules
from switch.recall_rules import rules_in


def profile_of(settings: Settings, keys: HubKeys) -> Profile:
    """The profile of a hub with these settings."""
    production = settings.profile is ProfileName.PRODUCTION
    return Profile(
        hub=FspId(settings.hub_name),
        payment_timeout=timedelta(seconds=settings.payment_timeout_s),
        dialogue_timeout=timedelta(seconds=settings.dialogue_timeout_s),
        oracle_timeout=timedelta(seconds=settings.oracle_timeout_s),
        confirm_to_payee=settings.confirm_to_payee,
        on_us=settings.on_us,
        refuse_signed_off=settings.refuse_signed_off,
        on_us_lookups=settings.on_us_lookups,
        check_holder=production if settings.check_holder is None else settings.check_holder,
        check_payee_currency=settings.check_payee_currency,
        payee_conversion=settings.payee_conversion,
        lenient=not production,
        hub_keys=keys.secrets,
        hops=settings.hops,
        calendar=calendar_in(settings),
        recalls=rules_in(settings.recall_rules.read_bytes() if settings.recall_rules else None),
        fee_rules=() if settings.fee_rules is None else read_fees(settings.fee_rules.read_bytes()),
        quote_rules=SHIPPED if settings.quote_rules is None else read_rules(settings.quote_rules.read_bytes()),
    )
