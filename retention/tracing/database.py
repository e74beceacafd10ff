"""Every text of every table, asked of the database's own catalogue: one statement a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction

from retention.tracing import opaque, reasons
from retention.tracing.found import SHOWN, Group, Limits, State
from retention.tracing.terms import Term

EXAMINED = 1_000  # rows with a hit that are looked at for whose they are
# Whatever has another type than these is searched, so that a new type is not forgotten.
_NO_TEXT = (
    "int2", "int4", "int8", "oid", "float4", "float8", "numeric", "money", "bool", "uuid",
    "date", "time", "timetz", "timestamp", "timestamptz", "interval", "xid", "xid8", "tid", "regclass",
)  # fmt: skip
_SECRET = {"django_session"}  # whoever knows the key of a row here is signed in
_TABLES = """
SELECT n.nspname, c.relname,
       array_agg(a.attname ORDER BY a.attnum), array_agg(t.typname ORDER BY a.attnum),
       array_agg(CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END
                 ORDER BY a.attnum),
       array_agg(EXISTS (
           SELECT 1 FROM pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0]
           WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL
             AND o.opcname IN ('gin_trgm_ops', 'gist_trgm_ops')) ORDER BY a.attnum),
       (SELECT p.attname FROM pg_index i JOIN pg_attribute p ON p.attrelid = c.oid AND p.attnum = i.indkey[0]
        WHERE i.indrelid = c.oid AND i.indisprimary AND i.indnatts = 1)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND t.typname <> ALL(%s)
GROUP BY c.oid, n.nspname, c.relname
ORDER BY n.nspname, c.relname
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that can hold text."""

    name: str
    type: str
    longest: int | None  # characters that fit, where the type says so
    trigrams: bool  # whether an index finds a part of it

    @property
    def text(self) -> str:
        """Its value as text, in SQL; bytes as their ASCII with the rest escaped."""
        name = connection.ops.quote_name(self.name)
        return f"encode({name}, 'escape')" if self.type == "bytea" else f"{name}::text"

    def fits(self, spelling: str) -> bool:
        """Whether a spelling is short enough to stand in it."""
        return self.longest is None or len(spelling) <= self.longest


@dataclass(frozen=True, slots=True)
class Table:
    """One table with the columns that can hold text."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: str  # its primary key, empty when it has none of one column

    @property
    def place(self) -> str:
        """ "table public.subjects_email"."""
        return f"table {self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """Its name in SQL."""
        quote = connection.ops.quote_name
        return f"{quote(self.schema)}.{quote(self.name)}"


def tables() -> list[Table]:
    """Every table, materialised view and foreign table with a column that can hold text, in order of name."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [list(_NO_TEXT)])
        return [
            Table(
                schema,
                name,
                tuple(map(Column, names, types, widths, indexed)),
                key or "",
            )
            for schema, name, names, types, widths, indexed, key in cursor.fetchall()
        ]


def search(table: Table, terms: Sequence[Term], limits: Limits) -> Group:
    """Look through one table. With the time over it says so; another fault is raised."""
    title = reasons.title_of(table.name)
    if limits.over:
        return Group(table.place, title, state=State.UNFINISHED)
    try:
        with transaction.atomic(), connection.cursor() as cursor, _at_most(cursor, limits):
            count, columns, keys = _hits(cursor, table, terms)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != "57014":  # query_canceled
            raise
        return Group(table.place, title, state=State.UNFINISHED)
    sealed, unread = opaque.hits(table.name, terms, limits)
    for column, labels, key in sealed:
        columns.setdefault(column, [])
        columns[column] += [label for label in labels if label not in columns[column]]
        if key not in keys:
            keys.append(key)
            count += 1
    why = reasons.of_rows(table.name, keys) if count else []
    if count > len(keys) and keys:
        why.append(f"Whose they are was looked up for {len(keys):,} of them.")
    return Group(
        table.place,
        title,
        count=count,
        where=columns,
        keys=[] if table.name in _SECRET else keys[:SHOWN],
        why=why,
        state=State.PARTLY if unread else State.SEARCHED,
        unread=unread,
    )


class _at_most:  # noqa: N801 - read as words: `with _at_most(cursor, limits)`
    """What is left of the time as the limit of each statement; afterwards as before."""

    def __init__(self, cursor: Any, limits: Limits) -> None:
        self.cursor, self.limits = cursor, limits

    def __enter__(self) -> None:
        self.cursor.execute("SELECT current_setting('statement_timeout')")
        self.before = self.cursor.fetchone()[0]
        if self.limits.left is not None:
            self.cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(self.limits.left * 1000))}")

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:  # a fault rolls the setting back with the savepoint
            self.cursor.execute("SELECT set_config('statement_timeout', %s, true)", [self.before])


