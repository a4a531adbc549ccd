"""The scheme's rules that steps need: values, no settings object, so that every step stays pure."""

from datetime import timedelta

import msgspec

from schemas.canonical.fees import FeeRule
from schemas.canonical.identity import HUB, FspId
from switch import recall_rules
from switch.calendar import Calendar
from switch.hops import Hops
from switch.quote_rules import SHIPPED, Rule
from switch.recall_rules import RecallRules


class HubKey(msgspec.Struct, frozen=True):
    """A secret of the hub from which it makes fulfilments for banks: HMAC-SHA256(secret, packet)."""

    id: str
    secret: bytes


class Profile(msgspec.Struct, frozen=True):
    """What a scheme decides once.

    `hub_keys` are newest first: the first makes new conditions, all are tried for old ones. `payment_timeout` is
    the life of a bank's payment that names no expiry. `quote_rules` may refuse or reroute quotes. `recalls` says how
    long payments can be recalled and answers are waited for. `fee_rules` are those of the settings.
    `on_us_lookups`: a participant that asks for a party of its own is asked itself. `check_holder`: HTTP oracles are
    asked who holds a party before it is taken out. `lenient` takes what tools send: a transfer of FSPIOP-ISO JSON whose
    packet holds no condition is committed by the payee's word, and a quote for a conversion may be answered by another
    participant than the one asked.
    """

    hub: FspId = HUB
    payment_timeout: timedelta = timedelta(seconds=30)
    dialogue_timeout: timedelta = timedelta(seconds=30)
    oracle_timeout: timedelta = timedelta(seconds=10)
    confirm_to_payee: bool = True
    on_us: bool = False
    refuse_signed_off: bool = True
    on_us_lookups: bool = True
    check_holder: bool = True
    check_payee_currency: bool = False
    payee_conversion: bool = True
    lenient: bool = False
    hub_keys: tuple[HubKey, ...] = ()
    quote_rules: tuple[Rule, ...] = SHIPPED
    hops: Hops = Hops()
    calendar: Calendar = Calendar()
    recalls: RecallRules = recall_rules.SHIPPED
    fee_rules: tuple[FeeRule, ...] = ()
