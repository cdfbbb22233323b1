"""Being found: what search engines, link previews and home screens ask a site for."""
