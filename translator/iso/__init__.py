"""ISO 20022 XML messages and the canonical language, both directions side by side in one file per subject."""
