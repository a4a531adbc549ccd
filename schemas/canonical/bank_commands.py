"""What only banks ask for: many payments at once, verifications, and messages about the service."""

from schemas.canonical.payments import PaymentsCommand
from schemas.canonical.system import SystemCommand
from schemas.canonical.verification import VerificationCommand

BankCommand = PaymentsCommand | SystemCommand | VerificationCommand
"""Commands that come of banks' messages only."""
