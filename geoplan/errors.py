"""
Errors: one root, stable codes, what was found and how to mend it, in Chinese and English.

::

    GeoplanError                      geoplan_error
    ├─ InputError(ValueError)         bad_input
    │  ├─ MissingCRSError             missing_crs
    │  ├─ NotMetricCRSError           not_metric_crs
    │  ├─ CRSMismatchError            crs_mismatch
    │  ├─ MissingColumnsError         missing_columns
    │  ├─ InvalidGeometryError        invalid_geometry
    │  ├─ EmptyLayerError             empty_layer
    │  ├─ UnreadableFileError         unreadable_file
    │  ├─ CoordinateFileError         bad_coordinate_file
    │  ├─ PackageError                bad_package
    │  ├─ CodeSystemError             code_system_mismatch
    │  ├─ PolicyError                 bad_policy
    │  ├─ NetworkError                bad_network
    │  ├─ RepairRefusedError          repair_refused
    │  ├─ TransitionRefusedError      transition_refused
    │  └─ SecrecyError                secrecy_refused
    ├─ ConflictError                  conflict
    ├─ UnknownIdError(LookupError)    unknown_id
    ├─ MissingFileError(OSError)      missing_file
    ├─ MissingExtraError(ImportError) missing_extra
    ├─ OutputError(OSError)           cannot_write
    └─ StoreError(OSError)            bad_store
       ├─ StoreUnavailableError       store_unavailable
       └─ ReadOnlyStoreError          read_only_store
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Lang = Literal["zh", "en"]


class GeoplanError(Exception):
    """
    Root of every error geoplan raises on purpose.

    Parameters
    ----------
    message
        What is wrong, with the value found. English.
    zh
        The same in Chinese.
    fix
        What to do about it. English.
    fix_zh
        The same in Chinese.
    **context
        Machine-readable facts: file, row, field, value.
    """

    code: ClassVar[str] = "geoplan_error"

    def __init__(self, message: str, *, zh: str, fix: str, fix_zh: str, **context: Any) -> None:
        self.message, self.message_zh = message, zh
        self.fix, self.fix_zh = fix, fix_zh
        self.context = context
        super().__init__(f"{self.render('zh')}\n{self.render('en')}")

    def __reduce__(self) -> Any:
        words = {"zh": self.message_zh, "fix": self.fix, "fix_zh": self.fix_zh, **self.context}
        return _again, (type(self), self.message, words), self.__dict__

    def render(self, lang: Lang = "zh") -> str:
        """Return the message and the fix in one language."""
        if lang == "zh":
            return f"{self.message_zh}\n办法：{self.fix_zh}"
        return f"{self.message}\nFix: {self.fix}"

    def as_problem(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the error as a JSON-ready dict: code, detail, fix, context."""
        zh = lang == "zh"
        return {
            "code": self.code,
            "detail": self.message_zh if zh else self.message,
            "fix": self.fix_zh if zh else self.fix,
            "context": {
                k: v if isinstance(v, int | float | bool) else str(v)
                for k, v in self.context.items()
            },
        }


def _again(kind: type[GeoplanError], message: str, words: dict[str, Any]) -> GeoplanError:
    """Make an error that came from another process."""
    return kind(message, **words)


class InputError(GeoplanError, ValueError):
    """The data or an argument given is wrong."""

    code = "bad_input"


class MissingCRSError(InputError):
    """A frame has no coordinate reference system."""

    code = "missing_crs"

    @classmethod
    def for_layer(cls, layer: str) -> MissingCRSError:
        """Name the layer and the line that repairs it."""
        return cls(
            f"Layer {layer!r} has no coordinate reference system.",
            zh=f"图层“{layer}”没有坐标系。",
            fix=f"state it: {layer}.set_crs('EPSG:4490') if the coordinates are CGCS2000 degrees, "
            f'or crs = "EPSG:4490" under [layers.{layer}] of workspace.toml',
            fix_zh=f"写明坐标系：若为 2000 国家大地坐标系经纬度，用 {layer}.set_crs('EPSG:4490')，"
            f'或在 workspace.toml 的 [layers.{layer}] 下写 crs = "EPSG:4490"',
            layer=layer,
        )


