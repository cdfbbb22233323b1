"""Who may import whom (docs/architecture.md and docs/decisions/0001), read from the imports themselves."""

import ast
import sys

import pytest

from tests.support.imports import MODULES, PACKAGE, ROOT, imports_of, ours

# What puts the rooms together may import anything, and so may the programs, which have folders of their own.
COMPOSITION = {"app", "schema", "ticks", "features", "wiring"}
SHARED = {"core", "web"}
PROGRAMS = {"cli", "demo", "proof", "server", "settings"}
FEATURES = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - SHARED - PROGRAMS
# Gigs are the ground of these: one collection, whose two kinds have much in common. They may use it as their own. The
# directory is a part of what accounts keep.
GROUND = {
    "jobs": "gigs",
    "services": "gigs",
    "market": "gigs",
    "requests": "gigs",
    "offers": "gigs",
    "directory": "accounts",
}
# A room is what its name says, or the end of its name (`buying_pages`). Of the others these talk to the database,
# these are values, and the rest are actions.
STORES = {
    "accounts.people",
    "accounts.guards",
    "accounts.indexes",
    "directory.backfill",
    "directory.candidates",
    "directory.dictionary",
    "directory.plans",
    "gigs.dictionary",
    "gigs.wording",
    "gigs.owned",
    "market.plans",
    "orders.listing",
    "orders.stopped",
    "payments.entries",
    "payments.provider_events",
    "services.looks",
    "services.owned",
    "services.waiting",
    "jobs.counts",
}
MODELS = {
    "accounts.passwords",
    "accounts.parts",
    "gigs.categories",
    "orders.progress",
    "orders.turns",
    "requests.turns",
    "orders.afterwards",
    "payments.gateway",
    "sandbox.signatures",
}
OTHERS = {
    "accounts.sign_in": "pages",
    "beginnings.going_on": "pages",
    "bids.bodies": "api",
    "chat.bodies": "api",
    "gigs.bodies": "api",
    "mails.sender": "pages",
    "offers.bodies": "api",
    "market.browse": "views",
    "directory.browse": "views",
    "orders.bodies": "api",
    "orders.terms_bodies": "api",
    "payments.bodies": "api",
    "receipts.bodies": "api",
    "requests.bodies": "api",
    "sandbox.sender": "pages",
}

# For each room, of GigFlow: own rooms, rooms of any feature, shared packages.
# Of the outside: what it must not know, since it is another room's business.
RULES: dict[str, tuple[set[str], set[str], set[str], set[str]]] = {
    "models": ({"models"}, {"models"}, {"core"}, {"flask", "pymongo", "wtforms", "flask_wtf", "flask_socketio"}),
    # What people are told of by a feature.
    "events": ({"models"}, {"models"}, {"core"}, {"flask", "pymongo", "wtforms", "flask_wtf", "flask_socketio"}),
    # What a feature asks of others, which act on it by their wiring alone.
    "hooks": ({"models"}, {"models"}, {"core"}, {"flask", "pymongo", "wtforms", "flask_wtf", "flask_socketio"}),
    "store": ({"models", "store"}, {"models"}, {"core"}, {"flask", "wtforms", "flask_wtf", "flask_socketio"}),
    "actions": (
        {"models", "store", "actions", "hooks", "events"},
        {"models", "actions", "events"},
        {"core"},
        {"flask", "pymongo", "wtforms", "flask_wtf", "flask_socketio"},
    ),
    "forms": (
        {"models", "hooks", "forms"},
        {"models"},
        {"web.fields", "web.id_fields", "web.language_fields", "web.brief_forms", "web.forms", "web.uploads"}
        | {"web.runtime", "core"},
        {"pymongo", "flask_socketio"},
    ),
    "views": (
        {"forms", "models", "actions", "views"},
        {"actions", "models", "views"},
        {"core", "web"},
        {"pymongo", "flask_socketio"},
    ),
    "pages": (
        {"forms", "models", "views", "actions", "hooks"},
        {"actions", "models", "views"},
        {"core", "web"},
        {"pymongo", "flask_socketio"},
    ),
    "api": (
        {"forms", "models", "actions", "api"},
        {"actions", "models", "api"},
        {"core", "web"},
        {"pymongo", "flask_socketio"},
    ),
    "wiring": (
        {"models", "store", "actions", "pages", "api", "sockets", "hooks", "forms", "events", "screens"},
        {"models", "hooks"},
        {"core", "web.runtime", "web.cache", "web.forms"},
        {"pymongo", "wtforms", "flask_wtf", "flask_socketio"},
    ),
    "sockets": (
        {"store", "actions", "models", "api", "forms"},
        {"models", "actions"},
        {"core", "web.realtime", "web.watches"},
        {"pymongo", "flask"},
    ),
}  # fmt: skip
# Pages and answers of several features stand above all of them.
RULES["screens"] = (
    {"screens"},
    {"actions", "models", "views", "forms", "pages", "api"},
    {"core", "web"},
    {"pymongo", "flask_socketio"},
)
# A feature's wiring names what is proven of it.
WIRING_MAY_KNOW = {"wiring", "proof"}
WEB_MAY_KNOW = {
    "record.actions",
    "settings.settings",
    "settings.limits",
    "accounts.devices",
    "accounts.models",
    "payments.gateway",
}


def room_of(name: str) -> str:
    """The room whose rules a module of a feature keeps to."""
    feature, _, room = name.partition(".")
    if feature == "screens" and room != "wiring":
        return "screens"
    if name in STORES:
        return "store"
    if name in MODELS:
        return "models"
    return OTHERS.get(name) or next(
        (rule for rule in RULES if rule in (room, room.rpartition("_")[2])), "actions"
    )


