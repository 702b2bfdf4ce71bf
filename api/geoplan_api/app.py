"""The service (服务): made by `create_app`, nothing happens at import."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI

from geoplan import __version__
from geoplan.errors import GeoplanError
from geoplan_api import basemaps, describe, errors, stack, web
from geoplan_api.city import City
from geoplan_api.deps import now, only_known
from geoplan_api.limits import Heavy
from geoplan_api.ogc import features
from geoplan_api.ogc.processes import routes as processes
from geoplan_api.ogc.styles import routes as styles
from geoplan_api.ogc.tiles import layers as tile_layers
from geoplan_api.ogc.tiles import routes as tiles
from geoplan_api.ops import health
from geoplan_api.ops.metrics import Metrics
from geoplan_api.routers import audit, boundaries, indicators, search, service_circles, standards
from geoplan_api.security.audit import Ledger
from geoplan_api.security.authenticate import Authenticator
from geoplan_api.security.oidc import tokens_of
from geoplan_api.security.state import State
from geoplan_api.settings import Settings, read_settings
from geoplan_api.snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import Request

    from geoplan_api.security.principal import Principal


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Begin computing, and let go of everything when the last request was answered."""
    state = app.state
    current_default_thread_limiter().total_tokens = state.city.settings.threads
    if state.city.settings.warm:
        Thread(target=_begin, args=(state.city,), name="geoplan-warm", daemon=True).start()
    yield
    state.city.close()
    state.service.close()


def _begin(city: City) -> None:
    tile_layers.prepare()
    with suppress(GeoplanError):  # said to the first who asks
        city.computed.begin()


def create_app(
    settings: Settings | None = None, *, identify: Callable[[Request], Principal] | None = None
) -> FastAPI:
    """
    Make the service for one workspace.

    Parameters
    ----------
    settings
        Default: from the environment.
    identify
        Tells who makes a request. Default: by API key or token.

    Returns
    -------
    app
        Routes ``/health``, ``/service-circles``, ``/standards``, ``/indicators``,
        ``/boundaries``.
    """
    settings = settings or read_settings()
    app = FastAPI(
        title="geoplan", version=__version__, docs_url=None, redoc_url=None, lifespan=_lifespan,
        redirect_slashes=False, dependencies=[Depends(only_known)],
    )  # fmt: skip
    app.state.city = City(settings)
    app.state.snapshots = Snapshots(app.state.city)
    app.state.service = State(settings)
    app.state.ledger = Ledger(app.state.service, now, settings.audit_days)
    app.state.metrics = Metrics(app.state.snapshots)
    app.state.heavy = Heavy(settings.heavy_at_once)
    app.state.identify = identify or Authenticator(app.state.service, now, tokens_of(settings))
    stack.install(app, settings, app.state.identify)
    describe.install(app)
    app.state.basemaps = basemaps.BaseMaps(settings.basemaps)
    errors.install(app)
    features.install(app)  # what is asked for most is looked for first
    tiles.install(app)
    app.include_router(health.router)
    app.include_router(audit.router)
    app.include_router(service_circles.router)
    app.include_router(standards.router)
    app.include_router(indicators.router)
    app.include_router(boundaries.router)
    app.include_router(search.router)
    app.include_router(basemaps.router)
    app.include_router(styles.router)
    processes.install(app)
    web.install(app)

    return app
