"""The runnable examples of a page: what is to be run, and what the page says comes out.

A block ` ```sh run ` is run; a block ` ```output ` after it says what it prints. White space does not matter in an
output, and `...` stands for anything.
"""

import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "@@ end of block"
_TIMEOUT_S = 150


class Example(NamedTuple):
    """One block that is run, its line in the page, and the output stated there (None: not stated)."""

    line: int
    code: str
    output: str | None


def examples(page: Path) -> list[Example]:
    """Return the examples of a page in their order."""
    found: list[Example] = []
    text = page.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        info, content = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        if info == "sh run":
            found.append(Example(line, content, None))
        elif info == "output":
            found[-1] = found[-1]._replace(output=content)
    return found


def run(found: list[Example], folder: Path, environment: dict[str, str]) -> tuple[list[str], str]:
    """Run the examples as one shell session in a folder; return the output of each that ended, and the errors."""
    script = "".join(f"{example.code}echo; echo '{_MARK}'\n" for example in found)
    printed, errors = folder / "printed.txt", folder / "errors.txt"
    with printed.open("w") as out, errors.open("w") as err:
        # A session of its own, so that the servers it starts end with it whatever happens.
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            process.wait(_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            err.write(f"not finished after {_TIMEOUT_S} s\n")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    outputs = printed.read_text().split(_MARK)
    return outputs[:-1], f"{outputs[-1].strip()}\n{errors.read_text()}"


def fits(stated: str, printed: str) -> bool:
    """Whether an output is the stated one, up to white space and what `...` stands for."""
    parts = re.sub(r"\s", "", stated.replace("....", "...\0")).split("...")
    pattern = ".*".join(re.escape(part.replace("\0", ".")) for part in parts)
    return re.fullmatch(pattern, re.sub(r"\s", "", printed), re.DOTALL) is not None
