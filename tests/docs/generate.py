"""Writes what the documentation takes from the code: whole pages, tables and programs inside pages.

`python -m tests.docs` writes them; tests/test_docs.py fails if a file differs from what this gives.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from fspiop.errors import http_status
from fspiop.messages.dialogues import DIALOGUES
from fspiop.openapi import calls
from iso.examine import MESSAGES
from schemas.canonical.faults import FAULTS
from schemas.canonical.transfer import TransferState
from schemas.catalogue import Catalogue, origins
from switch import config_page, meters, openapi
from switch.case_table import KNOWN as KNOWN_CASES
from switch.case_table import TABLE as CASE_TABLE
from switch.transfer_table import ANY, FINAL, KNOWN, PENDING, TABLE
from tests.docs import days, rules
from tests.docs.flows import FLOWS
from translator.fspiop import callbacks

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
METHODS: Final = openapi.METHODS
_WRITTEN: Final = "Written by `make docs` from `{}`; change it there.\n\n"
_SETS: Final = {ANY: "any", KNOWN: "any known", PENDING: "pending", FINAL: "final", (None,): "none"}
# The part between two markers is written; the first names what, or the file that is shown.
_PART: Final = re.compile(r"<!-- (table|file): (\S+) -->\n.*?<!-- end -->", re.DOTALL)


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> str:
    """Return a table as Markdown."""
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


def faults_page() -> str:
    """Return docs/faults.md."""
    rows = [
        (f"`{name}`", row.fspiop, str(http_status(row.fspiop)), row.iso, row.text, "yes" if row.retry else "")
        for name, row in FAULTS.items()
    ]
    return (
        "# Faults\n\n"
        + _WRITTEN.format("schemas/canonical/faults.py")
        + "Every reason for which the hub refuses or ends something, with its name in each language. FSPIOP: the\n"
        "`errorCode`, and the HTTP status where it is told in the answer itself. ISO 20022: the reason of a pacs.002,\n"
        "whose `AddtlInf` begins with `FSPIOP-<code>` and the text. *Again*: the same message may succeed later. What\n"
        "exactly was wrong follows the text, after a hyphen.\n\n"
        "A participant's own refusal is passed on with its own code and text.\n\n"
        + table(("name", "FSPIOP", "HTTP", "ISO", "text", "again"), rows)
    )


def transfers_page() -> str:
    """Return docs/transfers.md."""
    rows = [
        (
            str(case),
            row.command,
            row.guard,
            _SETS.get(row.before) or ", ".join("none" if state is None else state.value for state in row.before),
            row.after.value if row.after else "",
            row.phase.value.lower() if row.phase else "",
            "; ".join(tell.value for tell in row.tells),
        )
        for case, row in TABLE.items()
    ]
    states = ", ".join(state.value for state in TransferState)
    return (
        "# States of a transfer\n\n" + _WRITTEN.format("switch/transfer_table.py") + "```\n"
        "           reserve                   commit\n"
        "  (none) ───────────> RESERVED ───────────────> COMMITTED\n"
        "     │                    │  reject, wrong preimage, expiry\n"
        "     │  a check fails     │  void\n"
        "     └────────────────────┴──────────────────> ABORTED\n"
        "```\n\n"
        f"States: {states}. COMMITTED and ABORTED are final. The words *pending* and *final* below stand for "
        "RESERVED or FULFILLED_WAITING, and for COMMITTED or ABORTED.\n\n"
        "One row is one thing that can happen. The step acts on these rows and the tests cover each. Where *after* is\n"
        "empty the transfer stays as it is, where *posting* is no money moves, where *told* is nobody hears of it.\n\n"
        + table(("what", "command", "when", "before", "after", "posting", "told"), rows)
    )


def messages_page() -> str:
    """Return docs/iso/messages.md."""
    families: dict[str, list[str]] = {}
    for message in Catalogue().messages():
        families.setdefault(message[:8], []).append(message)
    acted = [
        (f"`{name}`", _versions(families[name]), flow.direction, flow.flow, ", ".join(f"`{it}`" for it in flow.tests))
        for name, flow in sorted(FLOWS.items())
    ]
    others = [(f"`{name}`", _versions(found)) for name, found in families.items() if name not in FLOWS]
    proofs = Counter(origin.proof for origin in origins().values())
    return (
        "# Messages\n\n"
        + _WRITTEN.format("schemas/catalogue.py` and `tests/docs/flows.py")
        + f"{proofs['official']} message versions have a schema that is equal to the official one;\n"
        f"{proofs['inferred']} more, in italics, are inferred from them ([Schemas](schemas.md)).\n"
        "`isoloop validate` judges them all, and others when `--schemas DIR` has their XSD.\n\n"
        "## What the hub acts upon\n\n"
        "The ISO port takes the versions in bold, and writes to a participant in the version that it registered.\n\n"
        + table(("message", "versions", "direction", "flow", "tests"), acted)
        + "\n## What else is validated and read\n\n"
        + table(("message", "versions"), others)
    )


def _versions(names: list[str]) -> str:
    return " ".join(_version(name) for name in names)


def _version(name: str) -> str:
    taken = name in MESSAGES or name.startswith("head.")
    mark = "**" if taken else "_" if origins()[name].proof == "inferred" else ""
    return f"{mark}.{name[-2:]}{mark}"


def operator_page() -> str:
    """Return docs/operator-api.md."""
    rows = [
        (f"`{method.upper()} {path}`", operation["description"].split("\n")[0])
        for path, operations in operator_api()["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]
    return (
        "# Operator API\n\n"
        + _WRITTEN.format("switch/admin")
        + "The paths of Mojaloop's administration, on the operator port (4001), and what banks need besides.\n"
        "Bodies are JSON, whatever the Content-Type says. A refusal has an `errorInformation` body with a code of\n"
        "[faults.md](faults.md). `GET /openapi.json` there gives the OpenAPI text.\n"
        "Examples: [iso-integration.md](iso-integration.md), [fspiop-integration.md](fspiop-integration.md).\n\n"
        + table(("call", "what it does"), rows)
    )


def operator_api() -> dict:
    """Return the OpenAPI text of the operator port."""
    return openapi.operator_port()


def fspiop_calls() -> list[tuple[str, str]]:
    """Return method and path of everything the FSPIOP port takes, and refuses by its rules only."""
    return [(call.method, call.path) for call in calls.calls()]


def fspiop_calls_table() -> str:
    """Return the calls a DFSP may make, a row per path."""
    by_path: dict[str, list[str]] = {}
    for method, path in fspiop_calls():
        by_path.setdefault(path, []).append(method)
    return table(("path", "methods"), [(f"`{path}`", ", ".join(methods)) for path, methods in by_path.items()])


def endpoints_table() -> str:
    """Return the endpoint types a DFSP registers, with what comes there."""
    party, sub = "{Type}/{ID}", "{Type}/{ID}/{SubId}"
    calls = [
        *(("parties", method, key) for key in (party, sub) for method in ("GET", "PUT", "PUT error")),
        *(("participants", method, key) for key in (party, sub, "{ID}") for method in ("PUT", "PUT error")),
        *((name, "POST", "") for name in ("transfers", "fxTransfers")),
        *((name, method, "{ID}") for name in ("transfers", "fxTransfers") for method in ("PUT", "PUT error")),
        *(("quotes", method, key) for method, key in (("POST", ""), ("GET", "{ID}"), ("PUT", "{ID}"))),
        *((row.name, "POST", "") for row in DIALOGUES.values() if row.post is not None),
        *((name, method, "{ID}") for name in DIALOGUES for method in ("GET", "PUT", "PUT error")),
    ]
    rows: dict[str, list[str]] = {}
    for resource, method, key in calls:
        word, _, error = method.partition(" ")
        kind = callbacks._forward_endpoint(resource, word, f"{key}/error" if error else key, is_error=bool(error))
        path = f"/{resource}/{key}".rstrip("/") + ("/error" if error else "")
        rows.setdefault(f"`FSPIOP_CALLBACK_URL_{kind}`", []).append(f"`{word} {path}`")
    for stem, name in (("TRANSFER", "transfers"), ("FX_TRANSFER", "fxTransfers")):
        rows[f"`FSPIOP_CALLBACK_URL_{stem}_PUT`"].append(f"`PATCH /{name}/{{ID}}`")
    rows["`FSPIOP_CALLBACK_URL_QUOTES`"].append("`PUT /quotes/{ID}/error`")
    rows["`TP_CB_URL_SERVICES_PUT`, else `FSPIOP_CALLBACK_URL_FX_QUOTES`"] = ["`PUT /services/{ServiceType}`"]
    return table(("endpoint type", "what comes there"), [(kind, ", ".join(found)) for kind, found in rows.items()])


def decisions_table() -> str:
    """Return the decision records with their titles."""
    rows = []
    for path in sorted((DOCS / "decisions").glob("*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0]
        rows.append((f"[{path.stem[:4]}](decisions/{path.name})", re.sub(r"^# *[0-9]+[.:]? *", "", title)))
    return table(("number", "decision"), rows)


def cases_table() -> str:
    """Return every row of the case table."""
    rows = []
    for turn, row in CASE_TABLE.items():
        known = row.before[-len(KNOWN_CASES) :] == KNOWN_CASES
        before = "any" if known else ", ".join(state.value if state else "none" for state in row.before)
        after = row.after.value if row.after else ""
        own = " ".join(filter(None, (row.verdict.value if row.verdict else "", row.reason)))
        rows.append((turn.value, row.what, row.guard, before, after, "; ".join(row.tells), own))
    return table(("what", "by", "when", "before", "after", "told", "the hub's word"), rows)


PAGES: Final[dict[str, Callable[[], str]]] = {
    "configuration.md": config_page.page,
    "faults.md": faults_page,
    "iso/messages.md": messages_page,
    "iso/rules.md": rules.page,
    "metrics.md": meters.page,
    "operator-api.md": operator_page,
    "transfers.md": transfers_page,
}
TABLES: Final[dict[str, Callable[[], str]]] = {
    "cases": cases_table,
    "day-states": lambda: table(days.day_head(), days.day_states()),
    "report-columns": days.columns,
    "reports": lambda: table(("report", "what it holds", "of", "for"), days.reports()),
    "decisions": decisions_table,
    "endpoints": endpoints_table,
    "fspiop-calls": fspiop_calls_table,
}


def with_parts(text: str) -> str:
    """Return a page with its tables and programs as the code has them now."""
    return _PART.sub(_part, text)


def _part(found: re.Match[str]) -> str:
    kind, name = found.groups()
    content = TABLES[name]() if kind == "table" else f"```python\n{(DOCS / name).read_text(encoding='utf-8')}```\n"
    return f"<!-- {kind}: {name} -->\n{content}<!-- end -->"


@cache
def written() -> dict[Path, str]:
    """Return every file of the documentation that this module writes, with what it must hold."""
    whole = {DOCS / name: page() for name, page in PAGES.items()}
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md")) if path.name not in PAGES}
    return whole | {path: with_parts(text) for path, text in texts.items() if _PART.search(text)}