class NotMetricCRSError(InputError):
    """A function that measures was given degrees (or another unit than metres)."""

    code = "not_metric_crs"

    @classmethod
    def for_layer(cls, layer: str, crs: str, metric: str = "EPSG:4547") -> NotMetricCRSError:
        """Name the layer, the CRS found, and the projection to use."""
        return cls(
            f"Layer {layer!r} is in {crs}, whose unit is not the metre; distances would be wrong.",
            zh=f"图层“{layer}”的坐标系是 {crs}，单位不是米，距离会算错。",
            fix=f"project it first: {layer}.to_crs('{metric}')  (or crs.to_metric(frame))",
            fix_zh=f"先投影：{layer}.to_crs('{metric}')（或 crs.to_metric(frame)）",
            layer=layer,
            crs=crs,
        )


class CRSMismatchError(InputError):
    """Two frames that must share a CRS do not."""

    code = "crs_mismatch"

    @classmethod
    def between(cls, a: str, crs_a: str, b: str, crs_b: str) -> CRSMismatchError:
        """Name both frames and both systems."""
        return cls(
            f"{a!r} is in {crs_a} but {b!r} is in {crs_b}.",
            zh=f"“{a}”的坐标系是 {crs_a}，而“{b}”是 {crs_b}。",
            fix=f"{a} = {a}.to_crs({b}.crs)",
            fix_zh=f"{a} = {a}.to_crs({b}.crs)",
            a=crs_a,
            b=crs_b,
        )


class MissingColumnsError(InputError):
    """A frame lacks columns that a function needs."""

    code = "missing_columns"

    @classmethod
    def for_layer(
        cls, layer: str, missing: Iterable[str], found: Iterable[str]
    ) -> MissingColumnsError:
        """List what is missing and what is there."""
        miss, have = ", ".join(sorted(missing)), ", ".join(map(str, found))
        return cls(
            f"Layer {layer!r} lacks the columns: {miss}. It has: {have}.",
            zh=f"图层“{layer}”缺少字段：{miss}。现有字段：{have}。",
            fix=f"rename a column, or map it under [layers.{layer}.columns] of workspace.toml",
            fix_zh=f"改字段名，或在 workspace.toml 的 [layers.{layer}.columns] 中写明对应关系",
            layer=layer,
            missing=miss,
            found=have,
        )


class InvalidGeometryError(InputError):
    """A geometry is empty, self-crossing or of the wrong kind."""

    code = "invalid_geometry"


class EmptyLayerError(InputError):
    """A layer that is needed has no rows."""

    code = "empty_layer"

    @classmethod
    def for_layer(cls, layer: str, source: str = "") -> EmptyLayerError:
        """Name the layer and where it was read from."""
        where = f" ({source})" if source else ""
        return cls(
            f"Layer {layer!r}{where} has no usable row.",
            zh=f"图层“{layer}”{where}没有可用的记录。",
            fix="check the file and the rejected rows; the analyses that need it are skipped",
            fix_zh="检查文件和退回记录清单；需要该图层的分析已跳过",
            layer=layer,
            source=source,
        )


class UnreadableFileError(InputError):
    """A file exists but cannot be understood."""

    code = "unreadable_file"

    @classmethod
    def for_file(cls, path: object, reason: object) -> UnreadableFileError:
        """Name the file and the reader's complaint."""
        return cls(
            f"Cannot read {path}: {reason}",
            zh=f"无法读取 {path}：{reason}",
            fix="check that the file is complete and of the kind its name says; export it again",
            fix_zh="检查文件是否完整、格式与扩展名是否一致，重新导出后再试",
            file=str(path),
            reason=str(reason),
        )


