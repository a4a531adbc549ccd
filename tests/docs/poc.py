"""Makes the pictures and tables of docs/poc from a real run of the business day: `make poc`."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.docs.generate import DOCS

FOLDER = DOCS / "poc"
TITLES = {
    "bank-to-bank": "A bank pays a bank",
    "bank-to-wallet": "A bank pays a wallet",
    "wallet-to-bank": "A wallet pays a bank",
    "wallet-to-wallet": "A wallet pays a wallet",
    "conversion": "From a bank's dollars to a wallet's shillings",
    "refusal": "A payee that refuses",
    "recall": "A recall, and the money comes back",
    "return": "A part is returned",
    "unpaid": "The window is closed, and a participant lacks the money",
    "settled": "The money is there, and the cycle settles",
    "shillings-settled": "The shillings settle at an agent of their own",
    "end-of-day": "The day ends, and everybody gets its statement",
    "positions-usd": "Positions in dollars",
    "positions-kes": "Positions in shillings",
}
CURRENCIES = ("USD", "KES")
HEAD = """# A business day

Pictures and figures of a real run, made by `make poc`. As a page, with every message beside its translation and every
statement line by line:

```
isoloop demo --scenario settle-in-iso --out poc-report
```

`poc-report/day.json` has every figure of the page as exact text, for who wants to add up.

Blue is ISO 20022 XML, green FSPIOP, red bad news; the times are those of the run.
"""


def rows(*lines: Iterable[object]) -> str:
    """A table; the first line has its heads."""
    head, *body = ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *body]) + "\n"


def matrix(day: dict[str, Any], currency: str) -> str:
    """Who owes whom, what each owes in all, and what its agent has booked."""
    flows = {
        (one["debtor"], one["creditor"]): Decimal(one["amount"]["amount"])
        for one in day["flows"]
        if one["amount"]["currency"] == currency
    }
    names = sorted({name for pair in flows for name in pair})

    def net(name: str) -> Decimal:
        owes = sum(amount for (debtor, _), amount in flows.items() if debtor == name)
        return Decimal(owes - sum(amount for (_, creditor), amount in flows.items() if creditor == name))

    lines = [
        [name, *(f"{flows[name, other]:,}" if (name, other) in flows else "" for other in names), f"{net(name):,}",
         f"{Decimal(day['bookedAtAgent'][currency][name]):,}"]
        for name in names
    ]  # fmt: skip
    return rows([f"{currency}: owes", *names, "net", "booked"], *lines)


def parts(day: dict[str, Any]) -> Iterator[str]:
    """What the day came to, in tables."""
    yield "\n## The settlement matrix\n\nWho owes whom; a positive net is owed. Booked is what the agent credited.\n"
    for currency in CURRENCIES:
        yield "\n" + matrix(day, currency)
    yield "\n## Settlements\n\n" + rows(
        ["", "currency", "agent", "by", "state", "why"],
        *([one["id"], one["currency"], one["agent"], one["instrument"], one["state"], one["refusal"]]
          for one in day["settlements"]),
    )  # fmt: skip
    yield "\n## Statements\n\n" + rows(
        ["participant", "account", "opening", "bookings", "closing", "its camt.053"],
        *([one["participant"], one["type"], one["opening"]["amount"], len(one["lines"]),
           f"{Decimal(one['closing']['amount']):,} {one['closing']['currency']}",
           {"": "says the same", None: ""}.get(one["sent"], one["sent"])] for one in day["statements"]),
    )  # fmt: skip
    yield "\n## What must hold\n\n" + rows(
        ["", "", "found"],
        *(["✓" if one["holds"] else "✗", one["promise"], one["detail"]] for one in day["checks"] + day["invariants"]),
    )


def main() -> int:
    """Play the day and keep its pictures and figures, unless it went wrong; gives the exit status of the run."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "switch", "demo", "--scenario", "settle-in-iso", "--out", folder]
        status = subprocess.run(command, check=False).returncode
        if status:
            return status
        FOLDER.mkdir(exist_ok=True)
        for name in TITLES:
            (FOLDER / f"{name}.svg").write_bytes((Path(folder) / f"{name}.svg").read_bytes())
        day = json.loads((Path(folder) / "day.json").read_text("utf-8"))
    drawn = (f"\n## {title}\n\n![{title}]({name}.svg)\n" for name, title in TITLES.items())
    (FOLDER / "README.md").write_text("".join([HEAD, *drawn, *parts(day)]), "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
