"""The contract of ModelRegistry, over every registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from banditsvc.core.model import UNTRAINED, Model
from banditsvc.ports import Checkpoint, Lineage, ModelRegistry, Progress, RunningSums, Segment
from banditsvc.store import MemoryRegistry, SqliteRegistry
from tests.store.build import LEARNER, SHOP, checkpoint


@pytest.fixture(params=["memory", "sqlite"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModelRegistry]:
    opened: ModelRegistry = MemoryRegistry() if request.param == "memory" else SqliteRegistry(tmp_path / "learner.db")
    yield opened
    opened.close()


def _start(registry: ModelRegistry, *, portfolio_id: str = SHOP, cause: int = 1) -> Lineage:
    return registry.start_lineage(portfolio_id, cause, 2, LEARNER)


def _assert_same_model(expected: Model, actual: Model | None) -> None:
    assert actual is not None
    assert expected.weights.tobytes() == actual.weights.tobytes()
    assert not actual.weights.flags.writeable
    names = [name for name in Model.__dataclass_fields__ if name != "weights"]
    assert [getattr(expected, name) for name in names] == [getattr(actual, name) for name in names]


def _assert_same_checkpoint(expected: Checkpoint, actual: Checkpoint | None) -> None:
    assert actual is not None
    _assert_same_model(expected.model, actual.model)
    assert replace(expected, model=actual.model) == actual


def test_an_empty_registry_knows_nothing(registry: ModelRegistry) -> None:
    """Of an unknown portfolio there is no lineage, no progress and no model."""
    assert registry.serving_lineage(SHOP) is None
    assert registry.candidate_lineage(SHOP) is None
    assert registry.progress(SHOP) is None
    assert registry.list_models(SHOP) == []
    assert registry.load_model(SHOP, "m") is None
    assert registry.latest(1) is None


def test_the_first_lineage_serves_at_once(registry: ModelRegistry) -> None:
    """A portfolio's first lineage serves from its start, untrained."""
    lineage = _start(registry)
    assert registry.serving_lineage(SHOP) == lineage
    assert registry.candidate_lineage(SHOP) is None
    assert registry.progress(SHOP) == Progress(UNTRAINED, 0, 0, lineage.lineage_id)
    assert registry.latest(lineage.lineage_id) is None


def test_a_checkpoint_comes_back_as_it_was(registry: ModelRegistry) -> None:
    """Latest gives the saved checkpoint bit for bit, and load_model its model, read-only."""
    lineage = _start(registry)
    saved = checkpoint(lineage, 7)
    registry.save(saved)
    _assert_same_checkpoint(saved, registry.latest(lineage.lineage_id))
    _assert_same_model(saved.model, registry.load_model(SHOP, saved.model_version))
    assert registry.progress(SHOP) == Progress(saved.model_version, 7, 70, lineage.lineage_id, saved.sums)


def test_the_newest_models_come_first(registry: ModelRegistry) -> None:
    """list_models gives every model that ever served, newest first."""
    lineage = _start(registry)
    for position in (1, 2, 3, 4, 5):
        registry.save(checkpoint(lineage, position, publish_time_us=position))
    models = registry.list_models(SHOP)
    assert [model.position for model in models] == [5, 4, 3, 2, 1]
    saved = checkpoint(lineage, 5)
    newest = models[0]
    assert (newest.model_version, newest.lineage_id, newest.learner_version) == (saved.model_version, 1, 2)
    assert (newest.sums, newest.reward_mean, newest.reward_deviation) == (saved.sums, 0.25, 0.5)
    assert (newest.weights_sha256, newest.nonzero_weights, newest.has_weights) == (saved.weights_sha256, 2, True)
    assert newest.publish_time_us == 5


def test_progress_is_noted_without_a_model(registry: ModelRegistry) -> None:
    """note_progress moves the position, the time and the sums, and leaves model and checkpoint."""
    lineage = _start(registry)
    saved = checkpoint(lineage, 3)
    registry.save(saved)
    registry.note_progress(lineage, 9, 99, RunningSums(skipped_count=6))
    expected = Progress(saved.model_version, 9, 99, lineage.lineage_id, RunningSums(skipped_count=6))
    assert registry.progress(SHOP) == expected
    _assert_same_checkpoint(saved, registry.latest(lineage.lineage_id))


