import re

import pytest

pytestmark = pytest.mark.django_db

WANTED = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


@pytest.mark.parametrize("address", ["/accounts/login/", "/api/v1/me/", "/nothing/here/", "/admin/"])
def test_every_answer_has_the_strict_policy_and_the_other_headers(client, address):
    headers = client.get(address).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == WANTED
    others = {
        name: headers.get(name)
        for name in (
            "X-Frame-Options",
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
        )
    }
    assert others == {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize(
    "address", ["/people/", "/projects/", "/accounts/me/", "/admin/", "/admin/accounts/user/"]
)
def test_no_page_needs_an_exception_from_the_policy(sign_in, address):
    from tests.factories import SiteAdminFactory

    page = sign_in(SiteAdminFactory()).get(address).content.decode()
    assert re.findall(r"\son\w+=|\sstyle=|javascript:", page) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag] == []
    assert [text for text in re.findall(r"<style[^>]*>([^<]*)", page) if text] == []
