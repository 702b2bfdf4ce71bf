"""What a process (分析过程) is: one declaration, from which all routes of it are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from geoplan.errors import InputError, UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from geoplan_api.jobs import Output, Run
    from geoplan_api.views import Views

    Work = Callable[[Views, Any, Run], dict[str, Any] | Output]

Mode = Literal["sync", "async", "both"]
_OPTIONS: dict[Mode, tuple[str, ...]] = {
    "sync": ("sync-execute",), "async": ("async-execute",),
    "both": ("sync-execute", "async-execute"),
}  # fmt: skip
OUTPUT = "result"
"""The one output of every process."""


class Inputs(BaseModel):
    """Inputs of a process; others than those declared are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, eq=False)
class Process:
    """
    One process.

    Parameters
    ----------
    id
        In the URL.
    zh, en
        Title.
    about
        What it does, in Chinese and English.
    work
        Does it: given what the one who asks may see, the inputs, and a folder with a callback
        for the progress. Returns JSON, or a file that it wrote into the folder.
    inputs
        Declares the inputs.
    results
        Kinds of results that it tells; all must be open to the one who asks.
    layers
        Layers that must be seen, and be there.
    mode
        Whether it answers at once, as a job, or either.
    public
        Whether everybody may do it where the results are open to them; never as a job.
    media
        Media types of the output.
    """

    id: str
    zh: str
    en: str
    about: str
    work: Work
    inputs: type[Inputs] = Inputs
    results: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    mode: Mode = "both"
    public: bool = False
    media: tuple[str, ...] = ("application/json",)

    def seen_by(self, views: Views) -> bool:
        """Tell whether somebody may do it."""
        return (
            (self.public or not views.public)
            and all(views.may_see(result) for result in self.results)
            and set(self.layers) <= set(views.names)
        )

    def options(self, views: Views) -> tuple[str, ...]:
        """Return how it may be done; a job needs somebody whom it belongs to."""
        named = bool(views.who.name)
        return _OPTIONS[self.mode] if named else _OPTIONS["sync"]

    def summary(self, views: Views) -> dict[str, Any]:
        """Return what the list of processes says of it."""
        return {
            "id": self.id, "title": f"{self.zh} {self.en}", "description": self.about,
            "version": "1", "jobControlOptions": list(self.options(views)),
            "outputTransmission": ["value"],
        }  # fmt: skip

    def described(self, views: Views) -> dict[str, Any]:
        """Return all about it."""
        schema = self.inputs.model_json_schema()
        required = set(schema.get("required", ()))
        inputs = {
            name: {
                "title": name, "description": about.get("description", ""),
                "schema": {k: v for k, v in about.items() if k not in {"title", "description"}},
                "minOccurs": int(name in required), "maxOccurs": 1,
            }
            for name, about in schema.get("properties", {}).items()
        }  # fmt: skip
        output = [{"type": "object"} if m.endswith("json") else
                  {"type": "string", "format": "binary", "contentMediaType": m}
                  for m in self.media]  # fmt: skip
        made = output[0] if len(output) == 1 else {"oneOf": output}
        return {**self.summary(views), "inputs": inputs,
                "outputs": {OUTPUT: {"title": "成果 result", "schema": made}}}  # fmt: skip

    def read(self, given: dict[str, Any]) -> Inputs:
        """
        Read the inputs of a request; a value may stand in ``{"value": …}``.

        Raises
        ------
        InputError
            If they are not as declared; all mistakes are told at once.
        """
        plain = {name: _value(value) for name, value in given.items()}
        try:
            return self.inputs.model_validate(plain)
        except ValidationError as error:
            raise _bad_inputs(error, self.inputs) from error


_QUALIFIED = {"value", "mediaType", "encoding", "schema", "format"}


def _value(given: Any) -> Any:
    qualified = isinstance(given, dict) and "value" in given and set(given) <= _QUALIFIED
    return given["value"] if qualified else given


def _bad_inputs(error: ValidationError, inputs: type[Inputs]) -> InputError:
    found = [(".".join(map(str, e["loc"])) or "inputs", e["msg"]) for e in error.errors()]
    said = "; ".join(f"{where}: {why}" for where, why in found)
    known = ", ".join(inputs.model_fields) or "none 无"
    return InputError(
        f"The inputs are wrong. {said}.", zh=f"输入有误。{said}。",
        fix=f"inputs are: {known}", fix_zh=f"可用的输入：{known}", field=found[0][0],
    )  # fmt: skip


class NoSuchProcessError(UnknownIdError):
    """There is no such process, or it is not for the one who asks."""

    uri = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process"


def find(processes: Iterable[Process], process_id: str, views: Views) -> Process:
    """
    Return a process that somebody may do.

    Raises
    ------
    NoSuchProcessError
        If there is none.
    """
    known = {process.id: process for process in processes if process.seen_by(views)}
    if process_id not in known:
        raise NoSuchProcessError.among("process", "分析", process_id, known)
    return known[process_id]
