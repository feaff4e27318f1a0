"""The composition root: the only module that names concrete adapters and puts the service together."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from banditsvc.address import split_address
from banditsvc.clock import SimulatedClock, SystemClock
from banditsvc.config import OFF, Settings
from banditsvc.group_commit import GroupCommitter
from banditsvc.guardrail_gauges import GuardrailGauges
from banditsvc.learner_process import LearnerProcess
from banditsvc.learning_gauges import measure_backlog, open_head_gauge, portfolios_to_measure, set_backlog, set_served
from banditsvc.policy_gauges import PolicyGauges
from banditsvc.ports import Clock
from banditsvc.rpc.metrics import Metrics
from banditsvc.rpc.server import RpcServer, ServerOptions, build_server, drain
from banditsvc.rpc.services import Services
from banditsvc.serving.activating import Activator
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.audience_lease import AudienceLeases
from banditsvc.serving.consents import Consents
from banditsvc.serving.contact_book import ContactBook
from banditsvc.serving.enrolling import Enroller
from banditsvc.serving.excluding import Excluder
from banditsvc.serving.explaining import Explainer
from banditsvc.serving.guardrail_watch import GuardrailWatch
from banditsvc.serving.importing import Importer
from banditsvc.serving.inspecting import Inspector
from banditsvc.serving.merging import Merger
from banditsvc.serving.models import Models
from banditsvc.serving.pending import Pending
from banditsvc.serving.phases import Phases
from banditsvc.serving.ranking import Ranker
from banditsvc.serving.resources import Resources
from banditsvc.serving.rewarding import Rewarder
from banditsvc.serving.unseen_values import UnseenValues
from banditsvc.store import PartFolder, SqliteLog, SqliteRegistry, StoreError

_log = structlog.get_logger(__name__)

LOG_FILE = "log.db"
"""The decision log within the data directory, written by the serving process alone."""
REGISTRY_FILE = "learner.db"
"""The learner's store within the data directory, written by the learner alone."""
GAUGE_SECONDS = 5.0
"""How often the gauges of learning are brought up to date."""
GUARDRAIL_SECONDS = 1.0
"""How often the guardrails look at what is new in the log."""
SIMULATED_POLL_SECONDS = 0.02
"""How often learner and service look at each other on the simulated clock, where nothing else takes time."""


class StartError(Exception):
    """The service cannot start. Its text says why and what to do."""


@dataclass(frozen=True, slots=True)
class App:
    """A service that answers."""

    address: str
    """Where it answers, host:port, with the true port."""
    metrics_port: int | None
    services: Services
    learner: LearnerProcess | None


