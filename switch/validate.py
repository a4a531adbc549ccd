"""`isoloop validate` as the hub offers it: with the hub's own rules beside the packs."""

import argparse

from iso import validate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `isoloop validate` on the parser of the subcommand."""
    validate.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run `isoloop validate` with parsed arguments; the exit status."""
    if not args.rules:
        return validate.main(args)
    from switch.hub_rules import judge_by_hub  # noqa: PLC0415 - nobody else needs the translator

    return validate.main(args, judge_by_hub)
