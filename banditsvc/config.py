"""Settings of the service: one frozen value, read once from a TOML file and from BANDITSVC_ environment variables."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from banditsvc.address import check_exposure, split_address
from banditsvc.toml_file import read_toml
from banditsvc.usage_error import UsageError

ENV_PREFIX = "BANDITSVC_"
CONFIG_VARIABLE = "BANDITSVC_CONFIG"
"""Names the TOML file where --config does not."""
OFF = "off"
"""As a metrics address: serve no metrics."""


class ConfigError(UsageError):
    """Settings that cannot be used. Its text names every setting at fault, one a line, for the operator."""


def _check_address(address: str) -> str:
    split_address(address)
    return address


def _check_address_or_off(address: str) -> str:
    return address if address == OFF else _check_address(address)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSettings(_Section):
    """How the service is reached."""

    address: Annotated[str, AfterValidator(_check_address)] = "127.0.0.1:50051"
    """Where gRPC listens, host:port. Port 0 takes any free port. Any but a loopback address needs TLS or insecure."""
    tls_certificate: Path | None = None
    """PEM file with the server's certificate chain. Needs tls_key."""
    tls_key: Path | None = None
    """PEM file with the key of the certificate."""
    tls_client_ca: Path | None = None
    """PEM file with the authorities of client certificates. When set, a client without one is refused."""
    insecure: bool = False
    """Listen on an address that other machines reach, without TLS."""
    reflection: bool = True
    """Answer gRPC reflection, so that tools can list the methods."""
    drain_seconds: float = Field(default=10.0, ge=0, le=600)
    """How long requests in flight may take to finish once the service is told to stop."""
    metrics_address: Annotated[str, AfterValidator(_check_address_or_off)] = "127.0.0.1:9464"
    """Where Prometheus metrics are served over HTTP, host:port, or "off"."""

    @model_validator(mode="after")
    def _check_exposure(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key are given together or not at all")
        if self.tls_client_ca is not None and self.tls_certificate is None:
            raise ValueError("tls_client_ca needs tls_certificate and tls_key")
        check_exposure(self.address, has_tls=self.tls_certificate is not None, insecure=self.insecure)
        return self


class StoreSettings(_Section):
    """Where and how the log is kept."""

    data_dir: Path = Path("data")
    """Directory of the decision log and of the learner's store. Made when it does not exist."""
    linger_ms: float = Field(default=4.0, ge=0, le=1000)
    """How long a commit waits at most while more records keep coming, in milliseconds. A lone request never waits."""
    heartbeat_seconds: float = Field(default=1.0, gt=0, le=3600)
    """How often the log's watermark moves on without traffic, so that decisions can settle."""


class AudienceSettings(_Section):
    """How runs that decide a whole audience are looked after."""

    lease_seconds: float = Field(default=120.0, ge=1, le=3600)
    """How long a run holds the counters of contacts after it was last heard of. It renews its lease six times as often."""


class LearnerSettings(_Section):
    """How the models are trained."""

    embedded: bool = True
    """Start the learner with the service, as a process of its own. Else run `banditsvc learn`."""
    poll_seconds: float = Field(default=0.5, gt=0, le=3600)
    """How often the learner looks at the log, and the service for a new model."""
    publish_interval_seconds: float = Field(default=60.0, ge=0, le=86400)
    """Time between two published models of a portfolio, where it learns slowly."""
    publish_decisions: int = Field(default=1_000, ge=1)
    """Decisions learned after which a model is published before that time, but not within 2 seconds of the last one."""
    weights_retention_days: float = Field(default=7.0, ge=0, le=3650)
    """How long the weights of published models are kept, so that old scores can be re-derived."""


class ClientSettings(_Section):
    """How the command line reaches the service."""

    server: str = ""
    """Address of the service, host:port. Empty means server.address."""
    tls_ca: Path | None = None
    """PEM file with the authorities of the service's certificate. When set, TLS is used."""
    tls_certificate: Path | None = None
    """PEM file with the client's certificate chain. Needs tls_ca and tls_key."""
    tls_key: Path | None = None
    """PEM file with the key of the client's certificate."""
    timeout_seconds: float = Field(default=30.0, gt=0, le=3600)
    """How long a call may take."""

    @model_validator(mode="after")
    def _check_certificate(self) -> Self:
        if self.server:
            split_address(self.server)
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key are given together or not at all")
        if self.tls_certificate is not None and self.tls_ca is None:
            raise ValueError("tls_certificate needs tls_ca")
        return self


class LogSettings(_Section):
    """How the service writes about itself, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is written."""
    format: Literal["auto", "json", "text"] = "auto"
    """json: one JSON object a line. text: for people. auto: text on a terminal, else json."""


class Settings(BaseSettings):
    """All settings. A field `x` of section `s` is overridden by the environment variable BANDITSVC_S__X."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    audience: AudienceSettings = AudienceSettings()
    learner: LearnerSettings = LearnerSettings()
    client: ClientSettings = ClientSettings()
    logs: LogSettings = LogSettings()
    simulated_clock: bool = False
    """Let OperationsService move the clock. For simulations only."""


def load_settings(config: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Returns the settings from overrides, then the environment, then the file, then the defaults; first found counts.

    config defaults to the file that BANDITSVC_CONFIG names. overrides is nested like the file.

    Raises:
        ConfigError: A key or a BANDITSVC_ variable is unknown, or a value is not allowed.
        UsageError: The file cannot be read, or is no TOML.
    """
    _check_environment()
    path = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    from_file = read_toml(path) if path else {}

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del dotenv_settings, file_secret_settings
            return init_settings, env_settings, _FileSource(settings_cls, from_file)

    try:
        loaded = FromFile(**(overrides or {}))
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(error, path, from_file, overrides or {}))) from None
    return Settings.model_construct(**{name: getattr(loaded, name) for name in Settings.model_fields})


