"""Runs under the service's lease: begun, renewed while they last, and ended there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from grpc import StatusCode

from banditsvc.audience.begun_run import BegunRun
from banditsvc.audience.part_job import DecidedPart
from banditsvc.audience.run_ended import RunEnded
from banditsvc.client import BanditsvcError, Client
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.run_terms import RunTerms
from banditsvc.core.times import SECOND_US
from banditsvc.log_file import read_log_file
from banditsvc.rpc.wire_price import write_prices
from banditsvc.serving.active_as_of import settings_as_of
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.store.part_index import index_path
from banditsvc.v1 import audience_pb2 as pb
from banditsvc.whole_file import let_go

_RENEWALS = 6
"""While a lease holds: so one may fail."""


@dataclass(frozen=True, slots=True)
class ServiceRun:
    """A run that the service has begun: a RunService."""

    client: Client
    begun: BegunRun
    lease_seconds: float

    def commit(self, part: DecidedPart) -> None:
        """Enters a part in the log.

        Raises:
            BanditsvcError: The service refuses it.
        """
        terms = self.begun.terms
        self.client.commit_audience_part(
            terms.portfolio_id, terms.run_id, part.number, row_count=part.rows, size_bytes=part.size_bytes
        )
        for path in (part.path, index_path(part.path)):
            let_go(path)

    def put_prices(self, prices: PortfolioPrices, active: ActivePortfolio) -> None:
        """Puts the prices to work in the service; where its settings have changed since, they are not for them.

        Raises:
            BanditsvcError: The service refuses them.
        """
        try:
            self.client.set_prices(
                write_prices(prices),
                portfolio_version=active.portfolio.portfolio_version,
                organization_version=active.organization.organization_version,
            )
        except BanditsvcError as error:
            if error.code is not StatusCode.ABORTED:
                raise

    def end(self) -> None:
        """Frees the lease; what is not in the log by now is not decided."""
        self.client.end_audience_run(self.begun.terms.portfolio_id, self.begun.terms.run_id)

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renews the lease now and then, for as long as the block lasts."""
        stopped = threading.Event()
        thread = threading.Thread(target=self._renew, args=(stopped,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def _renew(self, stopped: threading.Event) -> None:
        while not stopped.wait(self.lease_seconds / _RENEWALS):
            # Where the lease is lost the next part is refused, which tells why.
            with suppress(BanditsvcError):
                self.client.renew_audience_run(self.begun.terms.portfolio_id, self.begun.terms.run_id)


def begin_run(client: Client, terms: RunTerms) -> ServiceRun:
    """Begins a run, or goes on with one of the same terms.

    Raises:
        RunEnded: It has ended.
        BanditsvcError: Another run holds the lease, the run_id is taken, or there is no such portfolio.
    """
    asked = pb.AudienceRun(
        portfolio_id=terms.portfolio_id,
        run_id=terms.run_id,
        occasion=terms.occasion,
        channel=terms.channel,
        placement=terms.placement,
        excluded_campaign_ids=terms.excluded,
        defer_activation=terms.defer_activation,
    )
    if terms.has_send_time:
        asked.send_time.FromMicroseconds(terms.send_time_us)
    run = client.begin_audience_run(asked).run
    begun = _begun(run, has_send_time=terms.has_send_time)
    if run.state == pb.AUDIENCE_RUN_STATE_ENDED:
        raise RunEnded(f"run {run.run_id} has ended with {run.decision_count:,} decisions", begun)
    return ServiceRun(client, begun, run.lease_duration.ToMicroseconds() / SECOND_US)


def release_run(client: Client, terms: RunTerms) -> None:
    """Gives the lease of a run back; where it has not begun, the service is gone, or cannot write, nothing changes."""
    with suppress(BanditsvcError):
        client.release_audience_run(terms.portfolio_id, terms.run_id)


def _begun(run: pb.AudienceRun, *, has_send_time: bool) -> BegunRun:
    return BegunRun(
        terms=RunTerms(
            run_id=run.run_id,
            portfolio_id=run.portfolio_id,
            send_time_us=run.send_time.ToMicroseconds(),
            now_us=run.begin_time.ToMicroseconds(),
            has_send_time=has_send_time,
            occasion=run.occasion,
            channel=run.channel,
            placement=run.placement,
            excluded=tuple(run.excluded_campaign_ids),
            defer_activation=run.defer_activation,
        ),
        position=run.begin_position,
        counters_position=run.counters_position,
        model_version=run.model_version,
        committed_parts=run.part_count,
    )


def reading_position(data: Path, terms: RunTerms) -> int:
    """Returns the position of the log by whose settings a run's audience is read: where it began, or that of now."""
    position, begun = _positions(data, terms)
    return position if begun is None else begun


def has_begun(data: Path, terms: RunTerms) -> bool:
    """Returns whether the log has the beginning of a run."""
    return _positions(data, terms)[1] is not None


def is_in_log(data: Path, begun: BegunRun) -> bool:
    """Returns whether a data directory's log has the run, up to what counts for it: it is that of the service then."""
    position, found = _positions(data, begun.terms)
    return found == begun.position and position >= begun.counters_position


def _positions(data: Path, terms: RunTerms) -> tuple[int, int | None]:
    """Returns the last position of the log, and the one where a run began."""
    with closing(read_log_file(data)) as log:
        position = log.watermark().position
        runs = settings_as_of(log, position).state(terms.portfolio_id).audience_runs
    return position, runs[terms.run_id][0].position if terms.run_id in runs else None
