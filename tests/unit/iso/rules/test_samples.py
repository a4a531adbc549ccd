"""Real messages of others break no rule that would refuse them, except for the faults they really have."""

from pathlib import Path

import pytest

from iso import gate
from iso.envelope import find_parts
from iso.rules.engine import judge_alone
from iso.rules.model import Severity

SAMPLES = Path(__file__).parents[5] / "shared" / "iso20022" / "samples" / "valid"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")

MADE_UP_IBAN, WRONG_COUNTS = {"BASE-0001"}, {"BASE-0401", "BASE-0403", "BASE-0404"}
FAULTS_IN_SAMPLES = {
    "pacs.008.001.12-iso20022-client-f51190.xml": {"BASE-0004"},  # identifiers of a ledger in the place of BICs
    "pain.001.001.03-iso20022-js-11981a.xml": MADE_UP_IBAN,
    "pain.001.001.03-pypi-pain001-b155d8.xml": WRONG_COUNTS,
    "pain.001.001.09-pain001-17041d.xml": MADE_UP_IBAN | {"BASE-0401"},
    "pain.008.001.02-dutch-sepa-iso20022-40be99.xml": MADE_UP_IBAN,
    "pacs.002.001.10-iso20022-cbpr-ur-8e4ac7.xml": {"CBPR-0204"},  # named as invalid by its authors
    "pacs.009.001.08-iso20022-cbpr-ur-7fb8a3.xml": {"CBPR-0123"},  # a fragment without a day of settlement
}
CROSS_BORDER = ("-iso20022-cbpr-ur-", "-module-ballerinax-")


def refused(path: Path, pack: str) -> set[str]:
    """The rules of a pack whose breach would refuse the message."""
    root = gate.read_file(path.read_bytes())[0]
    found = [broken for part in find_parts(root) for broken in judge_alone(part, (pack,))]
    return {broken.number for broken in found if broken.severity is Severity.ERROR}


def samples(*marks: str) -> list[Path]:
    """The samples whose name has one of these parts."""
    return [path for path in sorted(SAMPLES.glob("*.xml")) if not marks or any(mark in path.name for mark in marks)]


@pytest.mark.parametrize(
    ("pack", "marks"), [("base", ()), ("cbpr", CROSS_BORDER), ("fednow", ("pacs.008.001.08-fednow",))]
)
def test_real_messages_are_refused_for_their_real_faults_only(pack: str, marks: tuple[str, ...]):
    found = {path.name: refused(path, pack) for path in samples(*marks)}
    listed = {
        name: {number for number in numbers if number.startswith(pack.upper())}
        for name, numbers in FAULTS_IN_SAMPLES.items()
        if name in found
    }
    assert {name: numbers for name, numbers in found.items() if numbers} == {k: v for k, v in listed.items() if v}
