"""FSPIOP JSON and its ISO 20022 JSON variant, body to body, in both directions (ISO-FSPIOP mapping, part 1)."""
