"""The archive of every message in and out: what it can be found by, how it is searched, how it is shown."""
