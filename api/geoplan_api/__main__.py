"""``geoplan-serve WS``, the same as ``python -m geoplan_api WS``."""

from __future__ import annotations

import gc
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvicorn

from geoplan.errors import GeoplanError
from geoplan.storage.registry import is_server
from geoplan_api import startup
from geoplan_api.app import create_app
from geoplan_api.ops.logs import to_stderr
from geoplan_api.settings import read_settings

if TYPE_CHECKING:
    from geoplan_api.settings import Settings

_GARBAGE = 20_000
"""New objects after which the newest are looked through; the default is 700."""
_serve = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@_serve.command()
def serve(
    workspace: Annotated[
        Path | None,
        typer.Argument(metavar="WS", help="工作区文件夹。 Folder with workspace.toml."),
    ] = None,
    store: Annotated[
        str | None, typer.Option(metavar="URL", help="另一登记库。 Another registry.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="监听地址。 Address to listen at.")] = None,
    port: Annotated[int | None, typer.Option(help="端口。 Port.")] = None,
    writable: Annotated[
        bool | None, typer.Option("--writable", help="可修改登记库。 Records may be changed.")
    ] = None,
) -> None:
    """提供服务；其余设置用 GEOPLAN_* 环境变量。 Serve; more settings by GEOPLAN_* variables."""
    given = {"workspace": workspace, "store": _whole(store), "host": host, "port": port,
             "writable": writable}  # fmt: skip
    settings = read_settings(**{k: v for k, v in given.items() if v is not None})
    to_stderr(settings.log_level)
    app = create_app(settings)
    startup.check(app, is_local=_is_local(settings.host), tell=_tell)
    _settle_memory()
    uvicorn.run(
        app, host=settings.host, port=settings.port, log_config=None, access_log=False,
        server_header=False, forwarded_allow_ips=settings.proxies,
        timeout_graceful_shutdown=settings.stop_s,
        h11_max_incomplete_event_size=_header_bytes(settings),
    )  # fmt: skip


def _settle_memory() -> None:
    """Look for garbage less often, and never in what the program itself is made of."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 50)


def _header_bytes(settings: Settings) -> int:
    """Let a little more in than is allowed, so that too much gets the answer that says so."""
    return 2 * 1024 * settings.max_header_kb


def _whole(store: str | None) -> str | None:
    """Take the path of a store from where the command runs, not from the workspace."""
    return store if store is None or is_server(store) else str(Path(store).absolute())


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tell(text: str) -> None:
    typer.secho(text, err=True)


def main() -> None:
    """Run the command line; our own errors become a message."""
    try:
        sys.exit(_serve(standalone_mode=False) or 0)
    except GeoplanError as error:
        typer.secho(f"[{error.code}] {error.render('zh')}\n{error.render('en')}", err=True,
                    fg="red")  # fmt: skip
    except Exception as error:
        if type(error).__module__.split(".")[0] not in {"click", "typer"}:
            raise
        error.show()  # type: ignore[attr-defined]
    sys.exit(2)


if __name__ == "__main__":
    main()
