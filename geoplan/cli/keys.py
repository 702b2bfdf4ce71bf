"""API keys of the service (访问密钥): ``geoplan keys create|list|revoke``."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geoplan.cli.app import app
from geoplan.cli.options import JsonOption, LangOption, WorkspaceArg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geoplan.storage.keys import Key, Keys

keys_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None,
    help="服务的访问密钥：新建、列出、吊销。 API keys of the service: create, list, revoke.",
)  # fmt: skip
app.add_typer(keys_app, name="keys")

StateOption = Annotated[
    Path | None,
    typer.Option(
        envvar="GEOPLAN_STATE",
        help="服务状态文件，默认 WS/service.sqlite。 State file of the service.",
    ),
]


def _today() -> date:
    return datetime.now(UTC).date()  # noqa: TID251  (the clock lives here)


@contextmanager
def _keys(workspace: Path, state: Path | None) -> Iterator[Keys]:
    from geoplan.io import read_workspace_file
    from geoplan.storage.keys import Keys
    from geoplan.storage.service_state import NAME, ServiceState

    file = read_workspace_file(workspace)
    opened = ServiceState(state or file.folder / NAME)
    try:
        yield Keys(opened)
    finally:
        opened.close()


@keys_app.command("create")
def create(
    workspace: WorkspaceArg,
    role: Annotated[
        str, typer.Option(help="viewer | planner | inspector | registrar | admin 角色。 Role.")
    ],
    name: Annotated[
        str,
        typer.Option(help="归谁使用，记入审计与登记。 Whose it is; in the log and the register."),
    ],
    days: Annotated[int, typer.Option(help="有效天数。 How many days it counts.")] = 365,
    state: StateOption = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """新建密钥；只显示这一次。 Make a key; it is shown this once."""
    with _keys(workspace, state) as keys:
        secret, key = keys.create(role, name, today=_today(), lasts_days=days)
    if as_json:
        print(json.dumps({"key": secret, **_cells(key)}, ensure_ascii=False))
        return
    print(secret)
    about = (
        f"编号 {key.key_id}，角色 {key.role}，有效至 {key.expires_on}。"
        "请立即妥善保存，以后无法再显示。"
        if lang == "zh"
        else f"Id {key.key_id}, role {key.role}, until {key.expires_on}. "
        "Keep it safe now: it cannot be shown again."
    )
    how = "请求头 header" if lang == "zh" else "Header"
    typer.secho(f"{about}\n{how}: X-API-Key: …", err=True)


@keys_app.command("list")
def list_(
    workspace: WorkspaceArg,
    state: StateOption = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """列出密钥（不含密钥本身）。 List the keys, never their secrets."""
    with _keys(workspace, state) as keys:
        found = keys.all()
    if as_json:
        print(json.dumps([_cells(key) for key in found], ensure_ascii=False))
        return
    words = {"valid": "有效", "expired": "已过期", "revoked": "已吊销"}
    for key in found:
        told = key.state(_today())
        used = key.last_used_on or ("从未使用" if lang == "zh" else "never used")
        print(f"{key.key_id}  {words[told] if lang == 'zh' else told}  {key.role:9}  "
              f"{key.created_on} – {key.expires_on}  {used}  {key.name}")  # fmt: skip
    if not found:
        none = "还没有密钥。" if lang == "zh" else "There are no keys yet."
        typer.secho(f"{none} geoplan keys create {workspace} --role viewer --name …", err=True)


@keys_app.command("revoke")
def revoke(
    workspace: WorkspaceArg,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="密钥编号。 Id of the key.")],
    state: StateOption = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """吊销密钥，下一个请求起失效。 Revoke a key: it fails from the next request on."""
    with _keys(workspace, state) as keys:
        key = keys.revoke(key_id, today=_today())
    if as_json:
        print(json.dumps(_cells(key), ensure_ascii=False))
        return
    print(f"已吊销 {key.key_id}（{key.name}）。" if lang == "zh"
          else f"Revoked {key.key_id} ({key.name}).")  # fmt: skip


def _cells(key: Key) -> dict[str, Any]:
    cells = asdict(key) | {"state": key.state(_today())}
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in cells.items()}