class CoordinateFileError(InputError):
    """A coordinate file of a land survey says something that cannot be."""

    code = "bad_coordinate_file"


class PackageError(InputError):
    """An exchange package is incomplete, was altered, or its mapping names what is not there."""

    code = "bad_package"


class CodeSystemError(InputError):
    """Codes of one system were joined with codes of another."""

    code = "code_system_mismatch"


class PolicyError(InputError):
    """A policy file has an unknown key, a wrong unit or an impossible value."""

    code = "bad_policy"


class NetworkError(InputError):
    """Roads cannot be made into a network."""

    code = "bad_network"


class RepairRefusedError(InputError):
    """The guard refuses a repair of boundaries; ``ledger`` has a row per unit that says why."""

    code = "repair_refused"
    ledger: Any = None


class SecrecyError(InputError):
    """State-secret records were given to a system not declared a classified environment."""

    code = "secrecy_refused"
    REASON: ClassVar[tuple[str, str, str, str]] = (
        "涉密数据（{value}）不得进入未声明为涉密环境的系统（SEC-06）",
        "{value} data may not enter a system that is not declared classified (SEC-06)",
        (
            "在涉密环境中于 workspace.toml 的 [store] 下写 classified_environment = true；"
            "或由有权机关解密并登记后，把该行“密级”改为内部或公开"
        ),
        (
            "on a classified system write classified_environment = true under [store] of "
            "workspace.toml; or, once released by a recorded decision, set the rows' secrecy to "
            "internal or public"
        ),
    )
    """Reason and fix (zh, en, zh, en), also said of each row that an import sends back."""

    @classmethod
    def for_rows(cls, layer: str, secrecy: str, keys: Iterable[str]) -> SecrecyError:
        """Name the layer, the class and the first records."""
        shown = list(keys)
        zh, en, fix_zh, fix = cls.REASON
        names = ", ".join(shown[:5])
        return cls(
            f"{layer} {names}: {en.format(value=secrecy)}.",
            zh=f"{layer} {names}：{zh.format(value=secrecy)}。",
            fix=fix, fix_zh=fix_zh, layer=layer, secrecy=secrecy, records=len(shown),
        )  # fmt: skip


class ConflictError(GeoplanError):
    """A record was changed by someone else; ``newer`` holds each record as it is now."""

    code = "conflict"
    newer: tuple[dict[str, Any] | None, ...] = ()

    @classmethod
    def for_record(cls, layer: str, key: str, seen: int, newest: int) -> ConflictError:
        """Name the record and both versions."""
        return cls(
            f"{layer} {key!r} is at version {newest}; the change was made on version {seen}.",
            zh=f"{layer}“{key}”已是第 {newest} 版，而本次修改依据第 {seen} 版。",
            fix="look at the newer record, and make the change again on it",
            fix_zh="查看新版记录，在其上重新修改",
            layer=layer,
            key=key,
            seen=seen,
            newest=newest,
        )


class TransitionRefusedError(InputError):
    """A move between states that the rules do not allow as it is asked for."""

    code = "transition_refused"


class UnknownIdError(GeoplanError, LookupError):
    """A name or code that was asked for does not exist."""

    code = "unknown_id"

    @classmethod
    def among(
        cls, kind: str, kind_zh: str, value: object, known: Iterable[object]
    ) -> UnknownIdError:
        """Suggest the nearest known ids."""
        names, value = [str(k) for k in known], str(value)
        near = get_close_matches(value, names, n=3, cutoff=0.5)
        shown = ", ".join(near or sorted(names)[:12])
        return cls(
            f"No {kind} {value!r}." + (f" Did you mean {shown}?" if near else ""),
            zh=f"没有{kind_zh}“{value}”。" + (f"是否指 {shown}？" if near else ""),
            fix=f"use one of: {shown}", fix_zh=f"可用的有：{shown}", kind=kind, value=value,
        )  # fmt: skip


