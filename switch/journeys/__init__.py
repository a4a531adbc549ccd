"""Journeys: payments that cross between dialects, step by step until the ledger decides. Pure."""
