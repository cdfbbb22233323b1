"""Reports: what people show to admins, the copy that is kept of it, and who reads it."""
