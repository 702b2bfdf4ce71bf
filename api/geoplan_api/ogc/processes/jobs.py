"""``/jobs`` 任务: how far they are, their results, and stopping them (OGC API Processes)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from geoplan.errors import UnknownIdError
from geoplan_api.deps import ViewsDep, WhoDep
from geoplan_api.errors import refusal
from geoplan_api.jobs import Job, Jobs, Status
from geoplan_api.ogc import models
from geoplan_api.ogc.links import JSON, REL, base_of, link, with_query
from geoplan_api.ogc.processes.output import answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from fastapi import FastAPI


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Stop all jobs at the end."""
    yield
    app.state.jobs.close()


router = APIRouter(tags=["processes"], lifespan=_lifespan)


async def _jobs(request: Request) -> Jobs:
    found: Jobs = request.app.state.jobs
    return found


JobsDep = Annotated[Jobs, Depends(_jobs)]
SecondsQuery = Annotated[float | None, Query(ge=0, description="秒 seconds")]


class StatusInfo(BaseModel):
    """How far a job is."""

    model_config = ConfigDict(extra="allow")

    processID: str  # noqa: N815
    type: Literal["process"]
    jobID: str  # noqa: N815
    status: Status
    message: str
    created: str
    started: str | None = None
    finished: str | None = None
    updated: str
    progress: int
    links: list[models.Link]


class JobList(BaseModel):
    """The jobs of the one who asks."""

    jobs: list[StatusInfo]
    links: list[models.Link]


class NotReadyError(UnknownIdError):
    """The results of a job are not there yet, or no more."""

    code = "result_not_ready"
    uri = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/result-not-ready"

    @classmethod
    def of(cls, job: Job) -> NotReadyError:
        """Say what the job is doing."""
        return cls(
            f"The job is {job.status}, {job.progress_pct} %.",
            zh=f"任务状态为 {job.status}，进度 {job.progress_pct}%。",
            fix="ask /jobs/{jobID} until its status is successful",
            fix_zh="查询 /jobs/{jobID}，直到状态为 successful",
            status=job.status, progress_pct=job.progress_pct,
        )  # fmt: skip


@router.get("/jobs", response_model=JobList, response_model_exclude_none=True)
def jobs(  # noqa: PLR0913, PLR0917
    request: Request, who: WhoDep, jobs: JobsDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    kind: Annotated[Literal["process"], Query(alias="type")] = "process",
    process: Annotated[list[str] | None, Query(alias="processID")] = None,
    status: Annotated[list[Status] | None, Query()] = None,
    least_s: Annotated[SecondsQuery, Query(alias="minDuration")] = None,
    most_s: Annotated[SecondsQuery, Query(alias="maxDuration")] = None,
) -> dict[str, Any]:  # fmt: skip
    """List one's own jobs, the newest first; the administrator sees all."""
    del kind  # there is no other
    found = [
        job for job in jobs.of(who)
        if (process is None or job.process in process) and (status is None or job.status in status)
        and _lasted(job, least_s, most_s)
    ]  # fmt: skip
    url, asked = f"{base_of(request)}/jobs", list(request.query_params.multi_items())
    links = [link(with_query(url, asked), "self", JSON, "任务 jobs")]
    others = [pair for pair in asked if pair[0] not in {"offset", "limit"}]
    for rel, at, is_there in (("next", offset + limit, offset + limit < len(found)),
                              ("prev", max(0, offset - limit), offset > 0)):  # fmt: skip
        if is_there:
            page = with_query(url, [*others, ("limit", limit), ("offset", at)])
            links.append(link(page, rel, JSON, rel))
    shown = found[offset : offset + limit]
    return {"jobs": [status_info(request, job) for job in shown], "links": links}


def _lasted(job: Job, least_s: float | None, most_s: float | None) -> bool:
    """Tell whether a job ran, or has run until now, within bounds."""
    if least_s is None and most_s is None:
        return True
    if job.started is None:
        return False
    seconds = ((job.finished or job.updated) - job.started).total_seconds()
    return (least_s is None or seconds >= least_s) and (most_s is None or seconds <= most_s)


@router.get("/jobs/{job_id}", response_model=StatusInfo, response_model_exclude_none=True)
def job(request: Request, who: WhoDep, jobs: JobsDep, job_id: str) -> dict[str, Any]:
    """Tell how far a job is."""
    return status_info(request, jobs.get(job_id, who))


@router.get("/jobs/{job_id}/results", response_class=Response, responses={
    200: {"description": "成果 the result", "content": {
        JSON: {"schema": {"type": "object"}}, "application/geo+json": {}, "*/*": {}}}})  # fmt: skip
def results(request: Request, views: ViewsDep, jobs: JobsDep, job_id: str) -> Response:
    """Return the result of a job; of a failed one, what it failed of."""
    found = jobs.get(job_id, views.who)
    views.guarded |= found.guarded
    if found.status == "failed" and found.error is not None:
        return refusal(request, found.error)
    output = found.output
    if output is None:
        raise NotReadyError.of(found)
    try:
        content = output.file.read_bytes()
    except OSError as error:  # dismissed or expired a moment ago
        raise NotReadyError.of(found) from error
    return answer(content, output.media, output.file.name, found.response)


@router.delete("/jobs/{job_id}", response_model=StatusInfo, response_model_exclude_none=True)
def dismiss(request: Request, who: WhoDep, jobs: JobsDep, job_id: str) -> dict[str, Any]:
    """Stop a job, and take its results away."""
    return status_info(request, jobs.dismiss(job_id, who))


def status_info(request: Request, job: Job) -> dict[str, Any]:
    """Return what is told of a job."""
    url = f"{base_of(request)}/jobs/{job.job_id}"
    links = [link(url, "self", JSON, "任务 job")]
    if job.status in {"successful", "failed"}:
        links.append(link(f"{url}/results", f"{REL}results", JSON, "成果 results"))
    return {
        "processID": job.process, "type": "process", "jobID": job.job_id, "status": job.status,
        "message": job.message, "created": _said(job.created), "started": _said(job.started),
        "finished": _said(job.finished), "updated": _said(job.updated),
        "progress": job.progress_pct, "links": links,
    }  # fmt: skip


def _said(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
