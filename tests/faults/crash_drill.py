"""The crash drill: a service under load is killed again and again, and nothing that it acknowledged may be lost."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from banditsvc.app import LOG_FILE, REGISTRY_FILE
from banditsvc.client import Client
from banditsvc.core.times import SECOND_US
from banditsvc.store import SqliteLog, SqliteRegistry
from tests.faults.audit import audit
from tests.faults.killable_service import Kill, KillableService, wait_until
from tests.faults.ledger import Ledger
from tests.faults.load import PORTFOLIO_ID, Load

WINDOW_SECONDS = 1.0
ACTIVATION_DEADLINE_SECONDS = 2.0
LEAST_LOAD_SECONDS, MOST_LOAD_SECONDS = 0.05, 0.6
"""How long the load lasts before the kill, counted from when what is to be killed is at work."""
WAITING_SHARE = 0.35
"""Share of the kills of a server that wait until its learner is at work."""
RELEARN_SHARE = 0.2
"""Share of the rounds in which a relearn is asked for just before the kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """What a drill did and found."""

    kills: Counter[Kill]
    ledger: Ledger
    relearns: int
    learned: int
    """Decisions learned from in the end."""
    faults: tuple[str, ...]
    """Everything that must not be: lost, changed or doubled records, wrong counts, another model."""


def run_drill(rounds: int, seed: int, directory: Path, on_round: Callable[[], None] = lambda: None) -> DrillReport:
    """Runs a service in a directory, kills it rounds times at seeded moments under load, and audits what is left.

    Raises:
        TimeoutError: A process did not do in time what it should.
        RuntimeError: The service did not start again.
    """
    ledger, kills, relearns = Ledger(), Counter[Kill](), 0
    with KillableService(directory) as service:
        set_up_shop(service.address)
        for number in range(rounds):
            rng = random.Random(f"{seed}-{number}")
            relearn = rng.random() < RELEARN_SHARE
            kills[_play_round(service, ledger, rng, f"{seed}-{number}", relearn=relearn)] += 1
            relearns += relearn
            on_round()
        learned = finish(service, ledger, f"{seed}-end")
    faults = ledger.faults + audit(ledger, service.data, round(ACTIVATION_DEADLINE_SECONDS * SECOND_US))
    return DrillReport(kills=kills, ledger=ledger, relearns=relearns, learned=learned, faults=tuple(faults))


def set_up_shop(address: str) -> None:
    """Creates the portfolio of the drill with four campaigns."""
    with Client(address) as client:
        client.create_portfolio(
            {
                "portfolio_id": PORTFOLIO_ID,
                "currency": "EUR",
                "reward_spec": {
                    "weights": [{"type": "REVENUE", "measure": "AMOUNT", "weight": 1.0}],
                    "greatest_reward": 20.0,
                    "cost": 0.1,
                    "least_reward": -0.1,
                    "outcome_window": WINDOW_SECONDS,
                },
                "settle_spec": {"activation_deadline": ACTIVATION_DEADLINE_SECONDS},
                "encoder_spec": {"crosses": [{"first": "segment", "second": "recency"}]},
                "allow_no_contact": True,
            }
        )
        for number in range(4):
            client.create_campaign(
                PORTFOLIO_ID,
                {"campaign_id": f"campaign-{number}", "kind": "PROMOTION", "family": f"family-{number % 2}"},
            )


def _play_round(service: KillableService, ledger: Ledger, rng: random.Random, name: str, *, relearn: bool) -> Kill:
    kill = rng.choice(list(Kill))
    load = Load(service.address, ledger, name)
    load.start()
    # Some hit the learner at work, the others wherever it is by then, perhaps still starting.
    if kill is Kill.LEARNER or rng.random() < WAITING_SHARE:
        service.wait_for_learning()
    if relearn:
        with Client(service.address) as client:
            client.relearn_model(PORTFOLIO_ID)
    time.sleep(rng.uniform(LEAST_LOAD_SECONDS, MOST_LOAD_SECONDS))
    orphan = service.living_learner()
    service.kill(kill)
    answered = load.finish()
    if kill is Kill.LEARNER:
        if not answered:
            ledger.note_fault(f"round {name}: calls were cut off although the server was never killed")
        return kill
    service.start()
    if orphan is not None:
        wait_until(lambda: not service.is_learner(orphan), "the learner ends after its server")
    return kill


def finish(service: KillableService, ledger: Ledger, name: str) -> int:
    """Sends what was left unanswered, waits until all is learned, and stops the service; returns the learned count."""
    load = Load(service.address, ledger, name)
    load.start()
    wait_until(lambda: not ledger.unanswered, "what was cut off is repeated")
    if not load.finish():
        ledger.note_fault("calls were cut off without a kill")
    learned = wait_for_all_learned(service.data)
    if service.stop() != 0:
        ledger.note_fault("the service did not end with exit code 0")
    return learned


def wait_for_all_learned(data: Path) -> int:
    """Waits until every decision is settled and no relearn is under way; returns the learned count."""
    with (
        closing(SqliteLog(data / LOG_FILE, read_only=True)) as log,
        closing(SqliteRegistry(data / REGISTRY_FILE, read_only=True)) as registry,
    ):

        def is_done() -> bool:
            progress = registry.progress(PORTFOLIO_ID)
            return (
                progress is not None
                and not progress.relearning
                and log.count_decisions(PORTFOLIO_ID, progress.position) == 0
                and progress.lineage_id >= 1
            )

        wait_until(is_done, "all decisions are learned from")
        progress = registry.progress(PORTFOLIO_ID)
    return progress.sums.learned_count if progress else 0
