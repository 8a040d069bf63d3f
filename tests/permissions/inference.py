from tests.permissions.review import slide
from tests.permissions.table import row

ROWS = [row("inference-api:analysis", "GET", "401 404 200 200 200 200 200", kwargs=slide)]
