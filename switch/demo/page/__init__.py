"""The demo as a page: sequence diagrams, each message beside its translation, positions, statements and checks."""
