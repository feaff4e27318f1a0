"""Names of campaigns and labels, numbered alike in all parts of a log: a later part knows more of them."""

from __future__ import annotations

from offline_eval.logged import Logged

Names = tuple[str, ...]


def names_of(logged: Logged, by: tuple[str, ...]) -> tuple[Names, ...]:
    """Returns the names of the campaigns, and those of the values of each label.

    Raises:
        ValueError: The log has no such label.
    """
    missing = [label for label in by if label not in logged.labels]
    if missing:
        raise ValueError(f"the log has no label {', '.join(missing)}; it has {', '.join(logged.labels) or 'none'}")
    return (logged.entries.campaign.names, *[logged.labels[label].names for label in by])


def joined_names(one: tuple[Names, ...], other: tuple[Names, ...]) -> tuple[Names, ...]:
    """Returns the names of both parts, of the campaigns and of each label.

    Raises:
        ValueError: They are not numbered alike.
    """
    return tuple(_longer(*both) for both in zip(one, other, strict=True))


def check_known(known: tuple[Names, ...], logged: Logged, by: tuple[str, ...]) -> None:
    """Returns where a model knows all names of a log.

    Raises:
        ValueError: It does not, or the log numbers them differently.
    """
    if joined_names(known, names_of(logged, by)) != known:
        raise ValueError("the log has names that the model has not seen: make the model of the whole log")


def _longer(one: Names, other: Names) -> Names:
    shorter, longer = sorted((one, other), key=len)
    if longer[: len(shorter)] != shorter:
        raise ValueError("the parts number their names differently: read all parts of a log by one reader")
    return longer
