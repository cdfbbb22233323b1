"""What every template can use: money, times, icons."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from gigflow.core.clock import iso, now, spoken, zone_name
from gigflow.core.money import Currency, percent
from gigflow.core.texts import legible, quoted, shortened
from gigflow.web.assets import StaticUrl, modules_of
from gigflow.web.markdown import markdown, message_markdown
from gigflow.web.net import net_sentence
from gigflow.web.runtime import viewer

COMPILED = "templates"  # the folder of VAR_DIR


class _Compiled(FileSystemBytecodeCache):
    """What templates compile to, in files. If a disk is full, a page is slow and no worse."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template compiled to, if that can be."""
        with suppress(OSError):
            Path(self.directory).mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)


def init_templating(
    app: Flask, currency: Currency, transports: str, static_url: StaticUrl, var_dir: Path
) -> None:
    """Set up Jinja for `app`; `transports` tells the browser how its socket may connect.

    What templates compile to is kept in `var_dir`, so that only the first start ever is slow at the first page of each
    kind: a tenth of a second, and more where a page has many parts.
    """
    app.jinja_env.bytecode_cache = _Compiled(str(var_dir / COMPILED))
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=currency.format,
        ago=ago,
        at=at,
        clock=clock,
        day=day,
        exact=exact,
        file_size=file_size,
        month=month,
        initials=initials,
        iso=iso,
        legible=legible,
        markdown=markdown,
        message_markdown=message_markdown,
        percent=percent,
        quoted=quoted,
        shortened=shortened,
    )
    app.jinja_env.globals.update(
        icon=lambda name: icon(static_url("icons.svg"), name),
        plural=plural,
        net_sentence=net_sentence,
        static_url=static_url,
        modules_of=modules_of,
        currency_symbol=currency.symbol,
        transports=transports,
    )

    @app.context_processor
    def _of_request() -> dict[str, Any]:
        return {"viewer": viewer(), "endpoint": request.endpoint}


def ago(moment: datetime) -> Markup:
    """Return "2 hours ago", with the exact time for machines and in the title: in the reader's zone if it is known."""
    seconds = max(0, int((now() - moment).total_seconds()))
    for size, unit in (
        (86_400 * 365, "year"),
        (86_400 * 30, "month"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
    ):
        if seconds >= size:
            text = (
                "yesterday"
                if unit == "day" and seconds < 2 * size
                else f"{plural(seconds // size, unit)} ago"
            )
            break
    else:
        text = "just now"
    reader = viewer()
    zone = ZoneInfo(reader.time_zone) if reader and reader.time_zone else UTC
    here = moment.astimezone(zone)
    exact = f"{here:%-d %B %Y, %H:%M} {zone_name(here)}"
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(iso(moment), exact, text)


def exact(moment: datetime) -> Markup:
    """Return a moment by which something has to be done: "Fri 4 Dec, 18:00 CET", in the reader's zone, with the year if
    it is another one. If their account names no zone, it is UTC here, and their device's in the browser (js/times.js).
    """
    reader = viewer()
    text = spoken(moment, (reader.time_zone if reader else "") or "UTC")
    return Markup('<time datetime="{}" data-exact>{}</time>').format(iso(moment), text)


def at(moment: datetime) -> Markup:
    """Return when something happened: "4 Dec 2026, 18:00 CET", in the reader's zone as `exact` does."""
    reader = viewer()
    zone = ZoneInfo((reader.time_zone if reader else "") or "UTC")
    here = moment.astimezone(zone)
    text = f"{here:%-d %b %Y, %H:%M} {zone_name(here)}"
    return Markup('<time datetime="{}" data-exact="year">{}</time>').format(iso(moment), text)


def clock(moment: datetime) -> Markup:
    """Return at what time of its day something happened: "18:00", in the reader's zone as `exact` does; the title has
    its day.
    """
    reader = viewer()
    here = moment.astimezone(ZoneInfo((reader.time_zone if reader else "") or "UTC"))
    title = f"{here:%-d %B %Y, %H:%M} {zone_name(here)}"
    return Markup('<time datetime="{}" title="{}" data-exact="time">{}</time>').format(
        iso(moment), title, f"{here:%H:%M}"
    )


def day(moment: datetime) -> Markup:
    """Return a calendar day: "Fri 4 Dec", with the year if it is not this one."""
    shape = "%a %-d %b" if moment.year == now().year else "%-d %b %Y"
    return Markup('<time datetime="{}">{}</time>').format(moment.strftime("%Y-%m-%d"), moment.strftime(shape))


def month(moment: datetime) -> Markup:
    """Return a month: "March 2026"."""
    return Markup('<time datetime="{}">{}</time>').format(moment.strftime("%Y-%m"), moment.strftime("%B %Y"))


def file_size(size: int) -> str:
    """Return bytes as people say them: "340 KB", "1.2 MB"."""
    if size < 1_000:
        return plural(size, "byte")
    return f"{size / 1_000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def initials(name: str) -> str:
    """Return one or two letters for a person without a picture."""
    words = [word for word in name.split() if word]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def icon(sprite: str, name: str) -> Markup:
    """Return an icon of the sprite; it is decoration, so screen readers leave it out."""
    return Markup(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    ).format(sprite, escape(name))


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 bid", "3 bids"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
