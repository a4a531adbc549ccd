"""Vocabulary shared by all packages: canonical types, message catalogue, code tables."""
