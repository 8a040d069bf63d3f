from tests.permissions.table import row

ROWS = [
    row("home:index", "GET", "302 200 200 200 200 200 200"),
    row("home:help", "GET", "200 200 200 200 200 200 200"),
    row(
        "home:manual",
        "GET",
        "200 200 200 200 200 200 200",
        kwargs=lambda _: {"name": "manual/reviewing"},
    ),
    row("home:manual", "GET", "404 404 404 404 404 404 404", kwargs=lambda _: {"name": "manual/magic"}),
    row("home:theme", "POST", "302 302 302 302 302 302 302", data=lambda _: {"theme": "dark"}),
    row("home:theme", "POST", "400 400 400 400 400 400 400", data=lambda _: {"theme": "plaid"}),
]
