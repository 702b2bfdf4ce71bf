"""The service (服务): made by `create_app`, nothing happens at import."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI

from geoplan import __version__
from geoplan_api import errors
from geoplan_api.deps import Answers, AnswersDep, only_known
from geoplan_api.limits import BodyLimit
from geoplan_api.routers import boundaries, indicators, service_circles, standards
from geoplan_api.settings import Settings, read_settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """
    Make the service for one workspace.

    Parameters
    ----------
    settings
        Default: from the environment.

    Returns
    -------
    app
        Routes ``/health``, ``/service-circles``, ``/standards``, ``/indicators``,
        ``/boundaries``.
    """
    settings = settings or read_settings()
    app = FastAPI(title="geoplan", version=__version__, docs_url=None, redoc_url=None,
                  dependencies=[Depends(only_known)])  # fmt: skip
    app.state.answers = Answers(settings)
    app.add_middleware(BodyLimit, most_bytes=settings.max_body_kb * 1024)
    errors.install(app)
    app.include_router(service_circles.router)
    app.include_router(standards.router)
    app.include_router(indicators.router)
    app.include_router(boundaries.router)

    @app.get("/health/live", tags=["health"])
    def live() -> dict[str, str]:
        """Answer as long as the process runs."""
        return {"status": "live", "version": __version__}

    @app.get("/health/ready", tags=["health"])
    def ready(answers: AnswersDep) -> dict[str, Any]:
        """Tell whether the answers are computed."""
        return {"status": "ready" if answers.ready else "starting"}

    return app
