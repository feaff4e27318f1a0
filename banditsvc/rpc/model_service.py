"""ModelService: get, list, roll back, relearn."""

from __future__ import annotations

from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_model import write_model
from banditsvc.rpc.wire_text import read_id, read_label
from banditsvc.serving.models import Models
from banditsvc.serving.resources import Resources
from banditsvc.v1 import model_pb2 as pb


class ModelServicer:
    """Answers ModelService."""

    def __init__(self, resources: Resources, models: Models) -> None:
        self._resources = resources
        self._models = models

    async def GetModel(self, request: pb.GetModelRequest) -> pb.GetModelResponse:  # noqa: N802
        """Returns one model, or the one that Rank uses."""
        _check(request)
        return pb.GetModelResponse(model=write_model(self._models.get(request.portfolio_id, request.model_version)))

    async def ListModels(self, request: pb.ListModelsRequest) -> pb.ListModelsResponse:  # noqa: N802
        """Returns a page of models, newest first."""
        require_ids(portfolio_id=request.portfolio_id)
        page, token = page_of(
            self._models.list(request.portfolio_id),
            lambda view: view.summary.model_version,
            request.page_size,
            request.page_token,
            ("ListModels", request.portfolio_id),
        )
        return pb.ListModelsResponse(models=map(write_model, page), next_page_token=token)

    async def RollBackModel(self, request: pb.RollBackModelRequest) -> pb.RollBackModelResponse:  # noqa: N802
        """Serves an older model until told otherwise."""
        _check(request)
        view = await self._models.roll_back(request.portfolio_id, request.model_version)
        return pb.RollBackModelResponse(model=write_model(view))

    async def RelearnModel(self, request: pb.RelearnModelRequest) -> pb.RelearnModelResponse:  # noqa: N802
        """Asks for a relearn from the log."""
        require_ids(portfolio_id=request.portfolio_id)
        position = await self._resources.request_relearn(request.portfolio_id)
        return pb.RelearnModelResponse(log_position=position)


def _check(request: pb.GetModelRequest | pb.RollBackModelRequest) -> None:
    faults = Faults()
    read_id(request.portfolio_id, "portfolio_id", faults)
    read_label(request.model_version, "model_version", faults)
    faults.raise_if_any()
