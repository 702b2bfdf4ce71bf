"""Not now (稍后再试): errors that pass by themselves, with the seconds after which to ask again."""

from __future__ import annotations

from geoplan.errors import GeoplanError


class BusyError(GeoplanError):
    """What is asked for cannot be done now; ``retry_after_s`` says when to ask again."""

    code = "busy"
    status = 503

    @property
    def headers(self) -> dict[str, str]:
        """The header that clients know."""
        return {"Retry-After": str(self.context["retry_after_s"])}


class StartingError(BusyError):
    """The main job's answers are being computed."""

    code = "starting"

    @classmethod
    def at(cls, progress_pct: int, step_zh: str) -> StartingError:
        """Say how far the computing is."""
        return cls(
            f"The answers are being computed: {progress_pct} %, {step_zh}.",
            zh=f"正在计算：{progress_pct}%，{step_zh}。",
            fix="ask again in a few seconds", fix_zh="几秒后再试",
            progress_pct=progress_pct, retry_after_s=5,
        )  # fmt: skip


class QueueFullError(BusyError):
    """Too many jobs wait already."""

    code = "queue_full"

    @classmethod
    def of(cls, most: int) -> QueueFullError:
        """Say how many may wait."""
        return cls(
            f"{most} jobs wait or run already.", zh=f"已有 {most} 个任务在排队或运行。",
            fix="ask again in half a minute", fix_zh="半分钟后再试",
            most=most, retry_after_s=30,
        )  # fmt: skip


class TooManyJobsError(BusyError):
    """Somebody has too many unfinished jobs."""

    code = "too_many_jobs"
    status = 429

    @classmethod
    def of(cls, most: int) -> TooManyJobsError:
        """Say how many one may have."""
        return cls(
            f"You have {most} unfinished jobs; that is as many as one may have.",
            zh=f"您已有 {most} 个未完成的任务，达到上限。",
            fix="wait for one to finish, or dismiss one", fix_zh="等待其中一个完成，或取消一个",
            most=most, retry_after_s=30,
        )  # fmt: skip


class TooManyRequestsError(BusyError):
    """One key or address asks faster than it may."""

    code = "too_many_requests"
    status = 429

    @classmethod
    def until(cls, wait_s: int) -> TooManyRequestsError:
        """Say how long to wait."""
        return cls(
            f"Too many requests; wait {wait_s} s.", zh=f"请求过于频繁，请等待 {wait_s} 秒。",
            fix="ask less often", fix_zh="降低请求频率", retry_after_s=wait_s,
        )  # fmt: skip


class HeavyLoadError(BusyError):
    """Too many requests compute at once."""

    code = "heavy_load"

    @classmethod
    def now(cls) -> HeavyLoadError:
        """Ask to come later."""
        return cls(
            "Too many heavy requests run.", zh="正在运行的重计算请求过多。",
            fix="ask again in a few seconds", fix_zh="几秒后再试", retry_after_s=5,
        )  # fmt: skip
