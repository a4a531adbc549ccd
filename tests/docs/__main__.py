"""Writes the generated parts of the documentation: `python -m tests.docs`, which is part of `make docs`."""

from tests.docs.generate import written

for path, text in written().items():
    path.write_text(text, encoding="utf-8")
