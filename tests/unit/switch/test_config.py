"""Settings come from five sources in order, refuse what nobody knows, hide secrets and are all documented."""

from datetime import timedelta
from pathlib import Path

import pytest

from switch.config import ConfigError, ProfileName, Settings, load
from switch.config_page import page
from switch.hops import Hops

TOKEN, OTHER = "t" * 32, "o" * 40
ROOT = Path(__file__).parents[3]


def test_defaults_are_the_sandbox() -> None:
    settings = load(environment={})

    assert settings.profile is ProfileName.SANDBOX
    assert (settings.fspiop_port, settings.admin_port, settings.iso_port) == (4000, 4001, 4002)
    assert {"USD", "EUR", "KES", "XOF", "XTS", "XXX"} <= settings.accepted_currencies
    assert settings.keys_folder == Path("isoloop-data/keys")


def test_the_first_source_that_names_a_setting_wins(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text('fspiop_port = 1\nadmin_port = 2\niso_port = 3\nbatch_max = 4\nhost = "0.0.0.0"\n')
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name, text in {"fspiop_port": "11", "admin_port": "12", "iso_port": "13\n"}.items():
        (secrets / name).write_text(text)
    environment = {
        "ISOLOOP_CONFIG": str(file),
        "ISOLOOP_SECRETS_DIR": str(secrets),
        "ISOLOOP_FSPIOP_PORT": "21",
        "ISOLOOP_ADMIN_PORT": "22",
    }

    settings = load({"fspiop_port": 31, "host": None}, environment=environment)

    found = (settings.fspiop_port, settings.admin_port, settings.iso_port, settings.batch_max, settings.host)
    assert found == (31, 22, 13, 4, "0.0.0.0")


@pytest.mark.parametrize("currencies", ["USD, JPY", ["USD", "JPY"]])
def test_lists_are_words_with_commas_or_lists(currencies: object) -> None:
    assert load({"currencies": currencies}, environment={}).currencies == ("USD", "JPY")


def test_unknown_names_are_refused_with_their_source(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text("batch_maximum = 4\n")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "databse_url").write_text("x")
    environment = {"ISOLOOP_SECRETS_DIR": str(secrets), "ISOLOOP_HOTS": "h", "OTHER": "ignored"}

    with pytest.raises(ConfigError) as refused:
        load(config_file=file, environment=environment)

    lines = str(refused.value).splitlines()
    assert lines == [
        f"batch_maximum: no such setting (in {file})",
        f"databse_url: no such setting (in {secrets})",
        "hots: no such setting (in the environment)",
    ]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"fspiop_port": "70000"}, "fspiop_port"),
        ({"currencies": "USD,ZZZ"}, "currencies: ZZZ"),
        ({"currencies": ""}, "currencies: none"),
        ({"profile": "production", "currencies": "USD,XTS"}, "currencies: XTS"),
        ({"profile": "production", "unsafe_database": True}, "unsafe_database"),
        ({"profile": "production"}, "operator_token: production needs one"),
        ({"profile": "production", "host": "0.0.0.0"}, "tls_client_ca, or expose_ports"),
        ({"operator_token": f"{TOKEN} short"}, "operator_token: a token has 32 characters"),
        ({"tls_certificate": "hub.pem"}, "tls_certificate, tls_key"),
        ({"tls_client_ca": "ca.pem"}, "tls_client_ca needs tls_certificate"),
        ({"tls_certificate": "a", "tls_key": "b", "tls_client_crl": "c"}, "tls_client_crl needs tls_client_ca"),
        ({"profile": "playground"}, "profile"),
        ({"iso_port": 4000}, "each needs a port of its own"),
        ({"hub_bic": "nobic"}, "hub_bic"),
        ({"payment_timeout_s": 0}, "payment_timeout_s"),
        ({"log_level": "loud"}, "log_level"),
    ],
)
def test_wrong_values_are_named(options: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        load(options, environment={})


def test_a_wrong_secret_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ConfigError) as refused:
        load({"database_url": 12345678}, environment={})

    assert "12345678" not in str(refused.value)


def test_any_free_port_may_be_asked_for_three_times() -> None:
    settings = load({"fspiop_port": 0, "admin_port": 0, "iso_port": 0}, environment={})

    assert settings.iso_port == 0


def test_test_currencies_end_with_the_sandbox() -> None:
    settings = load({"profile": "production", "currencies": "USD", "operator_token": TOKEN}, environment={})

    assert settings.accepted_currencies == {"USD"}


def test_tokens_are_several_and_never_shown() -> None:
    settings = load({"operator_token": f"{TOKEN}\n{OTHER}"}, environment={})

    assert settings.operator_tokens == (TOKEN, OTHER)
    assert settings.masked()["operator_token"] == "********"
    assert TOKEN not in repr(settings)


def test_durations_of_the_hops_are_milliseconds() -> None:
    settings = load({"hop_payee_ms": 10_000, "hop_hub_ms": "500", "hub_grace_ms": 1}, environment={})

    assert settings.hops == Hops(
        payee=timedelta(seconds=10), hub=timedelta(milliseconds=500), grace=timedelta(milliseconds=1)
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://hub:s3cr%2Ft@db.example/hub?a=b", "postgresql://hub:********@db.example/hub?a=b"),
        ("postgresql://hub:s3cr:t@/postgres?host=%2Ftmp%2Fx", "postgresql://hub:********@/postgres?host=%2Ftmp%2Fx"),
        ("postgresql://db.example/hub?user=u&password=s3cr", "postgresql://db.example/hub?user=u&password=********"),
        ("nats://s3cr@nats.example:4222", "nats://********@nats.example:4222"),
        ("nats://nats.example:4222", "nats://nats.example:4222"),
    ],
)
def test_masked_values_and_texts_show_no_secret(url: str, shown: str) -> None:
    settings = load({"database_url": url}, environment={})

    assert settings.masked()["database_url"] == shown
    assert "s3cr" not in repr(settings)
    assert settings.masked()["currencies"] == ["USD", "EUR", "KES", "XOF"]


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="absent"):
        load(config_file=tmp_path / "absent.toml", environment={})
    (tmp_path / "bad.toml").write_text("x =")
    with pytest.raises(ConfigError, match="bad"):
        load(config_file=tmp_path / "bad.toml", environment={})


def test_every_setting_has_a_meaning_in_the_documentation() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == page()
