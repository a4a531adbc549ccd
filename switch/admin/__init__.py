"""The operator API: Mojaloop's administration paths, plus what banks need (ISO profiles and keys)."""
