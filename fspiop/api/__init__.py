"""FSPIOP over HTTP: one bare ASGI application and one table of operations per resource."""
