"""Refusals (拒绝): who is not known, and who may not."""

from __future__ import annotations

from geoplan.errors import GeoplanError, InputError
from geoplan_api.busy import BusyError

_HOW = ("send an API key as header X-API-Key, or a token as Authorization: Bearer",
        "以请求头 X-API-Key 发送访问密钥，或以 Authorization: Bearer 发送令牌")  # fmt: skip


class UnauthenticatedError(GeoplanError):
    """No credential where one is needed, or one that does not count; never which of the two."""

    code = "unauthenticated"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            "A valid API key or token is needed.", zh="需要有效的访问密钥或令牌。",
            fix=_HOW[0], fix_zh=_HOW[1],
        )  # fmt: skip
        self.headers = {"WWW-Authenticate": 'ApiKey realm="geoplan", Bearer realm="geoplan"'}


class ForbiddenError(GeoplanError):
    """Somebody known asks for what their role may not."""

    code = "forbidden"
    status = 403

    @classmethod
    def of_role(cls, role: str, needed: str) -> ForbiddenError:
        """Name the role that asks and those that may."""
        return cls(
            f"The role {role!r} may not do this; {needed} may.",
            zh=f"角色“{role}”无此权限，需要 {needed}。",
            fix="ask the administrator for a key with that role",
            fix_zh="请管理员签发相应角色的密钥", role=role, needed=needed,
        )  # fmt: skip

    @classmethod
    def without_role(cls) -> ForbiddenError:
        """Say that a valid token names no role of this service."""
        return cls(
            "The token names no role of this service.", zh="令牌中没有本服务的角色。",
            fix="map a group of the identity provider to a role (GEOPLAN_OIDC_ROLES)",
            fix_zh="在 GEOPLAN_OIDC_ROLES 中把身份系统的组对应到角色",
        )  # fmt: skip


class TwoCredentialsError(InputError):
    """A request with more than one credential: which one counts must not be guessed."""

    code = "two_credentials"

    def __init__(self) -> None:
        super().__init__(
            "The request has more than one credential.", zh="请求带有不止一个凭据。",
            fix="send either X-API-Key or Authorization, once",
            fix_zh="只发送一次 X-API-Key 或 Authorization",
        )  # fmt: skip


class NoKeySourceError(BusyError):
    """The keys that sign tokens cannot be had now."""

    code = "identity_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "Tokens cannot be checked now: the identity provider gives no keys.",
            zh="暂时无法核验令牌：身份系统未提供公钥。",
            fix="try again in a minute, or use an API key",
            fix_zh="一分钟后再试，或使用访问密钥", retry_after_s=30,
        )  # fmt: skip
