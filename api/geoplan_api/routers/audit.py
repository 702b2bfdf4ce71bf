"""``/audit`` 访问审计: who wrote and who read guarded layers; for administrators."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from geoplan.storage.access_log import COLUMNS
from geoplan_api.deps import WhoDep
from geoplan_api.security.access import require

router = APIRouter(prefix="/audit", tags=["audit"])

MomentQuery = Annotated[datetime | None, Query(description="2026-07-01T00:00:00+08:00")]


@router.get("")
def audit(
    request: Request,
    who: WhoDep,
    since: MomentQuery = None,
    until: MomentQuery = None,
    name: Annotated[str, Query(max_length=60, description="只看一人 only of one name")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, description="接上页 the `next` of a page")] = None,
) -> dict[str, Any]:
    """Return accesses, the newest first; ``next`` is the ``before`` of the next page."""
    require(who, "admin")
    request.state.audited = True
    rows = request.app.state.ledger.log.read(
        since=_zoned(since), until=_zoned(until), name=name, limit=limit, before=before
    )
    return {
        "columns": ["id", *COLUMNS],
        "rows": [{"id": number, **asdict(access)} for number, access in rows],
        "next": rows[-1][0] if len(rows) == limit else None,
    }


def _zoned(at: datetime | None) -> datetime | None:
    """Take a moment without a zone as UTC, as the log has it."""
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
