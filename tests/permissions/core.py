from tests.permissions.table import row

ROWS = [
    row("core-api:schema", "GET", "401 200 200 200 200 200 200"),
    row("core-api:docs", "GET", "302 200 200 200 200 200 200"),
]
