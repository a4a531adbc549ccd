"""Writes docs/iso/rules.md from the packs of rules."""

# ruff: noqa: E501 - lines of a page are as long as the page has them

from typing import Final

from iso.rules.choice import BY_PRACTICE, BY_SERVICE, HUB_DECIDES
from iso.rules.listing import names_of
from iso.rules.model import Rule
from iso.rules.packs import PACKS
from schemas.canonical.participants import IsoProfile
from switch.config import Settings

_ABOUT: Final = {
    "base": "What the message definition reports of ISO 20022 demand across elements, and what values must be: IBAN "
    "(ISO 13616), BIC (ISO 9362), LEI (ISO 17442), currencies (ISO 4217), countries (ISO 3166), external code lists, "
    "UETR, character sets, counts and sums, and the end of unstructured addresses in November 2026.",
    "cbpr": "Cross-border payments over correspondent banks, after the usage guidelines of CBPR+.",
    "instant": "Instant credit transfers in euro, after the inter-PSP guidelines of SCT Inst.",
    "fednow": "Instant credit transfers in dollars, as the FedNow Service publishes them.",
    "scheme": "The hub's own rules. They are always in force: judged where a message becomes a command, since only there "
    "it is known who is who and what day it is. A refusal names their number too.",
}


def page() -> str:
    """Return the page."""
    total = sum(len(rules) for rules in PACKS.values())
    sections = "\n".join(_section(name, rules) for name, rules in PACKS.items())
    return (
        "# Rules\n\nWritten by `make docs` from `iso/rules/`; change it there.\n\n"
        f"Beyond its schema a message meets {total} rules, in packs. An *error* refuses the message where its pack is in "
        "force for\nit; a *warning* is told only. The reason is that of the refusal (`StsRsnInf/Rsn/Cd`, or "
        "`RjctgPtyRsn` of an admi.002), and\n`AddtlInf` gives number, text and path. What stands below "
        "`OrgnlTxRef`, `Rltd` and `SplmtryData` repeats another message\nor belongs to somebody else: no rule is about "
        "it.\n\n"
        "## Which packs are in force\n\n" + _choice() + "\n"
        "## On the command line\n\n"
        "```sh\n"
        "isoloop validate --rules cbpr payment.xml         # each finding with line, path, number and what to do\n"
        "isoloop validate --rules auto --json payments/    # base, and what each header asks for\n"
        "isoloop rules --pack cbpr --message pacs.008      # the rules themselves\n"
        "```\n\n"
        "The exit status is 1 if a schema or an error of a rule refuses a file.\n\n" + sections
    )


def _choice() -> str:
    rules, refuse = Settings.model_fields["iso_rules"], Settings.model_fields["iso_rules_refuse"]
    services = ", ".join(f"`{beginning}…` → `{pack}`" for beginning, pack in BY_SERVICE)
    practices = ", ".join(f"`{part}` → `{pack}`" for part, pack in BY_PRACTICE)
    assert "rules" in IsoProfile.__struct_fields__
    return (
        "A message meets, each once:\n\n"
        f"1. the packs of the setting `iso_rules` (default: {', '.join(f'`{name}`' for name in rules.default)});\n"
        f"2. those its header asks for, by the beginning of `BizSvc` ({services}) or a word in `MktPrctc` ({practices});\n"
        "3. those in its sender's profile (`rules` of `PUT /participants/{name}/iso`).\n\n"
        "What breaks an error of the third kind is refused everywhere; of the others where `iso_rules_refuse` says so:\n"
        f"{refuse.description.rpartition('Empty: ')[2].rstrip('.')} does, the sandbox counts "  # type: ignore[union-attr]
        "(`isoloop_rules_broken`) and logs. In the hub "
        f"{', '.join(sorted(HUB_DECIDES))}\nare left out: how it is settled its own rules say.\n"
    )


def _section(name: str, rules: tuple[Rule, ...]) -> str:
    rows = [
        f"| {rule.number} | {rule.severity.value} | {rule.reason} | {names_of(rule)} | {_cell(rule.demand)} | {_cell(rule.todo)} |"
        for rule in rules
    ]
    head = "| rule | severity | reason | messages | demands | what to do |\n|---|---|---|---|---|---|"
    errors = sum(rule.severity.value == "error" for rule in rules)
    return (
        f"## `{name}`: {len(rules)} rules, {errors} of them errors\n\n{_ABOUT[name]}\n\n{head}\n"
        + "\n".join(rows)
        + "\n"
    )


def _cell(text: str) -> str:
    return text[:1].upper() + text[1:].replace("|", "\\|")
