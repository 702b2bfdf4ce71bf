"""``/health`` and ``/metrics`` 健康检查与指标."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from fastapi import APIRouter, Request, Response

from geoplan import __version__
from geoplan_api.deps import WhoDep  # noqa: TC001  (read by FastAPI)
from geoplan_api.ops import metrics
from geoplan_api.security.access import require
from geoplan_api.security.admission import address_of

router = APIRouter(tags=["health"])


@router.get("/health/live")
def live() -> dict[str, str]:
    """Answer as long as the process runs."""
    return {"status": "live", "version": __version__}


@router.get("/health/ready")
def ready(request: Request) -> dict[str, Any]:
    """Tell whether requests can be answered: the workspace opens and the registry can be read."""
    city = request.app.state.city
    stored = [name for name in city.names if city.in_registry(name)]
    if stored:
        city.registry.state()
    progress_pct, step = city.computed.progress
    answers = "ready" if city.ready else "starting"
    return {"status": "ready", "answers": answers, "progress_pct": progress_pct, "step": step}


@router.get("/metrics", response_class=Response)
def prometheus(request: Request, who: WhoDep) -> Response:
    """Return counts and times for Prometheus; to administrators, by a setting to this machine."""
    here = request.app.state.city.settings.metrics_from_loopback
    if not (here and _is_loopback(address_of(request.scope))):
        require(who, "admin")
    return Response(request.app.state.metrics.text(), media_type=metrics.CONTENT_TYPE)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
