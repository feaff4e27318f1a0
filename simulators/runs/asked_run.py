"""What is asked of a simulation: a world, for some days, with some seeds; checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral

from pydantic import ValidationError

from banditsvc.usage_error import UsageError
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

_MOST_SEED = (1 << 63) - 1


def asked_world(world: str | WorldSpec, days: int | None) -> WorldSpec:
    """Returns the world, of so many days where a number is given.

    Raises:
        UsageError: There is no such world, it is faulty, or it cannot have so many days.
    """
    spec = read_world(world) if isinstance(world, str) else world
    if days is None:
        return spec
    try:
        return WorldSpec.model_validate(dict(spec) | {"days": days})
    except ValidationError as error:
        raise UsageError(f"days: {error.errors()[0]['msg']}") from None


def asked_seeds(seeds: object) -> tuple[int, ...]:
    """Returns the seeds.

    Raises:
        UsageError: There is none, one is no whole number from 0 to 2^63 - 1, or two are the same.
    """
    if not isinstance(seeds, Iterable):
        raise UsageError(f"seeds: {seeds!r} is no list of seeds; for one seed write [{seeds!r}]")
    found = tuple(seeds)
    for seed in found:
        if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= int(seed) <= _MOST_SEED:
            raise UsageError(f"seeds: {seed!r} is no whole number from 0 on")
    if not found:
        raise UsageError("seeds: there is none")
    if len(set(found)) < len(found):
        raise UsageError("seeds: some are the same, and would be counted twice")
    return tuple([int(seed) for seed in found])
