"""How GigFlow runs: the supervisor, the web processes, and HTTP up to where the application begins."""
