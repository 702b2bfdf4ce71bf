"""
Before the first request (启动检查): what would be unsafe does not start.

A service that writes needs somebody known who may write. A demo on this machine that only reads,
without any key, gets one for an administrator that is shown once and forgotten at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.errors import InputError
from geoplan.storage.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from geoplan.storage.keys import Key
    from geoplan_api.settings import Settings

_WRITE = ("inspector", "registrar", "admin")


class UnsafeStartError(InputError):
    """The service would be open to everybody in a way that nobody wants."""

    code = "unsafe_start"

    @classmethod
    def without_writers(cls, settings: Settings) -> UnsafeStartError:
        """Say how somebody gets to be known."""
        make = f"geoplan keys create {settings.workspace} --role registrar --name …"
        return cls(
            "The service would be writable, but nobody is known who may write.",
            zh="服务将可写，但没有任何有写权限的密钥，也未配置 OIDC。",
            fix=f"make a key: {make}; or set GEOPLAN_OIDC_*; or leave out --writable",
            fix_zh=f"新建密钥：{make}；或设置 GEOPLAN_OIDC_*；或去掉 --writable",
        )  # fmt: skip


def check(app: FastAPI, *, is_local: bool, tell: Callable[[str], None]) -> None:
    """
    See that the service may start, and tell what its owner should know.

    Parameters
    ----------
    app
        The service.
    is_local
        Whether only this machine reaches it.
    tell
        Says something to who starts it.

    Raises
    ------
    UnsafeStartError
        If it would write and nobody is known.
    GeoplanError
        If the workspace cannot be opened.
    """
    state = app.state
    settings: Settings = state.city.settings
    _ = state.city.names  # a workspace that is none is said here, not to every client
    keys = _valid_keys(app)
    if settings.writable and not settings.oidc_issuer:
        if not any(key.role in _WRITE for key in keys):
            raise UnsafeStartError.without_writers(settings)
        _ = state.service.opened  # what is written must be noted
    if keys or settings.oidc_issuer:
        return
    if is_local:
        tell(f"管理员临时密钥（仅本次运行有效） one-time key of an administrator:\n"
             f"{state.identify.admit_once()}\n"
             f"请求头 header: X-API-Key")  # fmt: skip
    else:
        tell("警告：未设密钥，只提供公开图层。 Warning: there are no keys, so only public layers "
             f"are served: geoplan keys create {settings.workspace} --role viewer --name …"
             )  # fmt: skip


def _valid_keys(app: FastAPI) -> list[Key]:
    state = app.state
    if not state.service.exists:
        return []
    today = state.ledger.now().date()
    return [k for k in Keys(state.service.opened).all() if k.state(today) == "valid"]
