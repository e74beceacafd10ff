"""The example company's customers: made up, reproducible, never real people."""
