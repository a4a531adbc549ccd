"""Fuzz a target with atheris: `python -m tests.fuzz gate -max_total_time=3600`; what it finds goes to `found/`.

atheris is not among the tools that set-up installs: `pip install atheris` (Linux). Further arguments are libFuzzer's.
"""

import sys
from pathlib import Path

import atheris

TARGET = sys.argv[1] if len(sys.argv) > 1 else ""

with atheris.instrument_imports(include=["iso", "schemas"]):
    from tests.fuzz.seeds import CORPUS
    from tests.fuzz.targets import TARGETS

if TARGET not in TARGETS:
    sys.exit(f"usage: python -m tests.fuzz {{{','.join(TARGETS)}}} [libFuzzer arguments]")
found = Path("found") / TARGET
found.mkdir(parents=True, exist_ok=True)
arguments = [sys.argv[0], *sys.argv[2:], f"-artifact_prefix={found}/", str(found), str(CORPUS / TARGET)]
atheris.Setup(arguments, TARGETS[TARGET])
atheris.Fuzz()
