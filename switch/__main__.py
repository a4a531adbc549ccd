"""The command `isoloop`."""

import argparse
import sys
from collections.abc import Callable, Sequence

from switch import commands, trouble

_DESCRIPTION = "Isoloop: an ISO 20022 messaging switch that speaks Mojaloop's FSPIOP over the same ledger."
_EPILOG = "First steps: `isoloop demo`, then `isoloop serve --data ./data`. Every command has --help with an example."

Runner = Callable[[argparse.Namespace], int]


def parser(only: str = "") -> argparse.ArgumentParser:
    """The command line as it is documented; docs and tests read it from here.

    With the name of a command `only` that one knows its arguments: they stand with its code, which takes time to load.
    """
    root = argparse.ArgumentParser(
        prog="isoloop", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root.add_argument("--version", action="version", version=f"isoloop {commands.version()}")
    verbs = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in commands.COMMANDS:
        verb = verbs.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            epilog=f"example:\n  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if only in {"", command.name}:
            command.arguments(verb)
        verb.set_defaults(run=command.run)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 for success, 1 for a negative result, 2 for wrong use."""
    given = sys.argv[1:] if arguments is None else arguments
    named = {command.name for command in commands.COMMANDS}
    options = parser(next((word for word in given if word in named), "")).parse_args(given)
    run: Runner = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        told = trouble.mendable(error)
        if told is None:
            raise
        print(f"isoloop {options.command}: {told}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
