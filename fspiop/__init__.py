"""FSPIOP edge: Mojaloop API messages in JSON between the wire and typed values."""
