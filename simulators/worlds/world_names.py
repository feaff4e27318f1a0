"""Names in a world: whatever one table names must be declared by another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules import RuleFault, parse_rule
from banditsvc.rpc.wire_text import MOST_CHARACTERS, text_fault
from simulators.table_faults import Place, unknown_name
from simulators.worlds.campaign_span import campaign_spans
from simulators.worlds.campaign_spec import CampaignSpec, Odds
from simulators.worlds.population_spec import PopulationSpec
from simulators.worlds.trigger_spec import TriggerKind

_OF_CATEGORY = frozenset({TriggerKind.CROSS_SELL, TriggerKind.REPLENISHMENT})
"""Triggers that ask what was bought in the campaign's category."""


def name_faults(
    population: PopulationSpec, campaigns: Sequence[CampaignSpec], days: int
) -> Iterator[tuple[Place, str]]:
    """Yields the place in the world and the text of every name that is not declared, that is taken, or that no service takes.

    Args:
        population: Of the world.
        campaigns: Likewise.
        days: Length of the run, by which weekly campaigns have their ids.
    """
    yield from _population_faults(population)
    seen = {NO_CONTACT}
    for number, campaign in enumerate(campaigns):
        for place, text in (*_id_faults(campaign, days, seen), *_faults(population, campaign)):
            yield ("campaigns", number, *place), text


def _id_faults(campaign: CampaignSpec, days: int, seen: set[str]) -> Iterator[tuple[Place, str]]:
    """Yields what is wrong with a campaign's ids, the first of each kind, and adds them to those that are taken."""
    ids = [span.campaign_id for span in campaign_spans(campaign, days)]
    # That of the family is no campaign's id, but it stands for all of them.
    taken = next((one for one in (campaign.campaign_id, *ids) if one in seen), None)
    if taken is not None:
        yield ("campaign_id",), f"the id {taken!r} is taken; ids are unique, those of the weeks included"
    refused = next(((one, fault) for one in (campaign.campaign_id, *ids) if (fault := text_fault(one))), None)
    if refused is not None:
        yield ("campaign_id",), f"{refused[0]!r} {refused[1]}"
    seen.update((campaign.campaign_id, *ids))


def _population_faults(population: PopulationSpec) -> Iterator[tuple[Place, str]]:
    for table, names in (("segments", population.segments), ("features", population.features)):
        yield from _text_faults(("population", table), names)
    yield from _text_faults(("population", "categories"), population.categories)
    for name, feature in population.features.items():
        for value in feature.shares:
            # The service takes line breaks in a value, but not in a name.
            if len(value) > MOST_CHARACTERS:
                yield (
                    ("population", "features", name, "shares"),
                    f"{value!r} must have at most {MOST_CHARACTERS} characters",
                )


def _text_faults(place: Place, texts: Iterable[str]) -> Iterator[tuple[Place, str]]:
    """Yields the texts that the service would refuse."""
    for text in texts:
        if fault := text_fault(text):
            yield place, f"{text!r} {fault}"


def _faults(population: PopulationSpec, campaign: CampaignSpec) -> Iterator[tuple[Place, str]]:
    for name in ("offer_kind", "family"):
        yield from _text_faults((name,), filter(None, [getattr(campaign, name)]))
    if campaign.category:
        yield from _unknown(("category",), [campaign.category], population.categories, "categories")
    elif campaign.trigger is not None and campaign.trigger.kind in _OF_CATEGORY:
        yield ("category",), f"is missing; the trigger {campaign.trigger.kind.value} asks what was bought in it"
    elif "favourite" in campaign.odds:
        yield ("category",), "is missing; odds.favourite asks whether it is among the favourites"
    for number, drift in enumerate(campaign.drift):
        yield from _unknown(("drift", number, "segments"), drift.segments, population.segments, "segments")
    yield from odds_faults(population, campaign.odds)
    yield from _rule_faults(population, campaign)


def odds_faults(population: PopulationSpec, odds: Odds) -> Iterator[tuple[Place, str]]:
    """Yields the place and the text of every segment, feature and value that odds name and the population has not."""
    for part, of_value in odds.items():
        if part == "segment":
            yield from _unknown(("odds", part), of_value, population.segments, "segments")
        elif part.startswith("features."):
            yield from _feature_faults(population, part, of_value)


def _feature_faults(population: PopulationSpec, part: str, of_value: Iterable[str]) -> Iterator[tuple[Place, str]]:
    name = part.removeprefix("features.")
    feature = population.features.get(name)
    if feature is None:
        known = ", ".join(population.features)
        yield ("odds", part), f"there is no feature {name!r}" + (f"; features are {known}" if known else "")
    else:
        yield from _unknown(("odds", part), of_value, feature.shares, "values")


def _rule_faults(population: PopulationSpec, campaign: CampaignSpec) -> Iterator[tuple[Place, str]]:
    if campaign.rule:
        try:
            parse_rule(campaign.rule, dict.fromkeys(population.features, FeatureType.TEXT), of_campaign=False)
        except RuleFault as fault:
            yield ("rule",), str(fault)


def _unknown(place: Place, names: Iterable[str], known: Iterable[str], what: str) -> Iterator[tuple[Place, str]]:
    declared = list(known)
    for name in names:
        if name not in declared:
            yield place, f"{name!r} is none of the {what}; {unknown_name(name, declared, what)}"
