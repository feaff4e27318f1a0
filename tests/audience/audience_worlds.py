"""Random portfolios with audiences, for the law that an audience is decided as Rank would decide each customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import pyarrow as pa
from msgspec import structs
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows, ConsentColumn, Standings
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.audience_limit import AudienceLimit, LimitKind, LimitOwner, LimitSettings
from banditsvc.core.campaign import NO_CONTACT, Campaign
from banditsvc.core.consent import ConsentState, GivenConsent
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import CampaignSelector
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.context_columns import Coded, ContextColumns
from banditsvc.core.decision import DecidedBy, Decision, GhostDecision, LearnedState, RankInput, Result
from banditsvc.core.decision_id import audience_decision_id
from banditsvc.core.exploration import (
    EpsilonGreedy,
    ExclusiveRules,
    Exploration,
    FixedPriority,
    Greedy,
    Softmax,
    SquareCB,
    Thompson,
    Uniform,
)
from banditsvc.core.exploration.exclusive_rules import TargetRule
from banditsvc.core.funnel import CompiledFunnel
from banditsvc.core.model import Model
from banditsvc.core.organization import Organization
from banditsvc.core.phase import Phase, PhaseSpec
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.portfolio import EncoderSpec, Portfolio
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices
from banditsvc.core.room import Room
from banditsvc.core.rule import FeatureType
from banditsvc.core.run_terms import RunTerms
from banditsvc.core.scoring import Scorer
from banditsvc.core.text_lists import TextLists, text_lists
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.contact_book import ContactBook
from banditsvc.serving.customer_standing import NOTHING_KNOWN
from banditsvc.serving.passes import Ranked, ToRank, decide_in_passes
from banditsvc.serving.shadow import Shadow
from tests.core.funnel_worlds import IDS, TIMES_US, random_world
from tests.serving.grouped_shop import stored_shop

NOW_US = TIMES_US[-1]
_EXPLORATIONS: tuple[Exploration, ...] = (
    SquareCB(gamma_scale=0.2),
    SquareCB(optimism=0.5),
    Thompson(),
    EpsilonGreedy(epsilon=0.2),
    Greedy(),
    Softmax(),
    Uniform(),
    FixedPriority(),
    ExclusiveRules(
        rules=(
            TargetRule(campaign_id="c", expression='segment == "new" or channel == "sms"'),
            TargetRule(campaign_id=NO_CONTACT, expression="r >= 5"),
            TargetRule(campaign_id="a", expression="recency_days < 30"),
            TargetRule(campaign_id="b", expression='app and "sale" in tags or not known(tags)'),
            TargetRule(campaign_id="c", expression="known(age)"),
        )
    ),
    ExclusiveRules(rules=(TargetRule(campaign_id="c", expression="nobody > 1"),)),
)
_SCHEMA = {
    "age": FeatureType.NUMBER,
    "plan": FeatureType.TEXT,
    "app": FeatureType.FLAG,
    "tags": FeatureType.TEXTS,
}
_ZONES = ("America/Los_Angeles", "Asia/Tokyo", "UTC")
_WORDS = (
    GivenConsent(purpose="marketing", state=ConsentState.GRANTED),
    GivenConsent(purpose="surveys", channel="email", state=ConsentState.DENIED),
    GivenConsent(channel="sms", state=ConsentState.DENIED),
)
_LIMITS = (
    ExplorationLimit(segments=("new",), max_share=0.1),
    ExplorationLimit(lifecycle_stages=(LifecycleStage.NEW,), campaign_ids=("b", "c"), max_share=0.05),
)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """A portfolio with customers, as columns and as Rank has them."""

    active: ActivePortfolio
    rows: AudienceRows
    terms: RunTerms
    book: ContactBook

    def rooms(self) -> list[Room]:
        """Returns what capacity is left before anything is decided."""
        labels = [one.candidate.labels for one in self.active.funnel.offer(self._asked_of_all()).campaigns]
        ledgers = self.book.ledgers(self.active.portfolio, self.terms.send_time_us, NOW_US)
        return [room for ledger in ledgers for room in ledger.rooms(labels, self.terms.send_time_us)]

    def ranked(self) -> list[Decision]:
        """Returns what Rank decides, one after the other."""
        requests = [self._request(place) for place in range(len(self.rows))]
        answers = decide_in_passes(requests, lambda _: self.active, self.book, NOW_US)
        return [answer.decision for answer in answers if isinstance(answer, Ranked)]

    def _asked_of_all(self) -> RankInput:
        ids = dict.fromkeys([*self.rows.candidate_ids, *self.active.catalogue])
        return structs.replace(self._input(0), candidates=tuple(ids))

    def _request(self, place: int) -> ToRank:
        return ToRank(audience_decision_id(self.terms.run_id, int(self.rows.rows[place])), self._input(place))

    def _input(self, place: int) -> RankInput:
        terms, rows = self.terms, self.rows
        return RankInput(
            portfolio_id="shop",
            customer_id=rows.customer_ids[place].as_py(),
            send_time_us=terms.send_time_us,
            context=rows.contexts.context(place),
            candidates=rows.candidates_of(place),
            excluded=rows.excluded_of(place, terms.excluded),
            occasion=terms.occasion,
            channel=terms.channel,
            placement=terms.placement,
            defer_activation=terms.defer_activation,
            has_send_time=terms.has_send_time,
            assignment_key=rows.assignment_key(place),
            consents=rows.consents_of(place),
        )


def random_audience(seed: int, customers: int) -> Audience:
    """Returns the audience of a seed with so many customers."""
    return _Maker(seed).audience(customers)


class _Maker:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = Random(seed)
        self._numbers = np.random.default_rng(seed)

    def audience(self, customers: int) -> Audience:
        world = random_world(self._seed, customers)
        ids = [f"c{place}" for place in range(customers)]
        portfolio = self._portfolio(world.portfolio)
        organization = replace(world.organization, assignments=self._assignments(0.2))
        shop = stored_shop(portfolio, list(world.catalogue.values()), organization=organization)
        contacts = [
            structs.replace(contact, customer_id=one)
            for one, customer in zip(ids, world.customers, strict=True)
            for contact in customer.contacts
        ]
        shop.log.append([self._sent(place, contact) for place, contact in enumerate(contacts)], 0)
        consents = [
            replace(word, customer_id=one)
            for one, customer in zip(ids, world.customers, strict=True)
            for word in customer.consents
        ]
        shop.log.append(consents, 0)
        active = self._active(organization, portfolio, world.catalogue)
        return Audience(
            active=active,
            rows=self._rows(ids, [customer.asked.context for customer in world.customers], organization, shop.book),
            terms=RunTerms(
                run_id="night-1",
                portfolio_id="shop",
                send_time_us=self._random.choice(TIMES_US),
                now_us=NOW_US,
                has_send_time=self._chance(0.5),
                occasion=self._random.choice(("", "tonight")),
                channel=self._random.choice(("email", "sms")),
                placement=self._random.choice(("", "top", "side")),
                excluded=tuple(self._random.sample((*IDS, "gone", NO_CONTACT), 2)) if self._chance(0.2) else (),
                defer_activation=self._chance(0.3),
            ),
            book=shop.book,
        )

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _portfolio(self, portfolio: Portfolio) -> Portfolio:
        encoder = EncoderSpec(
            crosses=(("segment", "channel"), ("plan", "recency"), ("tags", "app")), number_edges={"age": (30.0, 50.0)}
        )
        return replace(
            portfolio,
            salt=f"salt {self._seed}",
            context_schema=_SCHEMA,
            business_as_usual=self._random.choice((FixedPriority(), Uniform(), _EXPLORATIONS[-1], _EXPLORATIONS[-2])),
            assignments=self._assignments(0.7),
            phase=PhaseSpec(phase=self._random.choice((Phase.POLICY, Phase.POLICY, Phase.OBSERVE, Phase.RANDOM_SHARE))),
            learner=replace(portfolio.learner, encoder=encoder if self._chance(0.7) else EncoderSpec()),
        )

    def _assignments(self, share: float) -> tuple[AssignmentSpec, ...]:
        if not self._chance(share):
            return ()
        spec = AssignmentSpec(
            channel=self._random.choice(("", "email")),
            uniform_random=0.2,
            business_as_usual=0.2,
            holdout=0.3,
            assignment_version=3,
            salt=f"groups {self._random.random()}",
        )
        return (spec,)

    def _active(
        self, organization: Organization, portfolio: Portfolio, catalogue: dict[str, Campaign]
    ) -> ActivePortfolio:
        model = self._model(portfolio)
        policy, challenger = self._policy(1), self._policy(2)
        is_split = self._chance(0.3)
        shadow = self._model(portfolio)
        return ActivePortfolio(
            organization=organization,
            portfolio=portfolio,
            catalogue=catalogue,
            catalogue_version=4,
            funnel=CompiledFunnel(organization, portfolio, catalogue),
            policy=policy,
            model=model,
            encoder_version=2,
            scorer=Scorer(model),
            shadow=Shadow(self._policy(3), shadow, Scorer(shadow)) if self._chance(0.3) else None,
            challenger=challenger if is_split else None,
            split=TrafficSplit(1, 2, 0.4) if is_split else None,
            is_tripped=self._chance(0.1),
            prices=self._prices() if self._chance(0.4) else None,
        )

    def _prices(self) -> PortfolioPrices:
        selectors = [CampaignSelector(campaign_ids=tuple(self._random.sample(IDS, 2))) for _ in range(3)]
        kinds = (LimitKind.MOST_COST, LimitKind.LEAST_CONTACTS, LimitKind.LEAST_SHARE)
        return PortfolioPrices(
            portfolio_id="shop",
            run_id="night-0",
            settings=LimitSettings(),
            limits=tuple(
                LimitPrice(
                    limit=AudienceLimit(
                        owner=LimitOwner.PORTFOLIO, name=kind.name, kind=kind, campaigns=campaigns, share=0.25
                    ),
                    price=self._random.choice((0.0, 0.1 * self._random.random())),
                    bound=1.0,
                    expected=1.0,
                    is_met=True,
                )
                for kind, campaigns in zip(kinds, selectors, strict=True)
            ),
        )

    def _policy(self, version: int) -> Policy:
        return Policy(
            portfolio_id="shop",
            policy_version=version,
            exploration=self._random.choice(_EXPLORATIONS),
            floor=self._random.choice((0.0, 0.05)),
            limits=_LIMITS if self._chance(0.3) else (),
        )

    def _model(self, portfolio: Portfolio) -> Model:
        size = 1 << portfolio.learner.train.bits
        weights = self._numbers.normal(0.0, 0.05, size).astype(np.float32)
        if self._chance(0.05):
            weights[self._numbers.random(size) < 0.05] = np.inf
        variances = self._numbers.exponential(0.01, size).astype(np.float32) if self._chance(0.5) else None
        learned = LearnedState(5_000, 0.2, 0.4) if self._chance(0.8) else LearnedState()
        return Model(
            portfolio_id="shop",
            model_version=f"1.{self._random.randrange(9)}",
            learner_version=1,
            learner=portfolio.learner,
            learned=learned,
            weights=weights,
            variances=variances,
        )

    def _sent(self, place: int, contact: Contact) -> Decision:
        asked = RankInput(
            portfolio_id=contact.portfolio_id, customer_id=contact.customer_id, send_time_us=contact.contact_time_us
        )
        campaign_id = contact.campaign.campaign_id
        decision = Decision(
            decision_id=f"before-{place}",
            input=asked,
            result=Result.CAMPAIGN,
            decided_by=DecidedBy.POLICY,
            campaign_id=campaign_id,
            eligible=(campaign_id,),
            selection_probabilities=(1.0,),
            contact=contact,
        )
        if not self._chance(0.3):
            return decision
        ghost = GhostDecision(
            decided_by=DecidedBy.POLICY, campaign_id=campaign_id, contact=structs.replace(contact, is_ghost=True)
        )
        return structs.replace(decision, result=Result.HELD_OUT, campaign_id="", contact=None, would_have_sent=ghost)

    def _rows(
        self, ids: list[str], contexts: Sequence[CustomerContext], organization: Organization, book: ContactBook
    ) -> AudienceRows:
        count = len(ids)
        customers = [(organization.organization_id, one) for one in ids]
        book.load(customers, NOW_US)
        candidate_ids, candidates = self._candidates(count)
        keys = np.array([self._random.choice(("", "home 1", "home 2", one)) for one in ids], dtype=np.object_)
        return AudienceRows(
            rows=np.cumsum(self._numbers.integers(1, 4, count)),
            customer_ids=pa.array(ids, pa.string()),
            contexts=self._contexts(contexts),
            standings=Standings(
                codes=np.arange(1, count + 1),
                distinct=[NOTHING_KNOWN, *[book.standing(one) for one in customers]],
                with_ghosts=[NOTHING_KNOWN, *[book.standing(one, with_ghosts=True) for one in customers]],
            ),
            assignment_keys=keys if self._chance(0.3) else None,
            candidate_ids=candidate_ids,
            candidates=candidates,
            consents=self._consents(count),
            excluded_ids=(*IDS, "gone", NO_CONTACT),
            excluded=self._numbers.random((count, len(IDS) + 2)) < 0.15 if self._chance(0.4) else None,
        )

    def _consents(self, count: int) -> ConsentColumn | None:
        words = [(one,) for one in _WORDS] + [(), _WORDS[:2], _WORDS[1:]]
        codes = self._numbers.integers(0, len(words), count)
        return ConsentColumn(codes=codes, distinct=words) if self._chance(0.4) else None

    def _candidates(self, count: int) -> tuple[tuple[str, ...], NDArray[np.bool_] | None]:
        if self._chance(0.5):
            return (), None
        named = tuple(self._random.sample((*IDS, "gone", NO_CONTACT), self._random.randint(1, 6)))
        return named, self._numbers.random((count, len(named))) < 0.6 if self._chance(0.7) else None

    def _contexts(self, contexts: Sequence[CustomerContext]) -> ContextColumns:
        count = len(contexts)
        segments = ("new", "old")
        return ContextColumns(
            rows=count,
            recency_days=_numbers([one.recency_days for one in contexts]),
            monetary=_numbers([one.monetary for one in contexts]),
            r=np.array([one.r or 0 for one in contexts]),
            segment=Coded(np.array([segments.index(one.segment) if one.segment else -1 for one in contexts]), segments),
            lifecycle_stage=self._numbers.integers(0, 4, count) if self._chance(0.7) else None,
            favourite_names=("shoes", "hats"),
            favourites=self._numbers.choice([0.0, 1.0, 0.5], (count, 2)) if self._chance(0.5) else None,
            features={
                "age": self._numbers.choice([18.0, 40.0, np.nan], count),
                "visits": self._numbers.choice([1.0, 3.0], count),
                "plan": Coded(self._numbers.integers(-1, 2, count), ("basic", "gold")),
                "app": self._numbers.integers(-1, 2, count).astype(np.int8),
                "tags": self._tags(count),
            },
            time_zone=Coded(self._numbers.integers(-1, 3, count), _ZONES) if self._chance(0.5) else None,
        )

    def _tags(self, count: int) -> TextLists:
        counts = self._numbers.integers(-1, 4, count)
        members = self._numbers.integers(0, 3, int(np.maximum(counts, 0).sum()))
        return text_lists(counts, members, ("sale", "gold", "new"))


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values])