def _hits(cursor: Any, table: Table, terms: Sequence[Term]) -> tuple[int, dict[str, list[str]], list[str]]:
    """How many rows, in which columns which terms, and the keys of the first of them."""
    wanted = [column for column in table.columns if _can_hold(column, terms)]
    if not wanted:
        return 0, {}, []
    key = connection.ops.quote_name(table.key) + "::text" if table.key else "NULL"
    inner, params = _rows(table, wanted, terms)
    tests, test_params = [], []
    for number, _ in enumerate(wanted):
        for term in terms:
            groups = " OR ".join(f"bool_or(c{number} LIKE ANY(%s))" for _ in term.groups)
            tests.append(groups)
            test_params += [_patterns(group) for group in term.groups]
    texts = ", ".join(f"lower({column.text}) AS c{number}" for number, column in enumerate(wanted))
    cursor.execute(
        f"WITH hit AS MATERIALIZED (SELECT {key} AS key, {texts} FROM {table.quoted} WHERE {inner}) "  # noqa: S608 - names from the catalogue, quoted
        f"SELECT count(*), (array_agg(key) FILTER (WHERE key IS NOT NULL))[1:{EXAMINED}], {', '.join(tests)} FROM hit",
        [*params, *test_params],
    )
    count, keys, *flags = cursor.fetchone()
    where: dict[str, list[str]] = {}
    for number, column in enumerate(wanted):
        flagged = zip(terms, flags[number * len(terms) :], strict=False)
        labels = list(dict.fromkeys(term.label for term, flag in flagged if flag))
        if labels:
            where[column.name] = labels
    return count, where, list(keys or [])


def _can_hold(column: Column, terms: Sequence[Term]) -> bool:
    return any(column.fits(spelling) for term in terms for spelling in term.spellings)


def _rows(table: Table, columns: Sequence[Column], terms: Sequence[Term]) -> tuple[str, list[Any]]:
    """The condition of the rows that hold a term. By the indexes where each column has one, else in one reading."""
    if all(column.trigrams for column in columns):  # a condition each: an index does not know ANY of a list
        tests, params = [], []
        for term in terms:
            groups = []
            for group in term.groups:
                patterns = _patterns(group)
                groups.append(" OR ".join(f"{c.text} ILIKE %s" for c in columns for _ in patterns))
                params += [pattern for _ in columns for pattern in patterns]
            tests.append(" AND ".join(f"({group})" for group in groups))
        return " OR ".join(f"({test})" for test in tests), params
    joined = f"lower(concat_ws(E'\\x01', {', '.join(column.text for column in columns)}))"
    together = [" AND ".join(f"{joined} LIKE ANY(%s)" for _ in term.groups) for term in terms]
    return " OR ".join(f"({test})" for test in together), [
        _patterns(group) for term in terms for group in term.groups
    ]


def _patterns(spellings: Sequence[str]) -> list[str]:
    """For LIKE: as it is, as lists and JSON write it, and as bytes of other alphabets look when they are escaped.

    In bytes such letters are found when they are all small, all capitals, or words with a capital.
    """
    found: dict[str, None] = {}
    for spelling in spellings:
        quoted = spelling.replace("\\", "\\\\")
        found |= dict.fromkeys((spelling, quoted, quoted.replace('"', '\\"')))
        if not spelling.isascii():
            found |= dict.fromkeys(map(_escaped, (spelling, spelling.upper(), spelling.title())))
    return [f"%{_literally(each)}%" for each in found]


def _escaped(text: str) -> str:
    return "".join(chr(b) if b < 128 else f"\\{b:03o}" for b in text.encode()).lower()


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def statistics(terms: Sequence[Term]) -> Group:
    """The values that the database keeps samples of, to plan its queries: they outlive their rows until ANALYZE."""
    wanted = "concat_ws(E'\\x01', most_common_vals::text, histogram_bounds::text, most_common_elems::text)"
    spellings = [spelling for term in terms for spelling in term.spellings]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tablename || '.' || attname, lower({wanted}) FROM pg_stats "  # noqa: S608 - our own words
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') "
            f"AND lower({wanted}) LIKE ANY(%s) ORDER BY 1",
            [_patterns(spellings)],
        )
        rows = cursor.fetchall()
    where = {name: [term.label for term in terms if term.stands_in(text)] for name, text in rows}
    where = {name: labels for name, labels in where.items() if labels}
    return Group(
        "statistics",
        "The database's own samples of columns",
        count=len(where),
        unit="column",
        where=where,
        why=["PostgreSQL keeps samples to plan queries. They are taken anew each night (ANALYZE)."]
        if where
        else [],
    )


def all_tables(terms: Sequence[Term], limits: Limits, *, skip: set[str]) -> Iterator[Group]:
    """Each table that `skip` does not name, one after the other."""
    for table in tables():
        if table.place not in skip:
            yield search(table, terms, limits)
