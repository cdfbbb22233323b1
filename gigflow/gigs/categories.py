"""The categories that work is sorted into, from the one data file next to this module."""

import tomllib
from pathlib import Path

_tree = tomllib.loads(Path(__file__).with_name("categories.toml").read_text(encoding="utf-8"))

# [(group name, [(slug, name), …]), …] in the file's order, as a select with groups needs it.
CATEGORY_GROUPS: list[tuple[str, list[tuple[str, str]]]] = [
    (group["name"], list(group["categories"].items())) for group in _tree["groups"]
]
# The icon of each group, and of each category that of its group.
GROUP_ICONS: dict[str, str] = {group["name"]: group["icon"] for group in _tree["groups"]}
CATEGORY_ICONS: dict[str, str] = {
    slug: GROUP_ICONS[name] for name, pairs in CATEGORY_GROUPS for slug, _ in pairs
}
CATEGORY_NAMES: dict[str, str] = {slug: name for _, pairs in CATEGORY_GROUPS for slug, name in pairs}
