"""``/processes`` 分析过程: OGC API Processes, part 1; what there is stands in the catalogue."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, ConfigDict

from geoplan.errors import InputError
from geoplan_api.deps import ViewsDep, now
from geoplan_api.jobs import Jobs, Output, Run, media_of
from geoplan_api.limits import HEAVY
from geoplan_api.ogc import models
from geoplan_api.ogc.links import JSON, REL, base_of, link, part
from geoplan_api.ogc.processes import jobs as processes_jobs
from geoplan_api.ogc.processes.catalogue import PROCESSES
from geoplan_api.ogc.processes.jobs import JobsDep, StatusInfo, status_info
from geoplan_api.ogc.processes.model import OUTPUT, Process, find
from geoplan_api.ogc.processes.output import answer

if TYPE_CHECKING:
    from fastapi import FastAPI

    from geoplan_api.views import Views

router = APIRouter(tags=["processes"])
_ASYNC = "respond-async"
_OPEN = ConfigDict(extra="allow")


def install(app: FastAPI) -> None:
    """Add the processes and their jobs."""
    app.state.jobs = Jobs(app.state.city.settings, now)
    app.include_router(router)
    app.include_router(processes_jobs.router)


class ProcessSummary(BaseModel):
    """A process in the list."""

    model_config = _OPEN

    id: str
    title: str
    description: str
    version: str
    jobControlOptions: list[Literal["sync-execute", "async-execute"]]  # noqa: N815
    outputTransmission: list[Literal["value"]]  # noqa: N815
    links: list[models.Link]


class ProcessList(BaseModel):
    """The processes that the one who asks may do."""

    processes: list[ProcessSummary]
    links: list[models.Link]


class ProcessBody(ProcessSummary):
    """One process with its inputs and outputs."""

    inputs: dict[str, Any]
    outputs: dict[str, Any]


class ExecuteBody(BaseModel):
    """
    What to do: the inputs; which outputs, if not all; ``raw`` or in a ``document``.

    There are no callbacks.
    """

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any] = {}
    outputs: dict[str, dict[str, Any]] | None = None
    response: Literal["raw", "document"] = "raw"


@router.get("/processes", response_model=ProcessList)
def processes(
    request: Request, views: ViewsDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:  # fmt: skip
    """List the analyses that the one who asks may do."""
    base = base_of(request)
    found = [p for p in PROCESSES if p.seen_by(views)]
    links = [link(f"{base}/processes", "self", JSON, "分析 processes")]
    if offset + limit < len(found):
        links.append(link(f"{base}/processes?limit={limit}&offset={offset + limit}", "next", JSON,
                          "下一页 next page"))  # fmt: skip
    shown = found[offset : offset + limit]
    return {"processes": [{**p.summary(views), "links": _links(base, p)} for p in shown],
            "links": links}  # fmt: skip


@router.get("/processes/{process_id}", response_model=ProcessBody)
def process(request: Request, views: ViewsDep, process_id: str) -> dict[str, Any]:
    """Describe one analysis: its inputs as JSON Schema, its output, how it may be done."""
    found = find(PROCESSES, process_id, views)
    return {**found.described(views), "links": _links(base_of(request), found)}


def _links(base: str, one: Process) -> list[dict[str, str]]:
    url = f"{base}/processes/{part(one.id)}"
    return [link(url, "self", JSON, one.zh),
            link(f"{url}/execution", f"{REL}execute", JSON, "执行 execute")]  # fmt: skip


@router.post(
    "/processes/{process_id}/execution", response_class=Response, dependencies=[HEAVY],
    responses={
        200: {"description": "成果 the result", "content": {
            JSON: {"schema": {"type": "object"}}, "application/geo+json": {}, "*/*": {}}},
        201: {"description": "任务 the job", "model": StatusInfo, "headers": {
            "Location": {"schema": {"type": "string"}, "description": "URL of the job"},
            "Preference-Applied": {"schema": {"type": "string"}, "description": _ASYNC}}},
    },
)  # fmt: skip
def execute(
    request: Request,
    views: ViewsDep,
    jobs: JobsDep,
    process_id: str,
    asked: Annotated[ExecuteBody, Body()],
    prefer: Annotated[str | None, Header(description="respond-async: 作为任务 as a job")] = None,
) -> Response:
    """Do an analysis: at once, or as a job if it takes long or ``Prefer: respond-async`` asks."""
    found = find(PROCESSES, process_id, views)
    _require_output(asked)
    inputs = found.read(asked.inputs)
    options = found.options(views)
    wished = _ASYNC in {p.split(";")[0].strip().lower() for p in (prefer or "").split(",")}
    if options == ("async-execute",) or (wished and "async-execute" in options):
        return _as_job(request, views, jobs, found, inputs, asked.response, wished=wished)
    with TemporaryDirectory(prefix="geoplan-sync-") as folder:
        made = found.work(views, inputs, Run(Path(folder), lambda _share, _word: None))
        if isinstance(made, Output):
            return answer(made.file.read_bytes(), made.media, made.file.name, asked.response)
        body = jsonable_encoder(made)
        document = asked.response == "document"
        return models.json({OUTPUT: body} if document else body, {"Cache-Control": "no-store"},
                           JSON if document else media_of(made))  # fmt: skip


def _as_job(
    request: Request, views: Views, jobs: Jobs, found: Process, inputs: Any, response: str, *,
    wished: bool,
) -> Response:  # fmt: skip
    job = jobs.submit(found.id, views.who, lambda run: found.work(views, inputs, run),
                      response=response, guarded=views.guarded)  # fmt: skip
    info = status_info(request, job)
    headers = {"Location": info["links"][0]["href"], "Cache-Control": "no-store"}
    if wished:
        headers["Preference-Applied"] = _ASYNC
    made = models.json(info, headers)
    made.status_code = 201
    return made


def _require_output(asked: ExecuteBody) -> None:
    """
    Check which outputs are asked for, and that they are to be sent, not linked to.

    Raises
    ------
    InputError
        If there is no such output, or it is asked for by reference.
    """
    for name, how in (asked.outputs or {}).items():
        if name != OUTPUT:
            raise InputError(
                f"There is no output {name!r}.", zh=f"没有输出“{name}”。",
                fix=f"the output is {OUTPUT!r}", fix_zh=f"输出为“{OUTPUT}”",
                field=f"outputs.{name}",
            )  # fmt: skip
        if how.get("transmissionMode", "value") != "value":
            raise InputError(
                "Outputs are sent by value.", zh="输出只按值返回。",
                fix="leave transmissionMode out", fix_zh="去掉 transmissionMode",
                field=f"outputs.{name}.transmissionMode",
            )  # fmt: skip