class MissingFileError(GeoplanError, OSError):
    """A file or folder that was named does not exist."""

    code = "missing_file"

    @classmethod
    def for_path(cls, path: object, needed_by: str = "") -> MissingFileError:
        """Name the path and who asked for it."""
        by = f", named by {needed_by}," if needed_by else ""
        by_zh = f"（{needed_by} 中指定）" if needed_by else ""
        return cls(
            f"{path}{by} does not exist.",
            zh=f"{path}{by_zh}不存在。",
            fix="correct the path, or remove the entry", fix_zh="改正路径，或删去该项",
            file=str(path), needed_by=needed_by,
        )  # fmt: skip


class MissingExtraError(GeoplanError, ImportError):
    """An optional part of geoplan is not installed."""

    code = "missing_extra"

    @classmethod
    def for_extra(cls, extra: str, purpose: str, purpose_zh: str) -> MissingExtraError:
        """Name the extra and what it is for."""
        return cls(
            f"{purpose} needs the optional part {extra!r}.",
            zh=f"{purpose_zh}需要可选组件“{extra}”。",
            fix=f"pip install 'geoplan[{extra}]'", fix_zh=f"pip install 'geoplan[{extra}]'",
            extra=extra,
        )  # fmt: skip


class OutputError(GeoplanError, OSError):
    """A result cannot be written (read-only folder, full disk)."""

    code = "cannot_write"

    @classmethod
    def for_path(cls, path: object, reason: object) -> OutputError:
        """Name the path and what the system said."""
        return cls(
            f"Cannot write {path}: {reason}",
            zh=f"无法写入 {path}：{reason}",
            fix="choose another folder with -o, free some space, or change its permissions; "
            "no partial file was left",
            fix_zh="用 -o 换一个文件夹，或清理磁盘、修改权限；没有留下半个文件",
            file=str(path),
            reason=str(reason),
        )


class StoreError(GeoplanError, OSError):
    """A registry store is no store, of another version, or damaged."""

    code = "bad_store"

    @classmethod
    def for_url(cls, url: object, reason: str, reason_zh: str) -> StoreError:
        """Name the store and what is wrong with it."""
        return cls(
            f"{url} is no usable registry: {reason}",
            zh=f"{url} 不是可用的登记库：{reason_zh}",
            fix="name the right file as url under [store] of workspace.toml, or restore a "
            "backup with geoplan restore",
            fix_zh="在 workspace.toml 的 [store] 下用 url 指明正确的文件，"
            "或用 geoplan restore 恢复备份",
            store=str(url),
        )


class StoreUnavailableError(StoreError):
    """A registry store cannot be reached now, or is held by another program."""

    code = "store_unavailable"

    @classmethod
    def for_url(cls, url: object, reason: str, reason_zh: str) -> StoreUnavailableError:
        """Name the store and what stands in the way."""
        return cls(
            f"{url} cannot be used now: {reason} Nothing was recorded.",
            zh=f"{url} 暂时不能使用：{reason_zh}没有记入任何内容。",
            fix="close other programs that edit it (end editing in QGIS), see that the server "
            "runs, and try again",
            fix_zh="关闭正在编辑它的其他程序（在 QGIS 中结束编辑），确认数据库服务在运行，再试一次",
            store=str(url),
        )


class ReadOnlyStoreError(StoreError):
    """A registry store may only be read."""

    code = "read_only_store"

    @classmethod
    def for_store(cls, url: object) -> ReadOnlyStoreError:
        """Name the store."""
        return cls(
            f"{url} may only be read.",
            zh=f"{url} 是只读的，不能写入。",
            fix="change the permissions of the file and of its folder (files are made beside "
            "it), or work on a copy",
            fix_zh="修改文件及其所在文件夹的权限（同一文件夹中要生成附属文件），或使用副本",
            store=str(url),
        )
