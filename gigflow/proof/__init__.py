"""The proof: what `flask gigflow audit` asks of the whole database."""