def setting_names() -> tuple[str, ...]:
    """Returns the dotted name of every setting, such as `server.address`."""
    return tuple(_leaves(Settings))


class _FileSource(PydanticBaseSettingsSource):
    def __init__(self, settings_cls: type[BaseSettings], values: dict[str, Any]) -> None:
        super().__init__(settings_cls)
        self._values = values

    def get_field_value(self, field: object, field_name: str) -> tuple[Any, str, bool]:
        del field
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._values


def _leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _leaves(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def _check_environment() -> None:
    known = {_variable(name) for name in setting_names()} | {CONFIG_VARIABLE}
    unknown = [name for name in os.environ if name.upper().startswith(ENV_PREFIX) and name.upper() not in known]
    if unknown:
        lines = (f"unknown environment variable {name}{_suggest(name.upper(), known)}" for name in sorted(unknown))
        raise ConfigError("\n".join(lines))


def _variable(name: str) -> str:
    return ENV_PREFIX + name.upper().replace(".", "__")


def _suggest(name: str, known: set[str] | tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f" (did you mean {nearest[0]}?)" if nearest else ""


def _explain(
    error: ValidationError, path: Path | None, from_file: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Iterator[str]:
    for item in error.errors(include_url=False):
        name = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            where = f" in {path}" if path else ""
            yield f"unknown setting {name}{where}{_suggest(name, (*setting_names(), *Settings.model_fields))}"
        else:
            loc = item["loc"]
            is_of_file = _is_in(loc, from_file) and not _is_in(loc, overrides) and _variable(name) not in os.environ
            where = f"{path}: " if is_of_file else ""
            yield f"{where}{name}: {item['msg'].removeprefix('Value error, ')}"


def _is_in(location: tuple[int | str, ...], values: object) -> bool:
    for part in location:
        if not isinstance(values, Mapping) or part not in values:
            return False
        values = values[part]
    return True