FEATURE_MODULES = [name for name in MODULES if name.partition(".")[0] in FEATURES and "." in name]


@pytest.mark.parametrize("name", FEATURE_MODULES)
def test_a_room_imports_what_it_may(name: str) -> None:
    feature = name.partition(".")[0]
    rule = room_of(name)
    own, others, shared, forbidden = RULES[rule]
    imported = imports_of(MODULES[name])
    for module in ours(imported):
        owner = module.partition(".")[0]
        if owner in SHARED:
            assert owner in shared or module in shared, f"{name} imports {module}"
        elif owner in (feature, GROUND.get(feature)):
            theirs = room_of(module)
            theirs = "actions" if theirs == "pages" and rule != "wiring" else theirs
            assert theirs in own, f"{name} imports {module}"
        elif rule == "wiring" and owner in WIRING_MAY_KNOW:
            continue
        else:
            assert owner in FEATURES, f"{name} imports {module}"
            assert room_of(module) in others, f"{name} imports {module}"
    outside = {module.partition(".")[0] for module in imported} - {"gigflow"}
    assert not outside & forbidden, f"{name} imports {outside & forbidden}"


@pytest.mark.parametrize("name", [name for name in MODULES if name.partition(".")[0] in SHARED])
def test_the_shared_packages_know_no_feature(name: str) -> None:
    package = name.partition(".")[0]
    for module in ours(imports_of(MODULES[name])):
        allowed = module.partition(".")[0] == "core" or (
            package == "web" and (module.startswith("web.") or module in WEB_MAY_KNOW)
        )
        assert allowed, f"{name} imports {module}"
    if package == "core":
        outside = {module.partition(".")[0] for module in imports_of(MODULES[name])}
        assert not outside & {"flask", "flask_wtf", "flask_socketio", "wtforms"}, name


def test_only_the_composition_stands_beside_the_rooms() -> None:
    assert {name for name in MODULES if "." not in name} - {
        "__init__"
    } - SHARED - FEATURES - PROGRAMS == COMPOSITION


def test_there_are_no_circles() -> None:
    graph = {name: ours(imports_of(tree, top_level=True)) & MODULES.keys() for name, tree in MODULES.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path[path.index(name) :], name))
        if name in done:
            return
        for module in sorted(graph[name]):
            visit(module, (*path, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_only_the_worker_patches_and_few_modules_know_eventlet() -> None:
    """docs/measured.md, Serving: so that leaving eventlet one day touches one file, and the HTTP that stands on it."""
    knows = {
        name
        for name, tree in MODULES.items()
        if any(module.partition(".")[0] == "eventlet" for module in imports_of(tree))
    }
    assert knows == {
        "core.green",
        *(f"server.{name}" for name in ("worker", "protocol", "body", "pace", "frames")),
    }
    patches = {
        name
        for name, tree in MODULES.items()
        if any(isinstance(node, ast.Attribute) and node.attr == "monkey_patch" for node in ast.walk(tree))
    }
    assert patches == {"server.worker"}
    first = [
        node
        for node in MODULES["server.worker"].body
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)
    ]
    calls = [ast.unparse(node) for node in first]
    patched_at = calls.index("eventlet.monkey_patch()")
    assert not any(call.startswith(("from", "import gigflow")) for call in calls[:patched_at])


def test_stored_names_are_known_to_the_stores_only() -> None:
    """docs/architecture.md: the store is the only place that knows collection, key and index names."""
    for name, tree in MODULES.items():
        if name.partition(".")[0] not in FEATURES:
            continue
        room = room_of(name)
        if room in ("store", "sockets", "wiring"):
            continue
        assert room == "actions" or not any(module.endswith(".store") for module in ours(imports_of(tree))), (
            name
        )
    operators = {"$set", "$inc", "$in", "$ne", "$gt", "$lt", "$addToSet", "$push"}
    for name, tree in MODULES.items():
        if name.partition(".")[0] in FEATURES and room_of(name) != "store":
            texts = {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            assert not texts & operators, f"{name} speaks to the database"


@pytest.mark.parametrize("folder", ["gigflow", "tests", "static/js"])
def test_files_and_functions_stay_short(folder: str) -> None:
    """The house's style: files under 400 lines, functions under 60."""
    for path in (ROOT / folder).rglob("*.py" if folder != "static/js" else "*.js"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) < 400, f"{path.relative_to(ROOT)} has {len(lines)} lines"
        if path.suffix == ".py":
            for node in ast.walk(ast.parse("\n".join(lines))):
                if isinstance(node, ast.FunctionDef):
                    length = (node.end_lineno or 0) - node.lineno + 1
                    assert length < 60, f"{path.relative_to(ROOT)}: {node.name} has {length} lines"


def test_questions_are_asked_in_one_form() -> None:
    """templates/_question.html alone knows how a question before an act looks and where its answer goes."""
    paths = (ROOT / "templates").rglob("*.html")
    asking = [path.name for path in paths if 'class="ask"' in path.read_text(encoding="utf-8")]
    assert asking == ["_question.html"]


def test_public_functions_say_what_they_do() -> None:
    for name, tree in MODULES.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{name}.{node.name} has no docstring"


def test_ids_are_made_in_one_place() -> None:
    """docs/decisions/0043: those of the driver would not sort among those of other processes."""
    makers = {
        name
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node) == "ObjectId()"
    }
    assert not makers


def test_the_tests_import_no_eventlet() -> None:
    """Each worker has collected all of them. With eventlet every start of a database would be an error: it warns of
    forks, and a test that starts one does so in this process.
    """
    assert "eventlet" not in sys.modules
