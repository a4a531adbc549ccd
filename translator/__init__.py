"""Pure translation between typed wire messages and the canonical language."""