def test_a_later_lineage_serves_after_take_over(registry: ModelRegistry) -> None:
    """A second lineage learns unseen until take_over, which makes its last checkpoint the newest model."""
    first = _start(registry)
    registry.save(checkpoint(first, 5))
    second = _start(registry, cause=6)
    assert registry.candidate_lineage(SHOP) == second
    registry.save(checkpoint(second, 4))
    before = registry.progress(SHOP)
    assert before is not None
    assert (before.lineage_id, before.model_version, before.relearning) == (first.lineage_id, "1-5", True)
    assert [model.model_version for model in registry.list_models(SHOP)] == ["1-5"]
    registry.take_over(second.lineage_id)
    after = registry.progress(SHOP)
    assert after is not None
    assert (after.lineage_id, after.model_version, after.relearning) == (second.lineage_id, "2-4", False)
    assert (after.position, after.settled_through_us) == (4, 40)
    assert registry.serving_lineage(SHOP) == second
    assert registry.candidate_lineage(SHOP) is None
    assert [model.model_version for model in registry.list_models(SHOP)] == ["2-4", "1-5"]
    registry.take_over(second.lineage_id)
    assert registry.progress(SHOP) == after


def test_a_lineage_without_a_model_takes_over_untrained(registry: ModelRegistry) -> None:
    """Where the lineage that takes over has learned nothing, its portfolio is untrained again."""
    registry.save(checkpoint(_start(registry), 5))
    registry.take_over(_start(registry, cause=2).lineage_id)
    progress = registry.progress(SHOP)
    assert progress is not None
    assert progress.model_version == UNTRAINED


def test_a_candidate_that_is_given_up_leaves_the_serving_one_as_it_is(registry: ModelRegistry) -> None:
    """An abandoned candidate no longer relearns and has nothing to go on from; a serving lineage cannot be abandoned."""
    serving = _start(registry)
    saved = checkpoint(serving, 3)
    registry.save(saved)
    candidate = _start(registry, cause=2)
    registry.save(checkpoint(candidate, 4))
    for lineage in (candidate, candidate, serving):
        registry.abandon(lineage.lineage_id)
    progress = registry.progress(SHOP)
    assert progress is not None
    assert (progress.relearning, progress.lineage_id) == (False, serving.lineage_id)
    assert registry.candidate_lineage(SHOP) is None
    assert registry.latest(candidate.lineage_id) is None
    _assert_same_model(saved.model, registry.load_model(SHOP, saved.model_version))


def test_a_new_candidate_abandons_the_old_one(registry: ModelRegistry) -> None:
    """Of two lineages that catch up the later one counts; the earlier can no longer take over."""
    _start(registry)
    abandoned = _start(registry, cause=2)
    registry.save(checkpoint(abandoned, 4))
    wanted = _start(registry, cause=3)
    assert registry.candidate_lineage(SHOP) == wanted
    assert registry.latest(abandoned.lineage_id) is None
    assert registry.load_model(SHOP, "2-4") is None
    with pytest.raises(ValueError, match="not catching up"):
        registry.take_over(abandoned.lineage_id)
    with pytest.raises(ValueError, match="not catching up"):
        registry.take_over(99)


def test_portfolios_are_apart(registry: ModelRegistry) -> None:
    """Lineages and models of one portfolio do not show in another, even at the same position."""
    one, two = _start(registry), _start(registry, portfolio_id="other")
    registry.save(checkpoint(one, 5))
    registry.save(checkpoint(two, 5))
    assert registry.serving_lineage("other") == two
    assert [model.model_version for model in registry.list_models("other")] == ["2-5"]
    assert registry.load_model("other", "1-5") is None


