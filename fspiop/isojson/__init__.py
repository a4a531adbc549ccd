"""Typed bodies of the ISO 20022 variant of FSPIOP 2.0: JSON with the element names of acmt and pacs messages."""
