"""FSPIOP bodies and the canonical language, both directions side by side in one file per resource."""
