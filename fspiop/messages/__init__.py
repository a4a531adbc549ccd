"""Typed FSPIOP bodies (API definition 1.0, 1.1 and 2.0), one module per resource, and how they are read from JSON."""
