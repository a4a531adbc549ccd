"""The scheme's rules on quotes: data that refuses a request or sends it to another FSP. Pure.

A rule has conditions on facts and an event. Facts: `payer` and `payee` (the participants of Source and Destination,
with their accounts), `payload`, `headers` (names in lower case), `operation` (the resource). Events, as the reference
has them (section 11): INVALID_QUOTE_REQUEST {FSPIOPError, message} and INTERCEPT_QUOTE {rerouteToFsp,
additionalHeaders}. FSPIOPError is a name of the fault table or a code of four digits.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from schemas.canonical.faults import FAULTS, Fault, fault, participant_fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect, Original
from schemas.codes.reasons import iso_reason
from switch.crossing import came_in
from switch.json_path import PathError, path

_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_POSITION: Final = "POSITION"
_SIGNATURE: Final = "fspiop-signature"
_DESTINATION: Final = "fspiop-destination"


class RuleError(ValueError):
    """A rule is not as it must be; the message says which and why."""


class FactRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that is itself looked up."""

    fact: Literal["payer", "payee", "payload", "headers", "operation"]
    path: str = "$"


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"every": "all", "some": "any"}):
    """One comparison, or `all` or `any` of several."""

    every: tuple["Condition", ...] | None = None
    some: tuple["Condition", ...] | None = None
    fact: Literal["payer", "payee", "payload", "headers", "operation"] | None = None
    path: str = "$"
    operator: str | None = None
    value: Any = None


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What an event says; which fields are needed depends on its type."""

    error: str | None = msgspec.field(default=None, name="FSPIOPError")
    message: str = ""
    reroute_to_fsp: Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    reroute_to_fsp_currency: str | None = None
    source_currency: str | None = None
    additional_headers: dict[str, str] = {}


class RuleEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens when the conditions hold."""

    type: Literal["INVALID_QUOTE_REQUEST", "INTERCEPT_QUOTE"]
    params: Params


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One rule; what names and describes it is for its reader."""

    conditions: Condition
    event: RuleEvent
    rule_id: int | str | None = None
    title: str = ""
    description: str = ""


class Reroute(msgspec.Struct, frozen=True):
    """The request goes to another FSP, with these headers added."""

    fsp: FspId
    headers: tuple[tuple[str, str], ...]


class Facts:
    """What rules look at; the body is read only if a rule asks for it."""

    def __init__(self, payer: Participant, payee: Participant, original: Original | None, operation: str) -> None:
        """The participants of Source and Destination, and the message."""
        self._payer, self._payee, self._original = payer, payee, original
        self.operation = operation

    @cached_property
    def payer(self) -> Mapping[str, Any]:
        """Source with its accounts."""
        return _participant(self._payer)

    @cached_property
    def payee(self) -> Mapping[str, Any]:
        """Destination with its accounts."""
        return _participant(self._payee)

    @cached_property
    def payload(self) -> Any:
        """The body as FSPIOP JSON has it, whatever its dialect."""
        if self._original is not None and self._original.dialect is Dialect.FSPIOP_ISO:
            found = came_in(self.operation, self._original, (), _ANY_TIME, conditions_optional=True)
            return {} if isinstance(found, Fault) else found
        return msgspec.json.decode(self._original.body) if self._original and self._original.body else {}

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name."""
        return {name.lower(): value for name, value in self._original.headers} if self._original else {}


def readdressed(original: Original | None, ruling: Reroute) -> Original | None:
    """The message for another FSP than its sender named: its signature covers the destination, so it cannot stay."""
    if original is None:
        return None
    added = dict(ruling.headers) | {_DESTINATION: ruling.fsp}
    kept = tuple((name, value) for name, value in original.headers if name.lower() not in {*added, _SIGNATURE})
    return msgspec.structs.replace(original, headers=(*kept, *added.items()))


def read_rules(text: bytes) -> tuple[Rule, ...]:
    """The rules of a JSON text (a list); raises RuleError."""
    try:
        rules = msgspec.json.Decoder(tuple[Rule, ...], float_hook=Decimal).decode(text)
    except msgspec.MsgspecError as error:
        raise RuleError(f"quote rules: {error}") from None
    for number, rule in enumerate(rules, 1):
        try:
            _check(rule)
        except (RuleError, PathError) as error:
            raise RuleError(f"quote rule {rule.title or number}: {error}") from None
    return rules


def _check(rule: Rule) -> None:
    _check_condition(rule.conditions)
    params = rule.event.params
    if rule.event.type == "INTERCEPT_QUOTE":
        if params.reroute_to_fsp is None:
            raise RuleError("INTERCEPT_QUOTE needs rerouteToFsp")
        return
    if params.error not in FAULTS and not _is_code(params.error or ""):
        raise RuleError(f"FSPIOPError '{params.error}' is neither a fault's name nor a code of four digits")


def _is_code(text: str) -> bool:
    return len(text) == len("5106") and text.isascii() and text.isdigit() and text[0] != "0"


