"""Very many requests and people, made by the database itself, and the pages of the queue that are measured on them."""
