"""Reports: what people show to admins because it breaks the rules."""
