"""How GigFlow runs: the supervisor, the web processes, and HTTP up to the point at which the application begins."""