def _check_condition(condition: Condition) -> None:
    nested = [group for group in (condition.every, condition.some) if group is not None]
    if len(nested) + (condition.fact is not None) != 1:
        raise RuleError("a condition has one of all, any and fact")
    for inner in nested[0] if nested else ():
        _check_condition(inner)
    if condition.fact is not None:
        path(condition.path)
        if condition.operator not in _OPERATORS:
            raise RuleError(f"operator '{condition.operator}' is none of {', '.join(sorted(_OPERATORS))}")
        _reference(condition.value)


def _reference(value: Any) -> FactRef | None:
    if not (isinstance(value, dict) and "fact" in value):
        return None
    try:
        found = msgspec.convert(value, FactRef)
    except msgspec.ValidationError as error:
        raise RuleError(str(error)) from None
    path(found.path)
    return found


def judge(rules: tuple[Rule, ...], facts: Facts) -> Fault | Reroute | None:
    """What the rules say of a request: refused, sent elsewhere, or nothing. A refusal goes before an intercept."""
    events = [rule.event for rule in rules if _holds(rule.conditions, facts)]
    for event in events:
        if event.type == "INVALID_QUOTE_REQUEST":
            return _refusal(event.params)
    if len(events) > 1:
        return fault("INTERNAL", "more than one rule sends this quote elsewhere")
    if events and events[0].params.reroute_to_fsp is not None:
        headers = tuple((name.lower(), value) for name, value in events[0].params.additional_headers.items())
        return Reroute(FspId(events[0].params.reroute_to_fsp), headers)
    return None


def _refusal(params: Params) -> Fault:
    name, text = params.error or "", params.message
    if name in FAULTS:
        return fault(name, text)
    return participant_fault(name, iso_reason(name), text or "The scheme's rules refuse this quote")


def _holds(condition: Condition, facts: Facts) -> bool:
    if condition.every is not None:
        return all(_holds(inner, facts) for inner in condition.every)
    if condition.some is not None:
        return any(_holds(inner, facts) for inner in condition.some)
    found = path(condition.path).find(getattr(facts, condition.fact or ""))
    reference = _reference(condition.value)
    wanted = condition.value if reference is None else path(reference.path).find(getattr(facts, reference.fact))
    return _OPERATORS[condition.operator or ""](found, wanted)


def _within(found: Any, wanted: Any) -> bool:
    """Whether a value is in a list; each of several values must be."""
    if not isinstance(wanted, list | tuple | str):
        return False
    return all(one in wanted for one in found) if isinstance(found, list) else found in wanted


def _compared(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[Any, Any], bool]:
    def operator(found: Any, wanted: Any) -> bool:
        try:
            return compare(Decimal(str(found)), Decimal(str(wanted)))
        except InvalidOperation:
            return False

    return operator


_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "equal": lambda found, wanted: bool(found == wanted),
    "notEqual": lambda found, wanted: bool(found != wanted),
    "deepEqual": lambda found, wanted: bool(found == wanted),
    "notDeepEqual": lambda found, wanted: bool(found != wanted),
    "in": _within,
    "notIn": lambda found, wanted: not _within(found, wanted),
    "contains": lambda found, wanted: isinstance(found, list | str) and wanted in found,
    "doesNotContain": lambda found, wanted: not (isinstance(found, list | str) and wanted in found),
    "truthy": lambda found, wanted: bool(found) is bool(wanted),
    "falsy": lambda found, wanted: (not found) is bool(wanted),
    "isArray": lambda found, wanted: isinstance(found, list) is bool(wanted),
    "isObject": lambda found, wanted: isinstance(found, dict) is bool(wanted),
    "isString": lambda found, wanted: isinstance(found, str) is bool(wanted),
    "lessThan": _compared(lambda found, wanted: found < wanted),
    "lessThanInclusive": _compared(lambda found, wanted: found <= wanted),
    "greaterThan": _compared(lambda found, wanted: found > wanted),
    "greaterThanInclusive": _compared(lambda found, wanted: found >= wanted),
}


def _participant(found: Participant) -> Mapping[str, Any]:
    accounts = [{"ledgerAccountType": _POSITION, "currency": one, "isActive": 1} for one in found.currencies]
    return {"name": found.name, "isActive": int(found.active), "isProxy": int(found.proxy), "accounts": accounts}


def _no_account(who: Literal["payer", "payee"], error: str) -> Rule:
    active = "$.accounts[?(@.ledgerAccountType == 'POSITION' && @.isActive == 1)]"
    params = Params(error, f"the {who} FSP has no active account")
    return Rule(
        Condition(every=(Condition(fact=who, path=active, operator="falsy", value=True),)),
        RuleEvent("INVALID_QUOTE_REQUEST", params),
        title=f"{who} without active accounts",
    )


SHIPPED: Final = (
    _no_account("payer", "PAYER_UNSUPPORTED_CURRENCY"),
    _no_account("payee", "PAYEE_UNSUPPORTED_CURRENCY"),
)
"""The rules in force where a scheme has none of its own."""
