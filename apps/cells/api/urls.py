from django.urls import URLPattern, URLResolver

app_name = "cells-api"

urlpatterns: list[URLPattern | URLResolver] = []
