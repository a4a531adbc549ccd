"""ISO 20022 message schemas rebuilt in memory from the typed models of registry packages, and the proof of equality."""
