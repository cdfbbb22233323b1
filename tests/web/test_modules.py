"""Scripts that only some pages need: who gets which (decision 55)."""

import re

from gigflow.web.assets import MODULES
from tests.support.client import Client, Person
from tests.support.house import SHEETS
from tests.support.market import post_job

ALWAYS = {"app"}


def scripts_of(client: Client, path: str) -> set[str]:
    """The modules that a page links, by their names."""
    links = [str(script.attrs["src"]) for script in client.page(path).all("script[type=module]")]
    return {link.rpartition("/")[2].removesuffix(".js") for link in links}


def test_a_page_links_what_its_markup_names(alice: Person, visitor: Client) -> None:
    job = post_job(alice)
    assert scripts_of(visitor, f"/gigs/{job['id']}") == ALWAYS
    assert scripts_of(visitor, "/jobs") == ALWAYS | {"filters", "skills"}
    assert scripts_of(visitor, "/register") == ALWAYS | {"zones"}
    assert scripts_of(visitor, "/gigs/new") == ALWAYS | {"drafts", "skills"}
    of_members = ALWAYS | {"drafts", "envelope", "filters", "notices"}
    assert scripts_of(alice, f"/gigs/{job['id']}") == of_members
    assert scripts_of(alice, "/gigs/new") == of_members | {"skills"}
    assert scripts_of(alice, "/settings/profile") >= {"pictures", "skills"}


def test_what_htmx_brings_is_looked_at_for_the_same_scripts() -> None:
    """The table of the browser names the modules, and the hooks, of the server's."""
    entry = (SHEETS.parent / "js" / "app.js").read_text(encoding="utf-8")
    table = dict(re.findall(r'"\./(\w+)\.js": ([^\n]+),\n', entry))
    assert table.keys() == MODULES.keys()
    for module, hooks in MODULES.items():
        assert all(hook in table[module] for hook in hooks), module
