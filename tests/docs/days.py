"""Tables of reports and business days, taken from the code."""

from schemas.canonical.business_days import DayState
from switch.business_days import TABLE
from switch.reports.catalog import REPORTS
from switch.reports.dataset import Audience, Definition, Scope

_OF = {
    Scope.SETTLEMENT: "`settlement`",
    Scope.WINDOWS: "`window`, or `from` and `to`",
    Scope.PERIOD: "`from` and `to`",
    Scope.NOW: "the books as they are now",
}


def reports() -> list[tuple[str, ...]]:
    """Name, what it holds, what it is of, and who may read it."""
    return [
        (
            f"[`{one.name}`](#{one.name})",
            one.summary,
            _OF[one.scope] + (", `participant`" if one.needs_participant else ""),
            "operator" if one.audience is Audience.OPERATOR else "operator, each participant its own",
        )
        for one in REPORTS.values()
    ]


def columns() -> str:
    """A section for each report: its columns and checks."""
    return "\n".join(_section(one) for one in REPORTS.values())


def _section(one: Definition) -> str:
    named = ", ".join(f"`{column.name}` ({column.kind})" for column in one.columns)
    checks = "\n".join(f"- {check.name}{' (participants too)' if check.own else ''}" for check in one.checks)
    return f"### {one.name}\n\n{one.title}: {one.summary}\n\n{named}\n\nChecks:\n\n{checks}\n"


def day_states() -> list[tuple[str, ...]]:
    """What may be done with a business day in which state."""
    return [
        (action.value, *(str(states.get(state, "")) for state in DayState if state is not DayState.ENDED))
        for action, states in TABLE.items()
    ]


def day_head() -> tuple[str, ...]:
    """The head of that table."""
    return ("action", *(state.value for state in DayState if state is not DayState.ENDED))
