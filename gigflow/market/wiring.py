"""How the market is put together with the rest."""

from gigflow.market import api, pages
from gigflow.market.forms import SearchApiForm, SearchPageForm
from gigflow.web.cache import NO_PARAMETERS
from gigflow.web.forms import parameters_of
from gigflow.wiring import Wiring

WIRING = Wiring(
    blueprints=(pages.pages, api.api),
    lists={
        "/api/gigs": parameters_of(SearchApiForm) | {"search", "title", "limit", "cursor", *api.WHOSE},
        "/api/gigs/search": parameters_of(SearchApiForm) | {"facets", "limit", "cursor", *api.WHOSE},
        "/api/categories": NO_PARAMETERS,
        "/jobs": parameters_of(SearchPageForm) | {"cursor", "pages"},
        "/services": parameters_of(SearchPageForm) | {"cursor", "pages"},
        "/categories": NO_PARAMETERS,
        "/categories/": NO_PARAMETERS,  # what is not a category is answered by 404 and never kept
    },
)
