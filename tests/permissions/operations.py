from tests.permissions.table import row

ROWS = [
    # Programs ask these, without an account; who may read the figures is told by token and address.
    row("operations:live", "GET", "200 200 200 200 200 200 200"),
    row("operations:ready", "GET", "200 200 200 200 200 200 200"),
    row("operations:metrics", "GET", "200 200 200 200 200 200 200"),
    row("operations:self-check", "GET", "302 403 403 403 403 403 200"),
]
