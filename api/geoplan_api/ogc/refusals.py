"""Refusals (拒绝) that HTTP has a status of its own for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from geoplan.errors import GeoplanError, InputError, UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Iterable


class NotAcceptableError(GeoplanError):
    """No format fits what the client accepts."""

    code = "not_acceptable"
    status: ClassVar[int] = 406

    @classmethod
    def among(cls, accept: str, known: Iterable[str]) -> NotAcceptableError:
        """Name the formats there are."""
        names = ", ".join(known)
        return cls(
            f"Accept: {accept[:80]!r} fits no format of this resource.",
            zh=f"Accept：“{accept[:80]}”与本资源的格式都不符。",
            fix=f"accept one of {names}, or name one by f=",
            fix_zh=f"请接受 {names} 之一，或用 f= 指定", accept=accept[:80],
        )  # fmt: skip


class NotWritableError(GeoplanError):
    """The role may see a layer, and not change it."""

    code = "not_writable"
    status: ClassVar[int] = 403

    @classmethod
    def for_layer(cls, name: str, zh: str, role: str) -> NotWritableError:
        """Name the layer and the role."""
        return cls(
            f"The role {role!r} may not change {name!r}.",
            zh=f"角色“{role}”不能修改“{name}”（{zh}）。",
            fix="ask a registrar", fix_zh="请联系登记管理员", layer=name, role=role,
        )  # fmt: skip


class MissingConditionError(GeoplanError):
    """A record is to be changed without saying which version was seen."""

    code = "precondition_required"
    status: ClassVar[int] = 428

    @classmethod
    def for_item(cls, item: str) -> MissingConditionError:
        """Name the record."""
        return cls(
            f"{item!r} is changed only with If-Match.", zh=f"修改“{item}”须带 If-Match 请求头。",
            fix="send the ETag of the version you have seen as If-Match",
            fix_zh="以所见版本的 ETag 作为 If-Match 发送", item=item,
        )  # fmt: skip


class StaleError(GeoplanError):
    """A record was changed since the version that was seen."""

    code = "stale"
    status: ClassVar[int] = 412

    def __init__(self, message: str, *, etag: str, **more: Any) -> None:
        super().__init__(message, **more)
        self.headers = {"ETag": etag}

    @classmethod
    def for_item(cls, item: str, seen: str, newest: int, etag: str) -> StaleError:
        """Name both versions."""
        return cls(
            f"{item!r} is at version {newest}; If-Match was {seen}.",
            zh=f"“{item}”已是第 {newest} 版，而 If-Match 为 {seen}。",
            fix="get the record again, and make the change on it",
            fix_zh="重新读取该记录，在其上修改", etag=etag, item=item, version=newest,
        )  # fmt: skip


class TakenError(GeoplanError):
    """A record is to be added under an id that is taken."""

    code = "id_taken"
    status: ClassVar[int] = 409

    @classmethod
    def for_item(cls, item: str) -> TakenError:
        """Name the id."""
        return cls(
            f"The id {item!r} is taken.", zh=f"编号“{item}”已被占用。",
            fix="choose another, or change the record that has it by PUT or PATCH",
            fix_zh="另取编号，或用 PUT、PATCH 修改已有记录", item=item,
        )  # fmt: skip


class MediaError(GeoplanError):
    """A body is of a kind that is not read."""

    code = "unsupported_media_type"
    status: ClassVar[int] = 415

    @classmethod
    def for_type(cls, given: str, known: Iterable[str]) -> MediaError:
        """Name the kinds that are."""
        names = ", ".join(known)
        return cls(
            f"Content-Type {given[:80]!r} is not read here.",
            zh=f"不支持的 Content-Type：“{given[:80]}”。",
            fix=f"send {names}", fix_zh=f"请用 {names}", value=given[:80],
        )  # fmt: skip


class TooManyVerticesError(GeoplanError):
    """A shape has more vertices than are taken."""

    code = "too_many_vertices"
    status: ClassVar[int] = 413

    @classmethod
    def for_count(cls, count: int, most: int) -> TooManyVerticesError:
        """Name both numbers."""
        return cls(
            f"The shape has {count:,} vertices; {most:,} are taken.",
            zh=f"图形有 {count:,} 个顶点，最多 {most:,} 个。",
            fix="simplify it", fix_zh="请简化图形", vertices=count, most=most,
        )  # fmt: skip


def no_item(collection: str, item: str) -> UnknownIdError:
    """Return the error for a record that is not there, or not for the one who asks."""
    return UnknownIdError(
        f"{collection} has no item {item!r}.", zh=f"{collection} 中没有要素“{item}”。",
        fix=f"look at /collections/{collection}/items", kind="item", value=item,
        fix_zh=f"查看 /collections/{collection}/items",
    )  # fmt: skip


def bad_parameter(name: str, value: str, why: str, why_zh: str, *, fix: str, fix_zh: str
                  ) -> InputError:  # fmt: skip
    """Return the error for a query parameter whose value cannot be used."""
    shown = value[:80]
    return InputError(f"{name}={shown}: {why}.", zh=f"{name}={shown}：{why_zh}。", fix=fix,
                      fix_zh=fix_zh, parameter=name, value=shown)  # fmt: skip


def unknown_parameters(unknown: Iterable[str], known: Iterable[str]) -> InputError:
    """Return the error for query parameters that a collection does not have."""
    wrong, names = list(unknown), ", ".join(known)
    return InputError(
        f"Unknown parameters: {', '.join(wrong)}.", zh=f"未知的参数：{'、'.join(wrong)}。",
        fix=f"known are {names}", fix_zh=f"可用的有 {names}", parameter=wrong[0],
    )  # fmt: skip