async def serve_until_stopped(settings: Settings, started: Callable[[App], Awaitable[None]] | None = None) -> None:
    """Runs the service until SIGTERM or SIGINT, then drains it.

    Args:
        settings: How to run.
        started: Called once the service answers.

    Raises:
        StartError: It cannot start.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as app:
        _spare_the_garbage_collector()
        if started is not None:
            await started(app)
        await stop.wait()
        _log.info("draining", seconds=settings.server.drain_seconds)
    _log.info("stopped")


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[App]:
    """Gives a service that answers; on leaving it is drained and closed, last opened first.

    Raises:
        StartError: It cannot start.
    """
    async with AsyncExitStack() as stack:
        log = _open_log(settings)
        stack.callback(log.close)
        registry = _open_registry(settings)
        stack.callback(registry.close)
        clock = SimulatedClock(log.watermark().time_us) if settings.simulated_clock else SystemClock()
        committer = GroupCommitter(log, clock, linger_seconds=settings.store.linger_ms / 1000)
        stack.push_async_callback(committer.close)
        metrics = Metrics(CollectorRegistry())
        services, active = _wire(
            log, registry, committer, clock, metrics, lease_seconds=settings.audience.lease_seconds
        )
        open_head, guardrail_gauges = open_head_gauge(metrics), GuardrailGauges(metrics.registry)
        policy_gauges = PolicyGauges(metrics.registry)
        # What may be refused comes before the learner, so that a port that is taken is told at once.
        server = await _bind_server(settings, services, metrics)
        metrics_port = _start_metrics(settings, metrics, stack)
        learner = _start_learner(settings, stack)
        await active.poll()
        poll_seconds = SIMULATED_POLL_SECONDS if settings.simulated_clock else settings.learner.poll_seconds
        _repeat(stack, "model_poll_failed", poll_seconds, active.poll)
        guardrail_seconds = SIMULATED_POLL_SECONDS if settings.simulated_clock else GUARDRAIL_SECONDS
        _repeat(stack, "guardrails_failed", guardrail_seconds, services.guardrails.poll)
        _repeat(stack, "audience_leases_failed", guardrail_seconds, services.audiences.poll)
        _repeat(stack, "guardrail_gauges_failed", GAUGE_SECONDS, lambda: _set_guardrails(guardrail_gauges, services))
        _repeat(stack, "policy_gauges_failed", GAUGE_SECONDS, lambda: _set_policies(policy_gauges, services))
        _repeat(stack, "gauges_failed", GAUGE_SECONDS, lambda: _set_gauges(metrics, open_head, log, services, active))
        if not settings.simulated_clock:
            _repeat(stack, "heartbeat_failed", settings.store.heartbeat_seconds, committer.heartbeat)
        await server.server.start()
        stack.push_async_callback(drain, server, settings.server.drain_seconds)
        host, _ = split_address(settings.server.address)
        app = App(f"{_bracketed(host)}:{server.port}", metrics_port, services, learner)
        _log.info("serving", address=app.address, metrics_port=metrics_port, data_dir=str(settings.store.data_dir))
        yield app


def _spare_the_garbage_collector() -> None:
    """Lets it look at what is new alone: looking at all that there is takes a tenth of the service's time.

    What calls leave behind is looked for by their number and size, see rpc/leftovers.py; of objects there are many while a
    batch is worked off.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000)


def learn_command(settings: Settings) -> list[str]:
    """Returns the command that runs the learner beside the service and ends when its standard input closes."""
    simulated = settings.simulated_clock
    publish_interval_seconds = 0.0 if simulated else settings.learner.publish_interval_seconds
    poll_seconds = SIMULATED_POLL_SECONDS if simulated else settings.learner.poll_seconds
    return [
        sys.executable,
        "-m",
        "banditsvc",
        "learn",
        f"--data={settings.store.data_dir.absolute()}",
        f"--poll-seconds={poll_seconds}",
        f"--publish-interval-seconds={publish_interval_seconds}",
        f"--publish-decisions={settings.learner.publish_decisions}",
        f"--weights-retention-days={settings.learner.weights_retention_days}",
        f"--log-level={settings.logs.level}",
        f"--log-format={settings.logs.format}",
        "--until-input-closes",
    ]


def _open_log(settings: Settings) -> SqliteLog:
    path = settings.store.data_dir / LOG_FILE
    try:
        settings.store.data_dir.mkdir(parents=True, exist_ok=True)
        return SqliteLog(path)
    except StoreError as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(f"cannot use the data directory {settings.store.data_dir}: {error.strerror}") from error


def _open_registry(settings: Settings) -> SqliteRegistry:
    try:
        return SqliteRegistry(settings.store.data_dir / REGISTRY_FILE, read_only=True)
    except StoreError as error:
        raise StartError(str(error)) from error


