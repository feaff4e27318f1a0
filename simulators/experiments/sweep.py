"""Sweeps: which setting of a policy to choose, why, and what came second."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from banditsvc.usage_error import UsageError
from simulators.comparison import LEAST_SEEDS, Beside, Comparison, beside_highest
from simulators.experiments.plan import Plan
from simulators.experiments.sweep_spec import SweepSpec
from simulators.table_faults import unknown_name

CANDIDATE_COLUMNS = (
    "policy",
    "value",
    "opt_outs",
    "contacts",
    "missed_campaigns",
    "days_to_find",
    "fault",
)
"""One row for each setting: means per customer over seeds and worlds; the campaigns that it misses over all worlds; the
median days to find a new campaign, NaN where half or more were never found or there was none; and the guard rail that it
breaks, if any."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """What a sweep came to."""

    spec: SweepSpec
    candidates: pd.DataFrame
    """See CANDIDATE_COLUMNS."""
    seeds: int
    highest: str
    """The setting of the highest value of those that keep the guard rails; empty where none does."""
    beside: tuple[Beside, ...]
    """The highest beside each other that keeps the guard rails, by falling value."""
    chosen: str
    """Empty: nothing can be chosen."""
    runner_up: str
    """Empty: there is none."""

    @property
    def tied(self) -> tuple[str, ...]:
        """Returns the settings that cannot be told from the highest."""
        return tuple(one.policy for one in self.beside if not one.is_told)


def swept_policy(plan: Plan) -> str:
    """Returns the label in the declaration of the policy whose settings are compared.

    Raises:
        UsageError: It is not clear which, or the one that is named has but one setting.
    """
    counts = {name: sum(one.name == name for one in plan.policies) for name in plan.experiment.policies}
    several = [name for name, count in counts.items() if count > 1]
    wanted = plan.experiment.sweep.policy
    if wanted and wanted not in several:
        raise UsageError(f"sweep.policy: {wanted!r} has one setting alone: give it lists of values")
    if wanted or len(several) == 1:
        return wanted or several[0]
    if not several:
        raise UsageError("no policy has several settings: give one lists of values")
    raise UsageError(f"sweep.policy is missing; {unknown_name('', several, 'policies with several settings')}")


def sweep_of(plan: Plan, comparison: Comparison) -> Sweep:
    """Returns what to choose, from the results of an experiment.

    The unit is the seed: the value of a setting with a seed is its mean over the worlds. All pairs of settings are
    compared, paired by seed, with Holm's correction over all of them, so that it does no harm that the highest is picked
    by the same data. Where others cannot be told from the highest, the choice among all these is the one with the
    fewest opt-outs; of several, the one with the fewest contacts; and then the highest.

    Raises:
        UsageError: It is not clear which policy's settings are compared.
    """
    name, spec = swept_policy(plan), plan.experiment.sweep
    labels = [one.label for one in plan.policies if one.name == name]
    runs = comparison.runs[comparison.runs["policy"].isin(labels)]
    table = runs.groupby(["seed", "policy"], observed=True)[spec.of.value].mean().reset_index()
    table = table.pivot_table(index="seed", columns="policy", values=spec.of.value)[labels]
    candidates = _candidates(labels, runs, comparison, spec)
    kept = candidates[candidates["fault"] == ""].sort_values("value", ascending=False, kind="stable")["policy"].tolist()
    if not kept or len(table) < LEAST_SEEDS:
        return Sweep(spec=spec, candidates=candidates, seeds=len(table), highest="", beside=(), chosen="", runner_up="")
    beside = beside_highest(table, kept, comparison.level)
    tied = [one.policy for one in beside if not one.is_told]
    chosen = _safest([kept[0], *tied], candidates)
    others = [label for label in kept if label != chosen]
    return Sweep(
        spec=spec,
        candidates=candidates,
        seeds=len(table),
        highest=kept[0],
        beside=beside,
        chosen=chosen,
        runner_up=others[0] if others else "",
    )


def _candidates(labels: Sequence[str], runs: pd.DataFrame, comparison: Comparison, spec: SweepSpec) -> pd.DataFrame:
    wanted = (spec.of.value, "opt_outs", "contacts")
    means = {name: runs.groupby("policy", observed=True)[name].mean().to_dict() for name in wanted}
    missed = comparison.campaigns.groupby("policy", observed=True)["is_missed"].sum()
    rows = []
    for label in labels:
        days = comparison.finds.loc[comparison.finds["policy"] == label, "days"].fillna(math.inf)
        row = (
            label,
            *[means[name][label] for name in wanted],
            int(missed.get(label, 0)),
            float(days.median()) if len(days) and math.isfinite(days.median()) else math.nan,
        )
        rows.append((*row, _fault(spec, row[2], row[4], row[5], has_new=len(days) > 0)))
    return pd.DataFrame(rows, columns=list(CANDIDATE_COLUMNS))


def _fault(spec: SweepSpec, opt_outs: float, missed: int, days: float, *, has_new: bool) -> str:
    found = []
    if spec.most_opt_outs is not None and opt_outs > spec.most_opt_outs:
        found.append(f"{opt_outs:.4g} opt-outs per customer, above {spec.most_opt_outs:g}")
    if spec.most_starved is not None and missed > spec.most_starved:
        found.append(f"{missed} starved campaigns, above {spec.most_starved}")
    if spec.most_days_to_find is not None and has_new and not days <= spec.most_days_to_find:
        needed = "half or more of the new campaigns never" if math.isnan(days) else f"new campaigns after {days:g} days"
        found.append(f"found {needed}, above {spec.most_days_to_find:g}")
    return "; ".join(found)


def _safest(labels: Sequence[str], candidates: pd.DataFrame) -> str:
    rows = candidates[candidates["policy"].isin(labels)]
    by = ["opt_outs", "contacts", "value"]
    return str(rows.sort_values(by, ascending=[True, True, False], kind="stable")["policy"].iloc[0])
