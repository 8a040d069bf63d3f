from io import StringIO

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def test_the_api_describes_itself_without_a_warning(capfd):
    """Every view has a schema: parameters, bodies and answers are known to programs that read the document."""
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert "/api/v1/me/" in out.getvalue()
    assert "session" in out.getvalue()
