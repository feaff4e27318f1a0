"""Laws of the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from banditsvc.address import is_loopback
from banditsvc.config import ConfigError, Settings, load_settings, setting_names
from banditsvc.usage_error import UsageError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_loopback_and_complete() -> None:
    """Without file and environment every setting has its default, and the service listens on this machine alone."""
    settings = load_settings()

    assert Settings() == settings
    assert is_loopback(settings.server.address)


def test_overrides_win_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting is taken from the overrides, else from the environment, else from the file."""
    path = write(tmp_path / "c.toml", "[server]\ndrain_seconds = 1\n[store]\nlinger_ms = 1\nheartbeat_seconds = 1")
    monkeypatch.setenv("BANDITSVC_STORE__LINGER_MS", "2")
    monkeypatch.setenv("BANDITSVC_STORE__HEARTBEAT_SECONDS", "2")

    settings = load_settings(path, {"store": {"heartbeat_seconds": 3}})

    assert (
        settings.server.drain_seconds,
        settings.store.linger_ms,
        settings.store.heartbeat_seconds,
    ) == (1.0, 2.0, 3.0)


def test_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BANDITSVC_CONFIG names the settings file where no option does."""
    monkeypatch.setenv("BANDITSVC_CONFIG", str(write(tmp_path / "c.toml", "simulated_clock = true")))

    assert load_settings().simulated_clock


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[server]\nadress = 'x:1'", "unknown setting server.adress in {path} (did you mean server.address?)"),
        ("[lerner]\nembedded = false", "unknown setting lerner in {path} (did you mean learner?)"),
        (
            "[server]\naddress = 'x'",
            "{path}: server.address: 'x' is no address: write host:port, such as 127.0.0.1:50051",
        ),
        ("[server]\ndrain_seconds = -1", "{path}: server.drain_seconds: Input should be greater than or equal to 0"),
        ("[server]\ntls_key = 'k'", "{path}: server: tls_certificate and tls_key are given together or not at all"),
        (
            "[server]\naddress = '0.0.0.0:1'",
            (
                "{path}: server: address 0.0.0.0:1 can be reached by other machines: give tls_certificate and tls_key, "
                "or say insecure = true"
            ),
        ),
    ],
)
def test_faulty_settings_are_named(tmp_path: Path, text: str, message: str) -> None:
    """A setting that is unknown or not allowed is named in one line that says what would be right."""
    path = write(tmp_path / "c.toml", text)

    with pytest.raises(ConfigError) as error:
        load_settings(path)

    assert message.format(path=path) == str(error.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Several faulty settings are several lines of one error."""
    path = write(tmp_path / "c.toml", "[server]\nx = 1\n[store]\nlinger_ms = 'a'\ny = 2")

    with pytest.raises(ConfigError) as error:
        load_settings(path)

    assert 3 == len(str(error.value).splitlines())
    for name in ("server.x", "store.linger_ms", "store.y"):
        assert name in str(error.value)


def test_a_fault_of_the_environment_is_not_laid_on_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is named with a wrong value only where the value is the file's."""
    path = write(tmp_path / "c.toml", "[store]\nlinger_ms = 1")
    monkeypatch.setenv("BANDITSVC_STORE__LINGER_MS", "a")

    with pytest.raises(ConfigError) as error:
        load_settings(path)

    assert str(error.value).startswith("store.linger_ms: ")


def test_unknown_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment variable that begins with BANDITSVC_ and is no setting is named, with the nearest that is."""
    monkeypatch.setenv("BANDITSVC_SERVER__ADRESS", "127.0.0.1:1")

    with pytest.raises(ConfigError) as error:
        load_settings()

    assert "unknown environment variable BANDITSVC_SERVER__ADRESS (did you mean BANDITSVC_SERVER__ADDRESS?)" == str(
        error.value
    )


@pytest.mark.parametrize("text", ["missing.toml", "broken.toml"])
def test_unreadable_file_is_named(tmp_path: Path, text: str) -> None:
    """A file that does not exist or is no TOML is named."""
    write(tmp_path / "broken.toml", "[server")

    with pytest.raises(UsageError, match=text):
        load_settings(tmp_path / text)


def test_insecure_is_the_explicit_word(tmp_path: Path) -> None:
    """An address that others reach is taken once the file says insecure."""
    path = write(tmp_path / "c.toml", "[server]\naddress = '0.0.0.0:1'\ninsecure = true")

    assert "0.0.0.0:1" == load_settings(path).server.address


def test_example_settings_are_valid() -> None:
    """The settings that come with the examples are known and allowed."""
    example = Path(__file__).parent.parent.parent / "examples" / "shop" / "banditsvc.toml"

    assert Path("data/shop") == load_settings(example).store.data_dir


def test_every_setting_has_a_description() -> None:
    """Every setting is described below its field."""
    source = (Path(__file__).parent.parent.parent / "banditsvc" / "config.py").read_text(encoding="utf-8").splitlines()

    for name in setting_names():
        field = name.rpartition(".")[2]
        own = [index for index, line in enumerate(source) if line.startswith(f"    {field}: ")]
        lines = [index for index in own if "Settings = " not in source[index]]
        assert all(source[index + 1].startswith('    """') for index in lines), name
        assert lines, name
