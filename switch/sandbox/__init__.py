"""Counterparties for the demo, the tests and a participant's own trials: real servers with real keys."""
