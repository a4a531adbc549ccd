"""The settings as a page of the documentation."""

from switch.config import PREFIX, Settings


def page() -> str:
    """Return the documentation of every setting as Markdown: docs/configuration.md."""
    head = (
        "# Configuration\n\n"
        "Written by `make docs` from `switch/config.py`; change it there.\n\n"
        "A setting is taken from the first of these that names it: the command line (`--fspiop-port 4000`), the\n"
        "environment (`ISOLOOP_FSPIOP_PORT=4000`), a secret file (a file `fspiop_port` in the folder that\n"
        "`ISOLOOP_SECRETS_DIR` names), a TOML file (`fspiop_port = 4000`; `ISOLOOP_CONFIG` names it), the default.\n"
        "An unknown name stops the start. `isoloop config` prints the effective values with secrets masked.\n"
        "Participants, endpoints, their keys, limits and bank profiles are data, changed over the operator API.\n\n"
        "| setting | environment | default | meaning |\n|---|---|---|---|\n"
    )
    defaults = Settings().model_dump(mode="json")
    rows = [
        f"| `{name}` | `{PREFIX}{name.upper()}` | {_shown(defaults[name])} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return head + "\n".join(rows) + "\n"


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return f"`{','.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