def _wire(
    log: SqliteLog,
    registry: SqliteRegistry,
    committer: GroupCommitter,
    clock: Clock,
    metrics: Metrics,
    *,
    lease_seconds: float,
) -> tuple[Services, ActivePortfolios]:
    resources = Resources(log, committer)
    active = ActivePortfolios(resources, registry)
    pending = Pending()
    book = ContactBook(resources, log)
    unseen = UnseenValues(metrics.note_unseen)
    rewarder = Rewarder(resources, log, committer, clock, pending, book=book)
    services = Services(
        ranker=Ranker(active, log, committer, clock, pending, resources=resources, book=book, unseen=unseen),
        activator=Activator(resources, log, committer, clock, pending, book=book),
        rewarder=rewarder,
        consents=Consents(resources, log, committer, clock, book=book),
        enroller=Enroller(active, log, committer, book=book),
        excluder=Excluder(resources, active, log),
        audiences=AudienceLeases(
            resources,
            active,
            log,
            committer,
            clock,
            held_runs=book.held_runs,
            files=PartFolder(log.directory),
            lease_seconds=lease_seconds,
        ),
        merger=Merger(committer, book=book),
        importer=Importer(active, log, committer, clock, rewarder.feed_marks, book=book),
        phases=Phases(resources, active, log, clock, rewarder.feed_marks),
        inspector=Inspector(resources, active, log),
        explainer=Explainer(resources, log, registry),
        resources=resources,
        models=Models(resources, active, registry, log, committer),
        guardrails=GuardrailWatch(resources, log),
        clock=clock,
        committer=committer,
    )
    return services, active


def _start_learner(settings: Settings, stack: AsyncExitStack) -> LearnerProcess | None:
    if not settings.learner.embedded:
        return None
    learner = LearnerProcess(learn_command(settings))
    learner.start()
    stack.push_async_callback(learner.stop)
    return learner


def _start_metrics(settings: Settings, metrics: Metrics, stack: AsyncExitStack) -> int | None:
    address = settings.server.metrics_address
    if address == OFF:
        return None
    host, port = split_address(address)
    try:
        server, thread = start_http_server(port, host, metrics.registry)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StartError(f"cannot serve metrics on {address}: {reason} (server.metrics_address)") from error
    stack.callback(thread.join)
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return server.server_port


async def _bind_server(settings: Settings, services: Services, metrics: Metrics) -> RpcServer:
    server = settings.server
    options = ServerOptions(
        address=server.address,
        tls_certificate=server.tls_certificate,
        tls_key=server.tls_key,
        tls_client_ca=server.tls_client_ca,
        insecure=server.insecure,
        reflection=server.reflection,
        simulated=settings.simulated_clock,
    )
    try:
        return await build_server(services, metrics, options)
    except (RuntimeError, ValueError) as error:
        raise StartError(f"cannot listen on {server.address}: is the port taken? (server.address) {error}") from error
    except OSError as error:
        raise StartError(f"cannot read {error.filename}: {error.strerror}") from error


def _repeat(stack: AsyncExitStack, failure: str, seconds: float, action: Callable[[], Awaitable[object]]) -> None:
    """Runs an action again and again in the background; a failure is logged and does not end it."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await action()
            except Exception:  # noqa: BLE001 - whatever went wrong once may go right the next time
                _log.exception(failure)

    task = asyncio.get_running_loop().create_task(repeat())

    async def end() -> None:
        task.cancel()
        await asyncio.wait([task])

    stack.push_async_callback(end)


async def _set_gauges(
    metrics: Metrics, open_head: Gauge, log: SqliteLog, services: Services, active: ActivePortfolios
) -> None:
    for portfolio, progress in portfolios_to_measure(services.resources, active):
        set_served(metrics, portfolio, active, services.rewarder, services.clock.now_us())
        backlog = await asyncio.to_thread(measure_backlog, log, portfolio.portfolio_id, portfolio.learner, progress)
        set_backlog(metrics, open_head, portfolio.portfolio_id, backlog)


async def _set_guardrails(gauges: GuardrailGauges, services: Services) -> None:
    for recorded in services.resources.portfolios():
        portfolio_id = recorded.value.portfolio_id
        gauges.set(portfolio_id, services.guardrails.view(portfolio_id))


async def _set_policies(gauges: PolicyGauges, services: Services) -> None:
    for recorded in services.resources.portfolios():
        portfolio_id = recorded.value.portfolio_id
        policy = services.resources.deployed_policy(portfolio_id).value
        standing = services.resources.standing(policy, services.clock.now_us())
        gauges.set(portfolio_id, standing.certification)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
