"""`isoloop rules`: the rules of all packs, for people and programs."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from iso.rules.names import PACK_NAMES

if TYPE_CHECKING:
    from iso.rules.model import Rule


def chosen(packs: list[str] | None, message: str | None, severity: str | None) -> "list[Rule]":
    """The rules of these packs (none: all) that are for that message or beginning of one, and of that severity."""
    from iso.rules.packs import PACKS  # noqa: PLC0415 - the command line is parsed without them

    return [
        rule
        for name, rules in PACKS.items()
        if not packs or name in packs
        for rule in rules
        if (message is None or _about(rule, message)) and severity in (None, rule.severity.value)
    ]


def _about(rule: "Rule", message: str) -> bool:
    """A whole name must be one it is for; a beginning such as `pacs` takes what it is for of these."""
    return rule.applies(message) or any(name.startswith(message) for name in rule.messages if name)


def told(rule: "Rule") -> dict[str, Any]:
    """A rule as JSON has it."""
    return {
        "number": rule.number,
        "pack": rule.pack,
        "severity": rule.severity.value,
        "reason": rule.reason,
        "messages": [name for name in rule.messages if name],
        "elements": rule.at,
        "demand": rule.demand,
        "todo": rule.todo,
    }


def names_of(rule: "Rule") -> str:
    """The messages a rule is for, as people read them."""
    return " ".join(name.rstrip(".") for name in rule.messages if name) or "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `isoloop rules` on the parser of the subcommand."""
    parser.add_argument("--pack", action="append", choices=PACK_NAMES, help="rules of this pack only (again for more)")
    parser.add_argument("--message", metavar="NAME", help="rules for this message, such as pacs.008 or pacs")
    parser.add_argument("--severity", choices=["error", "warning"], help="rules of this severity only")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def main(args: argparse.Namespace) -> int:
    """Run `isoloop rules` with parsed arguments; 1 if there is no such rule."""
    import msgspec  # noqa: PLC0415 - as above
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    rules = chosen(args.pack, args.message, args.severity)
    if args.json:
        sys.stdout.write(msgspec.json.encode([told(rule) for rule in rules]).decode() + "\n")
        return 0 if rules else 1
    table = Table("rule", "severity", "reason", "messages", "demands", "what to do")
    for rule in rules:
        style = "yellow" if rule.severity == "warning" else None
        table.add_row(
            rule.number, rule.severity.value, rule.reason, names_of(rule), rule.demand, rule.todo, style=style
        )
    console = Console(width=None if sys.stdout.isatty() else 200)
    if rules:
        console.print(table)
    console.print(f"{len(rules)} rules" if rules else "no such rule; `isoloop rules` lists them all")
    return 0 if rules else 1