def test_segments_are_fixed(registry: ModelRegistry) -> None:
    """set_segments shows in the lineage from then on."""
    _start(registry)
    lineage = _start(registry, cause=2)
    registry.set_segments(lineage.lineage_id, [Segment(10, 500), Segment(12, 700)])
    expected = replace(lineage, segments=(Segment(10, 500), Segment(12, 700)))
    assert registry.candidate_lineage(SHOP) == expected
    registry.save(checkpoint(expected, 10))
    found = registry.latest(lineage.lineage_id)
    assert found is not None
    assert found.lineage == expected


def test_learning_the_same_again_replaces(registry: ModelRegistry) -> None:
    """Saving at an earlier position makes later checkpoints void, and the same model_version may come again."""
    lineage = _start(registry)
    for position in (1, 2, 3):
        registry.save(checkpoint(lineage, position))
    registry.save(checkpoint(lineage, 2))
    again = registry.latest(lineage.lineage_id)
    assert again is not None
    assert again.position == 2
    registry.save(checkpoint(lineage, 3))
    progress = registry.progress(SHOP)
    assert progress is not None
    assert progress.model_version == "1-3"
    assert [model.model_version for model in registry.list_models(SHOP)] == ["1-3", "1-2", "1-1"]


def test_a_model_version_belongs_to_one_lineage(registry: ModelRegistry) -> None:
    """A model_version that another lineage of the portfolio has is refused, and nothing is written."""
    registry.save(checkpoint(_start(registry), 1, version="m"))
    second = _start(registry, cause=2)
    with pytest.raises(ValueError, match="taken by another lineage"):
        registry.save(checkpoint(second, 2, version="m"))
    assert registry.latest(second.lineage_id) is None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_refused(registry: ModelRegistry, bad: float) -> None:
    """A model with a weight that is not finite is not stored."""
    lineage = _start(registry)
    with pytest.raises(ValueError, match="not finite"):
        registry.save(checkpoint(lineage, 1, weights=[0.0, bad]))
    assert registry.latest(lineage.lineage_id) is None


def test_another_sha256_is_refused(registry: ModelRegistry) -> None:
    """A checkpoint whose weights_sha256 is not that of its weights is not stored."""
    lineage = _start(registry)
    with pytest.raises(ValueError, match="weights_sha256"):
        registry.save(replace(checkpoint(lineage, 1), weights_sha256="0" * 64))
    assert registry.latest(lineage.lineage_id) is None


def test_old_weights_are_forgotten(registry: ModelRegistry) -> None:
    """forget_weights drops old weights but for the newest models and those that learning may go on from."""
    lineage = _start(registry)
    for position in range(1, 8):
        registry.save(checkpoint(lineage, position, publish_time_us=position * 10))
    assert registry.forget_weights(before_us=30, keep=1) == 2
    assert [model.has_weights for model in registry.list_models(SHOP)] == [True] * 5 + [False] * 2
    assert registry.load_model(SHOP, "1-1") is None
    assert [registry.find_model(SHOP, name) for name in ("1-1", "9-9")] == [registry.list_models(SHOP)[-1], None]
    assert registry.load_model(SHOP, "1-3") is not None
    assert registry.forget_weights(before_us=1000, keep=5) == 0
    assert registry.forget_weights(before_us=1000, keep=0, spared=[(SHOP, "1-3"), ("other", "1-4")]) == 1
    assert registry.load_model(SHOP, "1-3") is not None
    assert registry.forget_weights(before_us=1000, keep=0) == 1
    assert [model.has_weights for model in registry.list_models(SHOP)] == [True] * 3 + [False] * 4


def test_the_learner_may_go_on_changing_its_weights(registry: ModelRegistry) -> None:
    """A saved model does not change when the array it was saved from does."""
    lineage = _start(registry)
    saved = checkpoint(lineage, 1)
    expected = saved.model.weights.copy()
    registry.save(saved)
    saved.model.weights.flags.writeable = True
    saved.model.weights[:] = 5.0
    loaded = registry.load_model(SHOP, "1-1")
    assert loaded is not None
    assert np.array_equal(expected, loaded.weights)
