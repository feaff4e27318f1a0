"""Models: core value to protobuf."""

from __future__ import annotations

from banditsvc.rpc.wire_time import write_time
from banditsvc.serving.models import ModelView
from banditsvc.v1 import model_pb2 as pb


def write_model(view: ModelView) -> pb.Model:
    """Returns a model as a message, without its weights."""
    summary = view.summary
    return pb.Model(
        model_version=summary.model_version,
        portfolio_id=summary.portfolio_id,
        learner_version=summary.learner_version,
        learned_count=summary.sums.learned_count,
        mean_reward=summary.reward_mean,
        reward_deviation=summary.reward_deviation,
        log_position=summary.position,
        publish_time=write_time(summary.publish_time_us) if summary.publish_time_us else None,
        weights_sha256=summary.weights_sha256,
        is_serving=view.is_serving,
        has_weights=summary.has_weights,
        nonzero_weights=summary.nonzero_weights,
        collision_rate=view.collision_rate,
        provisional_count=sum(summary.sums.early.standing),
    )
