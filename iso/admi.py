"""admi.002 MessageReject made of findings: the answer to a message that is visibly wrong."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from iso.messages import admi002
from iso.messages.admi002 import Admi002
from schemas.errors import Finding

UNKNOWN_REFERENCE: Final = "NOTPROVIDED"
MAX_REFERENCE: Final = 35
_UNPRINTABLE: Final = re.compile(r"[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# codes of the external status reason list; whatever else a finding says is a fault of the format
_REASONS: Final = {
    "MALFORMED": "FF02",
    "ENCODING": "FF02",
    "DECLARATION": "FF02",
    "NUL": "FF02",
    "SIGNATURE": "DS0H",
    "SENDER": "AGNT",
    "RECEIVER": "AGNT",
    "BARE": "AGNT",
    "TIME": "DT01",
    "UNSUPPORTED": "AG03",
    "SERVICE": "AG03",
}


def admi002_for(findings: Sequence[Finding], reference: str | None, now: datetime) -> bytes:
    """The canonical Document that rejects a message: its BizMsgIdr, the first finding, all of them as additional data.

    Example of additional data, one line per finding: `12 /Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs cvc-type.3 text`.
    """
    first = findings[0]
    lines = [f"{finding.line} {finding.path} {finding.code} {finding.text}" for finding in findings]
    return reject(
        reference,
        _REASONS.get(first.code, "FF01"),
        f"line {first.line}: {first.text}",
        now,
        location=first.path,
        additional="\n".join(lines),
    )


def reject(
    reference: str | None,
    reason: str,
    description: str,
    now: datetime,
    *,
    location: str | None = None,
    additional: str | None = None,
) -> bytes:
    """The canonical Document of an admi.002; texts are cut to the lengths of the message."""
    known = reference if reference and len(reference) <= MAX_REFERENCE else UNKNOWN_REFERENCE
    moment = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = Admi002(
        reference=known,
        reason=reason,
        rejected_at=moment,
        location=location,
        description=_printable(description),
        additional=None if additional is None else _printable(additional),
    )
    return admi002.write(message).body


def _printable(text: str) -> str:
    """The text with whatever XML cannot hold replaced (a finding may quote broken input)."""
    return _UNPRINTABLE.sub("\ufffd", text)
