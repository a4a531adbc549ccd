"""ISO 20022 edge: business messages in XML between the wire and typed values."""
