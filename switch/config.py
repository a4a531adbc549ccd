"""Settings: what an operator decides before the hub starts, read once; the only reader of the environment.

Sources, the first that names a setting wins: command line, environment (`ISOLOOP_` and the name in capitals), secret
files (one file per setting in `secrets_dir`), a TOML file, the default. A name nobody knows is refused everywhere.
What changes while the hub runs (participants, endpoints, keys, limits, bank profiles) is data, not settings.
"""

import ipaddress
import os
import re
import tomllib
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from schemas.codes import currencies
from switch.hops import Hops

PREFIX: Final = "ISOLOOP_"
CONFIG_FILE: Final = "ISOLOOP_CONFIG"
SECRETS_DIR: Final = "ISOLOOP_SECRETS_DIR"
_TOKEN_MIN: Final = 32
# What of a URL is secret: the password, or a token that stands where a name would; or a parameter of that name.
_PASSWORD = re.compile(r"(://(?:[^:@/]*:)?)[^@/?]+(?=@)|([?&]password=)[^&]+")


class ConfigError(ValueError):
    """The settings are wrong; the text has one line for each wrong name or value."""


class ProfileName(StrEnum):
    """SANDBOX checks what is there; PRODUCTION demands signatures, keys and real currencies."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


def _words(value: object) -> object:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"{value[:40]} is no time zone") from unknown
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Port = Annotated[int, Field(ge=0, le=65535)]
Millis = Annotated[int, Field(ge=0, le=86_400_000)]
Seconds = Annotated[int, Field(ge=1, le=86_400 * 30)]


class Settings(BaseModel):
    """All settings with their defaults; the descriptions are the documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Where it lives
    data_dir: Path = Field(Path("isoloop-data"), description="Folder of the embedded engines and of the hub's keys.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 15 to 18, `postgresql://user:secret@host/name`; empty: the embedded one."
    )
    nats_url: SecretStr | None = Field(None, description="NATS with JetStream, `nats://…`; empty: the embedded one.")
    nats_banks_url: SecretStr | None = Field(
        None, description="The same NATS as banks use it, in an account of their own; empty: `nats_url`."
    )
    nats_sync_always: bool = Field(
        default=False, description="Embedded NATS: one fsync per message. Needed for no money: PostgreSQL is the truth."
    )
    unsafe_database: bool = Field(
        default=False, description="Accept a PostgreSQL without fsync, full_page_writes or synchronous_commit."
    )

    # Doors
    host: str = Field("127.0.0.1", min_length=1, description="Address all three ports listen on.")
    fspiop_port: Port = Field(4000, description="Port of the FSPIOP API; 0 takes any free port.")
    admin_port: Port = Field(4001, description="Port of the operator API; 0 takes any free port.")
    iso_port: Port = Field(4002, description="Port of the ISO 20022 API; 0 takes any free port.")
    fspiop_socket: Path | None = Field(
        None, description="Unix socket on which a TLS proxy hands over FSPIOP requests of clients it has authenticated."
    )
    iso_socket: Path | None = Field(None, description="The same for the ISO 20022 API.")
    client_header: str = Field(
        "Isoloop-Client",
        pattern=r"^[A-Za-z0-9-]{1,64}$",
        description="Header in which the TLS proxy names the authenticated participant; believed on the sockets only.",
    )
    tls_certificate: Path | None = Field(
        None, description="Certificate chain (PEM) of the hub: all ports then speak TLS 1.2 or 1.3."
    )
    tls_key: Path | None = Field(None, description="Private key (PEM) of that certificate.")
    tls_client_ca: Path | None = Field(
        None, description="The scheme's CA (PEM): only clients with a certificate of it reach the FSPIOP and ISO ports."
    )
    tls_client_crl: Path | None = Field(
        None, description="Revocation list (PEM) of that CA; read anew when it changes."
    )
    operator_token: SecretStr | None = Field(
        None,
        description="What `Authorization: Bearer` must bring on the operator port, of 32 characters or more; several, "
        "for a change, with blanks between them. Production demands it.",
    )
    expose_ports: bool = Field(default=False, description="Production: let ports without TLS listen beyond loopback.")
    body_max_bytes: int = Field(5_242_880, ge=1024, description="Largest request body; a larger one is refused (3104).")
    callback_certificate: Path | None = Field(
        None, description="Certificate chain (PEM) the hub shows when it calls participants over https."
    )
    callback_key: Path | None = Field(None, description="Private key (PEM) of that certificate.")
    callback_ca: Path | None = Field(
        None, description="CA (PEM) of the participants' servers; empty: the authorities of the system."
    )
    callback_timeout_s: Seconds = Field(20, description="Time a participant has to answer a call of the hub.")

    # Who it is
    profile: ProfileName = Field(
        ProfileName.SANDBOX,
        description="`sandbox` verifies signatures that are present; `production` demands them, and keys to start.",
    )
    hub_name: str = Field("Hub", pattern=r"^[A-Za-z0-9._-]{1,32}$", description="The hub's name as a participant.")
    hub_bic: str = Field(
        "ISOLXTXX", pattern=r"^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$", description="The hub's BIC in headers."
    )
    hub_lei: str | None = Field(None, pattern=r"^[A-Z0-9]{18}[0-9]{2}$", description="The hub's LEI in headers.")
    hub_member_id: str | None = Field(None, max_length=35, description="The hub's clearing member id in headers.")
    hub_aliases: Words = Field((), description="Further BICs or other ids under which banks may address the hub.")
    keys_dir: Path | None = Field(
        None,
        description="Folder of the hub's keys in PEM: `xml-key.pem`, `xml-certificate.pem` (EC P-256), `jws-key.pem` "
        "(RSA) and `fulfilment/<id>.key`, of which the last in order makes new conditions; empty: `keys` in data_dir.",
    )
    schemas_dir: Path | None = Field(
        None, description="Folder of official or scheme-restricted XSD files, which then take precedence."
    )

    # What the scheme decides
    currencies: Words = Field(
        ("USD", "EUR", "KES", "XOF"),
        description="ISO 4217 codes a production holds money in; the sandbox takes every code, test codes too.",
    )
    payment_timeout_s: Seconds = Field(30, description="Life of a bank's payment that names no expiry.")
    dialogue_timeout_s: Seconds = Field(30, description="Life of a lookup or a quote.")
    oracle_timeout_s: Seconds = Field(10, description="Time an oracle has to answer.")
    hop_payee_ms: Millis = Field(
        0, description="Time a payee FSP or creditor bank has for its answer to a transfer; 0: until the expiry."
    )
    hop_fxp_ms: Millis = Field(0, description="Time an FX provider has for its answer to a conversion; 0: as above.")
    hop_hub_ms: Millis = Field(0, description="Time the hub keeps of what is left, for itself and the way back.")
    least_remaining_ms: Millis = Field(
        0, description="Time that must be left when a transfer arrives, besides what the hops need; else 3100."
    )
    hub_grace_ms: Millis = Field(
        0, description="Time after the expiry in which an answer still counts, before the hub releases the money."
    )
    business_services: Words = Field(
        (), description="The services (BizSvc) that banks' messages may name; empty: any, or none."
    )
    event_codes: Path | None = Field(
        None, description="TOML file of the scheme's codes of system events; empty: those of schemas/codes/events.toml."
    )
    refuse_signed_off: bool = Field(
        default=True, description="Refuse payments to who has signed off (AB08); if not, they wait until they expire."
    )
    payments_per_message_max: int = Field(
        500, ge=1, le=1000, description="Most payments that one message of a bank may hold."
    )
    credt_window_s: Seconds = Field(
        86_400, description="How old a header's CreDt may be; it may lie 5 minutes in the future."
    )
    completed_ahead_ms: int = Field(200, ge=0, description="How far a completedTimestamp may lie in the future.")
    completed_behind_s: Seconds = Field(300, description="How far a completedTimestamp may lie in the past.")
    confirm_to_payee: bool = Field(default=True, description="Tell the payee of a commit, also if it did not ask.")
    business_day_zone: Zone = Field("UTC", description="Time zone (IANA name) of business days.")
    business_day_cutoff: str = Field(
        "00:00",
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="Local time at which a business day ends and the next one begins; statements are of business days.",
    )
    business_calendar: Path | None = Field(
        None,
        description="TOML file of the calendar: weekend, holidays, cut-offs (docs/business-days.md); empty: every day "
        "is a business day, and no window is closed by the clock. PUT /calendar goes before it.",
    )
    on_us: bool = Field(default=False, description="Allow payments in which payer and payee are one participant.")
    check_holder: bool | None = Field(
        None,
        description="Ask an HTTP oracle who holds a party before it is taken out (3040 for others); empty: production.",
    )
    on_us_lookups: bool = Field(
        default=True, description="Ask a participant itself when it asks for a party of its own; if not: 3204."
    )
    check_payee_currency: bool = Field(default=False, description="Demand that a payee holds the quoted currency.")
    payee_conversion: bool = Field(
        default=True, description="Let a payee have a transfer that waits for it converted (fxTransfers)."
    )
    recall_rules: Path | None = Field(
        None,
        description="JSON file: how long after its commit a payment can be recalled for which reason, and how long "
        "answers are waited for; empty: 10 working days for DUPL and TECH, else 13 months; 15 working days to answer.",
    )
    iso_rules: Words = Field(
        ("base",),
        description="Packs of rules that every message of a bank meets, besides those its header asks for: `base`, "
        "`cbpr`, `instant`, `fednow` (`isoloop rules`).",
    )
    iso_rules_refuse: bool | None = Field(
        None,
        description="Refuse what breaks an error of these packs; if not, it is counted and logged. A pack in a bank's "
        "profile always refuses. Empty: production.",
    )
    quote_rules: Path | None = Field(
        None,
        description="JSON file of rules that refuse or reroute quotes; empty: payer FSP and payee FSP need an active "
        "account.",
    )

    fee_rules: Path | None = Field(
        None, description="TOML file of fee rules, besides those of the operator API (docs/fees.md); empty: none."
    )

    # How it works
    batch_max: int = Field(256, ge=1, le=10_000, description="Most commands a lane takes into one transaction.")
    queue_max: int = Field(4096, ge=1, description="Most commands that wait for a lane; beyond it senders get 503.")
    delivery_process: bool | None = Field(
        None, description="Deliver from a process of its own; empty: where there are two processors or more."
    )
    self_check_s: int = Field(
        60, ge=0, le=86_400, description="Least seconds between two checks of the hub's own books; 0: none."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = [code for code in self.currencies if code not in currencies.ACTIVE | currencies.TEST]
        if unknown or not self.currencies:
            raise ValueError(f"currencies: {', '.join(unknown) or 'none'}: not codes of ISO 4217 that money is held in")
        if self.profile is ProfileName.PRODUCTION:
            toys = sorted(set(self.currencies) & currencies.TEST)
            if toys:
                raise ValueError(f"currencies: {', '.join(toys)}: test codes are for the sandbox profile")
            if self.unsafe_database:
                raise ValueError("unsafe_database: a database that may lose commits is for the sandbox profile")
            if not (_is_loopback(self.host) or self.tls_client_ca or self.expose_ports):
                raise ValueError(
                    f"host: {self.host}: in production the ports listen on loopback only, since they do not encrypt; "
                    "put a proxy before them, or set tls_certificate and tls_client_ca, or expose_ports"
                )
            if not self.operator_tokens:
                raise ValueError("operator_token: production needs one; docs/security.md tells how to make it")
        if any(len(token) < _TOKEN_MIN for token in self.operator_tokens):
            raise ValueError(f"operator_token: a token has {_TOKEN_MIN} characters or more")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate, tls_key: one is of no use without the other")
        if (self.callback_certificate is None) != (self.callback_key is None):
            raise ValueError("callback_certificate, callback_key: one is of no use without the other")
        if (self.tls_client_ca and not self.tls_certificate) or (self.tls_client_crl and not self.tls_client_ca):
            raise ValueError("tls_client_ca needs tls_certificate, tls_client_crl needs tls_client_ca")
        taken = [port for port in (self.fspiop_port, self.admin_port, self.iso_port) if port]
        if len(set(taken)) < len(taken):
            raise ValueError("fspiop_port, admin_port, iso_port: each needs a port of its own")
        return self

    @property
    def accepted_currencies(self) -> frozenset[str]:
        """The codes money may be held in under this profile."""
        return frozenset(self.currencies) | (currencies.TEST if self.profile is ProfileName.SANDBOX else frozenset())

    @property
    def keys_folder(self) -> Path:
        """Where the hub's keys are."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def separate_delivery(self) -> bool:
        """Whether deliveries have a process of their own."""
        processors = os.cpu_count() or 1
        return processors > 1 if self.delivery_process is None else self.delivery_process

    def plain(self) -> dict[str, Any]:
        """The values as JSON holds them, secrets too: for another process of this hub."""
        values = self.model_dump(mode="json")
        secrets = {name: value for name in values if isinstance(value := getattr(self, name), SecretStr)}
        return values | {name: value.get_secret_value() for name, value in secrets.items()}

    @property
    def hops(self) -> Hops:
        """The durations of the scheme."""
        millis = (
            self.hop_payee_ms, self.hop_fxp_ms, self.hop_hub_ms, self.least_remaining_ms, self.hub_grace_ms,
        )  # fmt: skip
        return Hops(*(timedelta(milliseconds=each) for each in millis))

    @property
    def operator_tokens(self) -> tuple[str, ...]:
        """The tokens any of which opens the operator port; none: it is open."""
        return tuple(self.operator_token.get_secret_value().split()) if self.operator_token else ()

    def masked(self) -> dict[str, Any]:
        """Return the effective values as JSON would hold them, with every secret replaced by stars."""
        values = self.model_dump(mode="json")
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                secret = value.get_secret_value()
                values[name] = _PASSWORD.sub(r"\1\2********", secret) if "://" in secret else "********"
        return values


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(
    options: Mapping[str, object] | None = None,
    config_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read all sources and return the settings, or raise ConfigError.

    `options` are those of the command line, where None means not given. The TOML file is `config_file` or else named
    by ISOLOOP_CONFIG, the folder of secret files by ISOLOOP_SECRETS_DIR.
    """
    environment = os.environ if environment is None else environment
    path = config_file or (Path(environment[CONFIG_FILE]) if environment.get(CONFIG_FILE) else None)
    folder = Path(environment[SECRETS_DIR]) if environment.get(SECRETS_DIR) else None
    given = {name: value for name, value in (options or {}).items() if value is not None}
    layers = [_file(path), _secret_files(folder), _environment(environment), ("the command line", given)]
    _refuse_unknown(layers)
    values = {name: value for _, layer in layers for name, value in layer.items()}
    try:
        return Settings(**values)
    except ValidationError as error:
        # The rejected value stays out of the text: it may be a secret.
        lines = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()]
        raise ConfigError("\n".join(line.removeprefix(": Value error, ") for line in lines)) from None


def _file(path: Path | None) -> tuple[str, dict[str, Any]]:
    if path is None:
        return "", {}
    try:
        return str(path), tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _secret_files(folder: Path | None) -> tuple[str, dict[str, str]]:
    if folder is None:
        return "", {}
    try:
        files = [file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith(".")]
        return str(folder), {file.name: file.read_text(encoding="utf-8").strip() for file in files}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder}: {error}") from error


def _environment(environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    names = [name for name in environment if name.startswith(PREFIX) and name not in (CONFIG_FILE, SECRETS_DIR)]
    return "the environment", {name.removeprefix(PREFIX).lower(): environment[name] for name in names}


def _refuse_unknown(layers: Iterable[tuple[str, Mapping[str, object]]]) -> None:
    known = Settings.model_fields.keys()
    names = [(name, source) for source, layer in layers for name in layer]
    wrong = [f"{name}: no such setting (in {source})" for name, source in names if name not in known]
    if wrong:
        raise ConfigError("\n".join(wrong))
