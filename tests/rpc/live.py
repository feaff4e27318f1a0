"""A whole service over the memory log, on a loopback port, with the learner beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from prometheus_client import CollectorRegistry

from banditsvc.clock import SimulatedClock
from banditsvc.group_commit import GroupCommitter
from banditsvc.learner.learner import Learner
from banditsvc.ports import DecisionLog
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
from banditsvc.store.memory import MemoryLog
from banditsvc.store.memory_registry import MemoryRegistry
from banditsvc.store.part_folder import PartFolder

T = TypeVar("T")

LEASE_SECONDS = 120.0
START_SECONDS = 1_800_000_000
START_US = START_SECONDS * 1_000_000
_LEARNER_PAUSE_SECONDS = 0.005


@dataclass
class Live:
    """A running service. Its event loop has a thread of its own, as in the service's own process."""

    options: ServerOptions = field(default_factory=lambda: ServerOptions(address="127.0.0.1:0", simulated=True))
    log: DecisionLog = field(default_factory=MemoryLog)
    directory: Path = Path()
    """Where the files of audiences' parts are."""
    learns: bool = False
    """True to run the learner too."""

    def __enter__(self) -> Self:
        self.clock = SimulatedClock(START_US)
        self.metrics = Metrics(CollectorRegistry())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.built = self.run(self._start())
        self.channel = grpc.insecure_channel(self.address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.channel.close()
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"127.0.0.1:{self.built.port}"

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine in the service's event loop."""
        return asyncio.run_coroutine_threadsafe(story, self._loop).result(60)

    def call(self, path: str, request: Any, response: type[T]) -> T:
        """Calls `RankingService/Rank` and the like."""
        method: Callable[..., T] = self.channel.unary_unary(
            f"/banditsvc.v1.{path}",
            request_serializer=lambda message: message if isinstance(message, bytes) else message.SerializeToString(),
            response_deserializer=response.FromString,  # type: ignore[attr-defined]
        )
        return method(request, timeout=30)

    async def _start(self) -> RpcServer:
        self.committer = GroupCommitter(self.log, self.clock, linger_seconds=0.0)
        resources = Resources(self.log, self.committer)
        registry = MemoryRegistry()
        self.active = ActivePortfolios(resources, registry)
        pending, book = Pending(), ContactBook(resources, self.log)
        parts = (self.log, self.committer, self.clock, pending)
        unseen = UnseenValues(self.metrics.note_unseen)
        rewarder = Rewarder(resources, *parts, book=book)
        self.services = Services(
            ranker=Ranker(self.active, *parts, resources=resources, book=book, unseen=unseen),
            activator=Activator(resources, *parts, book=book),
            rewarder=rewarder,
            consents=Consents(resources, self.log, self.committer, self.clock, book=book),
            enroller=Enroller(self.active, self.log, self.committer, book=book),
            excluder=Excluder(resources, self.active, self.log),
            audiences=AudienceLeases(
                resources,
                self.active,
                self.log,
                self.committer,
                self.clock,
                held_runs=book.held_runs,
                files=PartFolder(self.directory),
                lease_seconds=LEASE_SECONDS,
            ),
            merger=Merger(self.committer, book=book),
            importer=Importer(self.active, self.log, self.committer, self.clock, rewarder.feed_marks, book=book),
            phases=Phases(resources, self.active, self.log, self.clock, rewarder.feed_marks),
            inspector=Inspector(resources, self.active, self.log),
            explainer=Explainer(resources, self.log, registry),
            resources=resources,
            models=Models(resources, self.active, registry, self.log, self.committer),
            guardrails=GuardrailWatch(resources, self.log),
            clock=self.clock,
            committer=self.committer,
        )
        self._learner = Learner(self.log, registry, self.clock) if self.learns else None
        self._learning = asyncio.ensure_future(self._learn())
        built = await build_server(self.services, self.metrics, self.options)
        await built.server.start()
        return built

    async def _learn(self) -> None:
        while self._learner is not None:
            for portfolio_id in self._learner.portfolio_ids():
                self._learner.step(portfolio_id)
            await asyncio.sleep(_LEARNER_PAUSE_SECONDS)

    async def _stop(self) -> None:
        await drain(self.built, grace_seconds=1.0)
        self._learning.cancel()
        await asyncio.wait([self._learning])
        await self.committer.close()
        await self._loop.shutdown_default_executor()
