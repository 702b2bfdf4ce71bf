"""What several verbs take (公用选项), and the progress bar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

WorkspaceArg = Annotated[
    Path, typer.Argument(metavar="WS", help="工作区文件夹。 Folder with workspace.toml.")
]
OutOption = Annotated[
    Path, typer.Option("-o", "--out", help="成果文件夹或文件。 Where the results go.")
]
LangOption = Annotated[Literal["zh", "en"], typer.Option("--lang", help="语言。 Language.")]
LevelOption = Annotated[
    Literal["prefecture", "county", "township", "village"], typer.Option(help="级别。 Level.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
PolicyOption = Annotated[
    str | None, typer.Option("--policy", help="另一标准库。 Another policy, by name or path.")
]
ProfileOption = Annotated[
    str,
    typer.Option(
        "--profile", help="adult_walk | elder_walk | slow_elder | wheelchair | service_vehicle"
    ),
]


class Bar:
    """One progress bar on standard error; silent where that is no terminal."""

    def __enter__(self) -> Callable[[float, str], None]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(), console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._progress.start()
        task = self._progress.add_task("", total=1.0)

        def tell(share: float, word: str) -> None:
            self._progress.update(task, completed=share, description=word)

        return tell

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
