"""All addresses of the site: each room brings its own, pages at the root and data under /api/v1/."""

from django.contrib import admin
from django.urls import include, path

# From the bottom to the top, as in the settings.
ROOMS = (
    "core",
    "accounts",
    "jobs",
    "slides",
    "registry",
    "cells",
    "inference",
    "review",
    "datasets",
    "studies",
    "operations",
    "home",
)

handler400 = "apps.core.fallback.bad_request"
handler403 = "apps.core.fallback.forbidden"
handler404 = "apps.core.fallback.not_found"
handler500 = "apps.core.fallback.server_error"

urlpatterns = [
    *(path("", include(f"apps.{room}.urls")) for room in ROOMS),
    *(path("api/v1/", include(f"apps.{room}.api.urls")) for room in ROOMS),
    path("admin/", admin.site.urls),
]
