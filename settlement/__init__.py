"""Money: ledger, limits, windows and netting, with their store and API."""
