"""Makes the pictures of docs/poc from a real run of the business day: `make poc`."""

import subprocess
import sys
import tempfile
from pathlib import Path

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
HEAD = """# A business day

Pictures of a real run, made by `make poc`. As a page, with every message beside its translation, the settlement matrix
and all checks:

```
isoloop demo --scenario settle-in-iso --out poc-report
```

Blue is ISO 20022 XML, green FSPIOP, red bad news; the times are those of the run.
"""


def main() -> int:
    """Play the day and keep its pictures; gives the exit status of the run."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "switch", "demo", "--scenario", "settle-in-iso", "--out", folder]
        status = subprocess.run(command, check=False).returncode
        FOLDER.mkdir(exist_ok=True)
        for name in TITLES:
            (FOLDER / f"{name}.svg").write_bytes((Path(folder) / f"{name}.svg").read_bytes())
    parts = [HEAD, *(f"\n## {title}\n\n![{title}]({name}.svg)\n" for name, title in TITLES.items())]
    (FOLDER / "README.md").write_text("".join(parts), "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
