"""Settings (设置): environment variables ``GEOPLAN_*``, read once when the app is made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from geoplan.errors import InputError
from geoplan.storage.service_state import KEPT_DAYS
from geoplan_api.basemaps import BaseMap  # noqa: TC001  (read when the class is made)

PREFIX = "GEOPLAN_"
_OF_CLI = {"GEOPLAN_DEBUG"}
OfficeRole = Literal["viewer", "planner", "inspector", "registrar", "admin"]
_OF_TESTS = "GEOPLAN_REQUIRE_"  # the switches that turn a skipped test into a failed one


class Settings(BaseSettings):
    """What the service needs to know; each setting says what it is for."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid",
                                      hide_input_in_errors=True)  # fmt: skip

    workspace: Path = Field(Path("data/demo"), description="folder that is served 工作区")
    policy: str | None = Field(None, description="another policy than the workspace names 标准库")
    store: str | None = Field(
        None, repr=False, description="another registry than the workspace names 登记库地址"
    )
    host: str = Field("127.0.0.1", description="address to listen at 监听地址")
    port: int = Field(8000, ge=0, le=65535, description="port 端口")
    tls: bool = Field(default=False, description="clients come by https only: HSTS 仅经 https 访问")
    proxies: str = Field(
        "127.0.0.1", description="proxies whose X-Forwarded-For counts, joined by commas 可信代理"
    )
    writable: bool = Field(default=False, description="records may be changed 可修改登记库")
    state: Path | None = Field(
        None, description="file of keys and access log; default service.sqlite there 服务状态文件"
    )
    warm: bool = Field(
        default=True, description="compute the main job's answers beside the requests 预先计算"
    )
    basemaps: tuple[BaseMap, ...] = Field(
        (), description="own base maps as a JSON list: name, url, key, title … 底图"
    )
    job_workers: int = Field(1, ge=1, le=8, description="jobs that run at once 同时运行的任务")
    max_jobs: int = Field(20, ge=1, description="jobs that may be unfinished 未完成任务上限")
    job_hours: float = Field(24.0, gt=0.0, description="how long results are kept 成果保留小时")
    max_body_kb: int = Field(2048, ge=1, description="largest body of a request 请求体上限")
    max_vertices: int = Field(200_000, ge=4, description="largest shape in a body 图形顶点上限")
    max_header_kb: int = Field(32, ge=4, description="longest address with headers 请求头上限")
    rate_per_s: float = Field(
        200.0, ge=0.0, description="requests per second of one key or address; 0: no limit 频率"
    )
    rate_burst: int = Field(2000, ge=1, description="requests that may come at once 突发请求数")
    threads: int = Field(
        10, ge=6, le=100, description="requests answered at once; others wait 同时处理的请求数"
    )
    heavy_at_once: int = Field(4, ge=1, description="heavy requests that run at once 同时重计算数")
    max_tile_zoom: int = Field(22, ge=0, le=22, description="highest zoom of tiles 瓦片最高级别")
    tile_cache_mb: int = Field(64, ge=1, description="memory for finished tiles 瓦片缓存")
    stop_s: int = Field(30, ge=1, description="wait for running requests at the end 停止等待秒数")
    cors_origins: tuple[str, ...] = Field(
        (), description="origins of other web pages that may ask, as a JSON list 允许的跨域来源"
    )
    oidc_issuer: str = Field("", description="issuer of OIDC tokens; empty: none are taken 签发方")
    oidc_audience: str = Field("", description="audience that tokens must name 受众")
    oidc_keys: str = Field("", description="https address or file of the issuer's JWKS 公钥集")
    oidc_role_claim: str = Field(
        "roles", description="claim with groups or roles, as realm_access.roles 角色声明"
    )
    oidc_roles: dict[str, OfficeRole] = Field(
        {}, description='JSON object of group to role: {"bureau": "viewer"} 组与角色对应'
    )
    audit_days: int = Field(
        365, ge=KEPT_DAYS, description="days that the access log is kept 访问日志保存天数"
    )
    metrics_from_loopback: bool = Field(
        default=False, description="this machine reads /metrics without a key 本机可读指标"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least level of the log 日志级别"
    )

    @model_validator(mode="after")
    def _some_threads_are_left(self) -> Self:
        if self.threads <= self.heavy_at_once:
            raise ValueError("threads must be more than heavy_at_once, or nobody else is answered")
        return self

    @model_validator(mode="after")
    def _oidc_is_whole(self) -> Self:
        given = (self.oidc_issuer, self.oidc_audience, self.oidc_keys, self.oidc_roles)
        if any(given) and not all(given):
            raise ValueError("oidc needs issuer, audience, keys and roles together")
        if self.oidc_keys.startswith("http://"):
            raise ValueError(
                "oidc_keys needs https:// or a file: who changes keys on the way is in"
            )
        if "*" in self.cors_origins:
            raise ValueError("cors_origins names each origin; * is none")
        return self


def read_settings(**given: object) -> Settings:
    """
    Read the settings; a misspelt ``GEOPLAN_*`` variable is an error, not silence.

    Raises
    ------
    InputError
        If a variable with the prefix is unknown, or a value wrong.
    """
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | _OF_CLI
    ours = (k for k in map(str.upper, os.environ) if k.startswith(PREFIX))
    unknown = sorted(k for k in ours if k not in known and not k.startswith(_OF_TESTS))
    if unknown:
        raise InputError(
            f"Unknown settings: {', '.join(unknown)}.",
            zh=f"未知的设置：{', '.join(unknown)}。",
            fix=f"known are {', '.join(sorted(known))}",
            fix_zh=f"可用的有 {', '.join(sorted(known))}",
        )
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except (ValidationError, SettingsError) as error:
        raise _bad_settings(error) from None


def _bad_settings(error: ValidationError | SettingsError) -> InputError:
    """Say which settings are wrong, without the values: some are secret."""
    if isinstance(error, ValidationError):
        told = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}"
                         for e in error.errors(include_input=False, include_url=False))  # fmt: skip
    else:
        told = str(error)
    return InputError(
        f"Wrong settings: {told}.", zh=f"设置有误：{told}。",
        fix="correct the option or the environment variable of that name",
        fix_zh="改正相应的选项或环境变量",
    )  # fmt: skip
